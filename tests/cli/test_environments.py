"""`platform preview --env all`: several environments in one preview."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, write

PLATFORM = """
    organization: acme
    regions: [eu-west-1, eu-central-1]
    teams: [team]
    environments:
      dev: {tier: development, region: eu-west-1}
      prod: {tier: production, region: eu-central-1}
    stacks:
      base: {owner: team}
      shop: {owner: team, reads: [base]}
"""
PROGRAM = """
    import pulumi

    layer, _, environment = pulumi.get_stack().partition(".")
    if layer == "shop":
        pulumi.StackReference(f"acme/orders/base.{environment}").require_output("name")
    pulumi.export("name", f"{layer} of {environment}")
"""


@pytest.fixture
def estate(project: Path) -> Path:
    """A project with two layers in two environments."""
    write(project / "platform.yaml", PLATFORM)
    write(project / "__main__.py", PROGRAM)
    for stack in ("base.dev", "base.prod", "shop.dev", "shop.prod"):
        write(project / f"Pulumi.{stack}.yaml", "config: {}\n")
    return project


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def test_each_environment_has_a_headline(platform: Run, estate: Path) -> None:
    """With its tier and region, above its stacks; the first line counts environments and stacks."""
    shown = lines(platform("preview", "--env", "all", "-C", estate).stdout)
    assert shown[0] == "orders · 2 environments · 4 stacks preview only: nothing is deployed"
    dev, prod = (
        shown.index("dev · development tier · eu-west-1 · 2 stacks"),
        shown.index("prod · production tier · eu-central-1 · 2 stacks"),
    )
    order = [line.split()[0] for line in shown if line.startswith(("base.", "shop."))]
    assert order == ["base.dev", "shop.dev", "base.prod", "shop.prod"]
    assert dev < shown.index("base.dev + 0") < prod < shown.index("base.prod + 0")


def test_one_environment_has_one_headline(platform: Run, estate: Path) -> None:
    """It is the first line."""
    shown = lines(platform("preview", "--env", "prod", "-C", estate).stdout)
    assert shown[0].startswith("prod · production tier · eu-central-1 · 2 stacks")
    assert sum("production tier" in line for line in shown) == 1


def test_the_document_has_the_stacks_of_all_environments(platform: Run, estate: Path) -> None:
    """Its `environment` is empty. Each stack reads the outputs of its own environment."""
    document = json.loads(platform("preview", "--env", "prod", "--env", "dev", "--json", "-C", estate).stdout)
    assert document["environment"] == ""
    assert [stack["stack"] for stack in document["stacks"]] == [
        "base.dev",
        "shop.dev",
        "base.prod",
        "shop.prod",
    ]
    (read,) = document["stacks"][3]["reads"]
    assert (read["stack"], read["known"]) == ("acme/orders/base.prod", True)
