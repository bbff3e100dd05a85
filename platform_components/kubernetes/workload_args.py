"""Arguments of a workload, and the rules for combinations of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict

from platform_components.base import (
    ComponentArgs,
    Context,
    Input,
    Label,
    Percent,
    Port,
    Problem,
    did_you_mean,
    sized,
)
from platform_components.base.values import in_schema
from platform_components.files.project_file import PLATFORM_FILE
from platform_components.kubernetes.container import Cpu, Image, Memory, memory_bytes
from platform_components.kubernetes.network_policy import EgressRule
from platform_components.kubernetes.plain_secrets import plain_secret
from platform_components.kubernetes.reserved_variables import reserved_variable
from platform_components.kubernetes.words import command_problems

_PATH = re.compile(r"/[A-Za-z0-9._~/-]*")


def _path(value: str) -> str:
    if not _PATH.fullmatch(value):
        raise ValueError("must be a path such as /healthz")
    return value


HealthPath = Annotated[str, AfterValidator(_path), in_schema(_PATH)]
"""Path of a URL, without a query string."""
Probe = Literal["http", "tcp", "grpc", "command"]
Replicas = Annotated[int, Strict(), Field(ge=1, le=1000)]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WEB_ONLY = ("port", "callers")
_PROBES_OF_FIELDS: Mapping[str, tuple[Probe, ...]] = {
    "health_path": ("http",),
    "health_command": ("command",),
    "health_port": ("http", "tcp", "grpc"),
}
_LARGEST_TMP = "64Gi"


class WorkloadArgs(ComponentArgs):
    """Arguments of `Workload`. Only `image` is required."""

    also_known_as = MappingProxyType(
        {
            "replicas": "min_replicas",
            "cpus": "cpu",
            "mem": "memory",
            "cmd": "command",
            "entrypoint": "command",
            "args": "arguments",
            "env": "environment",
            "arch": "architecture",
            **dict.fromkeys(("health", "healthcheck", "health_check"), "health_path"),
        }
    )

    image: Input[Image]
    """Container image to run. Prefer a digest, because tags can move. The image must support `architecture`,
    run as a numeric non-root user, and write only to /tmp."""

    architecture: Literal["amd64", "arm64"] = "amd64"
    """CPU architecture of the nodes. The node pool `general-purpose` of EKS Auto Mode has only amd64; arm64
    requires another one, otherwise the pods stay pending."""

    kind: Literal["web", "worker"] = "web"
    """`web` listens on a port and has a Service; `worker` accepts no requests."""

    port: Port = 8080
    """Port of the container and of the Service. Only for `web`."""

    metrics_port: Port | None = None
    """Port with metrics in the format of Prometheus, at /metrics. The container port is named `metrics`, and
    the pods have the annotations `prometheus.io/scrape` and `/port`. It is not a port of the Service.
    Default: none."""

    metrics_callers: tuple[Label, ...] = ("monitoring",)
    """Namespaces whose pods can connect to `metrics_port`."""

    probe: Probe | None = None
    """Type of the startup and readiness probes: `http` (`health_path`), `tcp`, `grpc` (the standard health
    service, without TLS) or `command` (`health_command`). Default: `command` if `health_command` is set,
    otherwise `http` for `web` and no probes for `worker`."""

    health_path: HealthPath = "/healthz"
    """HTTP path of the startup and readiness probes. It must respond with 200 while the container can serve
    requests; it can check dependencies. Only for probe `http`."""

    health_command: tuple[str, ...] = Field(default=(), repr=False)
    """Command of the startup and readiness probes, which exits with 0 if healthy. Only for probe
    `command`."""

    health_port: Port | None = None
    """Port of the probes. Only for probe `http`, `tcp` and `grpc`. Required for a `worker` with one of them.
    Default: `port`."""

    liveness_path: HealthPath | None = None
    """HTTP path of the liveness probe. If it fails three times within a minute, the container is restarted,
    so it must not check dependencies: their outage would restart all pods. Default: a TCP connection to the
    port of the probes."""

    liveness_command: tuple[str, ...] = Field(default=(), repr=False)
    """Command of the liveness probe, which exits with 0 unless a restart is required. For a `worker` without
    another probe, it is the startup probe too. Default: see `liveness_path`; for a `worker` without
    `health_port` it is `health_command`, as there is no port."""

    startup_seconds: Annotated[int, Strict(), Field(ge=5, le=1800)] = 60
    """Time in seconds for a container to become healthy. A container that takes longer is restarted. The
    deadlines of rolling updates grow with it."""

    min_ready_seconds: Annotated[int, Strict(), Field(ge=0, le=600)] = 10
    """Time in seconds that a new pod must be ready before a rolling update continues."""

    graceful_shutdown_seconds: Annotated[int, Strict(), Field(ge=1, le=3600)] = 30
    """Time in seconds for a container to stop after SIGTERM. A container that takes longer is killed."""

    min_replicas: Replicas = sized("workload.min_replicas")
    """Minimum number of pods. With 1, updates have no gap, but the loss or the drain of a node does."""

    max_replicas: Replicas = sized("workload.max_replicas")
    """Maximum number of pods."""

    zone_spread: Literal["required", "preferred"] = sized("workload.zone_spread")
    """Spread of the pods across zones. `required`: a pod that would make the zones uneven stays pending; in a
    single zone, all pods of a revision except the first one. With two zones, an outage of one thus keeps new
    pods pending; `preferred` schedules them in the other."""

    target_cpu_percent: Percent = 70
    """Target of the autoscaler: average CPU utilization of the containers, without sidecars, in percent of
    the `cpu` request."""

    cpu: Cpu = "100m"
    """CPU request of a pod. There is no CPU limit: pods can use idle CPU of their node."""

    memory: Memory = "256Mi"
    """Memory request of a pod."""

    memory_limit: Memory | None = None
    """Memory limit of a pod; above it, the pod is killed. Default: the same as `memory`."""

    tmp_size: Memory = "1Gi"
    """Size limit of /tmp, on the disk of the node; above it, the pod is evicted. Request and limit of the
    pod's ephemeral storage are this size and 256Mi for logs. By default, nodes of EKS Auto Mode have
    80 GiB."""

    command: tuple[str, ...] = Field(default=(), repr=False)
    """Command of the container, without secrets: see `environment`. Default: the image's entrypoint."""

    arguments: tuple[str, ...] = Field(default=(), repr=False)
    """Arguments of the command, without secrets: see `environment`. Default: those of the image."""

    environment: Mapping[str, Input[str]] = Field(default_factory=dict, repr=False)
    """Environment variables. Must not contain secrets: see `secrets` of `ServiceStack`."""

    callers: tuple[Label, ...] = ()
    """Services that can connect to this one, by name: stacks, or other `namespaces`, in platform.yaml.
    Default: only its own pods. Only for `web`."""

    egress: tuple[EgressRule, ...] = ()
    """Destinations in addition to DNS, HTTPS on all addresses, and the pods of the cluster that have no
    network policy or have the workload in `callers`."""

    @property
    def probe_type(self) -> Probe | None:
        """Type of the startup and readiness probes; None if there are none."""
        if self.probe:
            return self.probe
        if self.health_command:
            return "command"
        return "http" if self.kind == "web" else None

    @property
    def probe_port(self) -> int | None:
        """Port of the probes; None if the container has none."""
        return self.health_port or (self.port if self.kind == "web" else None)

    def problems(self, context: Context) -> Iterable[Problem]:
        yield from self._size_problems()
        yield from self._kind_problems()
        yield from self._probe_problems()
        yield from self._unknown_callers(context)
        for variable, value in self.environment.items():
            if problem := _variable_problem(variable, value):
                yield problem
        for field in ("command", "arguments", "health_command", "liveness_command"):
            yield from command_problems(field, getattr(self, field), executable=field != "arguments")

    def _size_problems(self) -> Iterator[Problem]:
        if self.max_replicas < self.min_replicas:
            what = f"must be at least min_replicas, which is {self.min_replicas}"
            least, most = self.origin("min_replicas"), self.origin("max_replicas")
            remedy = f"min_replicas is from {least}, max_replicas from {most}"
            if least == most:
                remedy = f"both are from {least}"
            yield Problem("max_replicas", what, remedy, self.max_replicas)
        if self.memory_limit and memory_bytes(self.memory_limit) < memory_bytes(self.memory):
            what = f"must be at least memory, which is {self.memory}"
            yield Problem("memory_limit", what, "remove it to use the value of memory", self.memory_limit)
        if memory_bytes(self.tmp_size) > memory_bytes(_LARGEST_TMP):
            what, remedy = f"must be at most {_LARGEST_TMP}", "use a bucket for larger data"
            yield Problem("tmp_size", what, remedy, self.tmp_size)

    def _kind_problems(self) -> Iterator[Problem]:
        if self.kind == "worker":
            for field in _WEB_ONLY:
                if self.origin(field) != "default":
                    yield Problem(field, "does not apply to kind worker", "remove it, or set kind: web")
        elif self.metrics_port == self.port:
            what, remedy = "must not be port, which callers can connect to", "choose another port"
            yield Problem("metrics_port", what, remedy, self.metrics_port)
        if self.metrics_port is None and self.origin("metrics_callers") != "default":
            yield Problem("metrics_callers", "does not apply without metrics_port", "remove it, or set both")
        elif not self.metrics_callers:
            what, remedy = "must have at least 1 entry", "remove it to use the default, monitoring"
            yield Problem("metrics_callers", what, remedy, self.metrics_callers)

    def _probe_problems(self) -> Iterator[Problem]:
        probe = self.probe_type
        for field, probes in _PROBES_OF_FIELDS.items():
            if self.origin(field) != "default" and probe not in probes:
                to = f"probe {probe}" if probe else "kind worker without a probe"
                yield Problem(field, f"does not apply to {to}", f"remove it, or set probe: {probes[0]}")
        if probe == "command" and not self.health_command:
            yield Problem("health_command", "is required for probe command", "such as [healthcheck]")
        if probe not in ("command", None) and self.probe_port is None:
            what = f"is required for probe {probe} of kind worker"
            yield Problem("health_port", what, "set the port that the container listens on")
        if self.liveness_path and self.liveness_command:
            yield Problem("liveness_path", "does not apply with liveness_command", "remove one of them")
        elif self.liveness_path and self.probe_port is None:
            what, remedy = "does not apply to kind worker without health_port", "use liveness_command"
            yield Problem("liveness_path", what, remedy)

    def _unknown_callers(self, context: Context) -> Iterator[Problem]:
        for index, caller in enumerate(self.callers):
            if context.callers is not None and caller not in context.callers:
                what = f"is not a stack or namespace in {PLATFORM_FILE}"
                remedy = did_you_mean(caller, context.callers)
                yield Problem(f"callers[{index}]", what, remedy, caller)


def _variable_problem(variable: str, value: object) -> Problem | None:
    where = f"environment.{variable}"
    if not _VARIABLE.fullmatch(variable):
        return Problem(where, "must be letters, digits and underscores, and not start with a digit")
    if reserved := reserved_variable(variable):
        return Problem(where, *reserved)
    if not isinstance(value, str):
        return None  # an output, unknown until deployment
    found = plain_secret(value, variable)
    return Problem(where, *found) if found else None
