"""Bridged providers: defaults of the state are kept, and values have the type that the provider stores."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.engine.plan.providers import Checked
from platform_components.engine.values import UNKNOWN, ResourceReference, Secret
from platform_components.providers import known_providers
from platform_components.providers.bridged import BridgedProvider
from tests.providers.states import resource

RULE = "gcp:compute/forwardingRule:ForwardingRule"


def check(given: dict[str, Any], old: dict[str, Any], type_: str = RULE) -> Checked:
    return known_providers(type_).check(type_, given, resource(type_, old))


def inputs(given: dict[str, Any], old: dict[str, Any], type_: str = RULE) -> dict[str, Any]:
    return dict(check(given, old, type_).inputs)


class Unread:
    """A secret without a key."""

    def equals(self, value: Any) -> bool | None:
        return None

    def reveal(self) -> Any:
        return UNKNOWN


def test_defaults_of_the_state_are_kept() -> None:
    """Generated names too: `__defaults` lists them."""
    old = {"__defaults": ["name", "size"], "name": "orders-1a2b3c4", "size": 3, "region": "west"}
    assert inputs({"region": "west"}, old) == old


def test_a_default_that_the_program_sets_is_the_programs() -> None:
    """Then the provider doesn't list it any more."""
    old = {"__defaults": ["size"], "size": 3}
    assert inputs({"size": 4}, old) == {"__defaults": [], "size": 4}


def test_a_property_that_the_program_no_longer_sets_is_removed() -> None:
    """Only listed properties are defaults."""
    assert inputs({}, {"__defaults": [], "size": 3}) == {"__defaults": []}


def test_defaults_in_objects_and_lists_are_kept() -> None:
    """The provider lists them at every level; items of lists are matched by position."""
    old = {
        "__defaults": [],
        "disk": {"__defaults": ["size"], "size": 10, "type": "ssd"},
        "rules": [{"__defaults": ["action"], "action": "allow", "port": 80}],
    }
    assert inputs({"disk": {"type": "ssd"}, "rules": [{"port": 80}]}, old) == old


def test_a_name_with_a_prefix_is_not_generated_by_the_bridge() -> None:
    """Name and name prefix exclude each other (ConflictsWith), so the old default is dropped."""
    old = {"__defaults": ["name"], "name": "orders-1a2b3c4"}
    assert inputs({"namePrefix": "orders-"}, old) == {"__defaults": [], "namePrefix": "orders-"}


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (80, "80"),
        (81.5, "81.5"),
        (1e21, "1000000000000000000000"),
        (0.000001, "0.000001"),
        (True, "true"),
        (False, "false"),
        ("80", 80),
        ("1.5", 1.5),
        ("true", True),
        ("T", True),
        ("0", False),
    ],
)
def test_numbers_booleans_and_texts_have_the_type_of_the_schema(given: object, stored: object) -> None:
    """The state shows it: a load balancer's `portRange` of 80 is stored as "80"."""
    old = {"__defaults": [], "portRange": stored}
    assert inputs({"portRange": given}, old) == old


def test_a_changed_number_has_the_type_of_the_schema_too() -> None:
    """So that the difference is shown as one of text."""
    assert inputs({"portRange": 81}, {"__defaults": [], "portRange": "80"})["portRange"] == "81"


def test_a_text_that_is_no_number_stays_as_it_is() -> None:
    """The provider would reject it; the difference remains visible."""
    assert inputs({"port": "http"}, {"__defaults": [], "port": 80})["port"] == "http"
    assert inputs({"on": "maybe"}, {"__defaults": [], "on": True})["on"] == "maybe"


def test_one_value_and_a_list_with_it_are_equal() -> None:
    """The bridge wraps a value for a list, and unwraps lists with at most one item (MaxItems of 1)."""
    listed = {"__defaults": [], "zones": ["a"], "disk": {"__defaults": [], "size": 1}}
    assert inputs({"zones": "a", "disk": [{"size": 1}]}, listed) == listed
    assert inputs({"zones": ["a"], "disk": []}, listed) == {"__defaults": [], "zones": ["a"]}


def test_nulls_are_dropped_at_every_level() -> None:
    """Check reads the inputs with SkipNulls."""
    old = {"__defaults": [], "disk": {"size": 1}}
    assert inputs({"disk": {"size": 1, "type": None}, "name": None}, old) == old
    created = known_providers(RULE).check(RULE, {"disk": {"type": None}, "name": None}, None)
    assert created.inputs == {"disk": {}}


def test_a_reordered_list_is_undecided_unless_it_is_a_set() -> None:
    """The schema isn't known, so the plan says that it can't tell."""
    old = {"__defaults": [], "zones": ["a", "b"]}
    checked = check({"zones": ["b", "a"]}, old)
    assert checked.inputs["zones"] == ["b", "a"]
    assert checked.undecided == ("zones",)


def test_what_differs_anyway_is_decided() -> None:
    """A reordered list beside another difference in the same property is not shown as one."""
    old = {"__defaults": [], "network": {"zones": ["a", "b"], "size": 1}}
    checked = check({"network": {"zones": ["b", "a"], "size": 2}}, old)
    assert checked.inputs["network"] == {"zones": ["a", "b"], "size": 2}
    assert checked.undecided == ()


def test_a_list_with_other_items_differs() -> None:
    """A reordered item in it decides nothing."""
    checked = check({"zones": ["b", "c"]}, {"__defaults": [], "zones": ["a", "b"]})
    assert checked.inputs["zones"] == ["b", "c"]
    assert checked.undecided == ()


def test_a_document_given_as_data_is_stored_as_text() -> None:
    """As Go writes JSON: keys sorted, no spaces, HTML characters escaped."""
    old = {"__defaults": [], "body": '{"a":"\\u003cb\\u003e","c":[1]}'}
    assert inputs({"body": {"c": [1], "a": "<b>"}}, old) == old
    assert inputs({"body": {"b": 1, "a": "&"}}, old)["body"] == '{"a":"\\u0026","b":1}'


def test_a_document_with_an_unknown_part_is_unknown() -> None:
    """The text can't be written."""
    old = {"__defaults": [], "body": '{"a":1}'}
    assert inputs({"body": {"a": UNKNOWN}}, old)["body"] is UNKNOWN


def test_a_document_that_is_only_formatted_differently_is_undecided() -> None:
    """Most resources ignore the formatting, but a parameter stores the text itself."""
    checked = check({"body": '{ "a": 1 }'}, {"__defaults": [], "body": '{"a":1}'})
    assert checked.inputs["body"] == '{ "a": 1 }'
    assert checked.undecided == ("body",)


def test_a_reference_to_a_resource_is_stored_as_its_id() -> None:
    """MarshalPropertyValue in sdk/go/common/resource/plugin/rpc.go of pulumi/pulumi."""
    old = {"__defaults": [], "function": "orders"}
    assert inputs({"function": ResourceReference("urn", "orders")}, old) == old
    assert inputs({"function": ResourceReference("urn", UNKNOWN)}, old)["function"] is UNKNOWN


def test_secrets_stay_secret() -> None:
    """Whether the program or the provider's schema marks them."""
    old = {"__defaults": [], "password": Secret("80"), "token": "80", "body": '{"a":1}'}
    checked = inputs({"password": 80, "token": Secret(80), "body": {"a": Secret(1)}}, old)
    assert checked["password"] == checked["token"] == Secret("80")
    assert checked["body"] == Secret('{"a":1}')


def test_a_secret_that_is_not_decrypted_is_compared_as_the_program_gives_it() -> None:
    """It has no type to convert to."""
    old = {"__defaults": [], "password": Secret(Unread()), "tokens": Secret(Unread())}
    checked = inputs({"password": "example", "tokens": ["example"]}, old)
    assert checked == {"__defaults": [], "password": Secret("example"), "tokens": Secret(["example"])}


def test_the_version_of_the_schema_is_kept() -> None:
    """The provider writes `__meta`; no program does."""
    old = {"__defaults": [], "__meta": '{"schema_version":"1"}'}
    assert inputs({}, old) == old


def test_without_a_list_of_defaults_a_resource_is_not_bridged() -> None:
    """Native providers store what the program gives."""
    assert inputs({"port": 80}, {"port": "80", "name": "generated"}, "docker-build:index:Image") == {
        "port": 80
    }


def test_the_plugin_framework_keeps_generated_names_without_a_list() -> None:
    """ComputeAutoNameDefault in pkg/tfbridge/names.go returns the prior value."""
    key = "tls:index/privateKey:PrivateKey"
    assert inputs({}, {"name": "orders-1a2b3c4"}, key) == {"name": "orders-1a2b3c4"}
    assert inputs({"namePrefix": "o"}, {"name": "orders-1a2b3c4"}, key) == {"namePrefix": "o"}


def test_a_name_that_was_not_generated_is_deleted_before_it_is_created_again() -> None:
    """Two resources can't have it at the same time; a generated one differs."""
    model, old = BridgedProvider(), resource(RULE, {})
    assert model.deletes_first(RULE, old, {"__defaults": [], "name": "orders"})
    assert not model.deletes_first(RULE, old, {"__defaults": ["name"], "name": "orders-1a2b3c4"})
    assert not model.deletes_first(RULE, old, {"__defaults": []})
    assert not model.deletes_first(RULE, old, {"name": "orders"})
