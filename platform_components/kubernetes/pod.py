"""Pod: what all pods have in common, and what a composition adds to the pods of a workload."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi
from pulumi_kubernetes.core import v1 as core

from platform_components.base import Input
from platform_components.kubernetes.container import memory_bytes
from platform_components.kubernetes.network_policy import Destinations

POD_SECURITY: Final[core.PodSecurityContextArgsDict] = {
    "run_as_non_root": True,
    "seccomp_profile": {"type": "RuntimeDefault"},
}
"""Security context of a pod that complies with the `restricted` Pod Security Standard."""

CONTAINER_SECURITY: Final[core.SecurityContextArgsDict] = {
    "allow_privilege_escalation": False,
    "read_only_root_filesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
"""Security context of a container that complies with the `restricted` Pod Security Standard."""

POD_SECURITY_VERSION: Final = "v1.36"
"""Version of the Pod Security Standards that the pods comply with. A cluster with a later version enforces
this one; an earlier cluster enforces its own."""

RESTRICTED_NAMESPACE: Final[Mapping[str, str]] = {
    f"pod-security.kubernetes.io/{label}": value
    for mode in ("enforce", "audit", "warn")
    for label, value in ((mode, "restricted"), (f"{mode}-version", POD_SECURITY_VERSION))
}
"""Labels of a namespace that enforce the `restricted` Pod Security Standard, and report violations."""

SIDECAR_STORAGE: Final = "64Mi"
"""Ephemeral storage of a container that writes only logs, of which the kubelet keeps 5 files of 10 MiB."""

_MEBIBYTE: Final = 2**20
_LOGS_MEBIBYTES: Final = 256


@dataclass(frozen=True)
class MainContainer:
    """The container for which a pod exists. It can write only to /tmp."""

    name: str
    image: Input[str]
    environment: Mapping[str, Input[str]]
    cpu: str
    """CPU request."""
    memory: str
    """Memory request."""
    memory_limit: str | None = None
    """Default: the same as `memory`."""
    tmp_size: str = "1Gi"
    """Size limit of /tmp."""
    command: Sequence[str] = ()
    """Default: the image's entrypoint."""
    run_as_user: int | None = None
    """User ID of the process. Default: the user of the image, which must be numeric and not root."""

    def spec(self) -> core.ContainerArgsDict:
        """Return the container of a pod with a volume `tmp`."""
        storage = _storage(self.tmp_size)
        container: core.ContainerArgsDict = {
            "name": self.name,
            "image": self.image,
            "env": [{"name": variable, "value": value} for variable, value in self.environment.items()],
            "resources": {
                "requests": {"cpu": self.cpu, "memory": self.memory, "ephemeral-storage": storage},
                "limits": {"memory": self.memory_limit or self.memory, "ephemeral-storage": storage},
            },
            "security_context": container_security(self.run_as_user),
            "volume_mounts": [{"name": "tmp", "mount_path": "/tmp"}],
        }
        if self.command:
            container["command"] = list(self.command)
        return container


def container_security(run_as_user: int | None = None) -> core.SecurityContextArgsDict:
    """Return the security context of a container. Default of the user ID: that of the image."""
    security = CONTAINER_SECURITY.copy()
    if run_as_user is not None:
        security["run_as_user"] = run_as_user
    return security


def pod_of(
    service_account: str, container: MainContainer, architecture: str | None = None
) -> core.PodSpecArgsDict:
    """Return a pod with the restrictions that all of them have. Default: nodes of any architecture."""
    pod: core.PodSpecArgsDict = {
        "service_account_name": service_account,
        "enable_service_links": False,
        "security_context": POD_SECURITY,
        "containers": [container.spec()],
        "volumes": [{"name": "tmp", "empty_dir": {"size_limit": container.tmp_size}}],
    }
    if architecture:
        pod["node_selector"] = {"kubernetes.io/arch": architecture}
    return pod


def _storage(tmp_size: str) -> str:
    """The ephemeral storage of a pod: the limit of a pod includes its emptyDir volumes and logs."""
    return f"{-(-int(memory_bytes(tmp_size)) // _MEBIBYTE) + _LOGS_MEBIBYTES}Mi"


@dataclass(frozen=True)
class Mount:
    """A volume of a pod, and the directory in which all of its containers see it."""

    path: str
    """Directory in the containers: `/run/secrets/platform`."""
    volume: core.VolumeArgsDict
    """The volume, with its `name`."""
    writable: bool = False
    """Whether the main container can write to it. Sidecars state their own mounts."""


@dataclass(frozen=True)
class PodAdditions:
    """What a composition adds to the pods of a workload. Add several with `+`."""

    mounts: Sequence[Mount] = ()
    """Volumes, mounted into the main container."""
    init_containers: Sequence[core.ContainerArgsDict] = ()
    """Containers that run to completion before all others. If one fails in a Job, so does the pod."""
    sidecars: Sequence[core.ContainerArgsDict] = ()
    """Containers that start before the main one and run beside it."""
    variables: Sequence[core.EnvVarArgsDict] = ()
    """Variables of the main container that are not plain text, such as keys of a Kubernetes Secret."""
    egress: Sequence[Destinations] = ()
    """Destinations that the pods can connect to, such as data stores."""
    objects: Sequence[Callable[[Sequence[pulumi.Resource]], pulumi.Resource]] = ()
    """Functions that create what the pods need in the namespace. The argument is the namespace, followed by
    what the functions before created. The Deployment waits for the resources."""

    def __add__(self, other: PodAdditions) -> PodAdditions:
        return PodAdditions(
            mounts=(*self.mounts, *other.mounts),
            init_containers=(*self.init_containers, *other.init_containers),
            sidecars=(*self.sidecars, *other.sidecars),
            variables=(*self.variables, *other.variables),
            egress=(*self.egress, *other.egress),
            objects=(*self.objects, *other.objects),
        )

    def added_to(self, pod: core.PodSpecArgsDict) -> core.PodSpecArgsDict:
        """Return a pod with the additions. The first of its containers is the main one."""
        spec = cast(dict[str, Any], dict(pod))
        main: dict[str, Any]
        main, *others = spec["containers"]
        mounts = [
            {"name": mount.volume["name"], "mount_path": mount.path, "read_only": not mount.writable}
            for mount in self.mounts
        ]
        added: dict[str, list[Any]] = {"volume_mounts": mounts, "env": list(self.variables)}
        main = {**main, **{key: [*main.get(key, ()), *more] for key, more in added.items() if more}}
        spec["containers"] = [main, *others]
        if self.mounts:
            spec["volumes"] = [*spec.get("volumes", ()), *(mount.volume for mount in self.mounts)]
        # An init container with this restart policy is a sidecar: it runs as long as the pod.
        sidecars = [{**sidecar, "restart_policy": "Always"} for sidecar in self.sidecars]
        if started_before := [*spec.get("init_containers", ()), *self.init_containers, *sidecars]:
            spec["init_containers"] = started_before
        return cast(core.PodSpecArgsDict, spec)
