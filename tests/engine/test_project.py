"""Pulumi.yaml and stack files are read as Pulumi reads them, and their errors are reported together."""

from __future__ import annotations

from pathlib import Path

import pytest

from platform_components.base.errors import InvalidInput
from platform_components.engine import UNKNOWN, ProgramError, Project, Secret, evaluate_stack
from platform_components.engine.state.deployment import Deployment


def project_in(directory: Path, text: str = "", **stacks: str) -> Path:
    """A project with an empty program and these stack files, next to Pulumi.yaml."""
    (directory / "__main__.py").touch()
    (directory / "Pulumi.yaml").write_text(text or "name: shop\nruntime: python\n")
    for name, config in stacks.items():
        (directory / f"Pulumi.{name}.yaml").write_text(config)
    return directory


def problems(call: object) -> str:
    with pytest.raises(InvalidInput) as raised:
        call()  # type: ignore[operator]
    return str(raised.value)


def test_a_project_knows_its_program_and_its_stacks(tmp_path: Path) -> None:
    """`main` and `stackConfigDir` are relative to Pulumi.yaml; a stack is what has a file."""
    (tmp_path / "stacks" / "config").mkdir(parents=True)
    for stack in ("b.dev", "a.dev"):
        (tmp_path / "stacks" / "config" / f"Pulumi.{stack}.yaml").write_text("")
    (tmp_path / "stacks" / "__main__.py").touch()
    text = "name: shop\nruntime: {name: python, options: {virtualenv: .venv}}\nmain: stacks/\n"
    project = Project.load(project_in(tmp_path, text + "stackConfigDir: stacks/config\nanything: else\n"))
    assert (project.name, project.main) == ("shop", tmp_path / "stacks")
    assert project.stacks() == ("a.dev", "b.dev")
    assert project.config_file("a.dev") == "stacks/config/Pulumi.a.dev.yaml"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["name", "is missing", "runtime", "is missing"]),
        ("name: a b\nruntime: nodejs\n", ["must be at most 100 letters", "must be python"]),
        ("name: a\nruntime: python\nmain: gone/\n", ['main = "gone/"', "does not exist"]),
        ("name: a\nruntime: python\nmain: ../\n", ["must be inside the project"]),
        ('name: a\nruntime: python\nmain: "a\\0b"\n', ["main", "must be a path"]),
        (
            "name: a\nruntime: python\nmain: empty/\n",
            ['main = "empty/"  has no __main__.py  create it, or set main'],
        ),
        ("name: a\nruntime: python\n", ['main = "."  has no __main__.py  create it, or set main']),
        ("name: a\nruntime: python\nmain: 3\nstackConfigDir: [x]\n", ["main = 3", "stackConfigDir"]),
        ("name: a\nruntime: python\nconfig: [x]\n", ["config", "must be a mapping of keys to values"]),
        (
            "name: a\nruntime: python\nconfig:\n  x: {type: strin}\n",
            ["config.x.type", "did you mean string?"],
        ),
        ("name: [a\n", ["line 2, column 1"]),
    ],
)
def test_problems_in_the_project_file_are_reported_at_once(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    """With the field, its value and what is allowed; syntax errors with their place."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "Pulumi.yaml").write_text(text)
    message = problems(lambda: Project.load(tmp_path))
    assert message.startswith("Pulumi.yaml: ")
    assert [part for part in expected if part not in message] == []


def test_configuration_is_read_with_full_keys(tmp_path: Path) -> None:
    """Keys without a namespace are the project's; defaults of Pulumi.yaml come first."""
    text = "name: shop\nruntime: python\nconfig:\n  size: 3\n  region: {default: eu}\n  zone: {default: a}\n"
    project_in(tmp_path, text, dev="config:\n  size: 4\n  aws:region: eu-west-1\n  shop:tree: {a: [1]}\n")
    assert Project.load(tmp_path).config("dev").values == {
        "shop:size": 4,
        "shop:region": "eu",
        "shop:zone": "a",
        "aws:region": "eu-west-1",
        "shop:tree": {"a": [1]},
    }


def test_a_key_without_a_value_is_an_empty_string(tmp_path: Path) -> None:
    """As in Pulumi, which warns that this changes in a future version. Here it is a note."""
    project = Project.load(project_in(tmp_path, dev="config:\n  a:\n  b: null\n  c: {d: null}\n"))
    assert project.config("dev").values == {"shop:a": "", "shop:b": "", "shop:c": {"d": None}}
    assert [note.message for note in evaluate_stack(project, "dev").diagnostics] == [
        "Pulumi.dev.yaml: a has no value, which Pulumi reads as an empty string",
        "Pulumi.dev.yaml: b has no value, which Pulumi reads as an empty string",
    ]


@pytest.mark.parametrize(
    ("written", "key"), [("a b", "shop:a b"), ("':a'", ":a"), ("a:config:c", "a:c"), ("'a:'", "a:")]
)
def test_keys_have_the_forms_that_pulumi_accepts(tmp_path: Path, written: str, key: str) -> None:
    """Any characters except colons, and the former spelling with `config`."""
    project = Project.load(project_in(tmp_path, dev=f"config:\n  {written}: x\n"))
    assert project.config("dev").values == {key: "x"}


# The declarations, the stack's entries, and the configuration that `pulumi preview` passes to the program.
PATHS = [
    ("a.b: {default: 5}", "a: {c: 1}", {"shop:a": {"b": 5, "c": 1}}),
    ("a.b: {default: '5'}", "b: 1", {"shop:a": {"b": 5}, "shop:b": 1}),
    ("a.b: {default: '017'}", "b: 1", {"shop:a": {"b": "017"}, "shop:b": 1}),
    ("a.b: {default: 5}", "a: text", {"shop:a": {"b": 5}}),
    ("a.b: {default: 5}", "a:", {"shop:a": {"b": 5}}),
    ("a.b: {default: 5}", "a.b: 3", {"shop:a": {"b": 5}, "shop:a.b": 3}),
    ("a.b: {default: 5}", "a: {b: null}", {"shop:a": {"b": None}}),
    ("a.b..c: {default: 6}", "", {"shop:a": {"b": {"c": 6}}}),
    ("'a[1]': {default: 5}", "a: [x]", {"shop:a": ["x", 5]}),
    ("'a[1].b': {default: 5}", "", {"shop:a": [None, {"b": 5}]}),
    ("'[\"a.b\"]': {type: integer}", "a.b: 3", {"shop:a.b": 3}),
    ("a.b: {default: 6}\n  a: {default: 5}", "", {"shop:a": {"b": 6}}),
    ("aws:tags.b: {value: 2}", "aws:tags: {c: 1}", {"aws:tags": {"b": 2, "c": 1}}),
]


@pytest.mark.parametrize(("declared", "entry", "expected"), PATHS)
def test_a_declared_key_is_a_path(tmp_path: Path, declared: str, entry: str, expected: object) -> None:
    """Its default is set inside the value of the first name; a key of the stack's file is no path."""
    text = f"name: shop\nruntime: python\nconfig:\n  {declared}\n"
    project = Project.load(project_in(tmp_path, text, dev=f"config:\n  {entry}\n" if entry else ""))
    assert project.config("dev").values == expected
    assert project.config("dev").values == expected  # nothing of it was changed


def test_encrypted_values_are_unknown_secrets(tmp_path: Path) -> None:
    """Also where only a part is encrypted; the ciphertext goes nowhere."""
    config = "encryptionsalt: v1:x\nconfig:\n  key: {secure: v1:AAAA}\n  tree: {a: {secure: v1:BBBB}, b: 1}\n"
    loaded = Project.load(project_in(tmp_path, dev=config)).config("dev").values
    assert loaded == {"shop:key": Secret(UNKNOWN), "shop:tree": Secret(UNKNOWN)}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("config: [a]", ["config", "must be a mapping"]),
        ("config:\n  a:b:c: 1\n  'a:b:c:d': 2\n", ["config.a:b:c ", "config.a:b:c:d", "`namespace:name`"]),
        ("config:\n  a: 1\n  shop:config:a: 2\n", ["config.shop:config:a  is the same key as `a`"]),
        ("config:\n  1: x\n", ['key "1" must be a string', "put it in quotes"]),
        ("config:\n  size: .inf\n", ["config.size", "put it in quotes"]),
        ("config:\n  day: 2024-01-01\n", ["config.day", "put it in quotes"]),
        ("config:\n  size: big\n  open: 3\n", ["config.size", "must be of type integer", "config.open"]),
        ("config:\n  open: true\n", ["config.shop:size", "Pulumi.yaml declares it without a default"]),
        ("config:\n  a: 1\n  a: 2\n", ["duplicate key"]),
        ("config:\n\ta: 1\n", ["line 2"]),
    ],
)
def test_problems_in_a_stacks_file_are_reported_at_once(
    tmp_path: Path, config: str, expected: list[str]
) -> None:
    """With the file's name."""
    declared = "name: shop\nruntime: python\nconfig:\n  size: {type: integer}\n  open: {type: boolean}\n"
    project = Project.load(project_in(tmp_path, declared, dev=config))
    message = problems(lambda: project.config("dev"))
    assert message.startswith("Pulumi.dev.yaml: ")
    assert [part for part in expected if part not in message] == []


def test_declared_types_accept_what_pulumi_accepts(tmp_path: Path) -> None:
    """Configuration is text, so a quoted number is a number; an encrypted value may be anything."""
    declared = (
        "name: shop\nruntime: python\nconfig:\n  a: {type: integer}\n  b: {type: boolean}\n"
        "  c: {type: array, items: {type: integer}}\n  d: {type: string}\n  e: {type: integer}\n"
    )
    config = "config:\n  a: '3'\n  b: 'true'\n  c: [1]\n  d: 5\n  e: {secure: v1:x}\n"
    project = Project.load(project_in(tmp_path, declared, dev=config))
    assert set(project.config("dev").values) == {f"shop:{key}" for key in "abcde"}


def test_a_stack_needs_no_file(tmp_path: Path) -> None:
    """As in Pulumi, its configuration is empty, apart from defaults; a note in the preview says so."""
    project_in(tmp_path, "name: shop\nruntime: python\nconfig:\n  size: 3\n")
    project = Project.load(tmp_path)
    assert project.config("dev").values == {"shop:size": 3}
    notes = evaluate_stack(project, "dev").diagnostics
    assert [(note.severity, note.message) for note in notes] == [
        ("info", "Pulumi.dev.yaml does not exist; the configuration is empty")
    ]


def test_a_stack_without_a_file_must_have_what_the_project_requires(tmp_path: Path) -> None:
    """A declaration without a default is an error of the file, which does not exist yet."""
    project_in(tmp_path, "name: shop\nruntime: python\nconfig:\n  size: {type: integer}\n")
    message = problems(lambda: Project.load(tmp_path).config("dev"))
    assert message.startswith("Pulumi.dev.yaml: 1 problem\n  config.shop:size  is missing")


@pytest.mark.parametrize("name", ["../x", "", "a b", "x" * 101])
def test_names_that_pulumi_rejects_are_not_stacks(tmp_path: Path, name: str) -> None:
    """Neither as files of the project nor as arguments."""
    project = Project.load(project_in(tmp_path, **{"dev": "", name.replace("/", "")[:80] + " ": ""}))
    assert project.stacks() == ("dev",)
    assert "must be at most 100 letters, digits" in problems(lambda: project.config(name))


def test_the_project_file_may_end_in_yml(tmp_path: Path) -> None:
    """Then, as in Pulumi, the files of the stacks end in .yml too; others are reported."""
    project_in(tmp_path)
    (tmp_path / "Pulumi.yaml").rename(tmp_path / "Pulumi.yml")
    (tmp_path / "Pulumi.dev.yml").write_text("config:\n  size: 1\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  size: 2\n")
    project = Project.load(tmp_path)
    assert project.stacks() == ("dev",)
    assert project.config("dev").values == {"shop:size": 1}
    assert problems(lambda: project.config("prod")).splitlines() == [
        "Pulumi.prod.yaml: 1 problem",
        "  file  is ignored, because the project file is Pulumi.yml  rename it to Pulumi.prod.yml",
    ]


def test_pulumi_yaml_precedes_pulumi_yml(tmp_path: Path) -> None:
    """If both exist, Pulumi reads Pulumi.yaml."""
    project_in(tmp_path)
    (tmp_path / "Pulumi.yml").write_text("name: other\nruntime: python\n")
    assert Project.load(tmp_path).name == "shop"


def test_config_may_be_the_directory_of_the_stacks(tmp_path: Path) -> None:
    """The former name of `stackConfigDir`, which Pulumi still accepts."""
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text("")
    project = Project.load(project_in(tmp_path, "name: shop\nruntime: python\nconfig: stacks\n"))
    assert project.stacks() == ("dev",)


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ("[shop/dev, base]", ("shop/dev", "base")),
        ("[]", ()),
        ("{imports: [base, {shop/dev: {merge: false}}]}", ("base", "shop/dev")),
        ("{values: {pulumiConfig: {a: 1}}}", ("inline values",)),
    ],
)
def test_environments_of_pulumi_esc_are_listed(
    tmp_path: Path, environment: str, names: tuple[str, ...]
) -> None:
    """A list of names, or a definition with imports and values."""
    project_in(tmp_path, dev=f"environment: {environment}\n")
    assert Project.load(tmp_path).config("dev").environments == names


@pytest.mark.parametrize("environment", ["dev", "[1]", "{imports: x}", "3"])
def test_an_invalid_environment_is_reported(tmp_path: Path, environment: str) -> None:
    """Pulumi would fail too, after it has asked Pulumi Cloud for it."""
    project_in(tmp_path, dev=f"environment: {environment}\n")
    assert "must be a list of Pulumi ESC environments" in problems(
        lambda: Project.load(tmp_path).config("dev")
    )


ESC = "environment: [shop/dev]\nconfig:\n  size: 3\n"


def test_missing_keys_are_unknown_secrets_if_an_environment_may_set_them(tmp_path: Path) -> None:
    """For getters that return Outputs, with or without a default. One warning names the environment."""
    project_in(
        tmp_path, "name: shop\nruntime: python\nconfig:\n  token: {type: string, secret: true}\n", dev=ESC
    )
    (tmp_path / "__main__.py").write_text(
        "import pulumi\n"
        "config = pulumi.Config()\n"
        "pulumi.export('token', config.require_secret('token'))\n"
        "pulumi.export('other', config.get_secret_int('other', 5))\n"
        "pulumi.export('tree', config.get_secret_object('tree'))\n"
        "pulumi.export('size', config.require_int('size'))\n"
    )
    graph = evaluate_stack(Project.load(tmp_path), "dev")
    unknown = Secret(UNKNOWN)
    assert graph.outputs == {"token": unknown, "other": unknown, "tree": unknown, "size": 3}
    assert [(item.severity, item.message) for item in graph.diagnostics] == [
        ("warning", "ESC environment shop/dev of Pulumi.dev.yaml: values are not available offline")
    ]


def test_optional_plain_values_are_evaluated_as_not_set(tmp_path: Path) -> None:
    """A plain value can't be unknown, so the warning lists the keys whose defaults were used."""
    project_in(tmp_path, dev=ESC)
    (tmp_path / "__main__.py").write_text(
        "import pulumi\n"
        "config = pulumi.Config()\n"
        "assert config.get('name') is None\n"
        "assert config.get_int('count', 2) == 2\n"
        "assert pulumi.Config('aws').get('region') is None\n"
        "assert config.get_int('size') == 3\n"
    )
    (warning,) = evaluate_stack(Project.load(tmp_path), "dev").diagnostics
    assert warning.message.endswith(
        "these keys may be set there, and were evaluated as not set: shop:name, shop:count, aws:region"
    )


def test_a_required_plain_value_names_the_environment(tmp_path: Path) -> None:
    """The program can't continue without it; the remedy adds the key to the stack's file."""
    project_in(tmp_path, dev=ESC)
    (tmp_path / "__main__.py").write_text("import pulumi\npulumi.Config().require_int('count')\n")
    with pytest.raises(ProgramError) as raised:
        evaluate_stack(Project.load(tmp_path), "dev")
    _, message, remedy = str(raised.value).splitlines()
    assert message == (
        "  configuration value `shop:count` is missing; ESC environment shop/dev may set it, but is not "
        "available offline"
    )
    assert remedy == "  add `shop:count: ...` under `config:` in Pulumi.dev.yaml"


def test_stacks_are_evaluated_with_their_configuration(tmp_path: Path) -> None:
    """One after the other, the outputs of one feeding the next."""
    project_in(tmp_path, upstream="config:\n  name: main\n", downstream="")
    (tmp_path / "__main__.py").write_text(
        "import pulumi\n"
        "if pulumi.get_stack() == 'upstream':\n"
        "    pulumi.export('name', pulumi.Config().require('name'))\n"
        "else:\n"
        "    reference = pulumi.StackReference('organization/shop/upstream')\n"
        "    pulumi.export('read', reference.require_output('name'))\n"
    )
    project = Project.load(tmp_path)
    first = evaluate_stack(project, "upstream")
    second = evaluate_stack(project, "downstream", references={first.qualified_name: first.outputs})
    assert second.outputs == {"read": "main"}


def test_missing_configuration_names_the_file_to_put_it_in(tmp_path: Path) -> None:
    """As it is found in the project."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "Pulumi.dev.yaml").write_text("")
    project_in(tmp_path, "name: shop\nruntime: python\nstackConfigDir: config\n")
    (tmp_path / "__main__.py").write_text("import pulumi\npulumi.Config().require('size')\n")
    with pytest.raises(ProgramError) as raised:
        evaluate_stack(Project.load(tmp_path), "dev")
    assert raised.value.remedy == "add `shop:size: ...` under `config:` in config/Pulumi.dev.yaml"


@pytest.mark.parametrize(("options", "warned"), [("refresh: always", True), ("refresh: never", False)])
def test_a_project_that_always_refreshes_is_a_warning(tmp_path: Path, options: str, warned: bool) -> None:
    """A plan compares with the state, and a deployment with the refreshed one."""
    project_in(tmp_path, dev="")
    with (tmp_path / "Pulumi.yaml").open("a") as file:
        file.write(f"options: {{{options}}}\n")
    (tmp_path / "__main__.py").write_text("")
    state = Deployment(source="state.json", resources=())
    diagnostics = evaluate_stack(Project.load(tmp_path), "dev", state=state).diagnostics
    assert any("refreshes the state first" in each.message for each in diagnostics) is warned
