"""Probes: how Kubernetes checks the container of a workload."""

from __future__ import annotations

from pulumi_kubernetes.core import v1 as core

from platform_components.kubernetes.workload_args import WorkloadArgs

_PERIOD_SECONDS = 5
_TIMEOUT_SECONDS = 3


def set_probes(container: core.ContainerArgsDict, args: WorkloadArgs) -> None:
    """Set the probes of a container.

    A failed readiness probe only removes the pod from the Service, so it can check dependencies. A failed
    liveness probe restarts the container, so by default it does not use the same check.
    """
    health, liveness = _health(args), _liveness(args)
    # Liveness is probed only after the startup probe succeeds: without it, a slow start would be killed.
    if startup := health or liveness:
        container["startup_probe"] = {
            **startup,
            "period_seconds": _PERIOD_SECONDS,
            "failure_threshold": -(-args.startup_seconds // _PERIOD_SECONDS),
        }
    if health:
        container["readiness_probe"] = {**health, "period_seconds": _PERIOD_SECONDS, "failure_threshold": 3}
    if liveness:
        # Slower than readiness: a busy pod is removed from the Service long before it is restarted.
        container["liveness_probe"] = {
            **liveness,
            "period_seconds": 4 * _PERIOD_SECONDS,
            "failure_threshold": 3,
        }


def _health(args: WorkloadArgs) -> core.ProbeArgsDict | None:
    port = args.probe_port
    if args.probe_type == "command":
        return _command(args.health_command)
    if args.probe_type is None or port is None:
        return None
    if args.probe_type == "http":
        return _http(args.health_path, port)
    if args.probe_type == "tcp":
        return _tcp(port)
    return {"grpc": {"port": port}, "timeout_seconds": _TIMEOUT_SECONDS}


def _liveness(args: WorkloadArgs) -> core.ProbeArgsDict | None:
    if args.liveness_command:
        return _command(args.liveness_command)
    if port := args.probe_port:
        return _http(args.liveness_path, port) if args.liveness_path else _tcp(port)
    return _command(args.health_command) if args.health_command else None


def _http(path: str, port: int) -> core.ProbeArgsDict:
    return {"http_get": {"path": path, "port": port}, "timeout_seconds": _TIMEOUT_SECONDS}


def _tcp(port: int) -> core.ProbeArgsDict:
    return {"tcp_socket": {"port": port}, "timeout_seconds": _TIMEOUT_SECONDS}


def _command(words: tuple[str, ...]) -> core.ProbeArgsDict:
    return {"exec_": {"command": list(words)}, "timeout_seconds": _TIMEOUT_SECONDS}
