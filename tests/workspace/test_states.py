"""States of a run: which option, setting or variable determines where the state of a stack is."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from platform_components.base.errors import InvalidInput
from platform_components.engine.state.backend import BackendState, DirectoryStore
from platform_components.engine.state.file import StateFile
from platform_components.engine.state.references import ReferencedStates
from platform_components.engine.state.secrets import Unsealer
from platform_components.engine.values import Secret
from platform_components.states.s3 import S3Store
from platform_components.workspace.selection import Selection, select
from platform_components.workspace.states import States, find_states
from platform_components.workspace.worker import References
from tests.engine import sealed_states

PLATFORM = """\
organization: organization
regions: [eu-west-1]
teams: [core]
environments:
  dev: {{ tier: development, region: eu-west-1{dev} }}
  prod: {{ tier: production, region: eu-west-1 }}
stacks:
  foundation: {{ owner: core }}
  payments: {{ owner: core, reads: [foundation] }}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two layers in two environments, in the current directory, without a backend."""
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "__main__.py").touch()
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "platform.yaml").write_text(PLATFORM.format(dev=""))
    return tmp_path


def selected(directory: Path, *stacks: str) -> Selection:
    return select(directory, stacks, None)


def found(directory: Path, *options: str, stacks: tuple[str, ...] = ()) -> States:
    return find_states(selected(directory, *stacks), options)


def rejection(directory: Path, *options: str) -> str:
    with pytest.raises(InvalidInput) as error:
        found(directory, *options)
    return str(error.value)


def backend(states: States, stack: str) -> str:
    """Return the URL of the backend that a stack is compared with."""
    source = states.sources[stack]
    assert isinstance(source, BackendState)
    return source.store.shown


def file(states: States, stack: str) -> str:
    source = states.sources[stack]
    assert isinstance(source, StateFile)
    return source.shown


def set_backend(directory: Path, url: str) -> None:
    (directory / "platform.yaml").write_text(PLATFORM.format(dev=f', backend: "{url}"'))


def test_without_a_backend_nothing_is_compared(project: Path) -> None:
    """The preview is that of new stacks."""
    assert found(project) == States()


def test_the_backend_of_a_stack(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of these takes precedence over those before it."""
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\nbackend:\n  url: s3://of-project\n")
    assert backend(found(project), "payments.dev") == "s3://of-project"
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://of-environment")
    assert backend(found(project), "payments.dev") == "s3://of-environment"
    set_backend(project, "s3://of-platform?region=eu-west-1")
    assert backend(found(project), "payments.dev") == "s3://of-platform"
    assert backend(found(project, stacks=("payments.prod",)), "payments.prod") == "s3://of-environment"
    states = found(project, "payments.dev=p.json")
    assert file(states, "payments.dev") == "p.json"
    assert backend(states, "foundation.dev") == "s3://of-platform"


def test_the_stored_login_is_not_used(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A preview does not depend on who runs it."""
    monkeypatch.setenv("HOME", str(project))
    (project / ".pulumi").mkdir()
    (project / ".pulumi/credentials.json").write_text(json.dumps({"current": "s3://of-login"}))
    assert found(project) == States()


def test_relative_directories(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of files are relative to the project, that of the variable to the current directory."""
    (project / "below").mkdir()
    monkeypatch.chdir(project / "below")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file://states")
    for expected, url in (
        (project / "below/states", None),
        (project / "other", "file://./other?no_tmp_dir=1"),
    ):
        if url:
            set_backend(project, url)
        source = found(project).sources["payments.dev"]
        assert isinstance(source, BackendState)
        assert isinstance(source.store, DirectoryStore)
        assert source.store.root == expected


def test_a_backend_that_can_not_be_read_is_a_warning(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is compared, as before; once per backend, without its credentials."""
    for url, shown in (
        ("https://api.pulumi.com", "https://api.pulumi.com"),
        ("gs://states?access_id=planted", "gs://states"),
        ("azblob://planted:planted@states", "azblob://states"),
    ):
        monkeypatch.setenv("PULUMI_BACKEND_URL", url)
        states = found(project)
        assert not states.sources
        (warning,) = states.warnings
        assert f"states in {shown} can't be read" in warning
        assert "pulumi stack export" in warning
        assert "planted" not in warning


def test_a_bucket_is_not_called_to_find_states(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read in the process of each stack."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states/prefix?region=eu-west-1&profile=ops")
    source = found(project).sources["payments.dev"]
    assert isinstance(source, BackendState)
    store = source.store
    assert isinstance(store, S3Store)
    assert (store.bucket, store.prefix) == ("states", "prefix/")
    assert dict(store.options) == {"region": "eu-west-1", "profile": "ops"}


def test_files_of_stacks(project: Path) -> None:
    """A layer is its stack in the environment. A file of another known stack feeds references to it."""
    states = found(project, "payments=p.json", "foundation.prod=f.json", "acme/net/prod=n.json")
    assert file(states, "payments.dev") == "p.json"
    assert "foundation.dev" not in states.sources
    assert set(states.referenced["payments.dev"].files) == {
        "organization/shop/payments.dev",
        "organization/shop/foundation.prod",
        "acme/net/prod",
    }


def test_a_directory_of_states(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack without a file was never deployed, which is reported; the backend is not read."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states")
    (project / "states").mkdir()
    (project / "states/foundation.dev.json.gz").touch()
    (project / "states/unrelated.json").touch()
    states = found(project, "states")
    assert file(states, "foundation.dev") == "states/foundation.dev.json.gz"
    assert states.referenced["payments.dev"].store is None
    assert states.sources["payments.dev"].load() is None
    assert states.warnings == ("states has no state of payments.dev: it counts as never deployed",)
    states = found(project, "states", "payments.dev=p.json")
    assert file(states, "payments.dev") == "p.json"
    assert not states.warnings


def test_options_that_are_invalid(project: Path) -> None:
    """The message suggests what is meant."""
    assert '"paymens.dev"  unknown stack  did you mean payments.dev?' in rejection(project, "paymens.dev=x")
    assert "must be STACK=FILE, or a directory" in rejection(project, "missing")
    assert "must be STACK=FILE, or a directory" in rejection(project, "payments.dev=")
    assert '"payments"  is listed twice' in rejection(project, "payments.dev=a", "payments=b")
    for name in ("one", "two"):
        (project / name).mkdir()
    assert "DIRECTORY  must be passed only once" in rejection(project, "one", "two")
    assert "has no state of a stack of the project  files are named <stack>.json" in rejection(project, "one")
    for suffix in ("json", "json.gz"):
        (project / f"one/payments.dev.{suffix}").touch()
    assert "payments.dev  has two files" in rejection(project, "one")


def test_a_project_without_platform_yaml(project: Path) -> None:
    """Its stacks are those with a configuration file, and those that the command names."""
    (project / "platform.yaml").unlink()
    (project / "Pulumi.a.dev.yaml").touch()
    states = find_states(select(project, ["scratch"], None), ["scratch=s.json", "a.dev=a.json"])
    assert file(states, "scratch") == "s.json"
    assert set(states.referenced["scratch"].files) == {"organization/shop/scratch", "organization/shop/a.dev"}


@pytest.mark.parametrize("url", ["s3://", "s3://x?role=arn:aws:iam::123456789012:role/a", "http://[x"])
def test_an_invalid_url(project: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """It is reported before any stack is evaluated."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    assert "1 problem" in rejection(project)


def test_referenced_states_are_read_with_the_environment_of_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The process of a stack has no passphrase while its program runs."""
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", sealed_states.PASSPHRASE)
    state = StateFile(sealed_states.RECORDED_STATE, "secrets.json", sealed_states.STACK, Unsealer())
    references = References({}, ReferencedStates({"acme/test/sealed": state}))
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    monkeypatch.setenv("OF_PROGRAM", "1")
    assert "acme/test/sealed" in references
    assert references["acme/test/sealed"]["text"] == Secret(sealed_states.VALUES["text"])
    assert "PULUMI_CONFIG_PASSPHRASE" not in os.environ
    assert os.environ["OF_PROGRAM"] == "1"
    assert references.get("acme/test/other") is None
