"""Tags and labels, for whatever people write into them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from platform_components.base.context import Context
from platform_components.base.markers import UNKNOWN
from platform_components.base.tags import REQUIRED_TAGS, add_tags, labels_of, taggable_types, tags_of
from platform_components.policy import Example, PolicyContext, Report, evaluate_policies
from policies.tags import TAGS, is_placeholder

QUEUE = "aws:sqs/queue:Queue"
CONTEXT = Context(
    environment="dev", tier="development", region="eu-west-1", service="payments", owner="payments-team"
)
PLACEHOLDERS = ["TODO", "todo: ask Kim", "tbd", "FIXME", "changeme", "Change-Me", "xxx", "XX", "None", "null"]
PLACEHOLDERS += [
    "n/a",
    "N.A.",
    "-",
    "?",
    "...",
    "<owner>",
    "${owner}",
    "{{ owner }}",
    "unknown",
    "placeholder",
]


def _judged(type_: str, tags: object) -> Report:
    return evaluate_policies([Example(type_, {"tags": tags})], TAGS, PolicyContext.of("dev"))


@pytest.mark.parametrize("value", PLACEHOLDERS)
def test_a_placeholder_is_seen_through(value: str) -> None:
    """However it is written, and with blanks around it."""
    assert is_placeholder(value)
    assert is_placeholder(f"  {value.swapcase()} ")


@pytest.mark.parametrize(
    "value", ["todo-list", "todoist", "nonesuch", "xbox", "nan", "dev", "example-shop", "x"]
)
def test_a_word_that_only_looks_like_one_is_none(value: str) -> None:
    """A service may well be called todo-list."""
    assert not is_placeholder(value)


@given(st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", fullmatch=True))
def test_every_fact_is_either_a_placeholder_or_passes(value: str) -> None:
    """A service of any valid name passes, unless the name is a placeholder; nothing breaks on the way."""
    report = _judged(QUEUE, tags_of(CONTEXT, "orders") | {"Service": value})
    assert [finding.rule for finding in report.findings] == (
        ["tags-filled-in"] if is_placeholder(value) else []
    )


@given(
    st.dictionaries(st.sampled_from([*REQUIRED_TAGS, "owner", "CostCenter"]), st.text() | st.just(UNKNOWN))
)
def test_no_tags_at_all_escape(tags: dict[str, object]) -> None:
    """Each required tag is set to something, or is told of: missing, empty or undetermined."""
    report = _judged(QUEUE, tags)
    assert not report.errors
    said = " ".join(finding.message for finding in report.findings if finding.rule == "required-tags")
    for tag in REQUIRED_TAGS:
        value = tags.get(tag)
        assert (tag in said) != (isinstance(value, str) and value.strip() != "")


@pytest.mark.parametrize("shape", ["map", "list"])
def test_what_components_set_passes_on_every_type(shape: str) -> None:
    """The tags of a context pass on every taggable type, in the form that the type accepts."""
    types = [type_ for type_, its in taggable_types().items() if its == shape]
    assert types
    for type_ in types:
        props: dict[str, object] = {}
        add_tags(props, taggable_types()[type_], tags_of(CONTEXT, "orders"))
        inputs = (
            [
                {"key": tag["key"], "value": tag["value"]}
                for tag in props["tags"]  # type: ignore[attr-defined]
            ]
            if shape == "list"
            else props["tags"]
        )
        assert _judged(type_, inputs).findings == ()


def test_labels_that_components_set_pass() -> None:
    """The labels of a context pass on any object."""
    labels = labels_of(CONTEXT, "payments", "web")
    example = Example("kubernetes:apps/v1:Deployment", {"metadata": {"labels": labels}})
    assert evaluate_policies([example], TAGS, PolicyContext.of("dev")).findings == ()


@pytest.mark.parametrize(
    "type_",
    [
        "kubernetes:helm.sh/v3:Release",
        "kubernetes:yaml/v2:ConfigFile",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    ],
)
def test_what_takes_none_is_left_alone(type_: str) -> None:
    """Charts, YAML files, and AWS types without tags."""
    assert evaluate_policies([Example(type_, {})], TAGS, PolicyContext.of("dev")).judged == 0


def test_tags_that_are_unknown_as_a_whole_are_undetermined() -> None:
    """Every rule about tags says that it can't tell."""
    report = _judged(QUEUE, UNKNOWN)
    assert len(report.undetermined) == 3
    assert report.undetermined == report.findings


@pytest.mark.parametrize(
    ("key", "rules"),
    [
        ("Service", ["required-tags", "tags-filled-in"]),
        ("Owner", ["required-tags", "tags-filled-in", "tags-true"]),
        ("CostCenter", ["tags-filled-in"]),
    ],
)
def test_one_unknown_tag_is_undetermined(key: str, rules: list[str]) -> None:
    """Each rule that reads the tag reports it, and no other one."""
    context = PolicyContext("dev", "development", teams=("payments-team",))
    tags: dict[str, object] = {**tags_of(CONTEXT, "orders"), key: UNKNOWN}
    report = evaluate_policies([Example(QUEUE, {"tags": tags})], TAGS, context)
    assert [finding.rule for finding in report.undetermined] == rules
    assert report.undetermined == report.findings
