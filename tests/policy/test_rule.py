"""A rule has to be whole before it can be part of a pack."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.base.errors import InvalidInput
from platform_components.policy import Example, Rule

QUEUE = "aws:sqs/queue:Queue"
WHOLE: dict[str, Any] = {
    "id": "sample-rule",
    "title": "A sample",
    "why": "To try it.",
    "remedy": "do better",
    "severity": "low",
    "types": (QUEUE,),
    "check": lambda view, facts: (),
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
        ({"passing": ()}, "needs at least one example"),
        ({"failing": ()}, "needs at least one example"),
        ({"failing": (Example("aws:sns/topic:Topic", {}),)}, "is no type that the rule reads"),
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
        "title": "A sample",
        "why": "To try it.",
        "remedy": "do better",
        "severity": "low",
        "enforcement": "mandatory",
        "controls": [],
    }
