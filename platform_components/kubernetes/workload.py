"""Workload: the Kubernetes objects of one service, with restricted pods, autoscaling and network policy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Literal

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.autoscaling import v2 as autoscaling
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking
from pulumi_kubernetes.policy import v1 as policy
from pydantic import AfterValidator, Field, Strict

from platform_components.base import (
    Component,
    ComponentArgs,
    Context,
    Input,
    Label,
    Outputs,
    Percent,
    Port,
    Problem,
    labels_of,
    sized,
)
from platform_components.base.values import in_schema
from platform_components.kubernetes.container import Cpu, Image, Memory, memory_bytes, short_image
from platform_components.kubernetes.network_policy import EgressRule, network_policy
from platform_components.kubernetes.plain_secrets import plain_secret, plain_secrets
from platform_components.kubernetes.pod import CONTAINER_SECURITY, POD_SECURITY, PodAdditions

_PATH = re.compile(r"/[A-Za-z0-9._~/-]*")


def _path(value: str) -> str:
    if not _PATH.fullmatch(value):
        raise ValueError("must be a path such as /healthz")
    return value


HealthPath = Annotated[str, AfterValidator(_path), in_schema(_PATH)]
"""Path of a URL, without a query string."""
Replicas = Annotated[int, Strict(), Field(ge=1, le=1000)]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WEB_ONLY = ("port", "health_path", "callers")
_WORKER_ONLY = ("health_command",)
_PRE_STOP_SECONDS = 5
_PROBE_PERIOD_SECONDS = 5


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
            **dict.fromkeys(("health", "healthcheck", "health_check"), "health_path"),
        }
    )

    image: Image
    """Container image to run. Prefer a digest, because tags can move. The image must support amd64, run
    as a numeric non-root user, and write only to /tmp."""

    kind: Literal["web", "worker"] = "web"
    """`web` listens on a port and has a Service; `worker` accepts no connections."""

    port: Port = 8080
    """Port of the container and of the Service. Only for `web`."""

    health_path: HealthPath = "/healthz"
    """HTTP path of the probes. It must respond with 200 while the container is healthy. Only for `web`."""

    health_command: tuple[str, ...] = Field(default=(), repr=False)
    """Command of the probes, which exits with 0 if healthy. Only for `worker`. Default: no probes."""

    startup_seconds: Annotated[int, Strict(), Field(ge=5, le=1800)] = 60
    """Time in seconds for a container to become healthy. A container that takes longer is restarted."""

    graceful_shutdown_seconds: Annotated[int, Strict(), Field(ge=1, le=3600)] = 30
    """Time in seconds for a container to stop after SIGTERM. A container that takes longer is killed."""

    min_replicas: Replicas = sized("workload.min_replicas")
    """Minimum number of pods."""

    max_replicas: Replicas = sized("workload.max_replicas")
    """Maximum number of pods."""

    target_cpu_percent: Percent = 70
    """Target of the autoscaler: average CPU utilization of the pods, in percent of the `cpu` request."""

    cpu: Cpu = "100m"
    """CPU request of a pod. There is no CPU limit: pods can use idle CPU of their node."""

    memory: Memory = "256Mi"
    """Memory request of a pod."""

    memory_limit: Memory | None = None
    """Memory limit of a pod; above it, the pod is killed. Default: the same as `memory`."""

    command: tuple[str, ...] = Field(default=(), repr=False)
    """Command of the container, without secrets: see `environment`. Default: the image's entrypoint."""

    arguments: tuple[str, ...] = Field(default=(), repr=False)
    """Arguments of the command, without secrets: see `environment`. Default: those of the image."""

    environment: Mapping[str, Input[str]] = Field(default_factory=dict, repr=False)
    """Environment variables. Must not contain secrets: pass their ARNs, and read them with the IAM role."""

    callers: tuple[Label, ...] = ()
    """Services that can connect to this one, by name. Default: only its own pods. Only for `web`."""

    egress: tuple[EgressRule, ...] = ()
    """Destinations in addition to DNS, HTTPS on all addresses, and the pods of the cluster that have no
    network policy or have the workload in `callers`."""

    def problems(self, context: Context) -> Iterable[Problem]:
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
        unsupported, other = (_WEB_ONLY, "web") if self.kind == "worker" else (_WORKER_ONLY, "worker")
        for field in unsupported:
            if self.origin(field) != "default":
                what = f"does not apply to kind {self.kind}"
                yield Problem(field, what, f"remove it, or set kind: {other}")
        for variable, value in self.environment.items():
            if problem := _variable_problem(variable, value):
                yield problem
        for field in ("command", "arguments", "health_command"):
            for index, what, remedy in plain_secrets(getattr(self, field)):
                yield Problem(f"{field}[{index}]", what, remedy)


class WorkloadOutputs(Outputs):
    """Outputs of `Workload`."""

    namespace: pulumi.Output[str]
    """Name of the namespace of all objects."""
    service_account: pulumi.Output[str]
    """Name of the service account of the pods."""
    deployment: pulumi.Output[str]
    """Name of the Deployment."""
    address: pulumi.Output[str]
    """Host and port of the Service inside the cluster; empty for a worker."""


class Workload(Component[WorkloadArgs, WorkloadOutputs], WorkloadOutputs, kind="Workload"):
    """A service in Kubernetes: a namespace with a Deployment, Service, autoscaler and network policy.

    All objects are named `name`. Pods comply with the `restricted` Pod Security Standard, are spread across
    zones, and are replaced in rolling updates. The autoscaler sets the number of replicas. The NetworkPolicy
    requires a cluster that enforces network policies, as `Cluster` does.
    """

    child_types = MappingProxyType(
        {
            "namespace": core.Namespace,
            "service-account": core.ServiceAccount,
            "network-policy": networking.NetworkPolicy,
            "deployment": apps.Deployment,
            "service": core.Service,
            "disruption-budget": policy.PodDisruptionBudget,
            "autoscaler": autoscaling.HorizontalPodAutoscaler,
        }
    )

    def __init__(
        self,
        name: str,
        args: WorkloadArgs,
        *,
        context: Context,
        first: Sequence[pulumi.Resource] = (),
        additions: PodAdditions | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Create all objects after `first`: a pod that starts before its identity gets no credentials.

        `additions` are the volumes, sidecars, variables and objects that a composition adds to the pods.
        """
        super().__init__(name, args, context, opts)
        args = self.args
        labels = labels_of(context, name, args.kind)
        # A selector is immutable, so it contains only labels that never change.
        selector = {key: labels[key] for key in ("app.kubernetes.io/name", "app.kubernetes.io/component")}
        metadata: meta.ObjectMetaArgsDict = {"name": name, "namespace": name, "labels": labels}

        namespace = core.Namespace(
            f"{name}-namespace",
            metadata={"name": name, "labels": labels | _restricted_pods()},
            opts=self.child(depends_on=list(first)),
        )
        inside = self.child(depends_on=[namespace])
        service_account = core.ServiceAccount(
            f"{name}-service-account",
            metadata=metadata,
            # The workload doesn't call the Kubernetes API. Pod Identity mounts its own token.
            automount_service_account_token=False,
            opts=inside,
        )
        network_access = networking.NetworkPolicy(
            f"{name}-network-policy",
            metadata=metadata,
            spec=network_policy(
                selector,
                port=args.port if args.kind == "web" else None,
                callers=[name, *(caller for caller in args.callers if caller != name)],
                egress=args.egress,
            ),
            opts=inside,
        )
        additions = additions or PodAdditions()
        needed = [create(namespace) for create in additions.objects]
        pod = additions.added_to(_pod(name, args, selector))
        deployment = apps.Deployment(
            f"{name}-deployment",
            # Without a timeout, Pulumi would wait indefinitely for a rollout whose pods crash.
            metadata={**metadata, "annotations": {"pulumi.com/timeoutSeconds": "600"}},
            spec={
                "selector": {"match_labels": selector},
                "strategy": {
                    "type": "RollingUpdate",
                    "rolling_update": {"max_unavailable": 0, "max_surge": "25%"},
                },
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
            opts=self.child(depends_on=[service_account, network_access, *needed, *first]),
        )
        if args.kind == "web":
            core.Service(
                f"{name}-service",
                metadata=metadata,
                spec={
                    "selector": selector,
                    # Network policies of EKS require the same port and target port.
                    "ports": [{"name": "http", "port": args.port, "target_port": args.port}],
                },
                opts=inside,
            )
        policy.PodDisruptionBudget(
            f"{name}-disruption-budget",
            metadata=metadata,
            # With a single replica, `minAvailable: 1` would block every node upgrade.
            spec={
                "max_unavailable": 1,
                "selector": {"match_labels": selector},
                "unhealthy_pod_eviction_policy": "AlwaysAllow",
            },
            opts=inside,
        )
        autoscaling.HorizontalPodAutoscaler(
            f"{name}-autoscaler",
            metadata=metadata,
            spec={
                "scale_target_ref": {"api_version": "apps/v1", "kind": "Deployment", "name": name},
                "min_replicas": args.min_replicas,
                "max_replicas": args.max_replicas,
                "metrics": [_cpu_target(args)],
            },
            opts=self.child(depends_on=[deployment]),
        )

        self.finish(
            WorkloadOutputs(
                namespace=namespace.metadata["name"],
                service_account=service_account.metadata["name"],
                deployment=deployment.metadata["name"],
                address=pulumi.Output.from_input(_address(name, args)),
            )
        )

    @classmethod
    def input_errors(cls, name: str, args: WorkloadArgs) -> Iterator[Problem]:
        yield from super().input_errors(name, args)
        yield from reserved_name(name)

    @property
    def summary(self) -> str:
        args = self.args
        parts = [f"{args.min_replicas}-{args.max_replicas} replicas", short_image(args.image)]
        return " · ".join([*parts, f"port {args.port}" if args.kind == "web" else "worker"])


def reserved_name(name: object) -> Iterator[Problem]:
    """Yield a problem if the name of a service is a namespace that Kubernetes reserves."""
    if isinstance(name, str) and (name == "default" or name.startswith("kube-")):
        yield Problem("name", "is a namespace that Kubernetes reserves", "choose another name", name)


def _variable_problem(variable: str, value: object) -> Problem | None:
    where = f"environment.{variable}"
    if not _VARIABLE.fullmatch(variable):
        return Problem(where, "must be letters, digits and underscores, and not start with a digit")
    if not isinstance(value, str):
        return None  # an output, unknown until deployment
    found = plain_secret(value, variable)
    return Problem(where, *found) if found else None


def _restricted_pods() -> dict[str, str]:
    """Labels of a namespace that enforce the `restricted` Pod Security Standard."""
    return {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}


def _pod(name: str, args: WorkloadArgs, selector: Mapping[str, str]) -> core.PodSpecArgsDict:
    # A terminating pod still receives requests for some seconds, so it sleeps before SIGTERM.
    pre_stop_seconds = _PRE_STOP_SECONDS if args.kind == "web" else 0
    return {
        "service_account_name": name,
        "enable_service_links": False,
        "termination_grace_period_seconds": pre_stop_seconds + args.graceful_shutdown_seconds,
        "security_context": POD_SECURITY,
        "topology_spread_constraints": [
            {
                "max_skew": 1,
                "topology_key": key,
                "when_unsatisfiable": "ScheduleAnyway",
                "label_selector": {"match_labels": selector},
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
        "containers": [_container(name, args, pre_stop_seconds)],
        "volumes": [{"name": "tmp", "empty_dir": {"size_limit": "1Gi"}}],
    }


def _container(name: str, args: WorkloadArgs, pre_stop_seconds: int) -> core.ContainerArgsDict:
    container: core.ContainerArgsDict = {
        "name": name,
        "image": args.image,
        "env": [{"name": variable, "value": value} for variable, value in args.environment.items()],
        "resources": {
            "requests": {"cpu": args.cpu, "memory": args.memory},
            "limits": {"memory": args.memory_limit or args.memory},
        },
        "security_context": CONTAINER_SECURITY,
        "volume_mounts": [{"name": "tmp", "mount_path": "/tmp"}],
    }
    if args.command:
        container["command"] = list(args.command)
    if args.arguments:
        container["args"] = list(args.arguments)
    if args.kind == "web":
        container["ports"] = [{"name": "http", "container_port": args.port}]
        container["lifecycle"] = {"pre_stop": {"sleep": {"seconds": pre_stop_seconds}}}
    if check := _check(args):
        container["startup_probe"] = {
            **check,
            "period_seconds": _PROBE_PERIOD_SECONDS,
            "failure_threshold": -(-args.startup_seconds // _PROBE_PERIOD_SECONDS),
        }
        container["readiness_probe"] = {
            **check,
            "period_seconds": _PROBE_PERIOD_SECONDS,
            "failure_threshold": 3,
        }
        # Slower than readiness: a busy pod is removed from the Service long before it is restarted.
        container["liveness_probe"] = {
            **check,
            "period_seconds": 4 * _PROBE_PERIOD_SECONDS,
            "failure_threshold": 3,
        }
    return container


def _check(args: WorkloadArgs) -> core.ProbeArgsDict | None:
    """The probe of a container; None for a worker without `health_command`."""
    if args.kind == "web":
        return {"http_get": {"path": args.health_path, "port": args.port}, "timeout_seconds": 3}
    if args.health_command:
        return {"exec_": {"command": list(args.health_command)}, "timeout_seconds": 3}
    return None


def _cpu_target(args: WorkloadArgs) -> autoscaling.MetricSpecArgsDict:
    target: Any = {"type": "Utilization", "average_utilization": args.target_cpu_percent}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def _address(name: str, args: WorkloadArgs) -> str:
    return f"{name}.{name}.svc.cluster.local:{args.port}" if args.kind == "web" else ""
