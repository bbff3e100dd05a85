"""`platform doctor`: what it checks for the stacks of a project, its output and its exit codes."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import get_args

import pytest

from platform_components.cli import doctor as command
from platform_components.doctor.check import Check, Status
from tests.account import emulated_account
from tests.cli.conftest import Run, write
from tests.cli.test_documents import check as check_document

CLUSTER = """
    from pulumi_aws import eks
    eks.Cluster("main", name="main-dev", role_arn="arn", vpc_config={"subnet_ids": ["subnet-1"]})
"""


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine with the programs and a backend, in an account without a cluster."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    monkeypatch.setattr("shutil.which", lambda program: f"/usr/bin/{program}")


def test_every_check_is_shown_and_a_failed_one_sets_the_exit_code(
    project: Path, platform: Run, checked: None
) -> None:
    """5: the stacks are valid, but something can't be reached."""
    write(project / "__main__.py", CLUSTER)
    with emulated_account():
        result = platform("doctor", "-C", str(project))
    assert result.exit_code == 5
    assert "main-dev in eu-west-1: EKS answers ResourceNotFoundException" in result.stdout
    assert "-> deploy the stack of the cluster first" in result.stdout


def test_success(project: Path, platform: Run, checked: None) -> None:
    """Without a cluster there is no API to reach."""
    with emulated_account():
        result = platform("doctor", "-C", str(project), "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    check_document("doctor", document)
    names = [check["name"] for check in document["checks"]]
    assert names == ["programs", "programs", "state", "credentials"]
    assert {check["status"] for check in document["checks"]} == {"ok"}


def test_each_check_is_shown_before_the_next_one_starts(
    project: Path,
    platform: Run,
    checked: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A check can take seconds; the rows are aligned nevertheless."""
    shown: list[str] = []

    def backend(*_: object) -> Check:
        shown.append(capsys.readouterr().out)
        return Check("state", "", "ok", "can be read")

    monkeypatch.setattr("platform_components.doctor.backend.check_backend", backend)
    with emulated_account():
        command.doctor(directory=project)
    before = shown[0] + capsys.readouterr().out
    assert "/usr/bin/pulumi" in shown[0]
    assert {line.index("ok ") for line in before.splitlines()} == {len("credentials") + 2}


def test_a_check_that_does_not_end_is_a_failed_one(
    project: Path, platform: Run, checked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the command ends, and the other checks are made: those of the state, and of the credentials."""
    monkeypatch.setattr("platform_components.doctor.deadline.DEADLINE", 0.2)
    never = threading.Event()

    def waiting(*_: object) -> Check:
        never.wait(60)
        raise AssertionError

    for name in ("backend.check_backend", "account.check_account"):
        monkeypatch.setattr(f"platform_components.doctor.{name}", waiting)
    with emulated_account():
        result = platform("doctor", "-C", str(project), "--json")
    never.set()
    assert result.exit_code == 5
    document = json.loads(result.stdout)
    check_document("doctor", document)
    failed = [(check["name"], check["detail"]) for check in document["checks"] if check["status"] == "failed"]
    detail = "no result within 0.2 seconds"
    assert failed == [("state", detail), ("credentials", detail)]


def test_without_credentials_the_api_is_not_asked(
    project: Path, platform: Run, checked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One failed check, and what depends on it is said to be unchecked."""
    write(project / "__main__.py", CLUSTER)
    refused = Check("credentials", "eu-west-1", "failed", "there are none", "sign in")
    monkeypatch.setattr("platform_components.doctor.account.check_account", lambda *_: refused)
    result = platform("doctor", "-C", str(project), "--json")
    (api,) = [check for check in json.loads(result.stdout)["checks"] if check["name"] == "API"]
    assert (api["status"], api["detail"]) == ("not checked", "requires valid credentials")


def test_without_boto3_the_other_checks_are_made(
    project: Path, platform: Run, checked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an extra; the remedy names it."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    result = platform("doctor", "-C", str(project))
    assert result.exit_code == 0
    assert "platform-components[cli,record]" in result.stdout


def test_an_invalid_program_is_reported_beside_the_checks(
    project: Path, platform: Run, checked: None
) -> None:
    """2, as in every command; the checks that need no program are shown."""
    write(project / "__main__.py", "raise ValueError('broken')")
    with emulated_account():
        result = platform("doctor", "-C", str(project), "--json")
    assert result.exit_code == 2
    document = json.loads(result.stdout)
    assert "broken" in document["failures"][0]["message"]
    assert document["checks"]


def test_the_status_of_each_check_has_a_style() -> None:
    """A new status would fail only when it is shown."""
    assert set(command._STYLES) == set(get_args(Status))


def test_the_backend_of_each_environment_is_checked(
    project: Path, platform: Run, checked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stacks of one environment share a check."""
    (project / "platform.yaml").write_text(
        "organization: organization\nregions: [eu-west-1]\nteams: [core]\n"
        'environments: {dev: {tier: development, region: eu-west-1, backend: "s3://states"}}\n'
        "stacks: {orders: {owner: core}, jobs: {owner: core}}\n"
    )
    urls: list[str] = []

    def backend(project_url: str, session: object, environment_url: str) -> Check:
        urls.append(environment_url)
        return Check("state", "", "ok", "can be read")

    monkeypatch.setattr("platform_components.doctor.backend.check_backend", backend)
    with emulated_account():
        platform("doctor", "-C", str(project), "--json")
    assert urls == ["s3://states"]
