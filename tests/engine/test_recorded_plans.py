"""Compares plans with recorded ones of the real engine, without a CLI.

The recordings come from test_plans_against_cli.py, which also checks that they are current.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from platform_components.engine import ProgramError
from platform_components.engine.plan.providers import Providers
from platform_components.engine.plan.steps import Plan
from platform_components.engine.state.sealed import incomparable
from platform_components.engine.state.secrets import Unsealer
from platform_components.engine.wire import SECRET
from platform_components.providers import known_providers
from tests.engine.plans import recording
from tests.engine.plans.comparison import (
    our_deletions,
    our_fates,
    planned,
    real_deletions,
    real_fates,
    refused,
)
from tests.engine.plans.model import cloud_models
from tests.engine.plans.pairs import Pair, all_pairs

PAIRS = all_pairs()
INVALID = {"alias_of_a_resource_that_stays"}
"""Pairs whose program fails."""
WITHOUT_A_REASON = {
    "managed_resource_became_read",
    "managed_resource_with_followers_became_read",
    "read_became_managed",
    "read_with_followers_became_managed",
    "replace_on_nested_changes",
    "replacement_trigger",
    "replacement_trigger_of_a_named_resource",
}
"""Pairs with a replacement for which Pulumi states no reason. Otherwise the plans are equal."""
UNREAD = {"read_of_another_resource"}
"""Pairs that depend on what a provider reads from a cloud."""

_REGION = "the stand-in answers as pulumi-aws 6; 7 updates the provider (pulumi-aws#5656)"
MODELLED_DIFFERENTLY = {
    "empty_values_removed": "the stand-in ignores empty collections, which depends on the Terraform provider",
    "list_items_moved": "the order in nested lists of pulumi-aws is undecided",
    "provider_of_a_named_resource_replaced": _REGION,
    "provider_renamed_with_alias_and_replaced": _REGION,
    "provider_replaced": _REGION,
}
"""Pairs for which the models of real providers differ from the stand-in, with the reason."""


WITH_SECRETS = sorted(name for name, pair in PAIRS.items() if SECRET in recording.file_of(pair).read_text())


def plan_of(pair: Pair, providers: Providers = cloud_models, **settings: Any) -> Plan:
    state = recording.read(pair)["state"]
    return planned(pair.name, state, lambda: pair.program(True), providers, **settings)


def assert_equal_plans(name: str, plan: Plan) -> None:
    recorded = recording.read(PAIRS[name])
    assert set(plan.refused) == refused(recorded["errors"])
    if recorded["errors"]:
        return
    ours, theirs = our_fates(plan), real_fates(recorded["steps"])
    if name in WITHOUT_A_REASON:
        ours = {urn: replace(fate, replaced_by=theirs[urn].replaced_by) for urn, fate in ours.items()}
    assert ours == theirs
    deleted = our_deletions(plan)
    assert sorted(deleted) == sorted(real_deletions(recorded["steps"]))
    assert recording.wrong_order(deleted, recorded["state"]) == []


@pytest.mark.parametrize("name", sorted(PAIRS.keys() - INVALID - UNREAD))
def test_the_plan_equals_the_real_engines(name: str) -> None:
    """Operations, changed properties, reasons and order of replacements, adopted resources, deletions."""
    assert_equal_plans(name, plan_of(PAIRS[name]))


@pytest.mark.parametrize("name", sorted(PAIRS.keys() - INVALID - UNREAD - MODELLED_DIFFERENTLY.keys()))
def test_the_models_of_real_providers_result_in_the_same_plan(name: str) -> None:
    """These are the models that previews use."""
    assert_equal_plans(name, plan_of(PAIRS[name], known_providers))


@pytest.mark.parametrize("name", WITH_SECRETS)
def test_the_plan_is_the_same_if_secrets_are_sealed(name: str) -> None:
    """With a key, it makes no difference when a secret is decrypted."""
    for providers in (cloud_models, known_providers):
        assert_equal_plans(name, plan_of(PAIRS[name], providers, unsealing=Unsealer()))


@pytest.mark.parametrize("name", WITH_SECRETS)
def test_without_a_key_a_plan_has_no_false_changes(name: str) -> None:
    """What happens to a resource is the same or undetermined."""
    theirs = real_fates(recording.read(PAIRS[name])["steps"])
    for urn, fate in our_fates(plan_of(PAIRS[name], unsealing=incomparable)).items():
        assert fate.operation in (theirs[urn].operation, "undetermined"), urn


@pytest.mark.parametrize("name", sorted(INVALID))
def test_a_program_fails_in_both_engines(name: str) -> None:
    """The message names both resources."""
    assert recording.read(PAIRS[name])["errors"]
    with pytest.raises(ProgramError, match="have the same former URN"):
        plan_of(PAIRS[name])


def test_what_a_provider_reads_is_not_known() -> None:
    """The real engine asks the provider for the outputs of the other resource."""
    pair = PAIRS["read_of_another_resource"]
    (urn,) = (urn for urn in our_fates(plan_of(pair)) if urn.endswith("::queue"))
    assert real_fates(recording.read(pair)["steps"])[urn].operation == "update"
    assert our_fates(plan_of(pair))[urn].operation == "undetermined"


def test_what_an_import_changes_is_not_known() -> None:
    """The real engine reads the existing resource, and updates it if the program has other inputs."""
    pair = PAIRS["resource_imported_with_other_inputs"]
    steps = [step for step in recording.read(pair)["steps"] if step["urn"].endswith("::queue")]
    assert [step["op"] for step in steps] == ["import", "update"]
    (fate,) = (fate for urn, fate in our_fates(plan_of(pair)).items() if urn.endswith("::queue"))
    assert (fate.operation, fate.changed) == ("import", frozenset())


def test_changed_outputs_of_a_stack_are_in_the_plan() -> None:
    """The real engine shows them only after the deployment."""
    plan = plan_of(PAIRS["stack_outputs_changed"])
    assert [(each.path, each.kind) for each in plan.outputs] == [
        ("added", "add"),
        ("changed.a[1]", "update"),
        ("removed", "delete"),
    ]


def test_every_recording_belongs_to_a_pair() -> None:
    """A renamed pair leaves no recording behind."""
    assert {file.stem for file in recording.RECORDED.glob("*.json")} == set(PAIRS)
