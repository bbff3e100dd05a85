"""The same 1,001 resources as `buckets`, written as one would without the library."""

import json

import pulumi
from pulumi_aws import s3

LIFECYCLE: list[s3.BucketLifecycleConfigurationRuleArgsDict] = [
    {
        "id": "abort-incomplete-uploads",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
    },
    {
        "id": "expire-noncurrent-versions",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "noncurrent_version_expiration": {"noncurrent_days": 7},
    },
]


def tls_only(arn: str) -> str:
    statement = {
        "Sid": "DenyPlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def bucket(name: str) -> None:
    group = pulumi.ComponentResource("benchmarks:index:Bucket", name)
    inside = pulumi.ResourceOptions(parent=group)
    tags = {
        "Name": f"{name}-bucket",
        "Service": "files",
        "Environment": "dev",
        "Owner": "files-team",
        "ManagedBy": "platform-team",
    }
    made = s3.Bucket(f"{name}-bucket", force_destroy=True, tags=tags, opts=inside)
    s3.BucketOwnershipControls(
        f"{name}-ownership",
        bucket=made.bucket,
        rule={"object_ownership": "BucketOwnerEnforced"},
        opts=inside,
    )
    access = s3.BucketPublicAccessBlock(
        f"{name}-public-access",
        bucket=made.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=inside,
    )
    s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption",
        bucket=made.bucket,
        rules=[
            {
                "apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"},
                "bucket_key_enabled": False,
            }
        ],
        opts=inside,
    )
    versioning = s3.BucketVersioning(
        f"{name}-versioning",
        bucket=made.bucket,
        versioning_configuration={"status": "Enabled"},
        opts=inside,
    )
    s3.BucketLifecycleConfiguration(
        f"{name}-lifecycle",
        bucket=made.bucket,
        rules=LIFECYCLE,
        opts=pulumi.ResourceOptions(parent=group, depends_on=[versioning]),
    )
    s3.BucketPolicy(
        f"{name}-policy",
        bucket=made.bucket,
        policy=made.arn.apply(tls_only),
        opts=pulumi.ResourceOptions(parent=group, depends_on=[access]),
    )
    group.register_outputs({"bucket_name": made.bucket, "arn": made.arn})


for index in range(pulumi.Config().require_int("count")):
    bucket(f"files-{index}")
