"""IAM: policy documents and trust policies."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, Literal

import pulumi

from platform_components.aws.partitions import dns_suffix
from platform_components.base import Input, InvalidInput, Problem

_VERSION: Final = "2012-10-17"
"""The current version of the policy language (source: IAM user guide, JSON policy element Version)."""

_LARGEST_OF_ROLE: Final = 10_240
"""Maximum characters of all inline policies of a role, without white space (source: IAM user guide, IAM and
AWS STS quotas)."""

_SID = re.compile(r"[A-Za-z0-9]*")
"""Characters of a statement ID (source: IAM user guide, JSON policy element Sid)."""

Condition = Mapping[str, Mapping[str, Any]]
"""Condition operator to condition key to value: `{"StringEquals": {"aws:SourceAccount": ...}}`."""


@dataclass(frozen=True)
class Statement:
    """One statement of a policy document."""

    actions: str | Sequence[str]
    """One or more actions, `service:Action`, without wildcards except in a Deny."""
    resources: Sequence[Input[str]] = ()
    """ARNs. An empty string represents a resource that doesn't exist and is omitted; a statement with only
    empty strings is omitted too. Default: none, as in a trust policy."""
    sid: str = ""
    """Statement ID of letters and digits. Duplicates in a document get a number. Default: none."""
    effect: Literal["Allow", "Deny"] = "Allow"
    principal: str | Mapping[str, str] | None = None
    """`{"Service": "ec2.amazonaws.com"}` or `*`. Default: none, as in the policy of a role."""
    condition: Condition = field(default_factory=dict)


def policy_document(statements: Iterable[Statement]) -> pulumi.Output[str]:
    """Return the JSON of a policy document. Statements that differ only in their resources are merged.

    Raises:
        InvalidInput: a statement ID has characters that IAM rejects, or, once the resources are known, no
            statement has a resource.
    """
    statements = list(statements)
    invalid = [statement.sid for statement in statements if not _SID.fullmatch(statement.sid)]
    if invalid:
        what = "must be letters and digits"
        raise InvalidInput(
            "Policy document", [Problem("sid", what, "such as ReadSecret", sid) for sid in invalid]
        )

    def document(rendered: Sequence[dict[str, Any]]) -> str:
        merged = _merged(rendered)
        if not merged:
            what = "must have at least one statement with a resource"
            raise InvalidInput(
                "Policy document", [Problem("statements", what, "IAM rejects an empty document")]
            )
        return json.dumps({"Version": _VERSION, "Statement": merged})

    return pulumi.Output.all(*map(_rendered, statements)).apply(document)


def check_role_policy_size(document: str, subject: str) -> str:
    """Return the JSON of an inline policy of a role.

    Raises:
        InvalidInput: it is larger than IAM allows for all inline policies of a role.
    """
    size = len(re.sub(r"\s", "", document))
    if size > _LARGEST_OF_ROLE:
        what = f"must have at most {_LARGEST_OF_ROLE:,} characters, IAM's quota per role; has {size:,}"
        remedy = "use fewer permissions, resources and secrets: a secret with several keys counts once"
        raise InvalidInput(subject, [Problem("policy", what, remedy)])
    return document


def trust_policy(service: str, *actions: str, condition: Condition | None = None) -> pulumi.Output[str]:
    """Return the JSON of a trust policy that allows an AWS service, such as `ec2.amazonaws.com`."""
    return policy_document(
        [
            Statement(
                actions=actions or "sts:AssumeRole",
                principal={"Service": service},
                condition=condition or {},
            )
        ]
    )


def via_service(service: str, key_arn: Input[str]) -> Condition:
    """Return the condition that a KMS key is used only through a service in its region: `s3`, `rds`.

    Raises:
        InvalidInput: once it is known, the key is not an ARN.
    """

    def host(arn: str) -> str:
        if not arn:
            return ""  # no key: the statement is omitted
        if arn.count(":") < 5:
            what = "must be the ARN of a KMS key"
            remedy = "such as arn:aws:kms:<region>:<account>:key/<id>"
            raise InvalidInput("Policy document", [Problem("kms_key_arn", what, remedy, arn)])
        _, partition, _, region, *_ = arn.split(":")
        return f"{service}.{region}.{dns_suffix(partition)}"

    return {"StringEquals": {"kms:ViaService": pulumi.Output.from_input(key_arn).apply(host)}}


def _rendered(statement: Statement) -> dict[str, Any]:
    """Return the statement in the form of IAM's JSON; values may be Outputs."""
    rendered: dict[str, Any] = {"Sid": statement.sid} if statement.sid else {}
    rendered["Effect"] = statement.effect
    if statement.principal is not None:
        rendered["Principal"] = statement.principal
    rendered["Action"] = statement.actions if isinstance(statement.actions, str) else list(statement.actions)
    if statement.resources:
        rendered["Resource"] = list(statement.resources)
    if statement.condition:
        rendered["Condition"] = statement.condition
    return rendered


def _merged(statements: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Merge statements that differ only in their resources, and omit those whose resources are all empty."""
    by_purpose: dict[str, dict[str, Any]] = {}
    for statement in statements:
        resources = [arn for arn in statement.get("Resource", ()) if arn]
        if "Resource" in statement and not resources:
            continue
        purpose = json.dumps({**statement, "Resource": None}, sort_keys=True)
        if purpose not in by_purpose:
            by_purpose[purpose] = {**statement, "Resource": resources} if resources else {**statement}
        elif resources:
            by_purpose[purpose]["Resource"] += resources
    return list(_with_unique_ids(by_purpose.values()))


def _with_unique_ids(statements: Collection[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Number repeated statement IDs. IAM rejects a document with duplicates."""
    given = [statement.get("Sid", "") for statement in statements]
    used: set[str] = set()
    for statement, sid in zip(statements, given, strict=True):
        numbered = (f"{sid}{number}" for number in count(2))
        unique = sid if sid not in used else next(each for each in numbered if each not in {*used, *given})
        used.add(unique)
        yield {**statement, "Sid": unique} if sid else statement
