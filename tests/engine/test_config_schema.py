"""Configuration that Pulumi.yaml declares is accepted and rejected as in Pulumi."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from platform_components.base.errors import InvalidInput
from platform_components.engine import UNKNOWN, Project, Secret
from tests.engine.cli import Cli
from tests.engine.test_project import problems, project_in

SALT = "v1:aDPcm34l/QU=:v1:U4Q6vZcFxx5qbVxO:B5NcYz3ed9gdqw/+zuWY/cP9X97GYQ=="
"""Of the passphrase `passphrase`."""
HUNTER = "{secure: v1:WqtBrF4ZHGSup23S:Q1X6zK/X/OZWo+yE39NnwVOp/jflKw+I}"
"""The text `hunter2!`."""

CASES = [
    # declaration in Pulumi.yaml, entry in the stack's file, part of the error or empty
    ("a: {type: string, secret: true}", "a: hello", "must be encrypted"),
    ("a: {secret: true}", "a: hello", ""),
    ("a: {type: string, secret: true}", f"a: {HUNTER}", ""),
    ("a: {type: string, secret: true, default: x}", "", "must be encrypted"),
    ("a: {secret: true, default: x}", "", ""),
    ("a: {type: integer, secret: true}", f"a: {HUNTER}", "must be of type integer"),
    ("a: {type: integer}", "a: 3.0", ""),
    ("a: {type: integer}", "a: 3.5", "must be of type integer"),
    ("a: {type: integer}", "a: '+3'", ""),
    ("a: {type: integer}", "a: 99999999999999999999", "must be of type integer"),
    ("a: {type: integer}", "a: 9223372036854775807", ""),
    ("a: {type: integer}", "a: 9223372036854775808", "must be of type integer"),
    ("a: {type: integer, default: 1.5}", "", "must be of type integer"),
    ("a: {type: array, items: {type: integer}}", "a: [1.5]", "must be of type array<integer>"),
    ("a: {type: integer, secret: true}", f"a: [hello, {HUNTER}]", "must be of type integer"),
    ("a: {type: integer}", f"a: {{b: hello, c: {HUNTER}}}", "must be of type integer"),
    ("a: {type: object}", "a: {secure: 'v1:a:b', b: 1}", ""),
    ("a: {type: boolean}", "a: 'True'", "must be of type boolean"),
    ("a: {type: boolean}", "a: True", ""),
    ("a: {type: boolean}", "a: yes", "must be of type boolean"),
    ("a: {type: string}", "a: [1]", "must be of type string"),
    ("a: {type: string}", "a: {b: 1}", "must be of type string"),
    ("a: {type: string}", "a: 5", ""),
    ("a: {type: string}", "a: ''", ""),
    ("a: {type: object}", "a: {b: 1}", ""),
    ("a: {type: object}", "a: [1]", "must be of type object"),
    ("a: {type: array}", "a: [1]", "is an array without `items`"),
    ("a: {type: array, items: {type: string}}", "a: [x]", ""),
    ("a: {type: array, items: {type: string}}", "a: [1]", "must be of type array<string>"),
    ("a: {type: array, items: {type: integer}}", "a: [1, '2', 3.0]", ""),
    ("a: {type: array, items: {type: array, items: {type: boolean}}}", "a: [[true, 'false']]", ""),
    ("a: {type: array, items: {type: array}}", "a: [[true]]", "is an array without `items`"),
    ("a: {type: array, items: {}}", "a: [x]", "config.a.items.type  is required"),
    ("a: {type: string, default: 5}", "", "config.a.default = 5  must be of type string"),
    ("a: {type: integer, default: '5'}", "", ""),
    ("a: {type: integer, default: 5.0}", "", ""),
    ("a: {type: boolean, default: 'True'}", "", "must be of type boolean"),
    ("a: {type: array, items: {type: string}, default: [1]}", "", "must be of type array<string>"),
    ("a: {type: integer, value: x}", "", 'config.a.value = "x"  must be of type integer'),
    ("a: {type: integer, default: null}", "", "is missing: Pulumi.yaml declares it"),
    ("a: {default: 1, value: 2}", "", "has both `default` and `value`"),
    ("a: 3.5", "", "must be a string, an integer"),
    ("a:", "", "must be a string, an integer"),
    ("a: {tree: 1}", "", "unknown attribute"),
    ("a: {defualt: 1}", "", "did you mean default?"),
    ("a: [1]", "", ""),
    ("a: {secret: 'yes'}", "a: x", "config.a.secret"),
    ("a: {type: strin}", "", "did you mean string?"),
    ("shop:a: {type: integer}", "a: x", "must be of type integer"),
    ("aws:region: {type: string, value: x}", "", "is only allowed for keys of the project"),
    ("aws:region: {default: x}", "", "write `value` instead"),
    ("aws:region: {description: x}", "", "config.aws:region.value  is required"),
    ("aws:region: {value: x, secret: true}", "", ""),
    ("a.b: {type: integer}", "a: {b: 3}", ""),
    ("a.b: {type: integer}", "a: {b: x}", 'config.a.b = "x"  must be of type integer'),
    ("a.b: {type: integer}", "a.b: 3", "config.shop:a.b  is missing"),
    ("a.b: {type: string}", "a: {b: null}", "must be of type string"),
    ("a.b: {type: string, secret: true}", "a: {b: hello}", "config.a.b  must be encrypted"),
    ("a.b: {type: string, secret: true}", f"a: {{b: {HUNTER}}}", ""),
    ("'a[0]': {type: integer}", "a: [x]", "config.a[0]"),
    ("'[\"a.b\"]': {type: integer}", "a.b: x", "must be of type integer"),
    ("a.b.c: {default: 5}", "a: {b: 1}", "config.a.b = 1  must be a mapping"),
    ("a.b: {default: 5}", "a: [x]", "must be a mapping"),
    ("'a[2]': {default: 5}", "a: [x]", "config.a  has no item 2"),
    ("a.secure: {default: x}", "", "can't have `secure` as its only entry"),
    ("'a[': {default: 5}", "", "is not a valid path"),
    (".a: {default: 5}", "", "is not a valid path"),
    ("a.: {default: 5}", "", "is not a valid path"),
    ("'[0]': {default: 5}", "", "is not a valid path"),
    ("'': 1", "", "is not a valid path"),
    ("a: {type: string}", "a: null", ""),
    ("a: {type: integer}", "a: null", "must be of type integer"),
    ("a b: 1", "':a': 1", ""),
    ("a:b:c: 1", "", "must be `name` or `namespace:name`"),
    ("shop:config:c: {type: integer}", "c: x", "must be of type integer"),
    ("a: 1", "1: 2", 'key "1" must be a string'),
    ("a: 1", "a: .inf", "config.a"),
    ("a: {type: array, items: {type: string}, secret: true}", f"a: [x, {HUNTER}]", ""),
    ("a: {type: object, secret: true}", f"a: {{b: {HUNTER}}}", ""),
    ("a: {type: string, secret: true}", f"a: {{b: {HUNTER}}}", "must be of type string"),
]


def write_case(directory: Path, declaration: str, entry: str) -> None:
    (directory / "Pulumi.yaml").write_text(f"name: shop\nruntime: python\nconfig:\n  {declaration}\n")
    config = f"config:\n  {entry}\n" if entry else ""
    (directory / "Pulumi.dev.yaml").write_text(f"encryptionsalt: {SALT}\n{config}")


@pytest.fixture
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "passphrase")


@pytest.mark.usefixtures("passphrase")
@pytest.mark.parametrize(("declaration", "entry", "expected"), CASES)
def test_declarations_are_checked(tmp_path: Path, declaration: str, entry: str, expected: str) -> None:
    """A value is checked against its type; a typed secret must be encrypted."""
    project_in(tmp_path)
    write_case(tmp_path, declaration, entry)
    if expected:
        message = problems(lambda: Project.load(tmp_path).config("dev"))
        assert expected in message
        assert "hello" not in message
        assert "hunter2!" not in message
    else:
        Project.load(tmp_path).config("dev")


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    cli = Cli(tmp_path_factory.mktemp("cli"), 0)
    project_in(cli.project)
    cli.run("stack", "init", "dev")
    return cli


@pytest.mark.engine
@pytest.mark.parametrize(("declaration", "entry", "expected"), CASES)
def test_pulumi_decides_alike(cli: Cli, declaration: str, entry: str, expected: str) -> None:
    """The real CLI accepts and rejects the same declarations and values."""
    write_case(cli.project, declaration, entry)
    if expected:
        with pytest.raises(AssertionError, match="error"):
            cli.run("preview", "--stack", "dev")
    else:
        cli.run("preview", "--stack", "dev")


def test_a_secret_without_a_type_is_a_secret_in_plain_text_too(tmp_path: Path) -> None:
    """Pulumi accepts the value; the preview hides it. The same applies to a default."""
    text = "name: shop\nruntime: python\nconfig:\n  a: {secret: true}\n  b: {secret: true, default: x}\n"
    project = Project.load(project_in(tmp_path, text, dev="config:\n  a: hello\n"))
    assert project.config("dev").values == {"shop:a": Secret("hello"), "shop:b": Secret("x")}


def test_the_remedy_for_a_plain_secret_encrypts_it(tmp_path: Path) -> None:
    """The message has the key and the command, and never the value."""
    text = "name: shop\nruntime: python\nconfig:\n  dsn: {type: string, secret: true}\n"
    project = Project.load(project_in(tmp_path, text, dev="config:\n  dsn: hunter2\n"))
    with pytest.raises(InvalidInput) as raised:
        project.config("dev")
    assert str(raised.value).splitlines()[1].strip() == (
        "config.dsn  must be encrypted: Pulumi.yaml declares it as secret  "
        "run `pulumi config set shop:dsn --secret -s dev`"
    )


def test_an_encrypted_value_that_is_unknown_has_any_type(tmp_path: Path) -> None:
    """Without the passphrase, the type of an encrypted value can't be checked, also inside a list."""
    text = (
        "name: shop\nruntime: python\nconfig:\n  a: {type: integer}\n"
        "  b: {type: array, items: {type: boolean}}\n"
    )
    project = Project.load(project_in(tmp_path, text, dev=f"config:\n  a: {HUNTER}\n  b: [true, {HUNTER}]\n"))
    values = project.config("dev").values
    assert values == {"shop:a": Secret(UNKNOWN), "shop:b": Secret(UNKNOWN)}


def test_a_project_can_be_sent_to_another_process(tmp_path: Path) -> None:
    """Spawned workers receive it pickled; a key without a default must not get one."""
    project_in(tmp_path, "name: shop\nruntime: python\nconfig:\n  a: {type: string}\n  b: 3\n", dev="")
    project = pickle.loads(pickle.dumps(Project.load(tmp_path)))
    assert "config.shop:a  is missing" in problems(lambda: project.config("dev"))


def test_a_mapping_with_more_than_a_ciphertext_is_not_encrypted(tmp_path: Path) -> None:
    """`secure` is an ordinary key if there are others."""
    entry = "config:\n  a: {secure: 'v1:a:b', b: 1}\n"
    project = Project.load(project_in(tmp_path, dev=entry))
    assert project.config("dev").values == {"shop:a": {"secure": "v1:a:b", "b": 1}}
