"""The tables of effects: where they come from, and which types of the components they lack."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

from platform_components.base.packaged import packaged_text
from platform_components.providers import known_providers
from platform_components.providers.effects import (
    aws_documented_effects,
    aws_effects,
    terraform_effects,
)
from tests.estate.states import STACKS, read_state

ROOT = Path(__file__).parent.parent.parent

TABLES = (
    "aws_documented_replacements.json",
    "aws_replace_on_change.json",
    "terraform_replace_on_change.json",
)

UNKNOWN = {
    "aws:eks/cluster:Cluster": {"encryptionConfig"},
    "aws:elasticache/replicationGroup:ReplicationGroup": {"engine", "engineVersion"},
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {"rules"},
}
"""Arguments that the components set and of which it is unknown whether their change replaces."""


def test_the_documented_replacements_are_current() -> None:
    """They match the installed pulumi_aws; otherwise run scripts/generate_documented_replacements.py."""
    script = runpy.run_path(str(ROOT / "scripts" / "generate_documented_replacements.py"))
    assert script["rendered"]() == script["TARGET"].read_text(encoding="utf-8")


def test_every_table_states_its_source() -> None:
    """Where each fact comes from can be looked up."""
    for name in TABLES:
        table = json.loads(packaged_text("platform_components.providers", name))
        assert table["source"]
        assert table["types"]


def test_a_type_is_in_the_table_that_decides() -> None:
    """The measured table comes first: no other one contradicts it."""
    for type_ in ("aws:s3/bucket:Bucket", "aws:rds/instance:Instance"):
        assert type_ in aws_effects()
        assert type_ not in terraform_effects()
    assert "aws:kms/keyPolicy:KeyPolicy" in terraform_effects()
    assert len(aws_documented_effects()) > 50


def test_what_the_components_change_has_a_known_effect() -> None:
    """docs/parity.md lists the arguments in the recorded stacks whose effect is unknown."""
    found: dict[str, set[str]] = {}
    for type_, argument in component_arguments():
        if known_providers(type_).effect(type_, argument, "old", "new") == "unknown":
            found.setdefault(type_, set()).add(argument)
    assert found == UNKNOWN


def component_arguments() -> set[tuple[str, str]]:
    """The AWS types in the recorded stacks, with each argument that these set."""
    return {
        (resource["type"], argument)
        for stack in STACKS
        for resource in read_state(stack).resources.values()
        if resource["type"].startswith("aws:")
        for argument in resource.get("inputs", {})
        if not argument.startswith("__")
    }
