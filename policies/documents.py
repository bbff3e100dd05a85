"""Policy documents: the statements of JSON text or objects, and what they allow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from .addresses import open_range

Statement = Mapping[str, Any]

_ADMIN_ACTIONS: Final = ("iam:attachrolepolicy", "iam:putuserpolicy")
"""With both, on all resources, a principal can grant itself everything."""
_ROLES: Final = tuple(f"arn:{name}:iam::123456789012:role/any" for name in ("aws", "aws-cn", "aws-us-gov"))

_CALLER_KEYS: Final = frozenset(
    """
    aws:principalaccount aws:principalarn aws:principalorgid aws:principalorgpaths aws:sourceaccount
    aws:sourcearn aws:sourceip aws:sourceorgid aws:sourceorgpaths aws:sourceowner aws:sourcevpc
    aws:sourcevpce aws:userid kms:calleraccount s3:dataaccesspointaccount s3:dataaccesspointarn
    """.split()  # noqa: SIM905 - words without quotes are the readable form
)
"""Condition keys, in lowercase, that restrict the callers of a statement for every principal.

Sources: S3 user guide, "Blocking public access", The meaning of "public"; IAM user guide, "AWS global
condition context keys"; KMS developer guide, "AWS KMS condition keys".
"""
_RESTRICTING: Final = re.compile(r"(foranyvalue:)?(string|arn)(equals|equalsignorecase|like)|ipaddress")
"""Operators, in lowercase, that require a key to be present and to have one of the values."""


def statements(document: Any) -> list[Statement]:
    """Return the statements of a policy document, as JSON text or as an object; empty for anything else."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return []
    found = document.get("Statement") if isinstance(document, Mapping) else None
    return [each for each in listed(found) if isinstance(each, Mapping)]


def listed(value: Any) -> list[Any]:
    """Return a list. IAM allows a single entry instead."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def principals(statement: Statement) -> list[Any]:
    """Return the principals of a statement, of every type: `*`, ARNs, services."""
    principal = statement.get("Principal")
    if isinstance(principal, Mapping):
        return [each for values in principal.values() for each in listed(values)]
    return listed(principal)


def grants_administration(statement: Statement) -> bool:
    """Whether an identity policy allows everything, or everything of IAM, on all resources.

    Conditions are ignored: they limit when a principal is an administrator, not what it can do.
    """
    if statement.get("Effect") != "Allow" or not _on_all_resources(statement):
        return False
    actions = [str(action).lower() for action in listed(statement.get("Action"))]
    allowed = all(any(fnmatchcase(each, action) for action in actions) for each in _ADMIN_ACTIONS)
    return "NotAction" in statement or (allowed and any("*" in action for action in actions))


def service_wildcards(statement: Statement) -> list[str]:
    """Return the actions that allow all of a service on all resources, such as `s3:*`."""
    if statement.get("Effect") != "Allow" or not _on_all_resources(statement):
        return []
    actions = [str(action) for action in listed(statement.get("Action"))]
    return [action for action in actions if re.fullmatch(r"[\w-]+:\*+", action)]


def allows_everyone(statement: Statement) -> bool:
    """Whether a resource policy or trust policy allows principals that nothing restricts to known ones."""
    everyone = "*" in principals(statement) or "NotPrincipal" in statement
    return statement.get("Effect") == "Allow" and everyone and not _restricts_callers(statement)


def _on_all_resources(statement: Statement) -> bool:
    resources = map(str, listed(statement.get("Resource")))
    return "NotResource" in statement or any(
        fnmatchcase(role, resource) for resource in resources for role in _ROLES if "*" in resource
    )


def _restricts_callers(statement: Statement) -> bool:
    return any(
        key.lower() in _CALLER_KEYS and _is_narrow(key.lower(), listed(values))
        for key, values in _required(statement.get("Condition"))
    )


def _required(condition: Any) -> Iterator[tuple[str, Any]]:
    """The keys of a condition that a request must have, with their values."""
    for operator, keys in condition.items() if isinstance(condition, Mapping) else ():
        if _RESTRICTING.fullmatch(str(operator).lower()) and isinstance(keys, Mapping):
            yield from ((str(key), values) for key, values in keys.items())


def _is_narrow(key: str, values: list[Any]) -> bool:
    if key == "aws:sourceip":
        return bool(values) and not open_range(values)
    return bool(values) and not any(set(str(value)) <= set("*?:") for value in values)
