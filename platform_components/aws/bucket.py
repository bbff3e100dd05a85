"""Bucket: object storage that is private, encrypted, TLS-only and, by default, versioned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Final, Literal

import pulumi
from pulumi_aws import kms, s3

from platform_components.aws.access import Access, ClientOutputs
from platform_components.aws.iam import Statement, policy_document, via_service
from platform_components.aws.keys import KmsKeyArn, create_key
from platform_components.aws.regions import region_problems
from platform_components.base import (
    Component,
    ComponentArgs,
    Context,
    Days,
    Flag,
    Input,
    Problem,
    sized,
)
from platform_components.base.outputs import IfMissing
from platform_components.base.values import matching

StorageClass = Literal["STANDARD_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]

BucketName = Annotated[
    str,
    matching(
        r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "the name of a bucket: 3 to 63 lowercase letters, digits, dots and hyphens",
    ),
]
"""Name of a bucket in S3 (source: S3 user guide, general purpose bucket naming rules)."""

_LEAST_DAYS_BEFORE_IA: Final = 30
_RESERVED_PREFIXES: Final = ("sthree-", "amzn-s3-demo-")


class BucketArgs(ComponentArgs):
    """Arguments of `Bucket`. None are required."""

    versioned: Flag = True
    """Keep noncurrent versions of objects, so that an overwrite or a delete can be undone."""

    noncurrent_version_days: Days = sized("bucket.noncurrent_version_days")
    """Retention of noncurrent versions, in days. Applies only if `versioned`."""

    expire_after_days: Days | None = None
    """Age of objects, in days, at which they are deleted. Default: never."""

    archive_after_days: Days | None = None
    """Age of objects, in days, at which they transition to `archive_class`. Default: never."""

    archive_class: StorageClass = "INTELLIGENT_TIERING"
    """Storage class that objects transition to after `archive_after_days`."""

    create_kms_key: Flag = sized("encryption.create_kms_key")
    """Create a KMS key, at 1 USD per month, that encrypts objects, unless `kms_key_arn` is set. Disabling it
    later deletes the key: objects that it encrypted can't be read any more."""

    kms_key_arn: Input[KmsKeyArn] | None = None
    """KMS key that encrypts objects. Default: see `create_kms_key`; without it, keys managed by S3 (SSE-S3),
    at no cost."""

    default_encryption: Literal["kms", "s3"] = "kms"
    """Encryption of new objects if the bucket has a KMS key. `s3` still gives clients access to the key: to
    let clients in other stacks be deployed before objects require it, and for buckets that receive access
    logs, which require SSE-S3."""

    send_events: Flag = sized("bucket.send_events")
    """Send an event for each object that is created or deleted to the default event bus of EventBridge, which
    charges them as opt-in events (1 USD per million). Replaces all notifications of the bucket that were
    configured elsewhere."""

    access_log_bucket: Input[BucketName] | None = None
    """Name of the bucket that receives the server access logs. It must be in the same account and region,
    with SSE-S3, and its policy must allow `logging.s3.amazonaws.com` to write. Default: no access logs."""

    access_log_prefix: str = ""
    """Prefix of the access logs in `access_log_bucket`. Default: the bucket's name and `/`."""

    force_destroy: Flag = sized("bucket.force_destroy")
    """Allow `destroy` to delete a bucket that contains objects. They can't be restored."""

    def problems(self, context: Context) -> Iterable[Problem]:
        yield from region_problems(context, kms_key_arn=self.kms_key_arn)
        expiry, archive = self.expire_after_days, self.archive_after_days
        if expiry == 0:
            yield Problem("expire_after_days", "must be at least 1", "remove it to keep objects", expiry)
        if expiry and archive is not None and archive >= expiry:
            what = f"must be less than expire_after_days, which is {expiry}"
            yield Problem("archive_after_days", what, "archive earlier, or remove one of them", archive)
        if self.archive_class == "STANDARD_IA" and archive is not None and archive < _LEAST_DAYS_BEFORE_IA:
            what = f"must be at least {_LEAST_DAYS_BEFORE_IA} for STANDARD_IA"
            yield Problem("archive_after_days", what, "S3 rejects lower values", archive)
        if self.versioned and self.noncurrent_version_days == 0:
            what = "must be at least 1 while versioned"
            yield Problem("noncurrent_version_days", what, "set versioned to false to keep none", 0)
        if self.access_log_prefix and self.access_log_bucket is None:
            what, remedy = "requires access_log_bucket", "set it, or remove the prefix"
            yield Problem("access_log_prefix", what, remedy, self.access_log_prefix)
        if context.production and self.force_destroy:
            what = "must be false in the production tier"
            yield Problem("force_destroy", what, "empty the bucket manually before you delete it", True)


class BucketOutputs(ClientOutputs):
    """Outputs of `Bucket`."""

    bucket_name: pulumi.Output[str]
    """Name of the bucket in S3."""
    arn: pulumi.Output[str]
    """ARN of the bucket; those of its objects match `<arn>/*`."""
    kms_key_arn: Annotated[pulumi.Output[str], IfMissing("")]
    """ARN of the KMS key that encrypts objects; empty for keys managed by S3."""

    prefix = "BUCKET"
    variables = MappingProxyType({"": lambda bucket: bucket.bucket_name})

    def access(self, prefix: str = "") -> Access:
        """Return what a client needs to read, write, list and delete objects. Variable: `BUCKET`, the name
        of the bucket."""
        return replace(
            super().access(prefix),
            statements=(
                Statement(("s3:ListBucket", "s3:GetBucketLocation"), [self.arn], sid="ListBuckets"),
                Statement(_ON_OBJECTS, [pulumi.Output.concat(self.arn, "/*")], sid="Objects"),
                Statement(
                    ("kms:Decrypt", "kms:GenerateDataKey"),
                    [self.kms_key_arn],
                    sid="ObjectKeys",
                    condition=via_service("s3", self.kms_key_arn),
                ),
            ),
        )


_ON_OBJECTS: Final = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")


class Bucket(Component[BucketArgs, BucketOutputs], BucketOutputs, kind="Bucket"):
    """An S3 bucket with its access, encryption, versioning, lifecycle and notification settings.

    In the production tier the bucket is protected, and `destroy` can't empty it.
    """

    child_types = MappingProxyType(
        {
            "bucket": s3.Bucket,
            "ownership": s3.BucketOwnershipControls,
            "public-access": s3.BucketPublicAccessBlock,
            "encryption": s3.BucketServerSideEncryptionConfiguration,
            "versioning": s3.BucketVersioning,
            "lifecycle": s3.BucketLifecycleConfiguration,
            "policy": s3.BucketPolicy,
            "key": kms.Key,
            "key-policy": kms.KeyPolicy,
            "events": s3.BucketNotification,
            "access-logs": s3.BucketLogging,
        }
    )

    def __init__(
        self,
        name: str,
        args: BucketArgs | None = None,
        *,
        context: Context,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, args or BucketArgs(), context, opts)
        args = self.args

        bucket = s3.Bucket(f"{name}-bucket", force_destroy=args.force_destroy, opts=self.stateful_child())
        key_arn = args.kms_key_arn
        if key_arn is None and args.create_kms_key:
            key_arn = create_key(self, f"Objects of the bucket {name}")
        s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=bucket.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=self.child(),
        )
        public_access = s3.BucketPublicAccessBlock(
            f"{name}-public-access",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self.child(),
        )
        s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.bucket,
            rules=[_encryption_rule(key_arn if args.default_encryption == "kms" else None)],
            opts=self.child(),
        )
        versioning = s3.BucketVersioning(
            f"{name}-versioning",
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled" if args.versioned else "Suspended"},
            opts=self.child(),
        )
        s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.bucket,
            rules=_lifecycle_rules(args),
            # S3 accepts rules for noncurrent versions only once the bucket is versioned.
            opts=self.child(depends_on=[versioning]),
        )
        s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.bucket,
            policy=_tls_only_policy(bucket.arn),
            # S3 rejects concurrent changes of a bucket's access with OperationAborted.
            opts=self.child(depends_on=[public_access]),
        )
        if args.send_events:
            s3.BucketNotification(f"{name}-events", bucket=bucket.bucket, eventbridge=True, opts=self.child())
        if args.access_log_bucket is not None:
            s3.BucketLogging(
                f"{name}-access-logs",
                bucket=bucket.bucket,
                target_bucket=args.access_log_bucket,
                target_prefix=args.access_log_prefix or pulumi.Output.concat(bucket.bucket, "/"),
                opts=self.child(),
            )

        self.finish(
            BucketOutputs(
                bucket_name=bucket.bucket,
                arn=bucket.arn,
                kms_key_arn=pulumi.Output.from_input("" if key_arn is None else key_arn),
            )
        )

    @property
    def summary(self) -> str:
        parts = [
            self.stated("versioned" if self.args.versioned else "not versioned", "versioning"),
            self.stated("SSE-KMS" if self._uses_kms else "SSE-S3", "encryption"),
            self.stated("TLS only", "policy"),
        ]
        if self.args.expire_after_days:
            parts.append(self.stated(f"objects expire after {self.args.expire_after_days} days", "lifecycle"))
        return " · ".join(filter(None, parts))

    @property
    def _uses_kms(self) -> bool:
        has_key = self.args.create_kms_key or self.args.kms_key_arn is not None
        return has_key and self.args.default_encryption == "kms"

    @classmethod
    def _name_problems(cls, name: object) -> Iterator[Problem]:
        yield from super()._name_problems(name)
        for prefix in _RESERVED_PREFIXES:  # of physical names, which start with this one
            if f"{name}-".startswith(prefix):
                what = f"must not start with {prefix}, which S3 reserves"
                yield Problem("name", what, "choose another name", name)


def _encryption_rule(key_arn: Input[str] | None) -> s3.BucketServerSideEncryptionConfigurationRuleArgsDict:
    # No customer-provided keys: without the key that an object was uploaded with, it can't be read.
    rule: s3.BucketServerSideEncryptionConfigurationRuleArgsDict = {"blocked_encryption_types": ["SSE-C"]}
    if key_arn is None:
        return {
            **rule,
            "apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"},
            "bucket_key_enabled": False,
        }
    return {
        **rule,
        "apply_server_side_encryption_by_default": {
            "sse_algorithm": "aws:kms",
            "kms_master_key_id": key_arn,
        },
        # One data key per bucket instead of one per object: fewer requests to KMS, at lower cost.
        "bucket_key_enabled": True,
    }


def _lifecycle_rules(args: BucketArgs) -> list[s3.BucketLifecycleConfigurationRuleArgsDict]:
    rules: list[s3.BucketLifecycleConfigurationRuleArgsDict] = [
        {
            **_rule("abort-incomplete-uploads"),
            "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
        }
    ]
    if args.versioned:
        days = args.noncurrent_version_days
        rules.append(
            {
                **_rule("expire-noncurrent-versions"),
                "noncurrent_version_expiration": {"noncurrent_days": days},
                # Deletes the marker of a deleted object once its last version has expired.
                "expiration": {"expired_object_delete_marker": True},
            }
        )
    if args.archive_after_days is not None:
        days, storage_class = args.archive_after_days, args.archive_class
        rules.append(
            {**_rule("archive-objects"), "transitions": [{"days": days, "storage_class": storage_class}]}
        )
    if args.expire_after_days is not None:
        rules.append({**_rule("expire-objects"), "expiration": {"days": args.expire_after_days}})
    return rules


def _rule(name: str) -> s3.BucketLifecycleConfigurationRuleArgsDict:
    """Return the base of a rule for all objects. Without a filter, S3 responds with MalformedXML."""
    return {"id": name, "status": "Enabled", "filter": {"prefix": ""}}


def _tls_only_policy(arn: pulumi.Output[str]) -> pulumi.Output[str]:
    return policy_document(
        [
            Statement(
                sid="DenyPlainHttp",
                effect="Deny",
                principal="*",
                actions="s3:*",
                resources=[arn, pulumi.Output.concat(arn, "/*")],
                condition={"Bool": {"aws:SecureTransport": "false"}},
            )
        ]
    )
