"""A database that violates policies: no tags, no backups, no encryption, and an oversized instance class."""

from __future__ import annotations

from pulumi_aws import rds

rds.Instance(
    "orders",
    engine="postgres",
    engine_version="17",
    instance_class="db.r6g.4xlarge",
    allocated_storage=500,
    username="orders",
    manage_master_user_password=True,
)
