"""What holds for every component in every tier, found by itself: see tests/inventory.py."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

import pytest
from typing_extensions import get_original_bases

import platform_components
from platform_components.base import (
    OPTIONAL_TAGS,
    REQUIRED_TAGS,
    Args,
    Component,
    InvalidInput,
    Outputs,
    labels_of,
    taggable_types,
    tags_of,
)
from platform_components.base.errors import is_sensitive_name
from platform_components.base.losses import DATA_TYPES
from platform_components.base.outputs import IfMissing
from platform_components.base.sdk_types import args_class, fields_of
from platform_components.testing import UNKNOWN, Resource, Secret
from tests.inventory import (
    ARGS,
    CASES,
    COMPONENTS,
    OUTPUTS,
    Case,
    children_of,
    deployed_graph_of,
    fingerprint,
    graph_of,
    modules,
    rendered,
)
from tests.samples import full_context
from tests.tree import ROOT

WILDCARDS: Mapping[str, str] = {
    "logs:DescribeLogGroups": "the service authorization reference lists no resource type for it",
}
"""Actions that may be allowed on every resource, because AWS knows no narrower one: action to reason."""

NOT_GRANTS: Mapping[str, str] = {
    "aws:kms/keyPolicy:KeyPolicy": "`*` is the key itself, and the principal is the account",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "a boundary of what principals may do, not a permission",
}
"""Policies of resources in which `*` has another meaning than in a role's: type to reason."""

OUTPUTS_OF_BASELINE: Mapping[str, list[str]] = json.loads(
    (ROOT / "tests/estate/a78f258/outputs.json").read_text(encoding="utf-8")
)
"""Fields of the outputs classes at commit a78f258."""

each_case = pytest.mark.parametrize("case", CASES, ids=str)
each_component = pytest.mark.parametrize("component", COMPONENTS, ids=lambda kind: kind.__name__)
each_args = pytest.mark.parametrize("args", ARGS, ids=lambda kind: kind.__name__)
each_outputs = pytest.mark.parametrize("outputs", OUTPUTS, ids=lambda kind: kind.__name__)


# --- tags and labels ---


@each_case
def test_every_aws_child_that_can_carry_tags_carries_them(case: Case) -> None:
    """Cost and ownership of everything in the account are known; optional facts too, when stated."""
    expected = tags_of(full_context(case.tier), "")
    for resource in graph_of(case).managed:
        shape = taggable_types().get(resource.type)
        if shape is None:
            continue
        tags = resource.inputs["tags"]
        found = tags if shape == "map" else {tag["key"]: tag["value"] for tag in tags}
        assert set(found) >= {*REQUIRED_TAGS, *OPTIONAL_TAGS}, resource
        assert found["Name"] == resource.name
        assert {key: found[key] for key in expected if key != "Name"} == {
            key: value for key, value in expected.items() if key != "Name"
        }


@each_case
def test_every_kubernetes_child_carries_the_labels(case: Case) -> None:
    """Kubernetes' recommended labels, and the same facts as the tags; on pods as well."""
    about = full_context(case.tier)
    expected = labels_of(about, "", "")
    own_to_each = {
        "app.kubernetes.io/name",
        "app.kubernetes.io/instance",
        "app.kubernetes.io/component",
    }
    for resource in graph_of(case).managed:
        # A patch manages single fields of an object of another owner, whose labels it leaves as they are.
        if not resource.type.startswith("kubernetes:") or resource.type.endswith("Patch"):
            continue
        for labels in _labels(resource.inputs):
            assert set(labels) >= set(expected), resource
            assert all(labels[key] for key in own_to_each)
            assert {key: labels[key] for key in expected if key not in own_to_each} == {
                key: value for key, value in expected.items() if key not in own_to_each
            }


def _labels(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    yield manifest["metadata"]["labels"]
    template = manifest.get("spec", {}).get("template")
    if template:
        yield template["metadata"]["labels"]


# --- protection ---


@each_case
def test_stateful_children_are_protected_in_production_alone(case: Case) -> None:
    """Data survives a mistaken destroy in production; elsewhere environments come and go."""
    for resource in graph_of(case).managed:
        if case.tier != "production":
            assert not resource.protect, resource
        elif resource.type in DATA_TYPES:
            assert resource.protect, resource


@each_case
def test_deletion_protection_follows_the_tier(case: Case) -> None:
    """Where AWS itself can refuse a deletion, it does so in production; elsewhere it is told not to."""
    classes = {kind.pulumi_type: kind for part in COMPONENTS for kind in part.child_types.values()}  # type: ignore[attr-defined]
    for resource in graph_of(case).managed:
        if "deletion_protection" in fields_of(args_class(classes[resource.type])):
            assert resource.inputs["deletionProtection"] is (case.tier == "production"), resource


# --- the same, always ---


@each_case
def test_the_same_args_give_the_same_graph(case: Case) -> None:
    """No clock, no randomness, no leftovers of an earlier evaluation."""
    assert rendered(case) == graph_of(case)


def test_the_same_args_give_the_same_graph_in_every_process() -> None:
    """Nor does the order of a set decide anything."""
    program = "from tests.inventory import fingerprint; print(fingerprint())"
    found = {fingerprint()}
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(done.stdout.strip())
    assert len(found) == 1


# --- names ---


@each_case
def test_children_are_named_after_the_component_and_their_role(case: Case) -> None:
    """Names are a public contract: each follows from the component's, and `child_types` tells its type."""
    graph = graph_of(case)
    (own,) = (root for root in graph.roots if root.type == case.component.type_token)
    children = children_of(graph, case.component)
    assert children or case.component.child_types
    for child in children:
        assert child.name.startswith(f"{own.name}-"), child
        role = case.component.child_type_of(child.name.removeprefix(f"{own.name}-"))
        assert role is not None, f"{child}: no such role"
        assert case.component.child_types[role].pulumi_type == child.type, child  # type: ignore[attr-defined]


@each_component
def test_every_role_is_used(component: type[Component[Any]]) -> None:
    """Nobody overrides a child that is never there."""
    used = set()
    for case in CASES:
        if case.component is component:
            graph = graph_of(case)
            (own,) = (root for root in graph.roots if root.type == component.type_token)
            # A component that hands its overrides on has its parts' roles too.
            for resource in graph.resources:
                if resource.custom and resource.name.startswith(f"{own.name}-"):
                    used.add(component.child_type_of(resource.name.removeprefix(f"{own.name}-")))
    assert set(component.child_types) - used == set()


# --- outputs ---


@each_case
def test_no_output_holds_a_password(case: Case) -> None:
    """Secrets are passed by reference: their ARN is an output, they are not."""
    graph = graph_of(case)
    for resource in graph.resources:
        if resource.custom or resource.is_stack:
            continue
        for name, value in resource.outputs.items():
            assert not isinstance(value, Secret), f"{resource}: {name}"
            assert not is_sensitive_name(name) or name.endswith("_arn"), f"{resource}: {name}"


@each_component
def test_every_output_is_an_attribute_of_the_component(component: type[Component[Any]]) -> None:
    """A component inherits the outputs that it is declared with, and they hide nothing of its own."""
    (declared,) = (base for base in get_original_bases(component) if get_origin(base) is Component)
    assert get_args(declared) == (component.args_type, component.outputs_type)
    assert issubclass(component, component.outputs_type)
    assert set(component.outputs_type.model_fields) & set(dir(Component)) == set()


@each_outputs
def test_every_output_says_what_it_is(outputs: type[Outputs]) -> None:
    """Each field is an Output, or the outputs of a part, and documented."""
    for name, field in outputs.model_fields.items():
        assert field.description, f"{outputs.__name__}.{name} has no docstring"


@each_outputs
def test_exported_names_are_unique(outputs: type[Outputs]) -> None:
    """`part_arn` and the `arn` of `part` would be one stack output."""

    def flat(model: type[Outputs], prefix: str = "") -> Iterator[str]:
        for name, field in model.model_fields.items():
            if isinstance(field.annotation, type) and issubclass(field.annotation, Outputs):
                yield from flat(field.annotation, f"{prefix}{name}_")
            else:
                yield f"{prefix}{name}"

    names = list(flat(outputs))
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", OUTPUTS_OF_BASELINE)
def test_outputs_of_the_baseline_stay_and_later_ones_may_be_missing(name: str) -> None:
    """Stacks are upgraded in any order: what one exported stays, and nobody depends on what it didn't."""
    fields = getattr(platform_components, name).model_fields
    baseline = set(OUTPUTS_OF_BASELINE[name])
    assert baseline <= set(fields)
    later = [
        field
        for field in set(fields) - baseline
        if not any(isinstance(mark, IfMissing) for mark in fields[field].metadata)
    ]
    assert later == [], "declare them as Annotated[pulumi.Output[...], IfMissing(...)]"


# --- args ---


@each_args
def test_every_field_says_what_it_is(args: type[Args]) -> None:
    """What a field left out means, its unit, its cost: the type can't say that."""
    for name, field in args.model_fields.items():
        assert field.description, f"{args.__name__}.{name} has no docstring"


@each_args
def test_unknown_fields_are_refused(args: type[Args]) -> None:
    """A typo never silently means the default."""
    with pytest.raises(InvalidInput) as caught:
        args.parse({"no_such_field": 1}, "file")
    assert "  no_such_field = 1 " in str(caught.value)


@each_args
def test_names_from_elsewhere_lead_to_fields(args: type[Args]) -> None:
    """An alias is no field itself, and what it leads to is one."""
    assert not set(args.also_known_as) & set(args.model_fields)
    assert set(args.also_known_as.values()) <= {"", *args.model_fields}


@each_args
def test_text_is_no_number_and_no_switch(args: type[Args]) -> None:
    """`"3"` and `"true"` are refused wherever a number or a switch is asked for."""
    for name, field in args.model_fields.items():
        kinds = {field.annotation, *get_args(field.annotation)}
        if str not in kinds and kinds & {int, bool, float}:
            for text in ("3", "true"):
                with pytest.raises(InvalidInput) as caught:
                    args.parse({name: text}, "file")
                assert [p.where for p in caught.value.problems if p.value == text] == [name]


@each_args
def test_no_field_hides_a_method_of_args(args: type[Args]) -> None:
    """A field called `parts` or `origin` would break sizing and explanations."""
    assert set(args.model_fields) & set(vars(Args)) == set()


# --- identity and access ---


@each_case
def test_policies_grant_no_more_than_they_name(case: Case) -> None:
    """No role may do everything, and none may do something to everything."""
    for resource, statement in _statements(case):
        if statement["Effect"] != "Allow" or resource.type in NOT_GRANTS:
            continue
        actions, resources = _listed(statement.get("Action")), _listed(statement.get("Resource"))
        assert "NotAction" not in statement, resource
        assert [action for action in actions if action.endswith(("*", ":*"))] == [], resource
        if "*" in resources:
            assert set(actions) <= set(WILDCARDS), resource


@each_case
def test_roles_are_assumed_by_named_services_alone(case: Case) -> None:
    """A trust policy names an AWS service, never everyone."""
    for role in deployed_graph_of(case).of_type("aws:iam/role:Role"):
        document = role.inputs["assumeRolePolicy"]
        assert document is not UNKNOWN, role
        for statement in json.loads(document)["Statement"]:
            assert set(statement["Principal"]) == {"Service"}, role
            assert all(
                service.endswith(".amazonaws.com") for service in _listed(statement["Principal"]["Service"])
            )


@each_case
def test_every_policy_document_was_looked_at(case: Case) -> None:
    """A document that is still unknown here would pass the tests above unread."""
    for resource in deployed_graph_of(case).managed:
        for name in ("policy", "assumeRolePolicy"):
            assert resource.inputs.get(name) is not UNKNOWN, resource


def _statements(case: Case) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Every statement of every policy document of a component, wherever it stands."""
    for resource in deployed_graph_of(case).managed:
        for value in resource.inputs.values():
            if isinstance(value, str) and value.startswith("{") and '"Statement"' in value:
                for statement in _listed(json.loads(value)["Statement"]):
                    yield resource, statement


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# --- how it is called and imported ---


@each_component
def test_every_component_is_called_alike(component: type[Component[Any]]) -> None:
    """Name, args, then keywords, of which the context is always one."""
    parameters = inspect.signature(component.__init__).parameters
    assert list(parameters)[:3] == ["self", "name", "args"]
    by_keyword = [name for name, p in parameters.items() if p.kind is inspect.Parameter.KEYWORD_ONLY]
    assert by_keyword[0] == "context"
    assert by_keyword[-1] == "opts"
    assert component.__doc__


def test_importing_does_no_io() -> None:
    """Only installed files are read: no network, no other process, no file of the user's, nothing written."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-B", "-c", _WATCHED_IMPORT, *modules()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == []


_WATCHED_IMPORT = """
import importlib, sys
import pulumi, pulumi_aws, pulumi_kubernetes  # what the SDKs themselves do is not ours

def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system"):
        print(event, arguments)
    if event == "open":
        path, mode = str(arguments[0]), str(arguments[1] or "r")
        installed = path.startswith((sys.prefix, sys.base_prefix))  # pydantic looks for its plugins there
        code = path.endswith((".py", ".pyc", "platform_components/__init__.pyi"))  # the stub lists the face
        if not (installed or code) or set(mode) & set("wax+"):
            print(event, path, mode)

sys.addaudithook(watch)
for module in sys.argv[1:]:
    importlib.import_module(module)
"""


def test_components_are_not_touched_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of the shell decide nothing: who runs a preview sees what everyone sees."""
    for name in ("AWS_REGION", "AWS_PROFILE", "ENVIRONMENT", "PULUMI_STACK"):
        monkeypatch.setenv(name, "us-east-1")
    for case in CASES:
        if case.tier == "production":
            assert rendered(case) == graph_of(case)
