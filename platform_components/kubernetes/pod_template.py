"""Pod template: the pods of a workload, with the restrictions that all of them have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pulumi_kubernetes.core import v1 as core

from platform_components.kubernetes.container import memory_bytes
from platform_components.kubernetes.pod import CONTAINER_SECURITY, POD_SECURITY, PodAdditions
from platform_components.kubernetes.probes import set_probes
from platform_components.kubernetes.spread import spread_constraints
from platform_components.kubernetes.workload_args import WorkloadArgs

_PRE_STOP_SECONDS = 5
_MEBIBYTE = 2**20
_LOGS_MEBIBYTES = 256  # the kubelet keeps 5 files of 10 MiB per container


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


def _pod(name: str, args: WorkloadArgs, selector: Mapping[str, str]) -> core.PodSpecArgsDict:
    # A terminating pod still receives requests for some seconds, so it sleeps before SIGTERM.
    pre_stop_seconds = _PRE_STOP_SECONDS if args.kind == "web" else 0
    return {
        "service_account_name": name,
        "enable_service_links": False,
        "termination_grace_period_seconds": pre_stop_seconds + args.graceful_shutdown_seconds,
        "security_context": POD_SECURITY,
        "node_selector": {"kubernetes.io/arch": args.architecture},
        "topology_spread_constraints": spread_constraints(
            selector, zones_required=args.zone_spread == "required"
        ),
        "containers": [_container(name, args, pre_stop_seconds)],
        "volumes": [{"name": "tmp", "empty_dir": {"size_limit": args.tmp_size}}],
    }


def _container(name: str, args: WorkloadArgs, pre_stop_seconds: int) -> core.ContainerArgsDict:
    storage = _storage(args.tmp_size)
    container: core.ContainerArgsDict = {
        "name": name,
        "image": args.image,
        "env": [{"name": variable, "value": value} for variable, value in args.environment.items()],
        "resources": {
            "requests": {"cpu": args.cpu, "memory": args.memory, "ephemeral-storage": storage},
            "limits": {"memory": args.memory_limit or args.memory, "ephemeral-storage": storage},
        },
        "security_context": CONTAINER_SECURITY,
        "volume_mounts": [{"name": "tmp", "mount_path": "/tmp"}],
    }
    set_probes(container, args)
    if args.command:
        container["command"] = list(args.command)
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


def _storage(tmp_size: str) -> str:
    """The ephemeral storage of a pod: the limit of a pod includes its emptyDir volumes and logs."""
    return f"{-(-int(memory_bytes(tmp_size)) // _MEBIBYTE) + _LOGS_MEBIBYTES}Mi"
