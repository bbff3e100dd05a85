"""Aliases: the former URNs of a resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from platform_components.engine.errors import DeclarationError
from platform_components.engine.urn import is_urn, make_urn, name_of, type_of


def former_urns(
    request: Any,
    urn: str,
    parent_aliases: Iterable[str],
    *,
    stack: str,
    project: str,
    former: Mapping[str, str] = MappingProxyType({}),
) -> tuple[str, ...]:
    """Return all former URNs of a resource: its own aliases, and those that its parent's aliases imply.

    `former`: the former URNs of parents that an alias names by their present one.

    Raises:
        DeclarationError: an alias is not a URN.
    """
    own = [_urn_of(alias, request, stack, project, former) for alias in request.aliases]
    return with_inherited(own, request.parent, parent_aliases, urn)


def with_inherited(
    aliases: Iterable[str], parent: str, parent_aliases: Iterable[str], urn: str
) -> tuple[str, ...]:
    """Return the aliases of a resource, and those that its parent's aliases imply.

    For a child whose name starts with its parent's (`orders-bucket` of `orders`), the parent's former
    name applies to the child's name too.
    """
    own = list(aliases)
    found = dict.fromkeys(own)
    for parent_alias in parent_aliases:
        for former in (urn, *own):
            name = name_of(former)
            if name.startswith(name_of(parent)):
                name = name_of(parent_alias) + name.removeprefix(name_of(parent))
            head = parent_alias.split("::", 2)
            stack = head[0].removeprefix("urn:pulumi:")
            found[make_urn(stack, head[1], parent_alias, type_of(former), name)] = None
    found.pop(urn, None)
    return tuple(found)


def _urn_of(alias: Any, request: Any, stack: str, project: str, former: Mapping[str, str]) -> str:
    if alias.WhichOneof("alias") == "urn":
        return _checked(alias.urn, request, "alias")
    spec = alias.spec
    named = former.get(spec.parentUrn, spec.parentUrn)
    parent = "" if spec.noParent else named or request.parent
    if parent:
        _checked(parent, request, "parent of an alias")
    return make_urn(
        spec.stack or stack,
        spec.project or project,
        parent,
        spec.type or request.type,
        spec.name or request.name,
    )


def _checked(urn: str, request: Any, what: str) -> str:
    if not is_urn(urn):
        raise DeclarationError(
            f'{what} "{urn}" of {request.type} "{request.name}" is not a URN',
            remedy="use urn:pulumi:STACK::PROJECT::TYPE::NAME, or pulumi.Alias(name=..., parent=...)",
        )
    return urn
