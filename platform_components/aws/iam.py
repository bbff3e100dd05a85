"""IAM: policy documents, trust policies and ARNs, written in one place."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pulumi

from platform_components.base import Input

_VERSION: Final = "2012-10-17"
"""The current version of the policy language (source: IAM user guide, JSON policy element Version)."""

_PARTITIONS: Final = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}

Condition = Mapping[str, Mapping[str, Any]]
"""Condition operator to condition key to value: `{"StringEquals": {"aws:SourceAccount": ...}}`."""


def partition_of(region: str) -> str:
    """The partition of a region, the first part of its ARNs after `arn:`: `aws`, `aws-cn`, `aws-us-gov`."""
    return next((name for start, name in _PARTITIONS.items() if region.startswith(start)), "aws")


@dataclass(frozen=True)
class Statement:
    """One statement of a policy document."""

    actions: str | Sequence[str]
    """`service:Action`, one or several; without wildcards, except in a Deny."""
    resources: Sequence[Input[str]] = ()
    """ARNs. An empty text stands for a resource that doesn't exist and is dropped; so is a statement
    without any resource left. Default: none, as in a trust policy."""
    sid: str = ""
    """Letters and digits, unique in the document. Default: none."""
    effect: Literal["Allow", "Deny"] = "Allow"
    principal: str | Mapping[str, str] | None = None
    """`{"Service": "ec2.amazonaws.com"}` or `*`. Default: none, as in a policy of a role."""
    condition: Condition = field(default_factory=dict)


def policy_document(statements: Iterable[Statement]) -> pulumi.Output[str]:
    """The JSON of a policy document. Statements that differ only in their resources become one."""

    def document(rendered: Sequence[dict[str, Any]]) -> str:
        return json.dumps({"Version": _VERSION, "Statement": _merged(rendered)})

    return pulumi.Output.all(*map(_rendered, statements)).apply(document)


def trust_policy(service: str, *actions: str, condition: Condition | None = None) -> pulumi.Output[str]:
    """The JSON of a trust policy: the AWS service that may assume a role, such as `ec2.amazonaws.com`."""
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
    """The condition that a KMS key is used through a service in the key's region alone: `s3`, `rds`."""

    def host(arn: str) -> str:
        if not arn:
            return ""  # no key: the statement is dropped
        _, partition, _, region, *_ = arn.split(":")
        return f"{service}.{region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}"

    return {"StringEquals": {"kms:ViaService": pulumi.Output.from_input(key_arn).apply(host)}}


def _rendered(statement: Statement) -> dict[str, Any]:
    """The statement as IAM writes it; values may be Outputs."""
    found: dict[str, Any] = {"Sid": statement.sid} if statement.sid else {}
    found["Effect"] = statement.effect
    if statement.principal is not None:
        found["Principal"] = statement.principal
    found["Action"] = statement.actions if isinstance(statement.actions, str) else list(statement.actions)
    if statement.resources:
        found["Resource"] = list(statement.resources)
    if statement.condition:
        found["Condition"] = statement.condition
    return found


def _merged(statements: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One statement for all that differ only in their resources, and none without resources left."""
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


def _with_unique_ids(statements: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """IAM refuses a document in which two statements have one identifier: further ones get a number."""
    seen: Counter[str] = Counter()
    for statement in statements:
        sid = statement.get("Sid", "")
        seen[sid] += 1
        yield {**statement, "Sid": f"{sid}{seen[sid]}"} if sid and seen[sid] > 1 else statement
