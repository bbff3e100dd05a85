"""Probes: readiness can depend on other services, a restart can't."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kubernetes.workloads import container, problems, workload

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def checks(**args: Any) -> list[dict[str, Any]]:
    """Return what the startup, readiness and liveness probe do, without their times."""
    found = container(workload(**args))
    kinds = ("httpGet", "tcpSocket", "grpc", "exec")
    return [{kind: found[probe][kind] for kind in kinds if kind in found[probe]} for probe in PROBES]


def http(path: str, port: int = 8080) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": port}}


def tcp(port: int = 8080) -> dict[str, Any]:
    return {"tcpSocket": {"port": port}}


def command(*words: str) -> dict[str, Any]:
    return {"exec": {"command": list(words)}}


@pytest.mark.parametrize(
    ("args", "health", "liveness"),
    [
        ({}, http("/healthz"), tcp()),
        ({"health_path": "/ready", "port": 9000}, http("/ready", 9000), tcp(9000)),
        ({"liveness_path": "/livez"}, http("/healthz"), http("/livez")),
        ({"health_port": 9001}, http("/healthz", 9001), tcp(9001)),
        ({"health_port": 9001, "liveness_path": "/livez"}, http("/healthz", 9001), http("/livez", 9001)),
        ({"probe": "tcp"}, tcp(), tcp()),
        ({"probe": "grpc"}, {"grpc": {"port": 8080}}, tcp()),
        ({"probe": "grpc", "health_port": 9001}, {"grpc": {"port": 9001}}, tcp(9001)),
        ({"health_command": ("ok",)}, command("ok"), tcp()),
        ({"probe": "command", "health_command": ("ok",)}, command("ok"), tcp()),
        ({"health_command": ("ok",), "liveness_command": ("up",)}, command("ok"), command("up")),
    ],
)
def test_the_liveness_of_a_web_service_does_not_depend_on_its_health(
    args: dict[str, Any], health: dict[str, Any], liveness: dict[str, Any]
) -> None:
    """A health check that fails with the database removes pods from the Service, and restarts none."""
    assert checks(**args) == [health, health, liveness]


@pytest.mark.parametrize(
    ("args", "health", "liveness"),
    [
        ({"health_command": ("ok", "-q")}, command("ok", "-q"), command("ok", "-q")),
        ({"health_command": ("ok",), "liveness_command": ("up",)}, command("ok"), command("up")),
        ({"probe": "http", "health_port": 9001}, http("/healthz", 9001), tcp(9001)),
        ({"probe": "tcp", "health_port": 9001, "liveness_path": "/l"}, tcp(9001), http("/l", 9001)),
        ({"probe": "grpc", "health_port": 9001}, {"grpc": {"port": 9001}}, tcp(9001)),
    ],
)
def test_a_worker_can_have_every_type_of_probe(
    args: dict[str, Any], health: dict[str, Any], liveness: dict[str, Any]
) -> None:
    """Without a port, its health command is its only sign of life."""
    assert checks(kind="worker", **args) == [health, health, liveness]


def test_a_worker_has_no_probes_by_default() -> None:
    """Kubernetes considers it healthy while its process runs. It has neither ports nor a preStop hook."""
    assert not {*PROBES, "ports", "lifecycle"} & set(container(workload(kind="worker")))


def test_a_worker_with_only_a_liveness_command_has_its_time_to_start() -> None:
    """The command is also the startup probe: without one, a slow start would be restarted after a minute."""
    found = container(workload(kind="worker", liveness_command=("up",), startup_seconds=600))
    assert set(PROBES) & set(found) == {"startupProbe", "livenessProbe"}
    startup = found["startupProbe"]
    assert startup["exec"] == found["livenessProbe"]["exec"] == {"command": ["up"]}
    assert startup["periodSeconds"] * startup["failureThreshold"] == 600


def test_a_container_has_its_time_to_start() -> None:
    """The startup probe fails after startup_seconds; a busy pod is unready long before it is restarted."""
    found = container(workload(startup_seconds=61))
    startup, readiness, liveness = (found[probe] for probe in PROBES)
    assert startup["periodSeconds"] * startup["failureThreshold"] == 65
    assert readiness["periodSeconds"] * readiness["failureThreshold"] == 15
    assert liveness["periodSeconds"] * liveness["failureThreshold"] == 60


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"probe": "https"}, 'must be "http", "tcp", "grpc" or "command"'),
        ({"probe": "command"}, "health_command is required for probe command such as [healthcheck]"),
        (
            {"probe": "tcp", "health_path": "/x"},
            "health_path does not apply to probe tcp remove it, or set probe: http",
        ),
        ({"health_path": "/x", "health_command": ("ok",)}, "health_path does not apply to probe command"),
        (
            {"probe": "http", "health_command": ("ok",)},
            "health_command does not apply to probe http remove it, or set probe: command",
        ),
        (
            {"health_command": ("ok",), "health_port": 9001},
            "health_port does not apply to probe command",
        ),
        (
            {"kind": "worker", "health_path": "/x"},
            "health_path does not apply to kind worker without a probe",
        ),
        ({"kind": "worker", "probe": "http"}, "health_port is required for probe http of kind worker"),
        (
            {"liveness_path": "/x", "liveness_command": ("up",)},
            "liveness_path does not apply with liveness_command remove one of them",
        ),
        (
            {"kind": "worker", "liveness_path": "/x"},
            "liveness_path does not apply to kind worker without health_port use liveness_command",
        ),
        ({"liveness_path": "livez"}, "must be a path such as /healthz"),
        ({"liveness_command": ("up", "--token", "hunter2")}, "liveness_command[2] looks like a secret"),
    ],
)
def test_fields_of_another_probe_are_rejected(args: dict[str, Any], message: str) -> None:
    """A field that has no effect is an error, with the value of `probe` that it belongs to."""
    assert message in problems(**args)
