"""A change over three stacks, evaluated and compared with states: the sample of docs/preview-sample.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from platform_components.cli.markdown import markdown
from platform_components.engine.state.deployment import Deployment, ResourceState
from platform_components.report.changes import report_of
from platform_components.workspace.run import Run, evaluate_selection
from platform_components.workspace.selection import select
from platform_components.workspace.states import NO_STATES, States
from tests.engine.deployments import state_of

_INTRODUCTION: Final = """# Sample of a report

`platform preview --markdown FILE` writes this about a change over three stacks: `foundation` creates another KMS key for databases and makes the endpoint of the cluster public; `payments` gets a new image and more permissions, and its database uses the new key; `notifications` no longer has a bucket. [Commands](commands.md#report-for-a-pull-request) describes how a workflow posts it. The text below is generated: the programs are evaluated and compared with states, see `tests/report/scenario.py`.
"""  # noqa: E501 - a paragraph
_PLATFORM: Final = """
organization: acme
regions: [eu-west-1]
teams: [platform-team, payments-team, messaging-team]
environments:
  prod: { tier: production, region: eu-west-1 }
stacks:
  foundation: { owner: platform-team, cost_center: platform }
  payments: { owner: payments-team, reads: [foundation], cost_center: payments }
  notifications: { owner: messaging-team, reads: [foundation], cost_center: messaging }
"""
_MAIN: Final = """
from importlib import import_module

import pulumi

import_module(pulumi.get_stack().partition(".")[0] + ".program")
"""

_FOUNDATION: Final = """
import pulumi
from pulumi_aws import cloudwatch, ecr, eks, kms

ecr.Repository("payments", name="payments")
cloudwatch.LogGroup("main", name="/aws/eks/main/cluster", retention_in_days=365)
cluster = eks.Cluster(
    "main",
    name="main",
    role_arn="arn:aws:iam::111122223333:role/main-cluster",
    vpc_config={
        "subnet_ids": ["subnet-0a1b2c3d", "subnet-1b2c3d4e", "subnet-2c3d4e5f"],
        "endpoint_public_access": False,
    },
)
key = kms.Key("databases", description="Databases of services")

pulumi.export("cluster_name", cluster.name)
pulumi.export("database_key_arn", key.arn)
"""
_NEW_FOUNDATION: Final = _FOUNDATION.replace(
    '"endpoint_public_access": False,',
    '"endpoint_public_access": True,\n        "public_access_cidrs": ["0.0.0.0/0"],',
).replace(
    'pulumi.export("database_key_arn", key.arn)',
    'payments_key = kms.Key("payments", description="Databases of payments")\n'
    'pulumi.export("database_key_arn", payments_key.arn)',
)

_PAYMENTS: Final = """
import json

import pulumi
from pulumi_aws import iam, rds, sqs
from pulumi_kubernetes import apps

foundation = pulumi.StackReference("acme/platform/foundation.prod")
tags = {"Owner": "payments-team", "CostCenter": "shop"}

database = rds.Instance(
    "payments",
    identifier="payments",
    instance_class="db.m7g.large",
    allocated_storage=100,
    engine="postgres",
    engine_version="17.4",
    kms_key_id=foundation.require_output("database_key_arn"),
    storage_encrypted=True,
    skip_final_snapshot=True,
    tags=tags,
)
iam.Role("payments-access", name="payments-access", assume_role_policy="{}", tags=tags)
iam.RolePolicy(
    "payments-invoices",
    role="payments-access",
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Invoices",
                    "Effect": "Allow",
                    "Action": ["s3:GetObject"],
                    "Resource": "arn:aws:s3:::acme-invoices/*",
                },
                {
                    "Sid": "Events",
                    "Effect": "Allow",
                    "Action": ["sqs:SendMessage"],
                    "Resource": "arn:aws:sqs:eu-west-1:111122223333:payments-*",
                },
            ],
        }
    ),
)
for number in range(1, 6):
    sqs.Queue(f"payments-events-{number}", name=f"payments-events-{number}", tags=tags)
labels = {"app": "payments"}
apps.v1.Deployment(
    "payments-pods",
    metadata={"name": "payments", "namespace": "payments"},
    spec={
        "replicas": 3,
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "containers": [
                    {
                        "name": "api",
                        "image": "registry.example/payments@sha256:IMAGE",
                        "env": [{"name": "DATABASE_HOST", "value": database.address}],
                    }
                ]
            },
        },
    },
)
"""
_NEW_PAYMENTS: Final = (
    _PAYMENTS.replace("IMAGE", "4f2a9c01" * 8)
    .replace('["s3:GetObject"]', '["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]')
    .replace('"CostCenter": "shop"', '"CostCenter": "payments"')
)
_OLD_PAYMENTS: Final = _PAYMENTS.replace("IMAGE", "9b7e66d0" * 8)

_NOTIFICATIONS: Final = """
import pulumi
from pulumi_aws import s3, sns, sqs

foundation = pulumi.StackReference("acme/platform/foundation.prod")
tags = {"Owner": "messaging-team", "Cluster": foundation.require_output("cluster_name")}

sqs.Queue("notifications", name="notifications", tags=tags)
"""
_OLD_NOTIFICATIONS: Final = (
    _NOTIFICATIONS + 's3.Bucket("notifications-templates", tags={"Owner": "design-team"})\n'
)
_NEW_NOTIFICATIONS: Final = (
    _NOTIFICATIONS + 'sns.Topic("notifications-receipts", name="notifications-receipts", tags=tags)\n'
)

_BEFORE: Final = {
    "foundation": _FOUNDATION,
    "payments": _OLD_PAYMENTS,
    "notifications": _OLD_NOTIFICATIONS,
}
_AFTER: Final = {
    "foundation": _NEW_FOUNDATION,
    "payments": _NEW_PAYMENTS,
    "notifications": _NEW_NOTIFICATIONS,
}

_KEY: Final = "6d0a3f52-0c1e-4b7a-9a57-2f1f0c5be001"
_KEY_ARN: Final = f"arn:aws:kms:eu-west-1:111122223333:key/{_KEY}"
_HOST: Final = "payments.c1x9example.eu-west-1.rds.amazonaws.com"
_IDS: Final = {
    "databases": _KEY,
    "payments": "db-4RQ2MZ7XK5T3",
    "notifications-templates": "notifications-templates-1a2b3c4",
    "payments-invoices": "payments-access:payments-invoices-0f9e8d7",
}
"""IDs of deployed resources in AWS, by name; of others it is the name."""
_OUTPUTS: Final = {_KEY: {"arn": _KEY_ARN}, "db-4RQ2MZ7XK5T3": {"address": _HOST}}
"""Outputs of deployed resources, by ID."""
_UNKNOWN: Final = {"payments": _KEY_ARN, "platform-foundation.prod": _KEY_ARN, "payments-pods": _HOST}
"""By name, the value that was unknown before the first deployment."""


@dataclass(frozen=True)
class _Deployed:
    """A state as a source: plain data."""

    state: Deployment

    def load(self) -> Deployment:
        return self.state


@cache
def three_stacks(*selected: str) -> Run:
    """A database that is replaced, a public endpoint, a bucket that is removed, a new image, tags.

    `selected`: names of stacks. Default: all three.
    """
    with TemporaryDirectory() as directory:
        root = Path(directory)
        before = _evaluated(root, _BEFORE, NO_STATES)
        states = {stack.name: _Deployed(_deployed(state_of(stack.graph))) for stack in before.stacks}
        return _evaluated(root, _AFTER, States(states), selected)


def sample_page() -> str:
    """The text of docs/preview-sample.md."""
    run = three_stacks()
    return f"{_INTRODUCTION}\n---\n\n{markdown(run, report_of(run))}"


def _evaluated(root: Path, programs: Mapping[str, str], states: States, selected: Sequence[str] = ()) -> Run:
    files = {
        "Pulumi.yaml": "name: platform\nruntime: python\nmain: stacks/\nstackConfigDir: stacks/config\n",
        "platform.yaml": _PLATFORM,
        "stacks/__main__.py": _MAIN,
        **{f"stacks/{layer}/program.py": text for layer, text in programs.items()},
        **{
            f"stacks/config/Pulumi.{layer}.prod.yaml": "config:\n  aws:region: eu-west-1\n"
            for layer in programs
        },
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"), encoding="utf-8")
    run = evaluate_selection(select(root, selected, None if selected else "prod"), states=states)
    assert not run.failures, run.failures
    return run


def _deployed(state: Deployment) -> Deployment:
    """The state with the values that the cloud chose."""
    resources = tuple(map(_known, state.resources))
    return replace(state, source="s3://acme-state", time="2026-11-02T08:15:00Z", resources=resources)


def _known(resource: ResourceState) -> ResourceState:
    value = _UNKNOWN.get(resource.name, "")
    id_ = _IDS.get(resource.name, resource.name) if resource.type.startswith("aws:") else resource.id
    inputs = _filled(resource.inputs, value)
    if resource.type.startswith("aws:"):  # as the provider stores them
        inputs["__defaults"] = []
    outputs = _filled(resource.outputs, value) | _OUTPUTS.get(id_, {})
    return replace(resource, id=id_, inputs=inputs, outputs=outputs)


def _filled(value: Any, text: str) -> Any:
    """The value with a text in place of each unknown one."""
    if isinstance(value, Mapping):
        return {key: _filled(item, text) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, text) for item in value]
    return text if value == "known" else value
