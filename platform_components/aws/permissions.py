"""Permissions: further IAM statements of a service, limited to named actions on named resources."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final

import pulumi
from pydantic import AfterValidator, Field

from platform_components.aws.escalation import ESCALATIONS
from platform_components.aws.iam import Statement
from platform_components.aws.iam_reference import (
    WILDCARD,
    action,
    actions,
    formats_of,
    matches,
    names_a_resource,
    services,
)
from platform_components.aws.partitions import partition_of
from platform_components.aws.secrets import secret_arn
from platform_components.base import Args, Context, Input, InvalidInput, Problem, did_you_mean
from platform_components.base.frozen import thawed
from platform_components.base.values import InSchema, InvalidValueError, in_schema, matching

_ACTION = re.compile(r"([a-z0-9-]+):([A-Za-z0-9-]+)")
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12}|aws)?:[!-~]+")

_ADMINISTRATION: Final = (
    *("account", "iam", "identity-sync", "identitystore", "identitystore-auth", "organizations"),
    *("sso", "sso-directory", "sso-oauth", "user-subscriptions"),
)
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

_OPERATORS = (
    r"(For(AllValues|AnyValue):)?"
    r"(String(Not)?(Equals(IgnoreCase)?|Like)|Numeric(Not)?Equals|(Numeric|Date)(Less|Greater)Than(Equals)?"
    r"|Date(Not)?Equals|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like)|Null)(IfExists)?"
)
"""Condition operators (source: IAM user guide, JSON policy element Condition operators)."""

_KEYS = r"[A-Za-z0-9._/-]+:[A-Za-z0-9_.:/=+@-][A-Za-z0-9_.:/=+@ -]*"
"""Condition keys: a prefix, such as that of a service or the host of an OpenID Connect provider, and a name,
which can end with the key of a tag (source: IAM user guide, Tags for AWS Identity and Access Management
resources)."""

_TEXT = re.compile(r"[\t\n\r\x20-\xff]*")
"""Characters of a policy (source: IAM user guide, IAM and AWS STS quotas, IAM name requirements)."""


def _action(value: str) -> str:
    if WILDCARD.search(value):
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
    known = actions(service)
    if not known:
        raise InvalidValueError("unknown service prefix of IAM", did_you_mean(service, services()))
    if name not in known:
        names = [f"{service}:{each}" for each in sorted(known)]
        raise InvalidValueError(f"unknown action of {service}", did_you_mean(value, names))
    if known[name].manages_permissions:
        what = "must not be an action that manages permissions"
        raise InvalidValueError(what, "set them in the stack that owns the resource")
    if value in ESCALATIONS:
        what = f"must not be an action that {ESCALATIONS[value]}"
        raise InvalidValueError(what, "use it in the pipeline or stack that owns the resource")
    if service == "kms" and name not in _USE_OF_KEYS:
        what = "must be an action that uses a key, such as kms:Decrypt; others administer keys"
        raise InvalidValueError(what, "administer the key in the stack that owns it")
    if not known[name].formats:
        what = "must be an action that AWS supports on named resources; this one requires *"
        raise InvalidValueError(what, "attach a policy to the role of the service in a program")
    return value


def _resource(value: str) -> str:
    if not _ARN.fullmatch(value):
        what = (
            "must be the ARN of a resource, in ASCII and without spaces" if value != "*" else "must not be *"
        )
        raise InvalidValueError(what, "such as arn:aws:sqs:eu-west-1:111122223333:orders")
    return value


def _condition_value(value: Any) -> Any:
    if isinstance(value, pulumi.Output):
        return value
    values = value if isinstance(value, list | tuple) else [value]
    if not values or not all(map(_is_scalar, values)):
        raise InvalidValueError(
            "must be a string, a number or a boolean, or a list of them", "such as [orders, invoices]"
        )
    return value


def _is_scalar(value: object) -> bool:
    if isinstance(value, str):
        return _TEXT.fullmatch(value) is not None
    return isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))


Action = Annotated[str, AfterValidator(_action), in_schema(_ACTION)]
"""An IAM action such as `sqs:SendMessage`, without wildcards."""
ResourceArn = Annotated[str, AfterValidator(_resource), in_schema(_ARN)]
"""ARN of a resource. Wildcards can follow its name."""
Operator = Annotated[str, matching(_OPERATORS, "a condition operator of IAM, such as StringEquals")]
"""A condition operator of IAM."""
ConditionKey = Annotated[str, matching(_KEYS, "a condition key, such as aws:SourceVpc")]
"""A condition key of IAM: prefix and name."""
ConditionValue = Annotated[
    Any, AfterValidator(_condition_value), InSchema({"type": ["string", "number", "boolean", "array"]})
]
"""A string, a number or a boolean, or a list of them."""


class Permission(Args):
    """Actions that the pods of a service can call, and the resources on which they can."""

    actions: tuple[Action, ...] = Field(min_length=1)
    """IAM actions such as `sqs:SendMessage`, without wildcards. Rejected are actions of IAM, Organizations
    and IAM Identity Center, actions that manage permissions or give those of another role, and the
    administration of KMS keys."""

    resources: tuple[Input[ResourceArn], ...] = Field(min_length=1)
    """ARNs of resources that the actions support. Wildcards can follow the name of a resource, such as
    `table/orders/index/*`."""

    condition: Mapping[Operator, Annotated[Mapping[ConditionKey, ConditionValue], Field(min_length=1)]] = (
        Field(default_factory=dict)
    )
    """Condition of the statement: operator, condition key, and value. Default: none."""

    def problems(self, context: Context) -> Iterable[Problem]:
        found = [
            Problem(f"resources[{index}]", *problem, arn)
            for index, arn in enumerate(self.resources)
            if isinstance(arn, str)
            for problem in self._resource_problems(arn, context)
        ]
        yield from found or self._action_problems()

    def statement(
        self, context: Context, subject: str = "Permission", path: str = "", account: Input[str] = ""
    ) -> Statement:
        """Return the statement that allows it. What is an Output is checked when it is known.

        `account` is the account of the service, in which it can't assume roles.

        Raises:
            InvalidInput: in deployment, a resource is invalid; with `subject` and the `path` of the
                permission in its args.
        """

        def checked(index: int, arn: Input[str]) -> Input[str]:
            def check(known: tuple[object, str]) -> str:
                problems = list(self._known_problems(*known, context))
                if problems:
                    where = f"{path}.resources[{index}]".lstrip(".")
                    raise InvalidInput(subject, [Problem(where, *each, known[0]) for each in problems])
                return str(known[0])

            if isinstance(arn, pulumi.Output) or _assumes(self.actions):
                return pulumi.Output.all(arn, account).apply(lambda known: check((known[0], known[1])))
            return arn

        resources = tuple(checked(index, arn) for index, arn in enumerate(self.resources))
        return Statement(self.actions, resources, condition=thawed(self.condition))

    def _known_problems(self, arn: object, account: str, context: Context) -> Iterator[tuple[str, str]]:
        """Yield the problems of a resource and the account of the service, both known, with remedies."""
        if not isinstance(arn, str):
            yield "must be a string", "pass the ARN of one resource"
            return
        try:
            _resource(arn)
        except InvalidValueError as error:
            yield str(error), error.remedy
            return
        if _assumes(self.actions) and account and arn.split(":")[4] == account:
            what = f"must be a role of another account for {_assumes(self.actions)}"
            yield what, "list the permissions that the service needs of that role"
        yield from self._resource_problems(arn, context)

    def _resource_problems(self, arn: str, context: Context) -> Iterator[tuple[str, str]]:
        """Yield the problems of a resource, each with its remedy."""
        partition = partition_of(context.region).name
        forms = [form for each in self.actions for form in action(each).formats]
        if not arn.startswith(f"arn:{partition}:"):
            what = f"must be in the partition {partition}, that of {context.region}"
            yield what, f"start it with arn:{partition}:"
        elif not any(matches(arn, form) for form in forms):
            what = f"must be a resource that {' or '.join(self.actions)} supports"
            yield what, f"use an ARN of the form {' or '.join(_shown(partition, forms))}"
        elif _assumes(self.actions) and WILDCARD.search(arn):
            yield f"must be the ARN of one role for {_assumes(self.actions)}", "list each role"
        elif not names_a_resource(arn, _all_formats(self.actions)):
            what = "must contain the complete name of a resource; wildcards can follow it"
            yield what, "list each resource, such as orders or orders/*"
        elif arn.split(":")[2] == "secretsmanager":
            try:
                secret_arn(arn)
            except InvalidValueError as error:
                yield str(error), error.remedy

    def _action_problems(self) -> Iterator[Problem]:
        """Yield the actions that support none of the resources, if all are known."""
        arns = [arn for arn in self.resources if isinstance(arn, str)]
        for index, name in enumerate(self.actions):
            forms = action(name).formats
            applies = any(matches(arn, form) for arn in arns for form in forms)
            if not applies and len(arns) == len(self.resources):
                shown = " or ".join(_shown(arns[0].split(":")[1], forms))
                what = "supports none of the resources"
                yield Problem(f"actions[{index}]", what, f"add one of the form {shown}", name)


def permission_statements(
    permissions: Iterable[Permission], context: Context, subject: str, cluster_arn: Input[str]
) -> tuple[Statement, ...]:
    """Return the statements of the `permissions` of a service, which is in the account of its cluster."""
    account = pulumi.Output.from_input(cluster_arn).apply(lambda arn: "".join(arn.split(":")[4:5]))
    return tuple(
        permission.statement(context, subject, f"permissions[{index}]", account)
        for index, permission in enumerate(permissions)
    )


def _assumes(names: Iterable[str]) -> str:
    """Return the first action that assumes a role, or an empty string."""
    return next((each for each in names if each.startswith("sts:AssumeRole")), "")


def _all_formats(names: Iterable[str]) -> frozenset[str]:
    """Return the formats of all resources of the actions' services."""
    return frozenset(form for name in names for form in formats_of(name.partition(":")[0]))


def _shown(partition: str, forms: Iterable[str]) -> list[str]:
    """Return formats as ARNs for a message, at most three."""
    return list(dict.fromkeys(f"arn:{partition}:{re.sub('[+=]', '*', form)}" for form in forms))[:3]
