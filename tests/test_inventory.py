"""A component stands in six places: each that is missing or stale is reported, with what to do.

The places are listed in CONTRIBUTING.md; `tests/test_new_component.py` forgets one after the other.
"""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from typing import Any

import pytest

import platform_components
from platform_components.base import SIZING, Component
from tests.generated import GENERATED, leftovers
from tests.inventory import ARGS, COMPONENTS, path_of_tests, variants_of
from tests.tree import ROOT

each_component = pytest.mark.parametrize("component", COMPONENTS, ids=lambda kind: kind.__name__)


@each_component
def test_a_component_has_a_file_of_its_own(component: type[Component[Any]]) -> None:
    """So that its tests and variants are found by the path of its module."""
    in_module = Counter(kind.__module__ for kind in COMPONENTS)[component.__module__]
    assert in_module == 1, f"{component.__module__} has {in_module} components: move each to its own module"


@each_component
def test_a_component_has_a_test_module(component: type[Component[Any]]) -> None:
    """At the path of its own module, below tests/."""
    path = path_of_tests(component)
    assert (ROOT / path).is_file(), f"{component.__name__} has no tests: add {path}"


@each_component
def test_a_component_has_variants(component: type[Component[Any]]) -> None:
    """A component that is built nowhere is a component without contracts."""
    name = component.__name__
    example = f'VARIANTS: Mapping[str, Build] = {{"minimal": lambda context: {name}(..., context=context)}}'
    assert variants_of(component), f"{path_of_tests(component)} names no way to make {name}: add {example}"


@each_component
def test_a_component_has_tests_of_its_own_behaviour(component: type[Component[Any]]) -> None:
    """The contracts hold for any component; what this one is for, only its own tests can state."""
    path = ROOT / path_of_tests(component)
    module = ast.parse(path.read_text(encoding="utf-8") if path.is_file() else "")
    tests = [node for node in module.body if isinstance(node, ast.FunctionDef) and _states_a_behaviour(node)]
    remedy = "add a test function whose docstring states a behaviour and whose body asserts it"
    assert tests, f"{path_of_tests(component)} tests nothing of {component.__name__}: {remedy}"


def _states_a_behaviour(function: ast.FunctionDef) -> bool:
    checks = any(
        isinstance(node, ast.Assert) or (isinstance(node, ast.Attribute) and node.attr == "raises")
        for node in ast.walk(function)
    )
    return function.name.startswith("test_") and checks and ast.get_docstring(function) is not None


@each_component
def test_a_component_is_part_of_the_public_face(component: type[Component[Any]]) -> None:
    """With its args and outputs, as one line in the stub."""
    outputs = component.outputs_type
    missing = [
        kind.__name__
        for kind in (component, component.args_type, outputs)
        if getattr(platform_components, kind.__name__, None) is not kind
    ]
    module = component.__module__.removeprefix("platform_components")
    line = f"from {module} import " + ", ".join(f"{name} as {name}" for name in missing)
    assert not missing, f"platform_components/__init__.pyi lacks {', '.join(missing)}: add `{line}`"


def test_every_sizing_row_belongs_to_a_field() -> None:
    """A row that no field uses would be overridden in platform.yaml to no effect."""
    used = set()
    for args in ARGS:
        for field in args.model_fields.values():
            if isinstance(field.json_schema_extra, dict):
                used.add(field.json_schema_extra.get("sizing"))
    unused = sorted(SIZING.keys() - used)
    assert unused == [], f"platform_components/base/sizing.py: no field uses {', '.join(unused)}: remove it"


@each_component
def test_a_component_is_announced(component: type[Component[Any]]) -> None:
    """Users learn from the changelog that it exists."""
    name = component.__name__
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"`{name}`" in changelog, f'CHANGELOG.md does not name `{name}`: add "This change will ..."'


@pytest.mark.parametrize("path", GENERATED, ids=str)
def test_generated_files_are_current(path: Any) -> None:
    """Golden files and reference pages. Other names, types or parents of children replace resources."""
    target = ROOT / path
    remedy = "run `make generated` and review the difference"
    assert target.is_file(), f"{path} is missing: {remedy}"
    found, expected = target.read_text(encoding="utf-8"), GENERATED[path]()
    difference = "".join(
        difflib.unified_diff(found.splitlines(keepends=True), expected.splitlines(keepends=True), n=0)
    )
    assert found == expected, f"{path} is stale: {remedy}\n{difference}"


def test_no_generated_file_is_left_over() -> None:
    """Of a component that is gone."""
    found = ", ".join(map(str, leftovers()))
    assert not found, f"{found} belongs to no component: run `make generated`"
