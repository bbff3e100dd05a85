"""Tags and labels: the same values everywhere, and explicit ones take precedence."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pulumi
import pytest
from hypothesis import given, strategies as st

from platform_components.base import (
    OPTIONAL_TAGS,
    REQUIRED_TAGS,
    Context,
    labels_of,
    taggable_types,
    tags_of,
)
from platform_components.base.tags import add_tags
from platform_components.testing import render

ROOT = Path(__file__).parents[2]
LABEL_KEY = re.compile(r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
LABEL_VALUE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")

tag_maps = st.dictionaries(st.sampled_from([*REQUIRED_TAGS, "Custom"]), st.text(max_size=5))


def context(**facts: Any) -> Context:
    common = {"environment": "dev", "region": "eu-west-1", "service": "shop", "owner": "team"}
    return Context.parse({"tier": "development", **common, **facts}, "context")


def test_the_list_of_taggable_types_is_current() -> None:
    """The list matches the installed pulumi_aws; otherwise run scripts/generate_taggable_types.py."""
    script = runpy.run_path(str(ROOT / "scripts" / "generate_taggable_types.py"))
    assert script["rendered"]() == script["TARGET"].read_text(encoding="utf-8")


def test_taggable_types_have_the_shape_of_their_tags() -> None:
    """Nearly all types accept a mapping; an Auto Scaling group accepts a list of objects."""
    types = taggable_types()
    assert types["aws:s3/bucket:Bucket"] == "map"
    assert types["aws:autoscaling/group:Group"] == "list"
    assert "aws:s3/bucketPolicy:BucketPolicy" not in types


def test_tags_state_the_required_facts_and_the_optional_ones_that_are_known() -> None:
    """An unset optional value results in no tag, not in an empty one."""
    assert tuple(tags_of(context(), "shop-db")) == REQUIRED_TAGS
    full = tags_of(context(cost_center="42", data_classification="public"), "shop-db")
    assert tuple(full) == REQUIRED_TAGS + OPTIONAL_TAGS
    assert full["Name"] == "shop-db"
    assert full["ManagedBy"] == "platform-team"


@given(tag_maps, tag_maps)
def test_tags_written_by_hand_win(ours: dict[str, str], own: dict[str, str]) -> None:
    """Existing tags are neither changed nor removed."""
    props: dict[str, Any] = {"tags": own}
    add_tags(props, "map", ours)
    assert props["tags"] == ours | own


@given(tag_maps, tag_maps)
def test_tags_in_a_list_written_by_hand_win(ours: dict[str, str], own: dict[str, str]) -> None:
    """The same applies to the list form, which has no duplicate keys."""
    props: dict[str, Any] = {"tags": [{"key": key, "value": value} for key, value in own.items()]}
    add_tags(props, "list", ours)
    assert {tag["key"]: tag["value"] for tag in props["tags"]} == ours | own
    assert len(props["tags"]) == len(ours | own)


@pytest.mark.parametrize("props", [{}, {"tags": None}])
def test_a_resource_without_tags_gets_ours(props: dict[str, Any]) -> None:
    """Omitted tags and None are equivalent."""
    add_tags(props, "map", {"Owner": "team"})
    assert props["tags"] == {"Owner": "team"}


def test_tags_that_are_an_output_are_merged_when_they_are_known() -> None:
    """Tags that are an Output are merged as well."""

    def program() -> None:
        props: dict[str, Any] = {"tags": pulumi.Output.from_input({"Owner": "mine"})}
        add_tags(props, "map", {"Owner": "team", "Service": "shop"})
        pulumi.export("tags", props["tags"])

    assert render(program).outputs["tags"] == {"Owner": "mine", "Service": "shop"}


words = st.from_regex(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?", fullmatch=True)
facts = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", fullmatch=True)


@given(
    name=words, environment=words.filter(lambda word: len(word) <= 20), service=words, owner=facts, cost=facts
)
def test_labels_are_valid_for_kubernetes(
    name: str, environment: str, service: str, owner: str, cost: str
) -> None:
    """Kubernetes accepts the labels for all valid names."""
    about = context(environment=environment, service=service, owner=owner, cost_center=cost)
    for key, value in labels_of(about, name, "web").items():
        assert LABEL_KEY.fullmatch(key)
        assert LABEL_VALUE.fullmatch(value), f"{key}: {value}"


def test_labels_say_what_the_tags_say() -> None:
    """Labels have the same cost center and owner as the tags."""
    about = context(cost_center="42", data_classification="public")
    tags, labels = tags_of(about, "shop"), labels_of(about, "shop", "web")
    assert {tags[key] for key in ("Service", "Environment", "Owner", "ManagedBy", *OPTIONAL_TAGS)} <= set(
        labels.values()
    )
