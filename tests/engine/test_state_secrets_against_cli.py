"""Compares the recorded state with secrets to the one that the real CLI writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from platform_components.engine.state.format import parse_state
from platform_components.engine.state.secrets import Unsealer
from platform_components.engine.values import Secret
from tests.engine.cli import Cli
from tests.engine.sealed_states import PASSPHRASE, PROGRAM, RECORDED_STATE, STACK, VALUES

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("no_passphrase")]


def test_the_state_of_the_real_cli_has_these_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its secrets are encrypted and serialized as the recorded ones; the ciphertexts differ each time."""
    cli = Cli(tmp_path, port=1, packages=())
    (cli.project / "Pulumi.yaml").write_text(f"name: {STACK.project}\nruntime: python\n")
    (cli.project / "__main__.py").write_text(PROGRAM)
    cli.run("stack", "init", STACK.stack)
    cli.run("up", "--yes", "--skip-preview", "--stack", STACK.stack)
    export = cli.run("stack", "export", "--stack", STACK.stack)
    if not RECORDED_STATE.exists():
        RECORDED_STATE.write_text(export)

    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    state = parse_state(export.encode(), subject="state", source="", expected=STACK, unsealing=Unsealer())

    assert state is not None
    secrets = {name: value.value for name, value in state.outputs.items() if isinstance(value, Secret)}
    assert {name: secret.equals(VALUES[name]) for name, secret in secrets.items()} == dict.fromkeys(
        VALUES, True
    )
    assert _shape(json.loads(export)) == _shape(json.loads(RECORDED_STATE.read_text()))


def _shape(value: Any) -> Any:
    """The fields of a state, without their values."""
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in sorted(value.items())}
    return [_shape(item) for item in value] if isinstance(value, list) else type(value).__name__
