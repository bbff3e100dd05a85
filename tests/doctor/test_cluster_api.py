"""Cluster API: EKS states the endpoint and its authority; the endpoint is asked with the caller's token."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from platform_components.doctor.account import check_account
from platform_components.doctor.cluster_api import check_cluster_api
from tests.account import ACCOUNT, emulated_account
from tests.doctor.conftest import Server


class Eks:
    """EKS with one cluster, whose endpoint is a server on the loopback interface."""

    def __init__(self, session: Any, cluster: dict[str, Any]) -> None:
        self._session, self._cluster = session, cluster

    def client(self, service: str, **options: Any) -> Any:
        return self if service == "eks" else self._session.client(service, **options)

    def describe_cluster(self, name: str) -> dict[str, Any]:
        assert name == "main-dev"
        return {"cluster": self._cluster}


@pytest.fixture
def cluster(server: Server) -> dict[str, Any]:
    authority = base64.b64encode(server.authority.encode()).decode()
    return {"status": "ACTIVE", "endpoint": server.url, "certificateAuthority": {"data": authority}}


@pytest.fixture
def session() -> Iterator[Any]:
    with emulated_account():
        yield boto3.session.Session()


def test_the_api_is_asked_with_a_token_of_the_caller(
    server: Server, cluster: dict[str, Any], session: Any
) -> None:
    """The token is a signed request to STS, for this cluster alone and for one minute."""
    check = check_cluster_api(Eks(session, cluster), "eu-west-1", "main-dev")
    assert check.status == "ok", check
    ((path, header),) = server.asked
    assert path == "/version"
    token = header.removeprefix("Bearer k8s-aws-v1.")
    url = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    query = parse_qs(urlsplit(url).query)
    assert urlsplit(url).hostname == "sts.eu-west-1.amazonaws.com"
    assert query["Action"] == ["GetCallerIdentity"]
    assert query["X-Amz-Expires"] == ["60"]
    assert query["X-Amz-SignedHeaders"] == ["host;x-k8s-aws-id"]
    assert token not in str(check)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_names_the_access_entry(
    server: Server, cluster: dict[str, Any], session: Any, status: int
) -> None:
    """The network is fine; the cluster does not know the role."""
    server.status = status
    check = check_cluster_api(Eks(session, cluster), "eu-west-1", "main-dev")
    assert check.status == "failed"
    assert "access entry" in check.remedy


def test_an_endpoint_that_does_not_answer(cluster: dict[str, Any], session: Any) -> None:
    """Mostly the private endpoint, from outside of the VPC."""
    cluster["endpoint"] = "https://127.0.0.1:1"
    check = check_cluster_api(Eks(session, cluster), "eu-west-1", "main-dev")
    assert check.detail == "https://127.0.0.1:1: connection refused"
    assert "private endpoint" in check.remedy


def test_a_cluster_that_is_not_ready_or_has_no_authority(cluster: dict[str, Any], session: Any) -> None:
    """EKS answers before the cluster does."""
    for change, expected in (
        ({"status": "CREATING"}, "the cluster is CREATING"),
        ({"certificateAuthority": {}}, "no endpoint or certificate authority"),
        ({"certificateAuthority": {"data": "%%"}}, "no endpoint or certificate authority"),
    ):
        check = check_cluster_api(Eks(session, cluster | change), "eu-west-1", "main-dev")
        assert check.status == "failed"
        assert expected in check.detail


def test_a_cluster_that_does_not_exist(session: Any) -> None:
    """The stack of the cluster comes first."""
    check = check_cluster_api(session, "eu-west-1", "main-dev")
    assert check.detail == "EKS answers ResourceNotFoundException"
    assert "deploy the stack of the cluster first" in check.remedy


def test_the_account_is_compared_with_that_of_the_environment(session: Any) -> None:
    """A deployment with the credentials of another account would create everything anew there."""
    assert check_account(session, "eu-west-1", "dev", ACCOUNT).status == "ok"
    assert check_account(session, "eu-west-1", "dev", "").status == "ok"
    other = check_account(session, "eu-west-1", "dev", "999999999999")
    assert other.status == "failed"
    assert other.detail == f"are for account {ACCOUNT}; environments.dev.account is 999999999999"
