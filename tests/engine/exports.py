"""States in Pulumi's format, for tests: with one resource of each kind."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from platform_components.engine import wire
from platform_components.engine.state.deployment import Deployment
from platform_components.engine.state.format import StackName, parse_state

STACK = StackName("shop", "payments.dev")
PREFIX = f"urn:pulumi:{STACK.stack}::{STACK.project}::"
ROOT = f"{PREFIX}pulumi:pulumi:Stack::shop-payments.dev"
PROVIDER = f"{PREFIX}pulumi:providers:aws::default_7_51_0"
PROVIDER_ID = "0d5f5f7c-6d3e-4a63-9f2c-1f1f6a9c5d10"
COMPONENT = f"{PREFIX}platform:index:Bucket::receipts"
BUCKET = f"{PREFIX}platform:index:Bucket$aws:s3/bucket:Bucket::receipts"
TOPIC = f"{PREFIX}aws:sns/topic:Topic::paid"
CIPHERTEXT = "v1:aW52ZW50ZWQ=:bm90IGEgc2VjcmV0"


def secret(**form: str) -> dict[str, str]:
    return {wire.SIGNATURE: wire.SECRET, **form}


def resources() -> list[dict[str, Any]]:
    """The stack, a provider, a component with a bucket, and a topic that depends on the bucket."""
    return [
        {"urn": ROOT, "custom": False, "type": "pulumi:pulumi:Stack", "outputs": {"bucket": "receipts-1"}},
        {
            "urn": PROVIDER,
            "custom": True,
            "id": PROVIDER_ID,
            "type": "pulumi:providers:aws",
            "inputs": {"region": "eu-west-1"},
            "outputs": {"region": "eu-west-1"},
        },
        {"urn": COMPONENT, "custom": False, "type": "platform:index:Bucket", "parent": ROOT},
        {
            "urn": BUCKET,
            "custom": True,
            "id": "receipts-1",
            "type": "aws:s3/bucket:Bucket",
            "parent": COMPONENT,
            "provider": f"{PROVIDER}::{PROVIDER_ID}",
            "protect": True,
            "inputs": {"forceDestroy": False, "tags": {"Owner": "payments-team"}, "__defaults": ["bucket"]},
            "outputs": {"bucket": "receipts-1", "hostedZoneId": None, "ttl": 30.0, "ratio": 0.5},
            "created": "2026-10-01T08:00:00Z",
            "sourcePosition": "project:///__main__.py#7",
        },
        {
            "urn": TOPIC,
            "custom": True,
            "id": "arn:aws:sns:eu-west-1:123456789012:paid",
            "type": "aws:sns/topic:Topic",
            "parent": ROOT,
            "provider": f"{PROVIDER}::{PROVIDER_ID}",
            "inputs": {"displayName": secret(ciphertext=CIPHERTEXT)},
            "outputs": {"displayName": secret(ciphertext=CIPHERTEXT)},
            "dependencies": [BUCKET],
            "propertyDependencies": {"displayName": [BUCKET], "tags": []},
            "customTimeouts": {"create": 300, "delete": 60.5},
            "ignoreChanges": ["tags"],
        },
    ]


def deployment(**changes: Any) -> dict[str, Any]:
    return {
        "manifest": {
            "time": "2026-11-20T09:30:00.123456789+01:00",
            "magic": hashlib.sha256(b"v3.260.0").hexdigest(),
            "version": "v3.260.0",
        },
        "secrets_providers": {"type": "passphrase", "state": {"salt": "v1:aW52ZW50ZWQ=:v1:bm8=:bm8="}},
        "resources": resources(),
        "metadata": {},
        **changes,
    }


def export(version: int = 3, **changes: Any) -> dict[str, Any]:
    """The output of `pulumi stack export`."""
    return {"version": version, "deployment": deployment(**changes)}


def checkpoint(**changes: Any) -> dict[str, Any]:
    """The file of a stack in a self-managed backend."""
    latest = deployment(**changes)
    return {
        "version": 3,
        "checkpoint": {"stack": f"organization/{STACK.project}/{STACK.stack}", "latest": latest},
    }


def parsed(state: object, **options: Any) -> Deployment | None:
    content = state if isinstance(state, bytes) else json.dumps(state).encode()
    return parse_state(content, subject="payments.json", source="payments.json", expected=STACK, **options)


def parsed_deployment(state: object, **options: Any) -> Deployment:
    found = parsed(state, **options)
    assert found is not None
    return found
