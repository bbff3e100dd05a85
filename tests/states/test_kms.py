"""Data keys are decrypted by AWS KMS, as the URL of the state's secrets provider specifies."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from platform_components.engine.decryption import CannotDecrypt
from platform_components.engine.state.keyring import NoKey
from platform_components.states.kms import data_key

KEY = bytes(range(32))


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_KMS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with mock_aws():
        yield


def encrypted(region: str = "eu-west-1", **context: str) -> tuple[str, bytes]:
    """Return the ARN of a new key, and the data key encrypted with it."""
    kms = boto3.client("kms", region_name=region)
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/states", TargetKeyId=arn)
    return arn, kms.encrypt(KeyId=arn, Plaintext=KEY, EncryptionContext=context)["CiphertextBlob"]


@pytest.mark.parametrize(
    "form",
    ["awskms://alias/states?region=eu-west-1", "awskms:///{arn}?region=eu-west-1&awssdk=v2"],
    ids=["alias", "ARN"],
)
def test_the_data_key_is_decrypted(form: str) -> None:
    """The key can be named by alias and ARN; the region is that of the URL."""
    arn, content = encrypted()
    assert data_key(form.format(arn=arn), content) == KEY


def test_the_region_can_be_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one, there is no key."""
    _, content = encrypted()
    with pytest.raises(NoKey, match="AWS KMS can't be called: NoRegionError"):
        data_key("awskms://alias/states", content)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert data_key("awskms://alias/states", content) == KEY


def test_the_encryption_context_is_in_the_url() -> None:
    """KMS decrypts with the same context only, and the error is one of the state."""
    _, content = encrypted(stack="payments.dev")
    url = "awskms://alias/states?region=eu-west-1"
    assert data_key(f"{url}&context_stack=payments.dev", content) == KEY
    with pytest.raises(CannotDecrypt, match="InvalidCiphertextException"):
        data_key(url, content)


def test_a_key_without_access_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without credentials or with a missing profile, the secrets stay encrypted; there is a reason."""
    _, content = encrypted()
    with pytest.raises(NoKey, match="AWS KMS can't be called: "):
        data_key("awskms://alias/states?region=eu-west-1&profile=missing", content)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(NoKey, match="AWS KMS can't be called: NoCredentialsError"):
        data_key("awskms://alias/states?region=eu-west-1", content)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("gcpkms://projects/shop/locations/global/keyRings/a/cryptoKeys/b", "gcpkms:// are not supported"),
        ("azurekeyvault://shop.vault.azure.net/keys/states", "azurekeyvault:// are not supported"),
        ("awskms://[", "the URL of its key is invalid"),
        ("awskms://alias/states?endpoint=https://attacker.example", "set AWS_ENDPOINT_URL_KMS instead"),
    ],
)
def test_other_keys_are_not_used(url: str, reason: str) -> None:
    """Nothing is sent to a place that the state chooses."""
    with pytest.raises(NoKey, match=reason):
        data_key(url, base64.b64decode("AAAA"))
