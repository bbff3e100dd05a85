"""URNs: Pulumi's unique names of resources."""

from __future__ import annotations

from collections.abc import Iterable

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_TYPE = "pulumi:providers:"


def make_urn(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """Return the URN of a resource. `parent` is a URN or empty; the root stack is not part of the URN."""
    outer = qualified_type(parent) if parent else ""
    qualified = type_ if outer in ("", STACK_TYPE) else f"{outer}${type_}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def qualified_type(urn: str) -> str:
    """Return the qualified type: the types from the outermost parent to the resource, joined by `$`."""
    return urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    return qualified_type(urn).rsplit("$", 1)[-1]


def name_of(urn: str) -> str:
    return urn.split("::", 3)[3]


def package_of(type_: str) -> str:
    """Return the package of a type: `aws` for `aws:s3/bucket:Bucket` and for `pulumi:providers:aws`."""
    return type_.removeprefix(PROVIDER_TYPE).split(":", 1)[0]


def with_inherited(
    aliases: Iterable[str], parent: str, parent_aliases: Iterable[str], urn: str
) -> tuple[str, ...]:
    """Return all former URNs of a resource: its own aliases, and those that its parent's aliases imply.

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
