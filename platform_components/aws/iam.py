"""IAM: policy documents, trust policies and partitions."""

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
    """Return the partition of a region, as in its ARNs: `aws`, `aws-cn` or `aws-us-gov`."""
    return next((name for start, name in _PARTITIONS.items() if region.startswith(start)), "aws")


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
    """Return the JSON of a policy document. Statements that differ only in their resources are merged."""

    def document(rendered: Sequence[dict[str, Any]]) -> str:
        return json.dumps({"Version": _VERSION, "Statement": _merged(rendered)})

    return pulumi.Output.all(*map(_rendered, statements)).apply(document)


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
    """Return the condition that a KMS key is used only through a service in its region: `s3`, `rds`."""

    def host(arn: str) -> str:
        if not arn:
            return ""  # no key: the statement is omitted
        _, partition, _, region, *_ = arn.split(":")
        return f"{service}.{region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}"

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


def _with_unique_ids(statements: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Number repeated statement IDs. IAM rejects a document with duplicates."""
    seen: Counter[str] = Counter()
    for statement in statements:
        sid = statement.get("Sid", "")
        seen[sid] += 1
        yield {**statement, "Sid": f"{sid}{seen[sid]}"} if sid and seen[sid] > 1 else statement
