"""A component stands in six places: a new one passes when all are there, and each omission is reported.

The component is `Queue`, whose files are in tests/fixture_component. It is added to a copy of the tree by the
steps of CONTRIBUTING.md.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.forked import Forked
from tests.tree import ROOT, copy_tree, run_tool

FIXTURE = Path(__file__).parent / "fixture_component"
MYPY_CACHE = ROOT / ".mypy_cache"

COMPONENT = Path("platform_components/aws/queue.py")
TESTS = Path("tests/aws/test_queue.py")
STUB = Path("platform_components/__init__.pyi")
SIZING = Path("platform_components/base/sizing.py")
CHANGELOG = Path("CHANGELOG.md")
GOLDEN = Path("tests/golden/Queue.json")
PAGE = Path("docs/reference/Queue.md")

STUB_LINE = "from .aws.queue import Queue as Queue, QueueArgs as QueueArgs, QueueOutputs as QueueOutputs\n"
SIZING_ROW = '    "queue.retention_days":            (14,             4,               4),\n'
CHANGELOG_LINE = "- This change will give you the component `Queue`. No stack that exists changes.\n"

PYTEST = ("pytest", "-q", "-p", "no:cacheprovider", "--assert=plain")


def insert(file: Path, line: str, before: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1
    file.write_text(text.replace(before, line + before), encoding="utf-8")


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(name="forked", scope="module")
def forked_process() -> Iterator[Forked]:
    with Forked() as forked:
        yield forked


@pytest.fixture(name="complete", scope="module")
def tree_with_queue(forked: Forked, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with the new component in all of its places."""
    tree = copy_tree(tmp_path_factory.mktemp("tree"))
    shutil.copy(FIXTURE / "queue.py.txt", tree / COMPONENT)
    shutil.copy(FIXTURE / "test_queue.py.txt", tree / TESTS)
    insert(tree / STUB, STUB_LINE, before="from .aws.zones import")
    insert(tree / SIZING, SIZING_ROW, before='    "workload.min_replicas":')
    replace(tree / CHANGELOG, "(unreleased)\n\n", f"(unreleased)\n\n{CHANGELOG_LINE}")
    done = forked.run(tree, "tests.generated")
    assert done.code == 0, done.output
    return tree


@pytest.fixture(name="tree")
def copy_to_change(complete: Path, tmp_path: Path) -> Path:
    return shutil.copytree(complete, tmp_path / "tree")


def test_a_component_in_six_places_passes(complete: Path, forked: Forked) -> None:
    """Its own tests, all contracts, and what checks the places."""
    tests = [str(TESTS), *(f"tests/test_{name}.py" for name in ("contracts", "inventory", "public_face"))]
    done = forked.run(complete, *PYTEST, "-vv", *tests, "-k", "queue or public_face or row or left_over")
    assert done.code == 0, done.output
    assert "protected_in_production_alone[Queue-full-production] PASSED" in done.output


@pytest.mark.parametrize("command", [["ruff", "check"], ["ruff", "format", "--check"], ["lint-imports"]])
def test_a_component_in_six_places_passes_the_linters(complete: Path, command: list[str]) -> None:
    """With no edit of their configuration."""
    done = run_tool(complete, command)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(not MYPY_CACHE.is_dir(), reason="`make types` has not run: mypy would take a minute")
def test_a_component_in_six_places_passes_the_type_checker(complete: Path, tmp_path: Path) -> None:
    """Its module and its tests, strictly."""
    cache = shutil.copytree(MYPY_CACHE, tmp_path / "cache")
    done = run_tool(complete, ["mypy", f"--cache-dir={cache}", str(COMPONENT), str(TESTS)])
    shutil.rmtree(cache)
    assert done.returncode == 0, done.stdout


def _no_assertions(tree: Path) -> None:
    text = (tree / TESTS).read_text(encoding="utf-8")
    (tree / TESTS).write_text(re.sub(r"\bassert .*", "pass", text), encoding="utf-8")


OMISSIONS: dict[str, tuple[Callable[[Path], object], str]] = {
    "component": (
        lambda tree: (tree / COMPONENT).unlink(),
        "docs/reference/Queue.md, tests/golden/Queue.json belongs to no component: run `make generated`",
    ),
    "tests": (
        lambda tree: (tree / TESTS).unlink(),
        "Queue has no tests: add tests/aws/test_queue.py",
    ),
    "variants": (
        lambda tree: replace(tree / TESTS, "VARIANTS:", "WAYS:"),
        "tests/aws/test_queue.py names no way to make Queue: add VARIANTS: Mapping[str, Build] = ",
    ),
    "own tests": (
        lambda tree: replace(tree / TESTS, "def test_", "def check_"),
        "tests/aws/test_queue.py tests nothing of Queue: add a test function whose docstring states",
    ),
    "assertions": (
        _no_assertions,
        "tests/aws/test_queue.py tests nothing of Queue: add a test function whose docstring states",
    ),
    "golden file": (
        lambda tree: (tree / GOLDEN).unlink(),
        "tests/golden/Queue.json is missing: run `make generated` and review the difference",
    ),
    "golden file, anew": (
        lambda tree: replace(tree / COMPONENT, "-dead-letters", "-failed"),
        "tests/golden/Queue.json is stale: run `make generated` and review the difference",
    ),
    "stub": (
        lambda tree: replace(tree / STUB, STUB_LINE, ""),
        f"platform_components/__init__.pyi lacks Queue, QueueArgs, QueueOutputs: add `{STUB_LINE.strip()}`",
    ),
    "outputs in the stub": (
        lambda tree: replace(tree / STUB, ", QueueOutputs as QueueOutputs", ""),
        "__init__.pyi lacks QueueOutputs: add `from .aws.queue import QueueOutputs as QueueOutputs`",
    ),
    "sizing row": (
        lambda tree: replace(tree / SIZING, SIZING_ROW, ""),
        "SIZING has no row queue.retention_days: add it in platform_components/base/sizing.py",
    ),
    "field of a sizing row": (
        lambda tree: replace(tree / COMPONENT, 'sized("queue.retention_days")', "4"),
        "platform_components/base/sizing.py: no field uses queue.retention_days: remove it",
    ),
    "changelog": (
        lambda tree: replace(tree / CHANGELOG, CHANGELOG_LINE, ""),
        'CHANGELOG.md does not name `Queue`: add "This change will ..."',
    ),
    "reference page": (
        lambda tree: (tree / PAGE).unlink(),
        "docs/reference/Queue.md is missing: run `make generated` and review the difference",
    ),
    "reference page, anew": (
        lambda tree: replace(tree / COMPONENT, "le=14", "le=10"),
        "docs/reference/Queue.md is stale: run `make generated` and review the difference",
    ),
}
"""What is forgotten, and what the tests then say."""


@pytest.mark.parametrize("omission", OMISSIONS)
def test_each_omission_is_reported(omission: str, tree: Path, forked: Forked) -> None:
    """With what is missing, where, and what to do."""
    forget, message = OMISSIONS[omission]
    forget(tree)
    done = forked.run(tree, *PYTEST, "tests/test_inventory.py", "-k", "Queue or row or left_over")
    assert done.code != 0
    assert message in done.output


def test_a_second_component_in_a_module_is_reported(tree: Path, forked: Forked) -> None:
    """Its tests and variants would not be found."""
    with (tree / COMPONENT).open("a", encoding="utf-8") as file:
        file.write('\n\nclass Topic(Queue, kind="Topic"):\n    """Another noun."""\n')
    done = forked.run(tree, *PYTEST, "tests/test_inventory.py", "-k", "own and Queue")
    assert "platform_components.aws.queue has 2 components: move each to its own module" in done.output
