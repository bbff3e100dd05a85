"""The AWS account of a call, as `get_caller_identity` returns it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from platform_components.engine.functions import FunctionCall
from platform_components.engine.values import Secret

CALLER_IDENTITY: Final = "aws:index/getCallerIdentity:getCallerIdentity"

_CREDENTIALS: Final = (
    "accessKey",
    "assumeRole",
    "assumeRoles",
    "assumeRoleWithWebIdentity",
    "endpoints",
    "profile",
    "secretKey",
    "sharedConfigFiles",
    "sharedCredentialsFile",
    "sharedCredentialsFiles",
    "token",
)
"""Configuration of a provider that can select another account, or another service that answers."""
_ROLE_ARN = re.compile(r"arn:[^:]*:iam::([0-9]{12}):role/.+")


def has_credentials(call: FunctionCall) -> bool:
    """Whether the configuration of the provider selects its credentials, and so perhaps its account."""
    return any(configured(call.provider.get(name)) for name in _CREDENTIALS)


def is_allowed(call: FunctionCall, account: str) -> bool:
    """Whether the provider accepts an account: it fails for one that is not in `allowedAccountIds`."""
    allowed = configured(call.provider.get("allowedAccountIds"))
    forbidden = configured(call.provider.get("forbiddenAccountIds"))
    return (not allowed or account in allowed) and account not in (forbidden or ())


def account_in_configuration(call: FunctionCall) -> str:
    """The account that the configuration of the provider determines; empty if it does not.

    It is the account of the role that the provider assumes, otherwise the only one that is allowed.
    """
    if configured(call.provider.get("endpoints")):
        return ""
    account = _account_of_role(call.provider)
    allowed = configured(call.provider.get("allowedAccountIds"))
    if not account and isinstance(allowed, list) and len(allowed) == 1:
        account = str(allowed[0])
    return account if is_allowed(call, account) else ""


def _account_of_role(provider: Mapping[str, Any]) -> str:
    """The account of the last role that a provider assumes."""
    roles = configured(provider.get("assumeRoles")) or configured(provider.get("assumeRole"))
    role = roles[-1] if isinstance(roles, list) and roles else roles
    role = role or configured(provider.get("assumeRoleWithWebIdentity"))
    # A dictionary in Python keeps its names.
    arn = _plain(role.get("roleArn") or role.get("role_arn")) if isinstance(role, Mapping) else None
    found = _ROLE_ARN.fullmatch(arn) if isinstance(arn, str) else None
    return found[1] if found else ""


def configured(value: Any) -> Any:
    """A value of a provider's configuration; providers receive structured ones as JSON text."""
    value = _plain(value)
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Secret) else value
