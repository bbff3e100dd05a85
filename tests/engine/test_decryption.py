"""Encrypted configuration is decrypted with the passphrase in the environment, as in Pulumi."""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from platform_components.base.errors import InvalidInput
from platform_components.engine import UNKNOWN, Project, Secret, evaluate_stack
from tests.engine.test_config_schema import HUNTER, SALT
from tests.engine.test_project import problems, project_in

CONFIG = f"encryptionsalt: {SALT}\nconfig:\n  key: {HUNTER}\n  tree: {{a: {HUNTER}, b: [1]}}\n"


pytestmark = pytest.mark.usefixtures("no_passphrase")


def config(directory: Path, text: str = CONFIG) -> Callable[[], Any]:
    project = Project.load(project_in(directory, dev=text))
    return lambda: project.config("dev").values


def test_values_are_decrypted_as_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The values and the salt are those of the real CLI. A value with an encrypted part is a secret."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "passphrase")
    assert config(tmp_path)() == {
        "shop:key": Secret("hunter2!"),
        "shop:tree": Secret({"a": "hunter2!", "b": [1]}),
    }


def test_the_passphrase_can_be_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable with the passphrase precedes the one with the file, even if it is empty."""
    (tmp_path / "phrase").write_text("passphrase\n")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(tmp_path / "phrase"))
    assert config(tmp_path)()["shop:key"] == Secret("hunter2!")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    assert "the passphrase is incorrect" in problems(config(tmp_path))
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(tmp_path / "gone"))
    message = problems(config(tmp_path))
    assert f"can't be read: {tmp_path / 'gone'}: No such file or directory" in message
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", "/dev/zero")
    assert "is not a file with a passphrase" in problems(config(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(tmp_path / "pipe"))
    assert "can't be read" in problems(config(tmp_path))


def test_a_passphrase_can_be_any_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, derivations: list[bytes]
) -> None:
    """A passphrase that is not UTF-8 derives a key of its own; it does not make the values invalid."""
    monkeypatch.setattr(os, "environ", {**os.environ, "PULUMI_CONFIG_PASSPHRASE": os.fsdecode(b"\xff\xfe")})
    assert "the passphrase is incorrect" in problems(config(tmp_path))
    assert derivations == [b"\xff\xfe"]


def test_a_wrong_passphrase_is_one_problem_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the variable. No part of the passphrase or the values is in it."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong-passphrase")
    headline, line = problems(config(tmp_path)).splitlines()
    assert headline == "Pulumi.dev.yaml: 1 problem"
    assert line.strip() == (
        "encryptionsalt  the passphrase is incorrect  set PULUMI_CONFIG_PASSPHRASE to the passphrase of this "
        "stack, or unset it to keep secrets unknown"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"encryptionsalt: {SALT}\nconfig: {{key: {{secure: v1:AAAA:BBBB}}}}",
            "config.key  can't be decrypted",
        ),
        (f"encryptionsalt: {SALT}\nconfig: {{key: {{secure: none}}}}", "config.key  can't be decrypted"),
        (f"encryptionsalt: v2:AAAA\nconfig: {{key: {HUNTER}}}", "encryptionsalt  is not a valid salt"),
        (f"encryptionsalt: none\nconfig: {{key: {HUNTER}}}", "encryptionsalt  is not a valid salt"),
        (f"encryptionsalt: 'v1:!:x'\nconfig: {{key: {HUNTER}}}", "encryptionsalt  is not a valid salt"),
        (f"encryptionsalt: 'v1:AAAA:x'\nconfig: {{key: {HUNTER}}}", "the passphrase is incorrect"),
    ],
)
def test_damaged_files_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: str
) -> None:
    """Either the value or the salt is named."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "passphrase")
    assert expected in problems(config(tmp_path, text))


def test_a_key_is_derived_once_and_only_for_encrypted_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, derivations: list[bytes]
) -> None:
    """Derivation takes 0.2 to 0.5 seconds. Stacks with the same salt share the key."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "passphrase")
    config(tmp_path, f"encryptionsalt: {SALT}\nconfig: {{size: 1}}\n")()
    assert derivations == []
    config(tmp_path)()
    config(tmp_path)()
    assert derivations == [b"passphrase"]


@pytest.mark.parametrize(
    "settings",
    [f"encryptionsalt: {SALT}\n", "", f"secretsprovider: awskms://alias/x\nencryptionsalt: {SALT}\n"],
    ids=["no passphrase", "no salt", "a KMS"],
)
def test_other_values_stay_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str, derivations: list[bytes]
) -> None:
    """Values that only a KMS can decrypt, and all values if there is no passphrase, are unknown secrets."""
    if "awskms" in settings or not settings:
        monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "passphrase")
    assert config(tmp_path, f"{settings}config: {{key: {HUNTER}}}\n")() == {"shop:key": Secret(UNKNOWN)}
    assert derivations == []


def test_without_the_package_the_remedy_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only `[cli]` installs the package that decrypts."""
    load = builtins.__import__

    def without_cryptography(name: str, *rest: Any) -> Any:
        if name.startswith("cryptography"):
            raise ModuleNotFoundError(name)
        return load(name, *rest)

    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "passphrase")
    monkeypatch.setattr(builtins, "__import__", without_cryptography)
    assert "pip install 'platform-components[cli]'" in problems(config(tmp_path))


def test_a_program_reads_decrypted_values_and_no_output_shows_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plain `require` returns the value, as in Pulumi; prints and outputs are redacted."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "passphrase")
    project_in(tmp_path, dev=CONFIG)
    (tmp_path / "__main__.py").write_text(
        "import pulumi\n"
        "config = pulumi.Config()\n"
        "assert config.require('key') == 'hunter2!'\n"
        "assert config.require_object('tree') == {'a': 'hunter2!', 'b': [1]}\n"
        "print('value', config.require('key'))\n"
        "pulumi.export('plain', config.require('key') + '/x')\n"
        "pulumi.export('secret', config.require_secret('key'))\n"
    )
    graph = evaluate_stack(Project.load(tmp_path), "dev")
    assert graph.outputs["secret"] == Secret("hunter2!")
    assert "hunter2!" not in str(graph.redact(graph.to_dict()))
    assert [item.message for item in graph.diagnostics] == ["value [secret]"]


def test_an_error_of_the_program_does_not_show_a_decrypted_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The redactor knows every decrypted value before the program starts."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "passphrase")
    project_in(tmp_path, dev=CONFIG)
    (tmp_path / "__main__.py").write_text("import pulumi\nraise ValueError(pulumi.Config().require('key'))\n")
    with pytest.raises(Exception, match=r"ValueError: \[secret\]") as raised:
        evaluate_stack(Project.load(tmp_path), "dev")
    assert not isinstance(raised.value, InvalidInput)


@pytest.mark.parametrize("provider", ["", "default", "passphrase"])
def test_the_default_provider_is_the_passphrase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    """The value of another provider stays unknown."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "passphrase")
    text = f'secretsprovider: "{provider}"\n{CONFIG}'
    assert config(tmp_path, text)()["shop:key"] == Secret("hunter2!")
    text = f"secretsprovider: awskms://alias/a\n{CONFIG}"
    assert config(tmp_path, text)()["shop:key"] == Secret(UNKNOWN)


def test_whitespace_around_the_passphrase_in_a_file_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On both sides, as in Pulumi (pkg/secrets/passphrase/manager.go)."""
    (tmp_path / "phrase").write_text(" \tpassphrase \r\n\n")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(tmp_path / "phrase"))
    assert config(tmp_path)()["shop:key"] == Secret("hunter2!")
