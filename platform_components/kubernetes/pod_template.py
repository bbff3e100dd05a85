"""Pod template: the pods of a workload, with the restrictions that all of them have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pulumi_kubernetes.core import v1 as core

from platform_components.kubernetes.pod import MainContainer, PodAdditions, pod_of
from platform_components.kubernetes.probes import set_probes
from platform_components.kubernetes.spread import spread_constraints
from platform_components.kubernetes.workload_args import WorkloadArgs

_PRE_STOP_SECONDS = 5


def pod_template(
    name: str,
    args: WorkloadArgs,
    *,
    labels: Mapping[str, str],
    selector: Mapping[str, str],
    additions: PodAdditions,
) -> core.PodTemplateSpecArgsDict:
    """Return the template of the pods of a workload. Its container is named `name`."""
    template: core.PodTemplateSpecArgsDict = {
        "metadata": {"labels": labels},
        "spec": additions.added_to(_pod(name, args, selector)),
    }
    if args.metrics_port:
        scraped = {"prometheus.io/scrape": "true", "prometheus.io/port": str(args.metrics_port)}
        template["metadata"] = {"labels": labels, "annotations": scraped}
    return template


def main_container(name: str, args: WorkloadArgs) -> MainContainer:
    """Return the container of a workload, without probes and ports."""
    return MainContainer(
        name=name,
        image=args.image,
        environment=args.environment,
        cpu=args.cpu,
        memory=args.memory,
        memory_limit=args.memory_limit,
        tmp_size=args.tmp_size,
        command=args.command,
    )


def _pod(name: str, args: WorkloadArgs, selector: Mapping[str, str]) -> core.PodSpecArgsDict:
    # A terminating pod still receives requests for some seconds, so it sleeps before SIGTERM.
    pre_stop_seconds = _PRE_STOP_SECONDS if args.kind == "web" else 0
    pod = pod_of(name, main_container(name, args), args.architecture)
    pod["termination_grace_period_seconds"] = pre_stop_seconds + args.graceful_shutdown_seconds
    pod["topology_spread_constraints"] = spread_constraints(
        selector, zones_required=args.zone_spread == "required"
    )
    pod["containers"] = [_container(name, args, pre_stop_seconds)]
    return pod


def _container(name: str, args: WorkloadArgs, pre_stop_seconds: int) -> core.ContainerArgsDict:
    container = main_container(name, args).spec()
    set_probes(container, args)
    if args.arguments:
        container["args"] = list(args.arguments)
    if args.kind == "web":
        container["lifecycle"] = {"pre_stop": {"sleep": {"seconds": pre_stop_seconds}}}
    if ports := list(_ports(args)):
        container["ports"] = ports
    return container


def _ports(args: WorkloadArgs) -> Iterator[core.ContainerPortArgsDict]:
    if args.kind == "web":
        yield {"name": "http", "container_port": args.port}
    if args.metrics_port:
        yield {"name": "metrics", "container_port": args.metrics_port}
