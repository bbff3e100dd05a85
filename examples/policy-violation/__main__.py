"""A database as one might write it in a hurry: no tags, no backups, and a machine for thousands of users."""

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
