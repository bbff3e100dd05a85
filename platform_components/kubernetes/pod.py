"""Pod: the security settings of all pods, and what a composition adds to the pods of a workload."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi
from pulumi_kubernetes.core import v1 as core

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
    sidecars: Sequence[core.ContainerArgsDict] = ()
    """Containers that start before the main one and run beside it."""
    variables: Sequence[core.EnvVarArgsDict] = ()
    """Variables of the main container that are not plain text, such as keys of a Kubernetes Secret."""
    objects: Sequence[Callable[[core.Namespace], pulumi.Resource]] = ()
    """Functions that create what the pods need in the namespace. The Deployment waits for the resources."""

    def __add__(self, other: PodAdditions) -> PodAdditions:
        return PodAdditions(
            (*self.mounts, *other.mounts),
            (*self.sidecars, *other.sidecars),
            (*self.variables, *other.variables),
            (*self.objects, *other.objects),
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
        if self.sidecars:
            # An init container with this restart policy is a sidecar: it runs as long as the pod.
            sidecars = [{**sidecar, "restart_policy": "Always"} for sidecar in self.sidecars]
            spec["init_containers"] = [*spec.get("init_containers", ()), *sidecars]
        return cast(core.PodSpecArgsDict, spec)
