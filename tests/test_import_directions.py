"""Imports point downwards: `make lint` refuses one against the direction in every package.

The contracts stand in pyproject.toml; here they are held against a copy of the packages in which a new
module of each imports what it must not.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tree import copy_tree, run_tool

FORBIDDEN = {
    "platform_components.files": (
        "platform_components",
        "platform_components.base",
        "platform_components.engine",
        "platform_components.policy",
        "pulumi",
        "typer",
    ),
    "platform_components.base": (
        "platform_components",
        "platform_components.aws.bucket",
        "platform_components.engine",
        "platform_components.kubernetes.workload",
        "platform_components.policy",
        "platform_components.testing",
        "typer",
    ),
    "platform_components.engine": (
        "platform_components",
        "platform_components.aws.bucket",
        "platform_components.functions",
        "platform_components.kubernetes.workload",
        "platform_components.policy",
        "platform_components.service_stack",
        "platform_components.workspace.run",
        "policies",
    ),
    "platform_components.engine.sdk": ("platform_components", "platform_components.aws.bucket"),
    "platform_components.functions": (
        "platform_components",
        "platform_components.testing",
        "platform_components.workspace.run",
        "policies",
        "rich",
    ),
    "platform_components.providers": (
        "platform_components",
        "platform_components.functions",
        "platform_components.testing",
        "platform_components.workspace.run",
        "policies",
        "rich",
    ),
    "platform_components.policy": (
        "platform_components",
        "platform_components.aws.bucket",
        "platform_components.engine",
        "platform_components.foundation",
        "platform_components.functions",
        "policies.tags",
        "pulumi_policy",
    ),
    "platform_components.aws": (
        "platform_components",
        "platform_components.engine",
        "platform_components.kubernetes.workload",
        "platform_components.policy",
        "platform_components.service_stack",
        "platform_components.testing",
        "boto3",
    ),
    "platform_components.kubernetes": (
        "platform_components",
        "platform_components.aws.bucket",
        "platform_components.engine",
        "platform_components.foundation",
        "platform_components.policy",
        "platform_components.workspace.run",
    ),
    "platform_components.workspace": (
        "platform_components",
        "platform_components.cli.tree",
        "policies.sizing",
        "rich",
    ),
    "platform_components.report": (
        "platform_components",
        "platform_components.cli.tree",
        "policies.protection",
        "rich",
    ),
    "platform_components.doctor": (
        "platform_components",
        "platform_components.cli.tree",
        "platform_components.testing",
        "platform_components.workspace.run",
        "boto3",
        "typer",
    ),
    "platform_components.states": (
        "platform_components",
        "platform_components.doctor.check",
        "platform_components.workspace.run",
        "boto3",
        "rich",
    ),
    "platform_components.cli": ("boto3", "policies"),
    "policies": (
        "platform_components",
        "platform_components.aws.bucket",
        "platform_components.engine",
        "platform_components.testing",
    ),
}
"""Package to what a new module in it must not import."""

FORBIDDEN_IN_MODULES = {
    "platform_components.foundation": ("platform_components", "platform_components.service_stack"),
    "platform_components.platform_services": ("platform_components", "platform_components.service_parts"),
    "platform_components.service_parts": ("platform_components", "platform_components.service_stack"),
    "platform_components.service_secrets": ("platform_components", "platform_components.service_stack"),
    "platform_components.service_files": ("platform_components", "platform_components.service_database"),
    "platform_components.service_tokens": ("platform_components", "platform_components.service_database"),
    "platform_components.service_database": ("platform_components", "platform_components.service_stack"),
    "platform_components.service_stack": ("platform_components", "platform_components.service_file"),
    "platform_components.service_file": ("platform_components", "platform_components.testing"),
    "platform_components.testing": ("platform_components", "platform_components.workspace.run"),
}
"""The same for the modules of the top level: there, a new module has no place in the layers at first."""


@pytest.fixture(name="tree")
def copied_packages(tmp_path: Path) -> Path:
    return copy_tree(tmp_path, "platform_components", "policies", "pyproject.toml")


def lint_imports(tree: Path) -> str:
    return run_tool(tree, ["lint-imports", "--no-logo", "--no-cache"]).stdout


def refused(report: str) -> set[tuple[str, str]]:
    """Importer and imported, as the report lists them: `-   policies.new -> platform_components (l.1)`."""
    return set(re.findall(r"^- +(\S+) -> (\S+) \(l\.\d+\)$", report, re.MULTILINE))


def test_an_import_against_the_direction_is_refused_in_every_package(tree: Path) -> None:
    """Each that is forbidden, and no other."""
    expected = set()
    for package, targets in FORBIDDEN.items():
        for number, target in enumerate(targets):
            (tree / package.replace(".", "/") / f"new_{number}.py").write_text(f"import {target}\n")
            expected.add((f"{package}.new_{number}", target))
    for module, targets in FORBIDDEN_IN_MODULES.items():
        with (tree / f"{module.replace('.', '/')}.py").open("a") as file:
            file.writelines(f"import {target}\n" for target in targets)
        expected |= {(module, target) for target in targets}
    assert refused(lint_imports(tree)) == expected


def test_every_package_is_tried_above(tree: Path) -> None:
    """A new package needs its own forbidden imports here."""
    top = tree / "platform_components"
    packages = {f"platform_components.{path.parent.name}" for path in top.glob("*/__init__.py")}
    modules = {f"platform_components.{path.stem}" for path in top.glob("[!_]*.py")}
    assert packages | {"policies", "platform_components.engine.sdk"} == set(FORBIDDEN)
    assert modules == set(FORBIDDEN_IN_MODULES)


def test_a_module_without_a_place_in_the_layers_is_refused(tree: Path) -> None:
    """Whoever adds one at the top level decides what it may import."""
    (tree / "platform_components" / "queue.py").touch()
    report = lint_imports(tree)
    assert (
        report.count("The following modules are not listed as layers:\n\n- platform_components.queue\n") == 2
    )
    assert "Imports point downwards BROKEN" in report
