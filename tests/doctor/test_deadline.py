"""Deadline: every check ends in time, whatever it waits for, and its own timeouts end first."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from platform_components.doctor import deadline
from platform_components.doctor.account import check_account
from platform_components.doctor.backend import check_backend
from platform_components.doctor.check import Check
from platform_components.doctor.deadline import DEADLINE, in_time
from platform_components.doctor.web import TIMEOUT, status_of
from platform_components.functions.recording.session import session

OK = Check("state", "", "ok", "")


@dataclass
class Listener:
    """A server that accepts connections, and never completes an answer."""

    url: str
    connections: int = 0


@contextmanager
def listener(answer: bytes = b"") -> Iterator[Listener]:
    """Send `answer` on each connection every 50 ms, indefinitely."""
    ended = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection:
            while not ended.wait(0.05):
                try:
                    connection.sendall(answer)
                except OSError:
                    return

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            state.connections += 1
            threading.Thread(target=drip, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        state = Listener(f"http://127.0.0.1:{listening.getsockname()[1]}")
        threading.Thread(target=accept, daemon=True).start()
        yield state
        ended.set()
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deadline that a test can wait for."""
    monkeypatch.setattr(deadline, "DEADLINE", 0.5)


def test_the_result_of_a_check_is_returned() -> None:
    """The deadline changes nothing for a check that ends."""
    assert in_time("state", "", lambda: OK) is OK


def test_an_error_of_a_check_is_raised() -> None:
    """An error in the code is not a result. TimeoutError is not taken for the deadline."""

    def broken() -> Check:
        raise TimeoutError("broken")

    with pytest.raises(TimeoutError, match="broken"):
        in_time("state", "", broken)


def test_a_proxy_that_sends_a_byte_at_a_time_is_not_waited_for(
    soon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte starts the timeout of the socket again."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with listener(b"x") as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        started = time.monotonic()

        def check() -> Check:
            status_of("https://state.example", {})
            return OK

        result = in_time("state", "https://state.example", check)
    assert time.monotonic() - started < 2
    assert (result.name, result.target, result.status) == ("state", "https://state.example", "failed")
    assert result.detail == "no result within 0.5 seconds"


def test_the_steps_of_a_check_end_before_its_deadline() -> None:
    """Their messages are more precise. The check of a cluster waits for EKS, a connection to its endpoint and
    the answer."""
    assert 3 * TIMEOUT <= DEADLINE <= 15


def test_an_aws_endpoint_that_does_not_answer_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By default, botocore waits a minute for each of five attempts."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_MAX_ATTEMPTS": "5",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with listener() as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url)
        started = time.monotonic()
        check = check_account(session("doctor", timeout=0.3), "eu-west-1", "dev", "")
    assert time.monotonic() - started < 5
    assert endpoint.connections == 1
    assert (check.status, check.detail) == ("failed", "AWS can't be called: ReadTimeoutError")
    assert check.remedy == "check the network and the proxy"


def test_credentials_that_are_a_pipe_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening one waits for a process that writes to it."""
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    os.mkfifo(tmp_path / "credentials.json")
    assert in_time("state", "", lambda: check_backend("", None)).detail == "no backend is set"


def test_credentials_of_many_megabytes_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulumi's file has some hundred bytes per backend."""
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    content = '{"current": "file:///", "x": "%s"}'
    (tmp_path / "credentials.json").write_text(content % "")
    assert check_backend("", None).target == "file:///"
    (tmp_path / "credentials.json").write_text(content % ("x" * 10_000_000))
    assert check_backend("", None).detail == "no backend is set"
