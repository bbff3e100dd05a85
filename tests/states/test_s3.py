"""S3Store: reading a backend in a bucket, with an emulated account."""

from __future__ import annotations

import gzip
import json
import pickle
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from platform_components.base.errors import InvalidInput
from platform_components.engine.state.backend import BackendState
from platform_components.states import s3
from platform_components.states.s3 import S3Store
from tests.account import emulated_account
from tests.engine import exports
from tests.engine.exports import STACK

URL = "s3://states/platform?region=eu-west-1&awssdk=v2"


def store(url: str = URL) -> S3Store:
    return S3Store.of(urlsplit(url))


@pytest.fixture(autouse=True)
def _new_clients() -> Iterator[None]:
    yield
    s3._client.cache_clear()


@pytest.fixture
def bucket() -> Iterator[Any]:
    with emulated_account():
        client = boto3.client("s3", region_name="eu-west-1")
        client.create_bucket(Bucket="states", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield client


def put(client: Any, key: str, content: bytes) -> None:
    client.put_object(Bucket="states", Key=f"platform/.pulumi/{key}", Body=content)


def test_the_state_of_a_stack(bucket: Any) -> None:
    """Below the prefix of the URL; the source has no parameters."""
    put(bucket, "meta.yaml", b"version: 1\n")
    put(
        bucket,
        "stacks/shop/payments.dev.json.gz",
        gzip.compress(json.dumps(exports.checkpoint()).encode()),
    )
    put(bucket, "stacks/shop/payments.dev.json.gz.bak", b"a backup")
    put(bucket, "locks/organization/shop/payments.dev/1.json", b'{"username": "ana", "hostname": "h"}')
    found = BackendState(store(), STACK).load()
    assert found is not None
    assert len(found.resources) == 5
    assert found.source == "s3://states/platform/.pulumi/stacks/shop/payments.dev.json.gz"
    assert "by ana@h" in found.warnings[0]


def test_an_empty_bucket_has_no_states(bucket: Any) -> None:
    """Nothing is created in it."""
    assert BackendState(store(), STACK).load() is None
    assert "Contents" not in bucket.list_objects_v2(Bucket="states")


def test_more_files_than_a_page_has(bucket: Any) -> None:
    """A listing has at most 1,000 keys per page."""
    for index in range(1_001):
        put(bucket, f"stacks/{index:04}.json", b"")
    assert len(list(store().listed(".pulumi/stacks/"))) == 1_001


def test_a_missing_bucket(bucket: Any) -> None:
    """The remedy names the alternatives to the backend."""
    with pytest.raises(InvalidInput) as error:
        BackendState(store("s3://missing?region=eu-west-1"), STACK).load()
    assert "S3 answers NoSuchBucket" in str(error.value)
    assert "--state STACK=FILE or --no-state" in str(error.value)


def test_without_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """One message with the remedy."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with pytest.raises(InvalidInput) as error:
        BackendState(store(), STACK).load()
    assert "S3 can't be called: NoCredentialsError" in str(error.value)
    assert "--no-state" in str(error.value)
    with pytest.raises(InvalidInput, match="ProfileNotFound"):
        BackendState(store(f"{URL}&profile=missing"), STACK).load()


def test_parameters_of_the_url() -> None:
    """Those of gocloud.dev that concern reading."""
    client = s3._client(
        store("s3://states?region=eu-west-1&endpoint=minio.example:9000&s3ForcePathStyle=true")
    )
    assert client.meta.endpoint_url == "https://minio.example:9000"
    assert client.meta.config.s3["addressing_style"] == "path"
    plain = s3._client(store("s3://states?region=eu-west-1&endpoint=minio.example:9000&disableSSL=true"))
    assert plain.meta.endpoint_url == "http://minio.example:9000"
    assert s3._client(store("s3://states?region=eu-north-1")).meta.region_name == "eu-north-1"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://states?role=arn:aws:iam::123456789012:role/x", "role  is not supported"),
        ("s3://states?anonymous=true", "anonymous  is not supported"),
        ("s3:///prefix", "URL  has no bucket"),
    ],
)
def test_urls_that_are_not_supported(url: str, message: str) -> None:
    """A parameter that selects other credentials is not ignored."""
    with pytest.raises(InvalidInput) as error:
        store(url)
    assert message in str(error.value)


def test_an_invalid_endpoint() -> None:
    """botocore checks it when the client is created."""
    with pytest.raises(InvalidInput, match="S3 can't be called: ValueError"):
        store("s3://states?region=eu-west-1&endpoint=http://:x").read("key")


def test_a_store_can_be_sent_to_another_process() -> None:
    """Without a client, which can't."""
    assert pickle.loads(pickle.dumps(store())) == store()
