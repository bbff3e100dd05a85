"""Graphs as Terraform configuration: Checkov finds the properties and the connections of resources."""

from __future__ import annotations

import pulumi
import pytest
from pulumi_aws import kms, s3

from platform_components.testing import render
from tests.checkov.terraform import configuration, terraform_type


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("aws:s3/bucket:Bucket", "aws_s3_bucket"),
        ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "aws_s3_bucket_public_access_block"),
        ("aws:ec2/vpc:Vpc", "aws_vpc"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "aws_vpc_security_group_ingress_rule"),
        ("aws:rds/instance:Instance", "aws_db_instance"),
        ("aws:kms/keyPolicy:KeyPolicy", "aws_kms_key_policy"),
    ],
)
def test_types_are_named_as_in_terraform(type_: str, expected: str) -> None:
    """Checkov selects its checks by them."""
    assert terraform_type(type_) == expected


def test_a_configuration_has_blocks_attributes_and_references() -> None:
    """Mappings are blocks, except tags; unknown values refer to the resource that they depend on."""

    def program() -> None:
        key = kms.Key("objects", description='a "key" for ${x}')
        bucket = s3.Bucket("files", tags={"Name": "files"})
        s3.BucketServerSideEncryptionConfiguration(
            "files",
            bucket=bucket.bucket,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": key.arn,
                    },
                    "bucket_key_enabled": True,
                }
            ],
        )
        s3.BucketVersioning("elsewhere", bucket=_unknown(), versioning_configuration={"status": "Enabled"})

    lines = configuration(render(program)).splitlines()
    assert lines == [
        'resource "aws_kms_key" "objects" {',
        '  description = "a \\"key\\" for $${x}"',
        "}",
        "",
        'resource "aws_s3_bucket" "files" {',
        '  tags = {"Name" = "files"}',
        "}",
        "",
        'resource "aws_s3_bucket_server_side_encryption_configuration" "files" {',
        "  bucket = aws_s3_bucket.files.id",
        "  rule {",
        "    apply_server_side_encryption_by_default {",
        "      kms_master_key_id = aws_kms_key.objects.id",
        '      sse_algorithm = "aws:kms"',
        "    }",
        "    bucket_key_enabled = true",
        "  }",
        "}",
        "",
        'resource "aws_s3_bucket_versioning" "elsewhere" {',
        "  bucket = var.unknown",
        "  versioning_configuration {",
        '    status = "Enabled"',
        "  }",
        "}",
    ]


def _unknown() -> pulumi.Output[str]:
    """Return an output that is unknown and of no resource in the graph."""
    return pulumi.StackReference("organization/shop/other").get_output("name").apply(str)
