"""`platform state`: snapshots that a deployment publishes and a preview reads, and the content of a state."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from platform_components.engine import decryption
from tests.cli.conftest import Run, write
from tests.cli.test_documents import check
from tests.engine import exports, sealed_states

SECRET = "x7Kp2vQz9mTw-invented"
PREFIX = "urn:pulumi:dev::orders::"
ROOT = f"{PREFIX}pulumi:pulumi:Stack::orders-dev"
PROVIDER = f"{PREFIX}pulumi:providers:aws::default_7_51_0"
UUID = "0d5f5f7c-6d3e-4a63-9f2c-1f1f6a9c5d10"
QUEUE = f"{PREFIX}aws:sqs/queue:Queue::jobs"
PROGRAM = """
    import pulumi
    from pulumi_aws import sqs

    sqs.Queue("jobs", policy=pulumi.Output.secret("{secret}"))
"""


def state(secret: dict[str, str], **changes: Any) -> dict[str, Any]:
    """Return the state of the stack dev with a queue whose policy is a secret."""
    queue = {
        "urn": QUEUE,
        "type": "aws:sqs/queue:Queue",
        "custom": True,
        "id": "jobs",
        "parent": ROOT,
        "provider": f"{PROVIDER}::{UUID}",
        "inputs": {"policy": secret},
        "outputs": {"policy": secret},
    }
    resources = [
        {"urn": ROOT, "type": "pulumi:pulumi:Stack", "custom": False},
        {
            "urn": PROVIDER,
            "type": "pulumi:providers:aws",
            "custom": True,
            "id": UUID,
        },
        queue,
    ]
    return exports.export(resources=resources, **changes)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the stack dev, its state in plain text in dev.json, and no passphrase."""
    for name in (decryption.PASSPHRASE, decryption.PASSPHRASE_FILE):
        monkeypatch.delenv(name, raising=False)
    write(tmp_path / "Pulumi.yaml", "name: orders\nruntime: python\n")
    write(tmp_path / "Pulumi.dev.yaml", "config:\n  aws:region: eu-west-1\n")
    write(tmp_path / "__main__.py", PROGRAM.format(secret=SECRET))
    save(tmp_path, state(exports.secret(plaintext=json.dumps(SECRET))))
    return tmp_path


def save(project: Path, content: Any) -> None:
    (project / "dev.json").write_text(json.dumps(content))


def take(platform: Run, project: Path, *words: str | Path) -> Any:
    return platform("state", "snapshot", "--state", f"dev={project / 'dev.json'}", *words, "-C", project)


def test_a_snapshot_has_no_secret(platform: Run, project: Path) -> None:
    """It is a file per stack; the directory is created. The JSON document lists the files."""
    done = take(platform, project, "-o", project / "out" / "states")
    path = project / "out" / "states" / "dev.json"
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"{path}\n", "")
    content = json.loads(path.read_text())
    check("snapshot-file", content)
    assert SECRET not in path.read_text()
    assert set(content["deployment"]["resources"][2]["inputs"]["policy"]) >= {"digest"}
    document = json.loads(take(platform, project, "--json", "-o", path.parent).stdout)
    check("state-snapshot", document)
    (listed,) = document["snapshots"]
    assert (listed["stack"], listed["file"], listed["digests"]) == ("dev", str(path), 1)


def test_a_preview_reads_a_snapshot(platform: Run, project: Path) -> None:
    """`--state DIRECTORY` reads what `state snapshot` wrote."""
    take(platform, project, "-o", project / "out")
    done = platform("preview", "--policy-pack", "none", "--state", project / "out", "-C", project)
    assert done.exit_code == 0
    assert SECRET not in done.output


def test_only_snapshots_are_overwritten(platform: Run, project: Path) -> None:
    """Another file of this name stays, and so does an export."""
    for content in ("{}", "not JSON", (project / "dev.json").read_text(), "[" * 10_000):
        (project / "out").mkdir(exist_ok=True)
        (project / "out" / "dev.json").write_text(content)
        done = take(platform, project, "-o", project / "out")
        assert done.exit_code == 2
        assert "is not a snapshot" in done.stderr
        assert (project / "out" / "dev.json").read_text() == content


def test_a_snapshot_of_a_snapshot_is_rejected(platform: Run, project: Path) -> None:
    """Its digests can't be created again."""
    take(platform, project, "-o", project / "out")
    before = (project / "out" / "dev.json").read_text()
    done = platform("state", "snapshot", "--state", project / "out", "-o", project / "out", "-C", project)
    assert done.exit_code == 2
    assert "is a snapshot" in done.stderr
    assert (project / "out" / "dev.json").read_text() == before


def test_a_stack_without_a_state_is_an_error(platform: Run, project: Path) -> None:
    """The remedy names the option and the setting. Nothing is written."""
    done = platform("state", "snapshot", "-o", project / "out", "-C", project)
    assert done.exit_code == 2
    assert "pass --state dev=FILE" in done.stderr
    assert not (project / "out").exists()


@pytest.mark.parametrize("path", ["file", "file/below", "file/further/below"])
def test_a_directory_that_cannot_be_created_is_reported(platform: Run, project: Path, path: str) -> None:
    """A file is in its place, or in that of a parent."""
    (project / "file").write_text("content")
    done = take(platform, project, "-o", project / path)
    assert done.exit_code == 2
    assert f"{project / 'file'}  is not a directory" in done.stderr
    assert "--output" in done.stderr
    assert (project / "file").read_text() == "content"


def test_an_invalid_state_creates_no_directory(platform: Run, project: Path) -> None:
    """Nothing is written unless all states are valid."""
    (project / "dev.json").write_text("{")
    assert take(platform, project, "-o", project / "out" / "states").exit_code == 2
    assert not (project / "out").exists()


def test_the_snapshot_of_a_stack_that_is_gone_is_removed(platform: Run, project: Path) -> None:
    """Otherwise a preview would compare with it. Snapshots of stacks that are not selected stay."""
    take(platform, project, "-o", project / "out")
    other = project / "out" / "other.json"
    other.write_text((project / "out" / "dev.json").read_text())
    save(project, {"version": 3})
    done = take(platform, project, "-o", project / "out")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "dev has no snapshot: it was never deployed; its former snapshot is removed" in done.stderr
    assert list((project / "out").iterdir()) == [other]


def test_a_stack_that_was_never_deployed_has_no_snapshot(platform: Run, project: Path) -> None:
    """It is reported, and listed in the document."""
    save(project, {"version": 3})
    done = take(platform, project, "--json", "-o", project / "out")
    assert done.exit_code == 0
    assert "dev has no snapshot: it was never deployed" in done.stderr
    assert json.loads(done.stdout) == {"format": 1, "snapshots": [], "not_deployed": ["dev"]}


def test_secrets_that_cannot_be_compared_are_reported(platform: Run, project: Path) -> None:
    """With the reason: no key, or too easy to guess."""
    save(project, state(exports.secret(ciphertext=exports.CIPHERTEXT)))
    done = take(platform, project, "-o", project / "out")
    assert done.exit_code == 0
    assert "dev: 1 secrets can't be compared: PULUMI_CONFIG_PASSPHRASE is not set" in done.stderr
    save(project, state(exports.secret(plaintext='"1234"')))
    assert "so short that they could be guessed" in take(platform, project, "-o", project / "out").stderr


def sealed(project: Path) -> None:
    """Replace the state by one with an encrypted secret, with the salt of a passphrase."""
    recorded = json.loads(sealed_states.RECORDED_STATE.read_text())["deployment"]
    secret = recorded["resources"][1]["inputs"]["password"]
    save(project, state(secret, secrets_providers=recorded["secrets_providers"]))


@pytest.mark.parametrize(
    "command", [("state", "snapshot", "-o", "out"), ("preview", "--policy-pack", "none")], ids=" ".join
)
def test_a_wrong_passphrase_is_one_message(
    platform: Run, project: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """The exit code is that of invalid input, and nothing is written."""
    sealed(project)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong-passphrase")
    monkeypatch.chdir(project)
    done = platform(*command, "--state", "dev=dev.json")
    assert done.exit_code == 2
    assert done.stderr.count("the passphrase is incorrect") == 1
    assert "wrong-passphrase" not in done.output
    assert not (project / "out" / "dev.json").exists()


def test_a_preview_reports_once_why_secrets_cannot_be_compared(platform: Run, project: Path) -> None:
    """Without the passphrase, the queue is neither changed nor the same."""
    sealed(project)
    done = platform(
        "preview", "--policy-pack", "none", "--state", f"dev={project / 'dev.json'}", "-C", project
    )
    assert done.exit_code == 0
    reason = "secrets can't be compared with the state: PULUMI_CONFIG_PASSPHRASE is not set"
    assert " ".join(done.output.split()).count(reason) == 1


def test_the_content_of_a_state_is_shown(platform: Run, project: Path) -> None:
    """Resources by type, without their values, and what to do about pending operations."""
    operation = {
        "type": "creating",
        "resource": {"urn": QUEUE, "type": "aws:sqs/queue:Queue", "custom": True},
    }
    save(project, state(exports.secret(plaintext=json.dumps(SECRET)), pending_operations=[operation]))
    words = ("state", "show", "dev", "--state", f"dev={project / 'dev.json'}", "-C", project)
    done = platform(*words)
    assert done.exit_code == 0
    assert "      1  aws:sqs/queue:Queue\n1 resources\n" in done.stdout
    assert (
        f"pending: creating {QUEUE}; check the resource, then run `pulumi refresh` in a terminal"
        in done.stdout
    )
    document = json.loads(platform(*words, "--json").stdout)
    check("state-show", document)
    assert (document["resources"], document["time"]) == (1, "2026-11-20T09:30:00.123456789+01:00")
    assert SECRET not in done.output + json.dumps(document)


def test_secrets_in_types_and_names_are_hidden(platform: Run, project: Path) -> None:
    """The marked ones of the state, and those with the name of a secret."""
    content = state(exports.secret(plaintext=json.dumps(SECRET)))
    content["deployment"]["resources"][2]["inputs"]["password"] = "k9-invented-Qw3rt"
    typed = {"urn": f"{PREFIX}a:b:{SECRET}::n", "type": f"a:b:{SECRET}", "custom": True, "id": "n"}
    content["deployment"]["resources"].append(typed | {"provider": f"{PROVIDER}::{UUID}", "parent": ROOT})
    content["deployment"]["pending_operations"] = [
        {"type": "updating", "resource": {"urn": f"{PREFIX}a:b:C::{text}", "type": "a:b:C", "custom": True}}
        for text in (SECRET, "k9-invented-Qw3rt")
    ]
    save(project, content)
    words = ("state", "show", "dev", "--state", f"dev={project / 'dev.json'}", "-C", project)
    for done in (platform(*words), platform(*words, "--json")):
        assert done.exit_code == 0
        assert SECRET not in done.output
        assert "k9-invented" not in done.output
        assert "a:b:[secret]" in done.output


def test_a_state_that_does_not_exist_is_shown_as_such(platform: Run, project: Path) -> None:
    """As text and as JSON."""
    (project / "dev.json").write_bytes(gzip.compress(b'{"version": 3}'))
    words = ("state", "show", "dev", "--state", f"dev={project / 'dev.json'}", "-C", project)
    assert platform(*words).stdout == "dev was never deployed\n"
    check("state-show", json.loads(platform(*words, "--json").stdout))
