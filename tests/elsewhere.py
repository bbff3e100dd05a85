"""A project in a repository of its own, and the settings of its organization."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.cli.conftest import write

SETTINGS = """\
organization: organization
project: platform
regions: [eu-west-1]
teams: [core, orders-team]
environments:
  dev: { tier: development, region: eu-west-1 }
  prod: { tier: production, region: eu-west-1 }
stacks:
  foundation: { owner: core }
  platform-services: { owner: core, reads: [foundation] }
  shop: { owner: core, reads: [foundation] }
  orders: { owner: orders-team, reads: [foundation, platform-services], project: orders, cost_center: "42" }
sizing:
  development: { database.storage_gb: 30 }
"""

PROGRAM = """\
from platform_components import (
    Args, DatabaseArgs, FoundationOutputs, Image, PlatformServicesOutputs, ServiceStack, ServiceStackArgs,
    Stack,
)


class OrdersConfig(Args):
    image: Image | None = None


stack = Stack.current()
config = stack.config(OrdersConfig)
orders = ServiceStack(
    "orders",
    ServiceStackArgs(image=stack.image(config.image), database=DatabaseArgs()),
    context=stack.context,
    foundation=FoundationOutputs.imported(stack.upstream("foundation")),
    platform_services=PlatformServicesOutputs.imported(stack.upstream("platform-services")),
)
orders.outputs.export()
"""

PACKAGE = "acme-platform-settings"


def write_project(root: Path, platform: str) -> None:
    """Write the project; `platform` is the value of the key in Pulumi.yaml, in the flow style of YAML."""
    line = f"platform: {platform}\n" if platform else ""
    write(root / "Pulumi.yaml", f"name: orders\nruntime: python\n{line}")
    write(root / "__main__.py", PROGRAM)
    for environment in ("dev", "prod"):
        write(root / f"Pulumi.orders.{environment}.yaml", "config:\n  aws:region: eu-west-1\n")


def write_copy(root: Path, settings: str = SETTINGS, version: str = "3.2") -> None:
    """Write the project with a copy of the settings."""
    digest = hashlib.sha256(settings.encode()).hexdigest()
    write_project(
        root,
        f'{{file: .platform/platform.yaml, sha256: "{digest}", version: "{version}", source: {PACKAGE}}}',
    )
    write(root / ".platform/platform.yaml", settings)


def install(site: Path, version: str = "3.2", settings: str = SETTINGS, record: str = "") -> None:
    """Install a package with settings, which must not be imported, into a directory of packages."""
    module = PACKAGE.replace("-", "_")
    write(site / module / "__init__.py", "raise SystemExit('imported')\n")
    write(site / module / "platform.yaml", settings)
    about = site / f"{module}-{version}.dist-info"
    write(about / "METADATA", f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: {version}\n")
    write(about / "RECORD", record or f"{module}/__init__.py,,\n{module}/platform.yaml,,\n")
