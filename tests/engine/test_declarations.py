"""Types and aliases that Pulumi's engine rejects are errors, and those that it accepts are not.

Each case was compared with `pulumi preview` of 3.260.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from platform_components.engine import Graph, ProgramError, evaluate

IMPORTS = "import pulumi\nfrom pulumi import ComponentResource, CustomResource, ResourceOptions\n"

REJECTED = {
    "CustomResource('notatype', 'x', {})": 'the type of notatype "x" must have three parts',
    "CustomResource('a:b', 'x', {})": 'the type of a:b "x" must have three parts',
    "CustomResource(':b:c', 'x', {})": 'the type of :b:c "x" must have three parts',
    "CustomResource('::', 'x', {})": 'the type of :: "x" must have three parts',
    "CustomResource('a:b', 'x', {}, ResourceOptions(id='1'))": 'the type of a:b "x" must have three parts',
    "ComponentResource('a:b', 'x', {}, None, True)": 'the type of a:b "x" must have three parts',
    "CustomResource('a:b:C', 'x', {}, ResourceOptions(aliases=['not-a-urn']))": (
        'alias "not-a-urn" of a:b:C "x" is not a URN'
    ),
    "CustomResource('a:b:C', 'x', {}, ResourceOptions(aliases=['urn:pulumi:x']))": (
        'alias "urn:pulumi:x" of a:b:C "x" is not a URN'
    ),
    "CustomResource('a:b:C', 'x', {}, ResourceOptions(aliases=['']))": 'alias "" of a:b:C "x" is not a URN',
    "CustomResource('a:b:C', 'x', {}, ResourceOptions(aliases=[pulumi.Alias(parent='urn')]))": (
        'parent of an alias "urn" of a:b:C "x" is not a URN'
    ),
    **{
        f"CustomResource('a:b:C', 'x', {{}}, ResourceOptions(version={version!r}))": (
            f'the version "{version}" of a:b:C "x" is not a semantic version'
        )
        for version in ("foo", "v1.2.3", "7.1", "01.2.3")
    },
}

ACCEPTED = {
    "CustomResource('a:b:C', 'x', {}, ResourceOptions(version='1.2.3-beta.1+build'))": (
        "urn:pulumi:dev::shop::a:b:C::x"
    ),
    "CustomResource('a:b:c:D', 'x', {})": "urn:pulumi:dev::shop::a:b:c:D::x",
    "CustomResource('a::c', 'x', {})": "urn:pulumi:dev::shop::a::c::x",
    "ComponentResource('notatype', 'x')": "urn:pulumi:dev::shop::notatype::x",
    "ComponentResource('a:b:c:D', 'x')": "urn:pulumi:dev::shop::a:b:c:D::x",
    "CustomResource('a:b:C', 'x', {}, ResourceOptions(parent=ComponentResource('k', 'k')))": (
        "urn:pulumi:dev::shop::k$a:b:C::x"
    ),
}


def evaluated(directory: Path, code: str) -> Graph:
    (directory / "__main__.py").write_text(f"{IMPORTS}{code}\n")
    return evaluate(directory, project="shop", stack="dev")


@pytest.mark.parametrize("code", REJECTED)
def test_what_pulumi_rejects_is_an_error_with_line_and_remedy(tmp_path: Path, code: str) -> None:
    """Without the check, some of these ended as internal errors and others in a graph."""
    with pytest.raises(ProgramError) as raised:
        evaluated(tmp_path, code)
    assert raised.value.message == REJECTED[code]
    assert str(raised.value.location) == "__main__.py:3"
    assert raised.value.remedy


@pytest.mark.parametrize("code", ACCEPTED)
def test_what_pulumi_accepts_is_in_the_graph(tmp_path: Path, code: str) -> None:
    """A type can have more than three parts, and that of a component any number."""
    assert ACCEPTED[code] in [resource.urn for resource in evaluated(tmp_path, code).resources]
