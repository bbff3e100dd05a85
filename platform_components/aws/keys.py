"""Keys: the KMS keys that components encrypt with, given by ARN or created as their own."""

from __future__ import annotations

import re
from typing import Annotated, Any

import pulumi
from pulumi_aws import kms
from pydantic import AfterValidator

from platform_components.aws.iam import Statement, policy_document
from platform_components.aws.partitions import dns_suffix
from platform_components.base import Component, Input
from platform_components.base.values import in_schema

_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+")


def key_arn(value: str) -> str:
    """Return the ARN if it is that of a KMS key; raises ValueError otherwise."""
    if not _ARN.fullmatch(value):
        raise ValueError(
            "must be the ARN of a KMS key, not of an alias: arn:aws:kms:<region>:<account>:key/<id>"
        )
    return value


KmsKeyArn = Annotated[str, AfterValidator(key_arn), in_schema(_ARN)]
"""ARN of a KMS key. Aliases are rejected: updating an alias does not re-encrypt existing data."""


def create_key(component: Component[Any], description: str) -> pulumi.Output[str]:
    """Create the children `key` and `key-policy` of a component, and return the key's ARN.

    The key rotates every year. IAM policies of its account grant access to it; CloudWatch Logs can use it
    for the log groups of its account and region.
    """
    key = kms.Key(
        f"{component.name}-key",
        description=description,
        enable_key_rotation=True,
        deletion_window_in_days=30,
        opts=component.stateful_child(),
    )
    return add_key_policy(component, key)


def add_key_policy(component: Component[Any], key: kms.Key) -> pulumi.Output[str]:
    """Create the child `key-policy` of a component, and return the ARN of its key after the policy is set."""
    # A separate resource, because the policy contains the account, which is in the ARN of the key.
    policy = kms.KeyPolicy(
        f"{component.name}-key-policy", key_id=key.key_id, policy=key_policy(key.arn), opts=component.child()
    )
    # What uses the key waits for the policy: CloudWatch Logs rejects a key that it can't use.
    return pulumi.Output.all(key.arn, policy.id).apply(lambda created: str(created[0]))


def key_policy(key_arn: Input[str]) -> pulumi.Output[str]:
    """Return the policy of a key: the account administers it, CloudWatch Logs encrypts log groups with it."""

    def document(arn: str) -> pulumi.Output[str]:
        _, partition, _, region, account, _ = arn.split(":", 5)
        groups = f"arn:{partition}:logs:{region}:{account}:log-group:*"
        return policy_document(
            [
                Statement(
                    sid="Account",
                    principal={"AWS": f"arn:{partition}:iam::{account}:root"},
                    actions="kms:*",
                    resources=["*"],
                ),
                Statement(
                    sid="LogGroups",
                    principal={"Service": f"logs.{region}.{dns_suffix(partition)}"},
                    actions=(
                        *("kms:Decrypt*", "kms:Describe*", "kms:Encrypt*"),
                        *("kms:GenerateDataKey*", "kms:ReEncrypt*"),
                    ),
                    resources=["*"],
                    condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
                ),
            ]
        )

    return pulumi.Output.from_input(key_arn).apply(document)
