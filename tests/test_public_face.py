"""The public modules bind what docs/compatibility.md promises, and other projects need no more than that."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import platform_components
from tests.tree import ROOT

STUB = ast.parse((ROOT / "platform_components" / "__init__.pyi").read_text(encoding="utf-8"))
FACE = {alias.name for node in STUB.body if isinstance(node, ast.ImportFrom) for alias in node.names}


def documented() -> dict[str, set[str]]:
    """The public modules, each with its names: the rows of the table in docs/compatibility.md."""
    text = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(platform_components[.\w]*)` \| (.*) \|$", text, re.MULTILINE)
    names = {module: set(re.findall(r"`(\w+)`", cell)) for module, cell in rows}
    return names | {"platform_components": FACE}


def bound(module: ModuleType) -> set[str]:
    """The library's own names in a module, submodules and underscored ones aside."""
    values = {name: getattr(module, name) for name in dir(module) if not name.startswith("_")}
    return {
        name
        for name, value in values.items()
        if not isinstance(value, ModuleType)
        and getattr(value, "__module__", "platform_components").startswith("platform_components")
    }


@pytest.mark.parametrize("name", documented())
def test_a_public_module_binds_what_is_documented(name: str) -> None:
    """A name that is bound by accident would be used, and one that is gone would be missed."""
    module = importlib.import_module(name)
    expected = documented()[name]
    assert bound(module) | set(module.__all__) == expected, "change docs/compatibility.md and __all__ alike"
    assert set(module.__all__) == expected


def test_type_checkers_see_the_face_that_python_sees() -> None:
    """`X = ...` or a function in the stub would be known to mypy, and missing when a program runs."""
    docstring, *lines = STUB.body
    assert isinstance(docstring, ast.Expr)
    for line in lines:
        assert isinstance(line, ast.ImportFrom), ast.unparse(line)
        assert line.level == 1, ast.unparse(line)
        module = importlib.import_module(f"platform_components.{line.module}")
        for alias in line.names:
            # mypy re-exports `X as X` alone, and lazy_loader ignores what follows `as`.
            assert alias.asname == alias.name, ast.unparse(line)
            assert getattr(platform_components, alias.name) is getattr(module, alias.name)


def test_the_face_is_sorted_and_knows_no_other_name() -> None:
    """`dir()` is what editors complete; a misspelt name is refused by name."""
    assert dir(platform_components) == sorted(FACE)
    word = "Buckt"
    with pytest.raises(AttributeError, match=word):
        getattr(platform_components, word)


def imported(program: Path) -> Iterator[tuple[str, str]]:
    """The library's modules that a program imports, each with the name that it takes from it."""
    for node in ast.walk(ast.parse(program.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "platform_components":
            yield from ((str(node.module), alias.name) for alias in node.names)
        if isinstance(node, ast.Import):
            yield from ((a.name, "") for a in node.names if a.name.split(".")[0] == "platform_components")


PROGRAMS = [
    path for folder in ("stacks", "examples", "blueprints") for path in sorted((ROOT / folder).rglob("*.py"))
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_programs_import_public_names_only(program: Path) -> None:
    """Whoever copies an example, or starts from a blueprint, stands on what stays."""
    public = documented()
    private = [
        f"{module} {name}".strip()
        for module, name in imported(program)
        if module not in public or (name and name not in public[module])
    ]
    assert private == [], f"import from one of {', '.join(public)}"
