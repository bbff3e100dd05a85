"""Workload: the Kubernetes objects of one service, with restricted pods, autoscaling and network policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Any

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.autoscaling import v2 as autoscaling
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking
from pulumi_kubernetes.policy import v1 as policy

from platform_components.base import Component, Context, Outputs, Problem, labels_of
from platform_components.kubernetes.container import short_image
from platform_components.kubernetes.network_policy import DEFAULT_DENY, network_policy
from platform_components.kubernetes.pod import RESTRICTED_NAMESPACE, PodAdditions
from platform_components.kubernetes.pod_template import pod_template
from platform_components.kubernetes.rollout import STRATEGY, deadlines
from platform_components.kubernetes.workload_args import WorkloadArgs


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

    All objects are named `name`, except the NetworkPolicy `default-deny`, which denies all traffic of other
    pods in the namespace, such as Jobs without a policy. Pods comply with the `restricted` Pod Security
    Standard, are spread across zones, and are replaced in rolling updates. The autoscaler sets the number of
    replicas. The NetworkPolicies require a cluster that enforces them, which `PlatformServices` configures.
    """

    child_types = MappingProxyType(
        {
            "namespace": core.Namespace,
            "service-account": core.ServiceAccount,
            "default-deny": networking.NetworkPolicy,
            "network-policy": networking.NetworkPolicy,
            "deployment": apps.Deployment,
            "service": core.Service,
            "disruption-budget": policy.PodDisruptionBudget,
            "autoscaler": autoscaling.HorizontalPodAutoscaler,
        }
    )
    owned = MappingProxyType(
        {
            # The autoscaler becomes the field manager of the number, with which the next deployment would
            # conflict (Kubernetes, "Server-Side Apply", section "Field management").
            "deployment": {
                "spec.replicas": "set min_replicas and max_replicas: the autoscaler sets the number"
            },
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

        `additions` are the volumes, sidecars, variables, destinations and objects that a composition adds.
        """
        super().__init__(name, args, context, opts)
        args, additions = self.args, additions or PodAdditions()
        labels = labels_of(context, name, args.kind)
        # A selector is immutable, so it contains only labels that never change.
        selector = {key: labels[key] for key in ("app.kubernetes.io/name", "app.kubernetes.io/component")}
        metadata: meta.ObjectMetaArgsDict = {"name": name, "namespace": name, "labels": labels}

        namespace = core.Namespace(
            f"{name}-namespace",
            metadata={"name": name, "labels": {**labels, **RESTRICTED_NAMESPACE}},
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
        default_deny = networking.NetworkPolicy(
            f"{name}-default-deny",
            metadata={**metadata, "name": "default-deny"},
            spec=DEFAULT_DENY,
            opts=inside,
        )
        network_access = networking.NetworkPolicy(
            f"{name}-network-policy",
            metadata=metadata,
            spec=network_policy(
                selector,
                port=args.port if args.kind == "web" else None,
                callers=[name, *(caller for caller in args.callers if caller != name)],
                egress=[*args.egress, *additions.egress],
                metrics_port=args.metrics_port,
                metrics_callers=args.metrics_callers,
            ),
            opts=inside,
        )
        limits = deadlines(
            startup_seconds=args.startup_seconds,
            min_ready_seconds=args.min_ready_seconds,
            replicas=range(args.min_replicas, args.max_replicas + 1),
        )
        needed: list[pulumi.Resource] = []
        for create in additions.objects:
            needed.append(create((namespace, *needed)))
        deployment = apps.Deployment(
            f"{name}-deployment",
            # Pulumi waits this long for a rollout whose pods crash, also if its progress deadline is over.
            metadata={**metadata, "annotations": {"pulumi.com/timeoutSeconds": str(limits.complete)}},
            spec={
                "selector": {"match_labels": selector},
                "strategy": STRATEGY,
                "min_ready_seconds": args.min_ready_seconds,
                "progress_deadline_seconds": limits.progress,
                "template": pod_template(name, args, labels=labels, selector=selector, additions=additions),
            },
            opts=self.child(depends_on=[service_account, network_access, default_deny, *needed, *first]),
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
                "metrics": [_cpu_target(name, args)],
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
        containers = "deployment.spec.template.spec.containers"
        port = f"port {args.port}" if args.kind == "web" else "worker"
        parts = [
            self.stated(
                f"{args.min_replicas}-{args.max_replicas} replicas",
                "autoscaler.spec.min_replicas",
                "autoscaler.spec.max_replicas",
            ),
            self.stated(short_image(args.image), f"{containers}.image"),
            self.stated(port, f"{containers}.ports", "service.spec.ports"),
        ]
        return " · ".join(filter(None, parts))


def reserved_name(name: object) -> Iterator[Problem]:
    """Yield a problem if the name of a service is a namespace that Kubernetes reserves."""
    if isinstance(name, str) and (name == "default" or name.startswith("kube-")):
        yield Problem("name", "is a namespace that Kubernetes reserves", "choose another name", name)


def _cpu_target(container: str, args: WorkloadArgs) -> autoscaling.MetricSpecArgsDict:
    """The metric of the main container, because the requests of sidecars would distort that of the pod."""
    target: Any = {"type": "Utilization", "average_utilization": args.target_cpu_percent}
    cpu: Any = {"name": "cpu", "container": container, "target": target}
    return {"type": "ContainerResource", "container_resource": cpu}


def _address(name: str, args: WorkloadArgs) -> str:
    return f"{name}.{name}.svc.cluster.local:{args.port}" if args.kind == "web" else ""
