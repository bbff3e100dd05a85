"""Web: one request, and the words for what went wrong."""

from __future__ import annotations

import socket

import pytest

from platform_components.doctor import web
from platform_components.doctor.web import Unreachable, status_of
from tests.doctor.conftest import Server


def test_the_status_of_an_answer_is_returned_also_of_a_refusal(server: Server) -> None:
    """A refusal is an answer: the server was reached."""
    for status in (200, 401, 404, 500):
        server.status = status
        assert status_of(f"{server.url}/version", {}, server.authority) == status


def test_a_certificate_of_another_authority_is_refused(server: Server) -> None:
    """The credentials are sent only to the server that the certificate proves."""
    with pytest.raises(Unreachable, match="its certificate is not trusted"):
        status_of(server.url, {"Authorization": "Bearer t"})
    assert server.asked == []


def test_a_redirect_is_not_followed(server: Server) -> None:
    """The credentials would be sent to the other address."""
    server.status, server.location = 302, f"{server.url}/elsewhere"
    assert status_of(server.url, {"Authorization": "Bearer t"}, server.authority) == 302
    assert len(server.asked) == 1


def test_nothing_listens(server: Server) -> None:
    """The message is that of the operating system."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Unreachable, match="connection refused"):
        status_of(f"https://127.0.0.1:{port}", {})


def test_nothing_answers(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A private endpoint, seen from outside of the VPC, accepts nothing and says nothing."""
    monkeypatch.setattr(web, "TIMEOUT", 0.1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(Unreachable, match=r"no answer within 0\.1 seconds"):
            status_of(f"https://127.0.0.1:{silent.getsockname()[1]}", {})


def test_a_name_that_does_not_exist(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name server's answer is told in words."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable, match="its name can't be resolved"):
        status_of("https://state.example", {})


@pytest.mark.parametrize(
    "authority", ["no certificate", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"]
)
def test_an_authority_that_can_not_be_read(authority: str) -> None:
    """Nothing is contacted."""
    with pytest.raises(Unreachable, match="certificate authority can't be read"):
        status_of("https://127.0.0.1:1", {}, authority)
