"""A change over three stacks: the sample of docs/preview-sample.md."""

from __future__ import annotations

import json
from typing import Any

from platform_components.workspace.run import Run
from tests.report.plans import changed, run_of, stack_run, subject


def _document(*actions: str) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "arn:aws:s3:::acme-invoices/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _pods(image: str) -> dict[str, Any]:
    container = {"name": "api", "image": f"registry.example/payments@sha256:{image * 8}"}
    return {"replicas": 3, "template": {"spec": {"containers": [container]}}}


def three_stacks() -> Run:
    """A database that is replaced, a public endpoint, a bucket that is removed, a new image, tags."""
    foundation = "foundation.prod"
    cluster = subject(
        "update",
        "aws:eks/cluster:Cluster",
        {"vpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]}},
        changed("vpcConfig.endpointPublicAccess", False, True),
        changed("vpcConfig.publicAccessCidrs", None, ["0.0.0.0/0"]),
        name="platform-cluster",
        stack=foundation,
    )
    payments = "payments.prod"
    database = subject(
        "replace",
        "aws:rds/instance:Instance",
        {"engineVersion": "17", "kmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/payments"},
        changed("engineVersion", "16", "17"),
        changed("kmsKeyId", None, "arn:aws:kms:eu-west-1:111122223333:key/payments"),
        name="payments-db-instance",
        stack=payments,
        replaced_by=("kmsKeyId",),
        order="delete first",
    )
    deployment = subject(
        "update",
        "kubernetes:apps/v1:Deployment",
        {"spec": _pods("4f2a9c01")},
        changed(
            "spec.template.spec.containers[0].image",
            "registry.example/payments@sha256:" + "9b7e66d0" * 8,
            "registry.example/payments@sha256:" + "4f2a9c01" * 8,
        ),
        name="payments-api-deployment",
        stack=payments,
        causes=(database.step.urn,),
    )
    policy = subject(
        "update",
        "aws:iam/rolePolicy:RolePolicy",
        {"role": "payments-api", "policy": _document("s3:GetObject", "s3:PutObject", "s3:DeleteObject")},
        changed(
            "policy", _document("s3:GetObject"), _document("s3:PutObject", "s3:GetObject", "s3:DeleteObject")
        ),
        name="payments-invoices-policy",
        stack=payments,
    )
    tagged = [
        subject(
            "update",
            "aws:sqs/queue:Queue",
            {"tags": {"Owner": "payments-team", "CostCenter": "payments"}},
            changed("tags.CostCenter", "shop", "payments"),
            name=f"payments-events-{number}",
            stack=payments,
        )
        for number in range(1, 6)
    ]
    notifications = "notifications.prod"
    bucket = subject(
        "delete",
        "aws:s3/bucket:Bucket",
        name="notifications-templates-bucket",
        stack=notifications,
        id="notifications-templates-bucket-1a2b3c4",
    )
    topic = subject(
        "create",
        "aws:sns/topic:Topic",
        {"tags": {"Owner": "messaging-team"}},
        name="notifications-receipts",
        stack=notifications,
    )
    return run_of(
        stack_run(
            foundation,
            [cluster],
            outputs=(changed("cluster_endpoint_cidrs", ["10.0.0.0/8"], ["0.0.0.0/0"]),),
            unchanged=62,
        ),
        stack_run(
            payments,
            [database, deployment, policy, *tagged],
            reads={foundation: ("cluster_endpoint_cidrs", "vpc_id")},
            unchanged=31,
        ),
        stack_run(notifications, [topic, bucket], reads={foundation: ("vpc_id",)}, unchanged=24),
    )
