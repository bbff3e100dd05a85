"""States in files and self-managed backends: which file is read, and the message for each that can't be."""

from __future__ import annotations

import gzip
import json
import os
import pickle
from pathlib import Path

import pytest

from platform_components.base.errors import InvalidInput
from platform_components.engine.state.backend import BackendState, DirectoryStore
from platform_components.engine.state.deployment import Deployment
from platform_components.engine.state.file import StateFile
from platform_components.engine.state.format import StackName
from platform_components.engine.state.references import ReferencedStates, parse_qualified
from platform_components.engine.state.secrets import Unsealer
from platform_components.engine.values import UNKNOWN, Secret
from tests.engine import exports, sealed_states
from tests.engine.exports import STACK

CONTENT = json.dumps(exports.checkpoint()).encode()
EMPTY = json.dumps(exports.checkpoint(resources=[])).encode()


def put(root: Path, key: str, content: bytes | str, *, age: int = 0) -> Path:
    """Write a file of a backend that was modified some seconds ago."""
    path = root / ".pulumi" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(path, (1_700_000_000 - age,) * 2)
    return path


def load(root: Path, stack: StackName = STACK) -> Deployment | None:
    return BackendState(DirectoryStore(root, "file:///states"), stack).load()


def loaded(root: Path) -> Deployment:
    found = load(root)
    assert found is not None
    return found


def rejection(root: Path) -> str:
    with pytest.raises(InvalidInput) as error:
        load(root)
    return str(error.value)


def test_stacks_of_a_project(tmp_path: Path) -> None:
    """The layout of version 1, in a directory per project, compressed or not."""
    put(tmp_path, "meta.yaml", "version: 1\n")
    put(tmp_path, "stacks/shop/payments.dev.json", CONTENT)
    put(tmp_path, "stacks/payments.dev.json", b"the legacy layout")
    assert len(loaded(tmp_path).resources) == 5
    assert loaded(tmp_path).source == "file:///states/.pulumi/stacks/shop/payments.dev.json"
    put(tmp_path, "stacks/shop/payments.dev.json", b"").unlink()
    put(tmp_path, "stacks/shop/payments.dev.json.gz", gzip.compress(CONTENT))
    assert len(loaded(tmp_path).resources) == 5


@pytest.mark.parametrize("meta", ["version: 0\n", None])
def test_the_legacy_layout(tmp_path: Path, meta: str | None) -> None:
    """Version 0, or no version in a backend with stacks (pkg/backend/diy/meta.go)."""
    if meta:
        put(tmp_path, "meta.yaml", meta)
    put(tmp_path, "stacks/payments.dev.json", CONTENT)
    put(tmp_path, "stacks/shop/payments.dev.json", b"the other layout")
    assert loaded(tmp_path).source.endswith("/stacks/payments.dev.json")


def test_a_backend_without_a_version_and_legacy_stacks_is_new(tmp_path: Path) -> None:
    """Its stacks are in a directory per project."""
    put(tmp_path, "stacks/shop/payments.dev.json", CONTENT)
    assert len(loaded(tmp_path).resources) == 5


def test_the_file_that_was_modified_last_is_read(tmp_path: Path) -> None:
    """As in pkg/backend/diy/state.go, stackPath; backups and files of other stacks are no candidates."""
    put(tmp_path, "meta.yaml", "version: 1\n")
    put(tmp_path, "stacks/shop/payments.dev.json", CONTENT, age=10)
    put(tmp_path, "stacks/shop/payments.dev.json.gz", gzip.compress(EMPTY), age=20)
    put(tmp_path, "stacks/shop/payments.dev.json.bak", EMPTY)
    put(tmp_path, "stacks/shop/payments.dev.json.gz.bak", EMPTY)
    assert len(loaded(tmp_path).resources) == 5
    put(tmp_path, "stacks/shop/payments.dev.json.gz", gzip.compress(EMPTY), age=10)
    assert len(loaded(tmp_path).resources) == 0


def test_a_stack_that_was_never_deployed_has_no_state(tmp_path: Path) -> None:
    """The backend exists, the stack does not."""
    assert load(tmp_path) is None
    put(tmp_path, "meta.yaml", "version: 1\n")
    assert load(tmp_path) is None


def test_a_running_update_is_a_warning(tmp_path: Path) -> None:
    """With who runs it and since when (pkg/backend/diy/lock.go); a damaged lock is one, too."""
    put(tmp_path, "meta.yaml", "version: 1\n")
    put(tmp_path, "stacks/shop/payments.dev.json", CONTENT)
    locks = "locks/organization/shop/payments.dev"
    lock = {"pid": 7, "username": "ana", "hostname": "runner-1", "timestamp": "2026-11-20T09:30:00Z"}
    put(tmp_path, f"{locks}/6f1c.json", json.dumps(lock))
    put(tmp_path, "locks/organization/shop/payments.prod/77aa.json", json.dumps(lock))
    (warning,) = loaded(tmp_path).warnings
    assert "is running by ana@runner-1 since 2026-11-20T09:30:00Z" in warning
    put(tmp_path, f"{locks}/6f1c.json", json.dumps({**lock, "username": "a\n\x1b[31mb"}))
    (warning,) = loaded(tmp_path).warnings
    assert "\n" not in warning
    assert "\x1b" not in warning
    for damaged in ("", "[" * 100_000, "[]", '{"user'):
        put(tmp_path, f"{locks}/6f1c.json", damaged)
        assert loaded(tmp_path).warnings == ("an update of the stack is running; the state can change",)


def test_a_lock_of_the_legacy_layout(tmp_path: Path) -> None:
    """It is in a directory of the stack's name."""
    put(tmp_path, "stacks/payments.dev.json", CONTENT)
    put(tmp_path, "locks/payments.dev/6f1c.json", "{}")
    assert len(loaded(tmp_path).warnings) == 1


def test_backends_that_can_not_be_read(tmp_path: Path) -> None:
    """One message, with the remedy."""
    assert "backend  is not a directory" in rejection(tmp_path / "missing")
    for meta in ("version: 2\n", "version: true\n", "other: 1\n"):
        put(tmp_path, "meta.yaml", meta)
        assert "version  must be 0 or 1" in rejection(tmp_path)
    put(tmp_path, "meta.yaml", b"\xff")
    assert "is not UTF-8" in rejection(tmp_path)
    put(tmp_path, "meta.yaml", "version: 1\n")
    put(tmp_path, "stacks/shop/payments.dev.json", CONTENT[:100])
    assert "file:///states/.pulumi/stacks/shop/payments.dev.json: 1 problem" in rejection(tmp_path)
    put(tmp_path, "stacks/shop/payments.dev.json", b"\x28\xb5\x2f\xfd")
    assert "pulumi stack export" in rejection(tmp_path)


def test_a_state_file(tmp_path: Path) -> None:
    """The path is shown as the user passed it."""
    path = tmp_path / "payments.json"
    path.write_text(json.dumps(exports.export()))
    found = StateFile(path, "payments.json", STACK).load()
    assert found is not None
    assert found.source == "payments.json"


def test_a_state_file_that_can_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing file, a directory, a named pipe, a file that is too large, and an impossible name."""
    pipe, large = tmp_path / "pipe", tmp_path / "large"
    os.mkfifo(pipe)
    large.write_bytes(b" " * 2_000)
    monkeypatch.setattr("platform_components.engine.state.file.LARGEST", 1_000)
    for path, message in (
        (tmp_path / "missing", "file  does not exist  create it with `pulumi stack export`"),
        (large / "below", "file  does not exist"),
        (tmp_path, "file  can't be read  is a directory"),
        (pipe, "file  can't be read  it is a named pipe"),
        (large, "file  must be at most"),
        (Path("\0"), "file  is not a path"),
    ):
        with pytest.raises(InvalidInput) as error:
            StateFile(path, "shown", STACK).load()
        assert message in str(error.value)


def test_sources_can_be_sent_to_another_process(tmp_path: Path) -> None:
    """They are read where the stack is evaluated, so that secrets stay there."""
    for source in (
        StateFile(tmp_path, "x", STACK),
        BackendState(DirectoryStore(tmp_path, "file://x"), STACK),
        ReferencedStates({"a/b/c": StateFile(tmp_path, "x", STACK)}),
    ):
        assert pickle.loads(pickle.dumps(source)) == source


def test_outputs_of_a_stack_of_another_project(tmp_path: Path) -> None:
    """From the backend of the stack that references it; secrets without a key are unknown."""
    resources = exports.resources()
    resources[0]["outputs"] = {"a": {"b": [1, exports.secret(ciphertext="c")]}}
    put(tmp_path, "stacks/shop/payments.dev.json", json.dumps(exports.checkpoint(resources=resources)))
    states = ReferencedStates(store=DirectoryStore(tmp_path, "file:///states"))
    assert states.outputs("organization/shop/payments.dev") == {"a": {"b": [1, Secret(UNKNOWN)]}}
    for unknown in ("organization/shop/payments.prod", "acme/shop/payments.dev", "payments.dev", ""):
        assert states.outputs(unknown) is None


def test_a_file_takes_precedence_over_the_backend(tmp_path: Path) -> None:
    """Also for a stack of another organization, which no self-managed backend has."""
    (tmp_path / "x.json").write_text(json.dumps(exports.export()))
    file = StateFile(tmp_path / "x.json", "x.json", STACK)
    states = ReferencedStates({"acme/shop/payments.dev": file}, DirectoryStore(tmp_path / "no", ""))
    assert states.outputs("acme/shop/payments.dev") == {"bucket": "receipts-1"}


def test_secrets_of_a_referenced_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """They stay secrets; a wrong passphrase is reported with the state."""
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", sealed_states.PASSPHRASE)
    file = StateFile(sealed_states.RECORDED_STATE, "secrets.json", sealed_states.STACK, Unsealer())
    states = ReferencedStates({"acme/test/sealed": file})
    outputs = states.outputs("acme/test/sealed")
    assert outputs is not None
    assert outputs["plain"] == "not a secret"
    assert outputs["text"] == Secret(sealed_states.VALUES["text"])
    assert outputs["asset"] == Secret(sealed_states.VALUES["asset"])
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "another")
    with pytest.raises(InvalidInput, match="PULUMI_CONFIG_PASSPHRASE") as error:
        states.outputs("acme/test/sealed")
    assert error.value.subject == "secrets.json"


@pytest.mark.parametrize(
    "name", ["organization/../x", "organization/shop/..", "a/b", "a/b/c/d", "a//c", "a/b c/d"]
)
def test_a_reference_can_not_leave_the_backend(name: str) -> None:
    """Only names that Pulumi accepts for projects and stacks."""
    assert parse_qualified(name) is None
