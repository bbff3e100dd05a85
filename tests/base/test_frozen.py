"""Mappings in args can't be changed."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, strategies as st

from platform_components import Bucket, BucketArgs, Context
from platform_components.base.frozen import FrozenDict, frozen
from platform_components.testing import render

DEV = Context(environment="dev", tier="development", region="eu-west-1", service="shop", owner="shop-team")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)

MUTATIONS: Mapping[str, Callable[[Any], object]] = {
    "set": lambda mapping: mapping.__setitem__("a", 1),
    "delete": lambda mapping: mapping.__delitem__("a"),
    "|=": lambda mapping: mapping.__ior__({"b": 1}),
    "update": lambda mapping: mapping.update(b=1),
    "setdefault": lambda mapping: mapping.setdefault("b", 1),
    "pop": lambda mapping: mapping.pop("a"),
    "popitem": lambda mapping: mapping.popitem(),
    "clear": lambda mapping: mapping.clear(),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_every_change_of_a_mapping_is_a_type_error(mutation: str) -> None:
    """At any depth of the arguments; the message names the alternative."""
    given = {"bucket": {"a": {"a": 0}}}
    args = BucketArgs(customize=given)
    for mapping in (args.customize, args.customize["bucket"], args.customize["bucket"]["a"]):
        with pytest.raises(TypeError, match="args are read-only"):
            MUTATIONS[mutation](mapping)
    assert args.customize == given


def test_args_are_independent_of_the_values_they_were_made_from() -> None:
    """A change of the caller's dict or list afterwards has no effect."""
    given: dict[str, Any] = {"bucket": {"tags": ["x"]}}
    args = BucketArgs(customize=given)
    given["bucket"]["tags"].append("y")
    given["bucket"]["force_destroy"] = True
    assert args.customize == {"bucket": {"tags": ("x",)}}


def test_resolved_args_are_read_only_too() -> None:
    """A component's `args` are the resolved ones."""
    resolved = BucketArgs(customize={"bucket": {}}).resolve(DEV, "it")
    with pytest.raises(TypeError, match="args are read-only"):
        resolved.customize["bucket"]["a"] = 1  # type: ignore[index]


@given(JSON)
def test_frozen_values_keep_their_content(value: Any) -> None:
    """Also when they are pickled, copied, or written as JSON."""
    made = frozen(value)
    assert json.loads(json.dumps(made)) == value
    assert pickle.loads(pickle.dumps(made)) == made
    assert copy.deepcopy(made) == copy.copy(made) == made


def test_a_copy_can_be_changed() -> None:
    """`dict()`, `copy()` and `|` return ordinary dicts; a pickled one stays read-only."""
    made: FrozenDict[str, int] = FrozenDict(a=1)
    for changed in (dict(made), made.copy(), made | {}):
        changed["b"] = 2
        assert changed == {"a": 1, "b": 2}
    with pytest.raises(TypeError):
        pickle.loads(pickle.dumps(made))["b"] = 2


def test_resources_get_ordinary_values() -> None:
    """An override with lists and mappings arrives as it was written."""
    rules = [{"allowed_methods": ["GET"], "allowed_origins": ["*"]}]

    def program() -> None:
        Bucket("assets", BucketArgs(customize={"bucket": {"cors_rules": rules}}), context=DEV)

    bucket = render(program).one("aws:s3/bucket:Bucket")
    assert bucket.inputs["corsRules"] == [{"allowedMethods": ["GET"], "allowedOrigins": ["*"]}]
