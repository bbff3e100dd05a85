"""Packs are loaded by path; a broken one says where and how."""

from __future__ import annotations

import shutil
import sys
import tomllib
from pathlib import Path

import pytest

from platform_components.base.errors import InvalidInput
from platform_components.policy import load_pack

POLICIES = Path(__file__).parents[2] / "policies"

RULE = """
from platform_components.policy import Example, Rule

QUEUE = "aws:sqs/queue:Queue"
COLOR = Rule(
    id="color", title="t", why="w", remedy="r", severity="low", types=(QUEUE,),
    check=lambda view, context: ["is red"] if view.get("red") else [],
    passing=(Example(QUEUE, {}),), failing=(Example(QUEUE, {"red": True}),),
)
"""
FACE = 'from .color import COLOR\n\nNAME = "paint"\nRULES = (COLOR,)\n'


def _pack(directory: Path, face: str = FACE, rule: str = RULE, settings: str = 'version: "1.2.3"') -> Path:
    directory.mkdir(exist_ok=True)
    (directory / "__init__.py").write_text(face)
    (directory / "color.py").write_text(rule)
    (directory / "PulumiPolicy.yaml").write_text(settings)
    return directory


def test_a_pack_loads_from_any_path(tmp_path: Path) -> None:
    """Its modules import one another relatively, whatever the directory is called."""
    pack = load_pack(_pack(tmp_path / "my-rules"))
    assert (pack.name, pack.version, [rule.id for rule in pack.rules]) == ("paint", "1.2.3", ["color"])


def test_our_pack_works_as_a_copy(tmp_path: Path) -> None:
    """The wheel has it under another name and in another place."""
    copy = shutil.copytree(POLICIES, tmp_path / "_policies", ignore=shutil.ignore_patterns("__pycache__"))
    assert [rule.id for rule in load_pack(copy).rules] == [rule.id for rule in load_pack(POLICIES).rules]


def test_our_pack_has_the_librarys_version() -> None:
    """They are released as one."""
    project = tomllib.loads((POLICIES.parent / "pyproject.toml").read_text())["project"]
    assert load_pack(POLICIES).version == project["version"]


def test_two_packs_do_not_mix(tmp_path: Path) -> None:
    """Modules of one name in two packs are two modules, and nothing of theirs can be imported by name."""
    one = load_pack(_pack(tmp_path / "one"))
    two = load_pack(_pack(tmp_path / "two", rule=RULE.replace('id="color"', 'id="colour"')))
    assert [pack.rules[0].id for pack in (one, two)] == ["color", "colour"]
    assert "color" not in sys.modules


def test_a_project_is_judged_by_its_own_pack_else_by_ours(tmp_path: Path) -> None:
    """`policies/` counts once it is a pack."""
    assert load_pack(None, tmp_path).name == "platform"
    _pack(tmp_path / "policies")
    assert load_pack(None, tmp_path).name == "paint"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"rule": "x = ("}, "color.py:1"),
        ({"rule": "\nimport no_such_module"}, "color.py:2  ModuleNotFoundError"),
        ({"rule": RULE + "\n1 / 0\n"}, "ZeroDivisionError  a pack must import"),
        ({"rule": "import sys\nsys.exit(0)"}, "color.py:2  SystemExit"),
        ({"rule": "class Leak(BaseException):\n    pass\nraise Leak"}, "color.py:3  Leak"),
        ({"rule": RULE.replace('"low"', '"mild"')}, 'Rule "color": severity = "mild"'),
        ({"face": "from .color import COLOUR"}, "__init__.py:1  ImportError"),
        ({"face": 'NAME = "paint"'}, "must be a tuple of at least one rule"),
        ({"face": 'NAME = "paint"\nRULES = ()'}, "must be a tuple of at least one rule"),
        ({"face": 'NAME = "paint"\nRULES = (1,)'}, "RULES[0] = 1  must be a Rule"),
        ({"face": FACE + "RULES *= 2"}, "has 2 rules named color"),
        ({"face": FACE.replace("NAME", "TITLE")}, "__init__.py NAME"),
        ({"settings": "version: 1.2"}, "version = 1.2"),
        ({"settings": "version: [1"}, "PulumiPolicy.yaml"),
    ],
)
def test_a_broken_pack_says_where(tmp_path: Path, broken: dict[str, str], said: str) -> None:
    """Which file and line, and what is wrong; it never loads in part."""
    with pytest.raises(InvalidInput) as caught:
        load_pack(_pack(tmp_path / "broken", **broken))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        ("def half():\n    return 1 / 0\n\nhalf()\n", ["color.py", "line 2, in half", "ZeroDivisionError"]),
        ("x = (", ["color.py", "line 1", "SyntaxError: '(' was never closed"]),
    ],
)
def test_a_broken_packs_traceback_is_kept_for_debug(tmp_path: Path, rule: str, shown: list[str]) -> None:
    """That of the pack's own code, without how it came to be loaded."""
    with pytest.raises(InvalidInput) as caught:
        load_pack(_pack(tmp_path / "broken", rule=rule))
    debug = getattr(caught.value, "debug", "")
    assert [part for part in shown if part not in debug] == []
    assert debug.startswith("Traceback")
    assert "policy/pack.py" not in debug
    assert "_policy_pack_" not in debug


@pytest.mark.parametrize("name", ["PulumiPolicy.yaml", "__init__.py"])
def test_a_directory_that_is_no_pack_says_what_is_missing(tmp_path: Path, name: str) -> None:
    """A pack is told by two files."""
    (_pack(tmp_path / "half") / name).unlink()
    with pytest.raises(InvalidInput, match=name):
        load_pack(tmp_path / "half")


def test_a_corrected_pack_loads_in_the_same_process(tmp_path: Path) -> None:
    """Nothing of the broken attempt is kept."""
    with pytest.raises(InvalidInput):
        load_pack(_pack(tmp_path / "pack", rule="import no_such_module  # and a line to change the size"))
    assert load_pack(_pack(tmp_path / "pack")).name == "paint"


def test_a_broken_packs_message_quotes_nothing(tmp_path: Path) -> None:
    """The text of an exception may contain a secret: neither the message nor --debug repeats it."""
    with pytest.raises(InvalidInput) as caught:
        load_pack(_pack(tmp_path / "broken", rule="import os\nint(os.environ['HOME'] + 'hunter2')"))
    assert "color.py:2  ValueError" in str(caught.value)
    shown = str(caught.value) + getattr(caught.value, "debug", "")
    assert str(Path.home()) + "hunter2" not in shown


def test_the_lines_of_a_pack_in_a_traceback_have_no_secrets(tmp_path: Path) -> None:
    """--debug shows the line that fails, without what has the shape of a secret."""
    token = "ghp_" + "aB3dE6gH9j" * 4
    with pytest.raises(InvalidInput) as caught:
        load_pack(_pack(tmp_path / "broken", rule=f"raise ValueError('{token}')"))
    debug = getattr(caught.value, "debug", "")
    assert "raise ValueError('[secret]')" in debug
    assert token not in debug


def test_an_interrupted_import_is_no_broken_pack(tmp_path: Path) -> None:
    """Ctrl-C ends the command."""
    with pytest.raises(KeyboardInterrupt):
        load_pack(_pack(tmp_path / "slow", rule="raise KeyboardInterrupt"))
