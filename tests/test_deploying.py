"""docs/deploying.md: the permissions of the deploying role cover what the components create."""

from __future__ import annotations

import re

from tests.inventory import COMPONENTS
from tests.tree import ROOT

SERVICES = {"cloudwatch/logGroup": "logs", "vpc": "ec2"}
"""Prefixes of IAM actions that differ from the module of a resource type."""


def documented() -> set[str]:
    """Return the services in the table of permissions."""
    text = (ROOT / "docs/deploying.md").read_text(encoding="utf-8")
    section = text.partition("## Permissions of the deploying role")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([a-z0-9-]+)` \|", section, re.MULTILINE))


def service_of(token: str) -> str:
    """Return the prefix of the IAM actions for a resource type such as `aws:vpc/...:...`."""
    module = token.split(":")[1]
    return SERVICES.get(module) or SERVICES.get(module.partition("/")[0]) or module.partition("/")[0]


def test_the_permissions_cover_every_service_of_the_components() -> None:
    """A component with resources of another service adds a row."""
    tokens = {kind.pulumi_type for part in COMPONENTS for kind in part.child_types.values()}  # type: ignore[attr-defined]
    assert {service_of(token) for token in tokens if token.startswith("aws:")} <= documented()


def test_the_permissions_cover_the_secrets_that_rds_creates() -> None:
    """RDS uses the permissions of the caller for the secret of the master user."""
    assert "secretsmanager" in documented()
