"""Workload: the Kubernetes side of one service, restricted, autoscaled and closed to its neighbours."""

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
from platform_components.kubernetes.container import Cpu, Image, Memory, memory_bytes, short_image
from platform_components.kubernetes.network_policy import EgressRule, network_policy
from platform_components.kubernetes.plain_secrets import plain_secret, plain_secrets


def _path(value: str) -> str:
    if not _PATH.fullmatch(value):
        raise ValueError("must be a path such as /healthz")
    return value


HealthPath = Annotated[str, AfterValidator(_path)]
"""A path of a URL, without a query."""
Replicas = Annotated[int, Strict(), Field(ge=1, le=1000)]

_PATH = re.compile(r"/[A-Za-z0-9._~/-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_WEB_ONLY = ("port", "health_path", "callers")
_WORKER_ONLY = ("health_command",)

_SECONDS_TO_LEAVE_THE_SERVICE = 5
_PROBE_EVERY = 5


class WorkloadArgs(ComponentArgs):
    """What a workload is told. Only the image has no default."""

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
    """Container image to run, best by digest: a tag can be moved. It must be for amd64, which the nodes
    of EKS Auto Mode are, run as a numeric user other than root, and write nowhere but in /tmp."""

    kind: Literal["web", "worker"] = "web"
    """`web` listens on a port and gets a Service; `worker` takes no connections at all."""

    port: Port = 8080
    """Port that the container listens on, and the Service's too. Only for `web`."""

    health_path: HealthPath = "/healthz"
    """Path that answers 200 while the container is well. Only for `web`."""

    health_command: tuple[str, ...] = Field(default=(), repr=False)
    """Command that exits 0 while the container is well. Only for `worker`. Left out: a worker counts as
    well while its process runs."""

    startup_seconds: Annotated[int, Strict(), Field(ge=5, le=1800)] = 60
    """Seconds a container may take until it is well for the first time; then it is restarted."""

    graceful_shutdown_seconds: Annotated[int, Strict(), Field(ge=1, le=3600)] = 30
    """Seconds a container has, after it was told to stop, before it is killed."""

    min_replicas: Replicas = sized("workload.min_replicas")
    """Pods that run at least."""

    max_replicas: Replicas = sized("workload.max_replicas")
    """Pods that run at most."""

    target_cpu_percent: Percent = 70
    """Average use of the requested `cpu` above which pods are added."""

    cpu: Cpu = "100m"
    """CPU that a pod asks for. There is no limit: a throttled pod is slow while its node idles."""

    memory: Memory = "256Mi"
    """Memory that a pod asks for."""

    memory_limit: Memory | None = None
    """Memory above which a pod is killed. Left out: as much as `memory`."""

    command: tuple[str, ...] = Field(default=(), repr=False)
    """What the container runs. Left out: the image's entry point. No secrets, as in `environment`."""

    arguments: tuple[str, ...] = Field(default=(), repr=False)
    """Arguments of the command. Left out: the image's own. No secrets, as in `environment`."""

    environment: Mapping[str, Input[str]] = Field(default_factory=dict, repr=False)
    """Environment variables. No secrets: anyone who may read the Deployment reads them. Pass the ARN of
    a secret, and let the service fetch it with its own role."""

    callers: tuple[Label, ...] = ()
    """Services that may call this one, by name. Left out: only its own pods can. Only for `web`."""

    egress: tuple[EgressRule, ...] = ()
    """What it may reach besides DNS, HTTPS anywhere, and any pod of the cluster that lets it in, which
    services do that list it in `callers`, and pods without a policy."""

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
            yield Problem("memory_limit", what, "remove it to get as much as memory", self.memory_limit)
        unfit, other = (_WEB_ONLY, "web") if self.kind == "worker" else (_WORKER_ONLY, "worker")
        for field in unfit:
            if self.origin(field) != "default":
                what = f"has no meaning for kind {self.kind}"
                yield Problem(field, what, f"remove it, or set kind: {other}")
        for variable, value in self.environment.items():
            if problem := _unfit_variable(variable, value):
                yield problem
        for field in ("command", "arguments", "health_command"):
            for index, what, remedy in plain_secrets(getattr(self, field)):
                yield Problem(f"{field}[{index}]", what, remedy)


class WorkloadOutputs(Outputs):
    """What a workload gives."""

    namespace: pulumi.Output[str]
    """Namespace that holds all of it."""
    service_account: pulumi.Output[str]
    """Service account that its pods run as."""
    deployment: pulumi.Output[str]
    """Name of the Deployment."""
    address: pulumi.Output[str]
    """Host and port that other services call it at; empty for a worker."""


class Workload(Component[WorkloadArgs, WorkloadOutputs], WorkloadOutputs, kind="Workload"):
    """A service in Kubernetes: its own namespace, and in it a Deployment with all that guards it.

    All objects are called `name`, because people type that name. Pods comply with the `restricted` pod
    security standard, spread over zones, and are replaced one by one without a gap. The autoscaler, not
    the Deployment, owns the number of replicas.

    The NetworkPolicy needs a cluster that enforces such policies, as `Cluster` does.
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
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`first` are the resources that must exist before a pod starts, such as its right to a role.

        All objects wait for them, as EKS takes some seconds until it heeds a new right: a pod that starts
        within these gets no credentials, and keeps having none.
        """
        super().__init__(name, args, context, opts)
        args = self.args
        labels = labels_of(context, name, args.kind)
        # A selector can't be changed later, so it holds only what never does.
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
            # The workload doesn't call the Kubernetes API. Pod Identity brings a token of its own.
            automount_service_account_token=False,
            opts=inside,
        )
        guard = networking.NetworkPolicy(
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
        deployment = apps.Deployment(
            f"{name}-deployment",
            # Without a limit of time, a rollout whose pods crash would be awaited for ever.
            metadata={**metadata, "annotations": {"pulumi.com/timeoutSeconds": "600"}},
            spec={
                "selector": {"match_labels": selector},
                "strategy": {
                    "type": "RollingUpdate",
                    "rolling_update": {"max_unavailable": 0, "max_surge": "25%"},
                },
                "template": {"metadata": {"labels": labels}, "spec": _pod(name, args, selector)},
            },
            opts=self.child(depends_on=[service_account, guard, *first]),
        )
        if args.kind == "web":
            core.Service(
                f"{name}-service",
                metadata=metadata,
                spec={
                    "selector": selector,
                    # The same port on both sides: network policies of EKS ask for that.
                    "ports": [{"name": "http", "port": args.port, "target_port": args.port}],
                },
                opts=inside,
            )
        policy.PodDisruptionBudget(
            f"{name}-disruption-budget",
            metadata=metadata,
            # Counted from above: `minAvailable: 1` of a single replica would block every node upgrade.
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
        facts = [f"{args.min_replicas}-{args.max_replicas} replicas", short_image(args.image)]
        return " · ".join([*facts, f"port {args.port}" if args.kind == "web" else "worker"])


def reserved_name(name: object) -> Iterator[Problem]:
    """The mistake of a service called like a namespace that Kubernetes has for itself."""
    if isinstance(name, str) and (name == "default" or name.startswith("kube-")):
        yield Problem("name", "is a namespace of Kubernetes itself", "choose another", name)


def _unfit_variable(variable: str, value: object) -> Problem | None:
    where = f"environment.{variable}"
    if not _VARIABLE.fullmatch(variable):
        return Problem(where, "must be letters, digits and underscores, not starting with a digit")
    if not isinstance(value, str):
        return None  # an output: not known yet
    found = plain_secret(value, variable)
    return Problem(where, *found) if found else None


def _restricted_pods() -> dict[str, str]:
    """Labels of a namespace that make Kubernetes refuse pods with more rights than a service needs."""
    return {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}


def _pod(name: str, args: WorkloadArgs, selector: Mapping[str, str]) -> core.PodSpecArgsDict:
    # A pod that leaves the Service still gets requests for some seconds: it first waits, then stops.
    waits = _SECONDS_TO_LEAVE_THE_SERVICE if args.kind == "web" else 0
    return {
        "service_account_name": name,
        "enable_service_links": False,
        "termination_grace_period_seconds": waits + args.graceful_shutdown_seconds,
        "security_context": {"run_as_non_root": True, "seccomp_profile": {"type": "RuntimeDefault"}},
        "topology_spread_constraints": [
            {
                "max_skew": 1,
                "topology_key": key,
                "when_unsatisfiable": "ScheduleAnyway",
                "label_selector": {"match_labels": selector},
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
        "containers": [_container(name, args, waits)],
        "volumes": [{"name": "tmp", "empty_dir": {"size_limit": "1Gi"}}],
    }


def _container(name: str, args: WorkloadArgs, waits: int) -> core.ContainerArgsDict:
    container: core.ContainerArgsDict = {
        "name": name,
        "image": args.image,
        "env": [{"name": variable, "value": value} for variable, value in args.environment.items()],
        "resources": {
            "requests": {"cpu": args.cpu, "memory": args.memory},
            "limits": {"memory": args.memory_limit or args.memory},
        },
        "security_context": {
            "allow_privilege_escalation": False,
            "read_only_root_filesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volume_mounts": [{"name": "tmp", "mount_path": "/tmp"}],
    }
    if args.command:
        container["command"] = list(args.command)
    if args.arguments:
        container["args"] = list(args.arguments)
    if args.kind == "web":
        container["ports"] = [{"name": "http", "container_port": args.port}]
        container["lifecycle"] = {"pre_stop": {"sleep": {"seconds": waits}}}
    if check := _check(args):
        container["startup_probe"] = {
            **check,
            "period_seconds": _PROBE_EVERY,
            "failure_threshold": -(-args.startup_seconds // _PROBE_EVERY),
        }
        container["readiness_probe"] = {**check, "period_seconds": _PROBE_EVERY, "failure_threshold": 3}
        # Slower than readiness: a busy pod leaves the Service well before it is restarted.
        container["liveness_probe"] = {**check, "period_seconds": 4 * _PROBE_EVERY, "failure_threshold": 3}
    return container


def _check(args: WorkloadArgs) -> core.ProbeArgsDict | None:
    """How to ask a container whether it is well; None where it can't be asked."""
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
