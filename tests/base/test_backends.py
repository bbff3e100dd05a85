"""URLs of backends, and secrets providers: which are accepted, and what they mean."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from platform_components.base.args import Args
from platform_components.base.backends import BackendUrl, SecretsProvider, directory_of, shown_url
from platform_components.base.errors import InvalidInput


class Example(Args):
    backend: BackendUrl | None = None
    secrets_provider: SecretsProvider | None = None


@pytest.mark.parametrize(
    "url",
    [
        "file://~",
        "file:///srv/states",
        "file://./states",
        "s3://states/a?region=eu-west-1",
        "https://api.pulumi.com",
    ],
)
def test_accepted_backends(url: str) -> None:
    """Every scheme of Pulumi, also those that a preview does not read."""
    assert Example.parse({"backend": url}, "x").backend == url


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("states", "must start with one of: file://"),
        ("s3:states", "must start with one of: file://"),
        ("ftp://states", "must start with one of: file://"),
        ("s3://", "must contain a bucket or host"),
        ("http://[planted", "must be a URL"),
        ("https://ana:planted@states.example", "must not contain a user or password"),
        ("s3://planted@states", "must not contain a user or password"),
    ],
)
def test_rejected_backends(url: str, message: str) -> None:
    """The message contains no password."""
    with pytest.raises(InvalidInput) as error:
        Example.parse({"backend": url}, "x")
    assert message in str(error.value)
    assert ":planted@" not in str(error.value)


@pytest.mark.parametrize(
    "text", ["default", "passphrase", "awskms://alias/pulumi?region=eu-west-1", "hashivault://key"]
)
def test_accepted_secrets_providers(text: str) -> None:
    """Those of `pulumi stack init --secrets-provider`."""
    assert Example.parse({"secrets_provider": text}, "x").secrets_provider == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kms", "must be one of: default, passphrase, awskms"),
        ("awskms", "must be the URL of a key"),
        ("awskms://", "must be the URL of a key"),
        ("passphrase://hunter2", "must be passphrase only"),
    ],
)
def test_rejected_secrets_providers(text: str, message: str) -> None:
    """A passphrase belongs in the environment of the command."""
    with pytest.raises(InvalidInput) as error:
        Example.parse({"secrets_provider": text}, "x")
    assert message in str(error.value)


def test_directories(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in pulumi/pulumi, pkg/backend/diy, massageBlobPath."""
    monkeypatch.setenv("HOME", "/home/ana")
    for url, expected in (
        ("file://~", "/home/ana"),
        ("file://~/states", "/home/ana/states"),
        ("file:///srv/my%20states?no_tmp_dir=true", "/srv/my states"),
        ("file://states", "/work/states"),
        ("file://../states", "/states"),
        ("file://", "/work"),
    ):
        assert directory_of(url, Path("/work")) == Path(expected)


def test_a_url_is_shown_without_credentials() -> None:
    """Neither a password nor a parameter."""
    assert shown_url(urlsplit("azblob://a:hunter2@states/p?sas=hunter3")) == "azblob://states/p"
