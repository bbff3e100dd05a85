"""Properties before and after a step, and their differences as a reviewer reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from platform_components.engine.plan.steps import PropertyChange
from platform_components.engine.values import UNKNOWN, Secret
from platform_components.report.edits import edits, overlap
from platform_components.report.subject import Subject
from tests.report.plans import changed, subject

QUEUE = "aws:sqs/queue:Queue"

VALUES = st.recursive(
    st.text(max_size=3) | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=12,
)


def by_index(old: Any, new: Any, path: str = "p") -> list[PropertyChange]:
    """The differences as the plan has them: lists are compared by index."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            change
            for key in sorted({*old, *new})
            for change in by_index(old.get(key), new.get(key), f"{path}.{key}")
        ]
    if isinstance(old, list) and isinstance(new, list):
        size = max(len(old), len(new))
        padded = [[*each, *[None] * (size - len(each))] for each in (old, new)]
        return [
            change
            for index, (was, now) in enumerate(zip(*padded, strict=True))
            for change in by_index(was, now, f"{path}[{index}]")
        ]
    return [] if old == new and type(old) is type(new) else [changed(path, old, new)]


def update(old: Any, new: Any) -> Subject:
    """An update of the property `p`."""
    return subject("update", QUEUE, {"p": new}, *by_index(old, new))


def shown(found: tuple[PropertyChange, ...]) -> list[tuple[str, str, Any, Any]]:
    return [(each.path, each.kind, each.old, each.new) for each in found]


@given(VALUES, VALUES)
def test_former_values_follow_from_the_changes(old: Any, new: Any) -> None:
    """The plan has only differences; rules about what opens up need the values before them."""
    assert update(old, new).before == {"p": old}


def test_a_property_that_is_added_was_absent() -> None:
    """And one that is removed was there."""
    assert subject("update", QUEUE, {"p": 1}, changed("p", None, 1)).before == {}
    assert subject("update", QUEUE, {}, changed("p", 1, None)).before == {"p": 1}


def test_items_of_lists_are_matched() -> None:
    """An item at the start of a list is one difference, not one per item after it."""
    assert shown(edits(update(["b", "c"], ["a", "b", "c"]))) == [("p[]", "add", None, "a")]
    assert shown(edits(update([1, 2, 3], [2, 3]))) == [("p[]", "delete", 1, None)]


def test_items_with_a_name_are_compared_with_each_other() -> None:
    """Containers and environment variables are identified by their name."""
    old = [{"name": "web", "image": "a:1"}, {"name": "proxy", "image": "p:1"}]
    new = [{"name": "proxy", "image": "p:1"}, {"name": "web", "image": "a:2"}]
    assert shown(edits(update(old, new))) == [("p[name=web].image", "update", "a:1", "a:2")]


def test_another_order_is_named_as_such() -> None:
    """Providers ignore the order of many lists, and report it for others."""
    assert [each.path for each in edits(update(["a", "b"], ["b", "a"]))] == ["p (order only)"]


def test_json_documents_are_compared_as_data() -> None:
    """One action, not the complete text; also if the program passes data for a text."""
    old, new = {"Statement": [{"Action": ["a"]}]}, {"Statement": [{"Action": ["a", "b"]}]}
    expected = [("p.Statement[0].Action[]", "add", None, "b")]
    assert shown(edits(update(json.dumps(old), json.dumps(new)))) == expected
    assert shown(edits(subject("update", QUEUE, {"p": new}, changed("p", json.dumps(old), new)))) == expected


def test_the_same_document_in_another_form_is_named_as_such() -> None:
    """White space and the order of keys."""
    assert [each.path for each in edits(update('{"a": 1, "b": 2}', '{"b":2,"a":1}'))] == ["p (format only)"]


@pytest.mark.parametrize("value", [Secret("[secret]"), {"k": Secret("[secret]")}])
def test_a_changed_secret_is_shown_as_changed(value: Any) -> None:
    """Old and new are equal once they are redacted."""
    change = PropertyChange("p", "update", value, value)
    assert edits(subject("update", QUEUE, {"p": value}, change)) == (change,)


def test_a_secret_that_can_not_be_compared_stays_undetermined() -> None:
    """It is neither dropped nor shown as changed."""
    change = PropertyChange("p", "undetermined", Secret("[secret]"), Secret("[secret]"))
    assert edits(subject("update", QUEUE, {"p": Secret("[secret]")}, change)) == (change,)


def test_a_redacted_difference_is_not_dropped() -> None:
    """Two texts whose secret part was removed are equal."""
    change = changed("p", "login [secret]", "login [secret]")
    assert edits(subject("update", QUEUE, {"p": "login [secret]"}, change)) == (change,)


def test_computed_tags_are_shown_once() -> None:
    """The provider computes tagsAll from tags."""
    changes = (changed("tags.Owner", "a", "b"), changed("tagsAll.Owner", "a", "b"))
    found = edits(subject("update", QUEUE, {"tags": {"Owner": "b"}, "tagsAll": {"Owner": "b"}}, *changes))
    assert [each.path for each in found] == ["tags.Owner"]


def test_a_value_that_the_program_does_not_have_is_shown_as_planned() -> None:
    """The provider filled it in, so that the former value can't be put into the inputs of the program."""
    change = changed("p.inner.leaf", "a", "b")
    assert edits(subject("update", QUEUE, {"p": "text"}, change)) == (change,)


def test_unknown_values_are_kept() -> None:
    """The presentation states that they are known after the deployment."""
    assert shown(edits(update("a", UNKNOWN))) == [("p", "update", "a", UNKNOWN)]


@pytest.mark.parametrize(
    ("path", "cause", "expected"),
    [
        ('data["a.b"]', 'data["a.b"]', True),
        ('data["a.b"]', 'data["a.c"]', False),
        ('data["a.b"]', "data", True),
        ("rules[name=x].port", "rules[3].port", True),
        ("rules[]", "rules[3].port", True),
        ('rules[name="a]b.c"].port', "rules[0].port", True),
        ("rules[name=x].port", "rules[0].name", False),
        ("rules (order only)", "rules", True),
        ('data["a (order only)"]', "data.a", False),
        ("database", "data", False),
    ],
)
def test_a_path_overlaps_those_above_and_below_it(path: str, cause: str, expected: bool) -> None:
    """Quoted keys are keys; items of lists are matched, so that their index says nothing."""
    assert overlap(path, cause) is expected
    assert overlap(cause, path) is expected


def test_keys_that_are_not_plain_are_quoted() -> None:
    """As the engine does, so that a dot in a key is not a level."""
    old, new = {"a.b": "1", "list": [{"name": "x.y z"}]}, {"a.b": "2", "list": [{"name": "x.y z", "p": 1}]}
    found = edits(subject("update", QUEUE, {"data": new}, changed("data", old, new)))
    assert [each.path for each in found] == ['data["a.b"]', 'data.list[name="x.y z"].p']
