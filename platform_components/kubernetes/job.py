"""Job: a pod that runs to completion, before the pods of a workload are replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import pulumi
from pulumi_kubernetes.batch import v1 as batch
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

from platform_components.base import Component, Input, labels_of
from platform_components.kubernetes.network_policy import Destinations, EgressRule, network_policy
from platform_components.kubernetes.pod import CONTAINER_SECURITY, POD_SECURITY, PodAdditions

_AWAIT_SECONDS: Final = 60
"""Time after the Job's deadline in which Pulumi still waits, so that the Job's own error is reported."""


@dataclass(frozen=True)
class JobContainer:
    """The container of a Job."""

    image: str
    command: Sequence[str]
    environment: Mapping[str, Input[str]]
    memory: str
    """Memory request and limit."""
    cpu: str = "50m"
    """CPU request."""
    run_as_user: int | None = None
    """User ID of the process. Default: the user of the image, which must be numeric and not root."""


@dataclass(frozen=True)
class Job:
    """A Job with its service account and network policy, in the namespace with the name of the component.

    A Job is immutable. If its pod template changes, Pulumi deletes it and creates another one with the same
    name, which runs again (pulumi-kubernetes: `job` in provider/pkg/provider/diff.go, deleteBeforeReplace in
    provider.go). Nothing else is replaced, because other resources depend on it without using its values
    (pulumi: calculateDependentReplacements in pkg/resource/deploy/step_generator.go). It has no
    ttlSecondsAfterFinished: after a refresh, a deleted Job would be created again.
    """

    component: Component[Any]
    suffix: str
    """Suffix of the children's names, and the label `app.kubernetes.io/component` of the pod."""

    @property
    def name(self) -> str:
        """Name of the Job and of its service account."""
        return f"{self.component.name}-{self.suffix}"

    def create(
        self,
        container: JobContainer,
        *,
        seconds: int,
        additions: PodAdditions,
        egress: Sequence[EgressRule | Destinations],
        opts: pulumi.ResourceOptions,
        annotations: Mapping[str, Input[str]] = MappingProxyType({}),
    ) -> batch.Job:
        """Create the children `<suffix>-service-account`, `<suffix>-network-policy` and `<suffix>`.

        `seconds` is the deadline of all attempts together. A change of `annotations`, those of the pod, runs
        the Job again. A failed Job is replaced by the next deployment.
        """
        labels = labels_of(self.component.context, self.component.name, self.suffix)
        metadata: meta.ObjectMetaArgsDict = {
            "name": self.name,
            "namespace": self.component.name,
            "labels": labels,
        }
        account = core.ServiceAccount(
            f"{self.name}-service-account",
            metadata=metadata,
            automount_service_account_token=False,
            opts=opts,
        )
        selector = {key: labels[key] for key in ("app.kubernetes.io/name", "app.kubernetes.io/component")}
        policy = networking.NetworkPolicy(
            f"{self.name}-network-policy",
            metadata=metadata,
            spec=network_policy(selector, port=None, callers=(), egress=egress),
            opts=opts,
        )
        pod = additions.added_to(
            {
                "service_account_name": self.name,
                "enable_service_links": False,
                "restart_policy": "Never",
                "security_context": POD_SECURITY,
                "containers": [_container(self.suffix, container)],
                "volumes": [{"name": "tmp", "empty_dir": {"size_limit": "1Gi"}}],
            }
        )
        return batch.Job(
            self.name,
            metadata={
                **metadata,
                "annotations": {
                    "pulumi.com/timeoutSeconds": str(seconds + _AWAIT_SECONDS),
                    # Otherwise Pulumi would wait for the failed Job again.
                    "pulumi.com/replaceUnready": "true",
                },
            },
            spec={
                # The first can fail: a new Pod Identity association takes some seconds to be effective.
                "backoff_limit": 4,
                "active_deadline_seconds": seconds,
                "template": {"metadata": {"labels": labels, "annotations": dict(annotations)}, "spec": pod},
            },
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[account, policy])),
        )


def _container(name: str, container: JobContainer) -> core.ContainerArgsDict:
    user = {} if container.run_as_user is None else {"run_as_user": container.run_as_user}
    return {
        "name": name,
        "image": container.image,
        "command": list(container.command),
        "env": [{"name": variable, "value": value} for variable, value in container.environment.items()],
        "resources": {
            "requests": {"cpu": container.cpu, "memory": container.memory},
            "limits": {"memory": container.memory},
        },
        "security_context": {**CONTAINER_SECURITY, **user},  # type: ignore[typeddict-item]
        "volume_mounts": [{"name": "tmp", "mount_path": "/tmp"}],
    }
