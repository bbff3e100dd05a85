"""Backend: which URL is checked, and the result for each kind of backend."""

from __future__ import annotations

import json
import os
import ssl
from pathlib import Path
from typing import Any

import boto3
import pytest

from platform_components.doctor.backend import check_backend
from tests.account import emulated_account
from tests.doctor.conftest import Server

TOKEN = "pul-" + "0" * 40


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home directory: nobody is signed in."""
    for variable in ("PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN", "PULUMI_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def sign_in(home: Path, url: str, token: str = "") -> None:
    (home / ".pulumi").mkdir()
    content = {"current": url, "accessTokens": {url: token} if token else {}}
    (home / ".pulumi/credentials.json").write_text(json.dumps(content))


def test_without_a_backend_the_remedy_is_to_sign_in() -> None:
    """The first thing that a newcomer sees."""
    check = check_backend("", None)
    assert check.status == "failed"
    assert "pulumi login" in check.remedy


def test_the_url_is_chosen_as_in_pulumi(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment, then Pulumi.yaml, then the last login."""
    for name in ("login", "project", "environment"):
        (home / name).mkdir()
    sign_in(home, f"file://{home}/login")
    assert check_backend("", None).target.endswith("/login")
    assert check_backend(f"file://{home}/project", None).target.endswith("/project")
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{home}/environment")
    assert check_backend(f"file://{home}/project", None).target.endswith("/environment")


def test_a_directory(home: Path) -> None:
    """It exists and can be written; `~` is the home directory."""
    assert check_backend("file://~", None).status == "ok"
    assert check_backend(f"file://{home}", None).status == "ok"
    assert check_backend("file://~/missing", None).detail == "is not a directory"


def test_a_directory_that_can_not_be_written(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment would fail when it locks the stack."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert check_backend(f"file://{home}", None).detail == "can't be read and written"


def test_a_bucket() -> None:
    """It is listed with the credentials of the environment."""
    with emulated_account():
        session = boto3.session.Session(region_name="eu-west-1")
        where = {"LocationConstraint": "eu-west-1"}
        session.client("s3").create_bucket(Bucket="states", CreateBucketConfiguration=where)
        assert check_backend("s3://states?region=eu-west-1", session).status == "ok"
        missing = check_backend("s3://nothing", session)
    assert (missing.status, missing.detail) == ("failed", "S3 answers NoSuchBucket")
    assert "correct the backend's URL" in missing.remedy


def test_a_bucket_without_boto3_or_with_another_profile_is_not_checked() -> None:
    """It says so: a check that was not made is no success."""
    assert check_backend("s3://states", None).status == "not checked"
    assert check_backend("s3://states?profile=ops", object()).status == "not checked"


@pytest.mark.parametrize(
    ("status", "expected"),
    [(200, "ok"), (401, "failed"), (403, "failed"), (500, "failed")],
)
def test_a_service(
    home: Path, server: Server, monkeypatch: pytest.MonkeyPatch, status: int, expected: str
) -> None:
    """Its API is asked whose token it is."""
    trusting(monkeypatch, server)
    sign_in(home, server.url, TOKEN)
    server.status = status
    check = check_backend("", None)
    assert check.status == expected
    assert server.asked == [("/api/user", f"token {TOKEN}")]
    assert TOKEN not in str(check)


def test_the_token_of_the_environment_is_preferred(
    home: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in Pulumi (pulumi/pulumi, pkg/backend/httpstate/backend.go, defaultLoginManager.Current)."""
    trusting(monkeypatch, server)
    sign_in(home, server.url, TOKEN)
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "pul-of-the-environment")
    assert check_backend("", None).status == "ok"
    assert server.asked == [("/api/user", "token pul-of-the-environment")]


def test_the_url_of_a_service_can_end_with_a_slash(
    home: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pulumi stores the token without one (pulumi/pulumi, pkg/backend/httpstate/backend.go,
    ValueOrDefaultURL)."""
    trusting(monkeypatch, server)
    sign_in(home, server.url, TOKEN)
    assert check_backend(f"{server.url}/", None).status == "ok"
    assert server.asked == [("/api/user", f"token {TOKEN}")]


def test_a_service_without_a_token_is_not_asked(home: Path, server: Server) -> None:
    """There is nothing to check before the login."""
    sign_in(home, server.url)
    assert check_backend("", None).detail == "there is no access token for it"
    assert server.asked == []


def test_credentials_in_the_url_are_not_shown(home: Path) -> None:
    """Neither a password nor a parameter."""
    check = check_backend("postgres://admin:hunter2@db.example/state?key=hunter3", None)
    assert check.status == "not checked"
    assert "hunter" not in str(check)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"current": 5}', '{"accessTokens": 5}'])
def test_damaged_credentials_are_no_login(home: Path, content: str) -> None:
    """The remedy, to sign in, also mends the file."""
    (home / ".pulumi").mkdir()
    (home / ".pulumi/credentials.json").write_text(content)
    assert check_backend("", None).status in ("failed", "not checked")


def trusting(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    """Let requests trust the server, as if its authority were one of the operating system's."""
    original = ssl.create_default_context

    def trusted(cadata: str | None = None) -> Any:
        return original(cadata=cadata or server.authority)

    monkeypatch.setattr(ssl, "create_default_context", trusted)


def test_the_backend_of_the_environment_is_preferred(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Previews read it, so doctor checks it, too."""
    for name in ("variable", "platform"):
        (home / name).mkdir()
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{home}/variable")
    assert check_backend("", None, f"file://{home}/platform").target.endswith("/platform")
    assert check_backend("", None, "").target.endswith("/variable")
