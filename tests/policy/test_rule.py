"""A rule has to be whole before it can be part of a pack."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.base.errors import InvalidInput
from platform_components.policy import Example, Rule, StackExample, StackRule

QUEUE = "aws:sqs/queue:Queue"
WHOLE: dict[str, Any] = {
    "id": "sample-rule",
    "title": "A sample",
    "why": "To try it.",
    "remedy": "do better",
    "severity": "low",
    "types": (QUEUE,),
    "check": lambda view, context: (),
    "passing": (Example(QUEUE, {}),),
    "failing": (Example(QUEUE, {}),),
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "Sample_Rule"}, "must be lowercase words joined by hyphens"),
        ({"why": " "}, "must not be empty"),
        ({"severity": "mild"}, "one of: low, medium, high, critical"),
        ({"enforcement": "maybe"}, "one of: mandatory, advisory"),
        ({"types": QUEUE}, 'types=("aws:sqs/queue:Queue",)'),
        ({"types": (1,)}, "must be a tuple of type tokens or a predicate"),
        ({"types": lambda type_: {}[type_]}, "raises KeyError for aws:sqs/queue:Queue"),
        ({"passing": (Example(QUEUE, options={"protekt": True}),)}, "did you mean protect?"),
        ({"passing": ()}, "must have at least one example"),
        ({"failing": ()}, "must have at least one example"),
        ({"failing": (Example("aws:sns/topic:Topic", {}),)}, "is not a type that the rule checks"),
    ],
)
def test_an_incomplete_rule_is_refused(change: dict[str, Any], said: str) -> None:
    """The message names the rule, the field and what is allowed."""
    with pytest.raises(InvalidInput) as caught:
        Rule(**(WHOLE | change))
    assert said in str(caught.value)
    assert str(caught.value).startswith('Rule "')
    assert next(iter(change)) in str(caught.value)


def test_types_are_tokens_or_a_predicate() -> None:
    """Either way `applies_to` answers for one type."""
    assert Rule(**WHOLE).applies_to(QUEUE)
    assert not Rule(**WHOLE).applies_to("aws:sns/topic:Topic")
    assert Rule(**(WHOLE | {"types": lambda type_: type_.startswith("aws:")})).applies_to(QUEUE)


def test_a_rule_as_data_has_what_people_read() -> None:
    """What `platform policy list --json` prints."""
    assert Rule(**WHOLE).to_dict() == {
        "id": "sample-rule",
        "scope": "resource",
        "title": "A sample",
        "why": "To try it.",
        "remedy": "do better",
        "severity": "low",
        "enforcement": "mandatory",
        "controls": [],
        "general": False,
    }


@pytest.mark.parametrize(
    ("example", "said"),
    [
        (StackExample(()), "passing[0].resources  must not be empty"),
        (StackExample((Example(QUEUE), Example(QUEUE))), "passing[0].resources[1].name"),
        (StackExample((Example(QUEUE), Example(QUEUE, environment="prod"))), "have several environments"),
        (StackExample((Example(QUEUE, refers_to={"a": Example(QUEUE, name="b")}),)), "is not in the example"),
        (StackExample((Example(QUEUE, options={"protekt": True}),)), "did you mean protect?"),
    ],
)
def test_an_example_of_a_stack_that_can_not_be_is_refused(example: StackExample, said: str) -> None:
    """The message names the resource of the example."""
    words = {key: value for key, value in WHOLE.items() if key != "types"}
    with pytest.raises(InvalidInput) as caught:
        StackRule(**(words | {"passing": (example,), "failing": (StackExample((Example(QUEUE),)),)}))
    assert said in str(caught.value)
