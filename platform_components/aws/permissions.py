"""Permissions: further IAM statements of a service, limited to named actions on named resources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from platform_components.aws.iam import Statement
from platform_components.aws.partitions import partition_of
from platform_components.base import Args, Context, Input, Problem, did_you_mean
from platform_components.base.frozen import thawed
from platform_components.base.values import InvalidValueError, in_schema, matching

_ACTION = re.compile(r"([a-z0-9-]+):([A-Za-z0-9-]+)")
_ARN = re.compile(r"arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*):([0-9]{12}|aws)?:(\S+)")
_WILDCARD = re.compile(r"[*?]")

_ADMINISTRATION: Final = ("account", "iam", "identitystore", "organizations", "sso", "sso-directory")
"""Services with which a role could give itself or others any permission."""

_USE_OF_KEYS: Final = frozenset(
    {
        *("Decapsulate", "Decrypt", "DeriveSharedSecret", "DescribeKey", "Encapsulate", "Encrypt"),
        *("GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"),
        *("GenerateDataKeyWithoutPlaintext", "GenerateMac", "GetPublicKey", "ReEncryptFrom", "ReEncryptTo"),
        *("Sign", "Verify", "VerifyMac"),
    }
)
"""Actions of KMS that use a key. The others administer keys: they can make all data unreadable."""

_NAME_FIRST: Final = ("execute-api", "s3")
"""Services whose resources have no type: in `arn:aws:s3:::receipts/*` the first part is the name."""

_OPERATORS = (
    r"(For(AllValues|AnyValue):)?"
    r"(String(Not)?(Equals(IgnoreCase)?|Like)|Numeric(Not)?Equals|(Numeric|Date)(Less|Greater)Than(Equals)?"
    r"|Date(Not)?Equals|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like)|Null)(IfExists)?"
)
"""Condition operators (source: IAM user guide, JSON policy element Condition operators)."""


@cache
def _actions(service: str) -> frozenset[str] | None:
    """Return the actions of a service, `!` after those that manage permissions; None if it is unknown."""
    for line in _table():
        if line.startswith(f"{service} "):
            return frozenset(line.split()[1:])
    return None


@cache
def _table() -> tuple[str, ...]:
    path = files("platform_components.aws").joinpath("data/iam_actions.txt")
    return tuple(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))


def _action(value: str) -> str:
    if _WILDCARD.search(value):
        raise InvalidValueError(
            "must not contain wildcards", "list each action: a wildcard includes actions that AWS adds later"
        )
    found = _ACTION.fullmatch(value)
    if not found:
        raise ValueError("must be an IAM action such as sqs:SendMessage")
    service, name = found.groups()
    if service in _ADMINISTRATION:
        what = f"must not be an action of {service}, which changes who has which permissions"
        raise InvalidValueError(what, "let the platform team create the roles and policies")
    known = _actions(service)
    if known is None:
        services = [line.partition(" ")[0] for line in _table()]
        raise InvalidValueError("unknown service prefix of IAM", did_you_mean(service, services))
    if f"{name}!" in known:
        what = "must not be an action that manages permissions"
        raise InvalidValueError(what, "set them in the stack that owns the resource")
    if name not in known:
        names = [f"{service}:{each.removesuffix('!')}" for each in known]
        raise InvalidValueError(f"unknown action of {service}", did_you_mean(value, sorted(names)))
    if service == "kms" and name not in _USE_OF_KEYS:
        what = "must be an action that uses a key, such as kms:Decrypt; others administer keys"
        raise InvalidValueError(what, "administer the key in the stack that owns it")
    return value


def _resource(value: str) -> str:
    found = _ARN.fullmatch(value)
    if not found:
        what = "must be the ARN of a resource" if value != "*" else "must not be *"
        raise InvalidValueError(what, "such as arn:aws:sqs:eu-west-1:111122223333:orders")
    service, _, _, resource = found.groups()[1:]
    first, *others = re.split(r"[/:]", resource, maxsplit=1)
    name = others[0] if others and service not in _NAME_FIRST else first
    if _WILDCARD.search(re.split(r"[/:]", name.strip("/:"))[0]):
        what = "must contain the complete name of a resource; wildcards can follow it"
        raise InvalidValueError(what, "such as orders or orders/*")
    return value


Action = Annotated[str, AfterValidator(_action), in_schema(_ACTION)]
"""An IAM action such as `sqs:SendMessage`, without wildcards."""
ResourceArn = Annotated[str, AfterValidator(_resource), in_schema(_ARN)]
"""ARN of a resource. Wildcards can follow its name."""
Operator = Annotated[str, matching(_OPERATORS, "a condition operator of IAM, such as StringEquals")]
"""A condition operator of IAM."""


class Permission(Args):
    """Actions that the pods of a service can call, and the resources on which they can."""

    actions: tuple[Action, ...] = Field(min_length=1)
    """IAM actions such as `sqs:SendMessage`, without wildcards. Rejected are actions of IAM, Organizations
    and IAM Identity Center, actions that manage permissions, and the administration of KMS keys."""

    resources: tuple[Input[ResourceArn], ...] = Field(min_length=1)
    """ARNs of the resources. Wildcards can follow the name of a resource, such as `table/orders/index/*`."""

    condition: Mapping[Operator, Mapping[str, Any]] = Field(default_factory=dict)
    """Condition of the statement: operator, condition key, and value. Default: none."""

    def problems(self, context: Context) -> Iterable[Problem]:
        partition = partition_of(context.region).name
        assumes = [action for action in self.actions if action.startswith("sts:AssumeRole")]
        for index, arn in enumerate(self.resources):
            if not isinstance(arn, str):
                continue
            if not arn.startswith(f"arn:{partition}:"):
                what = f"must be in the partition {partition}, that of {context.region}"
                yield Problem(f"resources[{index}]", what, f"start it with arn:{partition}:", arn)
            if assumes and _WILDCARD.search(arn):
                what = f"must be the ARN of one role for {assumes[0]}"
                yield Problem(f"resources[{index}]", what, "list each role", arn)

    def statement(self) -> Statement:
        """Return the statement that allows it."""
        return Statement(self.actions, self.resources, condition=thawed(self.condition))
