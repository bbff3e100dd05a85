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
from platform_components.kubernetes.pod import MainContainer, PodAdditions, pod_of
from platform_components.kubernetes.rollout import POD_SCHEDULING_SECONDS

_AWAIT_SECONDS: Final = 60
"""What Pulumi waits longer than the Job's deadline, so that the Job's own error is reported. Pulumi's timer
starts again with every event of the Job and its pods (pulumi-kubernetes: provider/pkg/await/job.go), so the
Job's deadline is the actual limit."""

_RETRIES: Final = 4
"""Pods after the first one. The first can fail without a defect: EKS gives credentials to a pod only when it
is created, and a Pod Identity association can take several seconds to be effective (EKS API Reference:
"CreatePodIdentityAssociation"). Kubernetes waits 10, 20, 40 and 80 seconds before the retries, so that they
cover 150 seconds (Kubernetes: "Jobs", "Pod backoff failure policy")."""

_UNDISTURBED: Final = MappingProxyType({"karpenter.sh/do-not-disrupt": "true"})
"""Annotations of a pod whose node EKS Auto Mode does not consolidate or replace (Karpenter: "Well-Known
Annotations")."""


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
        container: MainContainer,
        *,
        seconds: int,
        architecture: str | None = None,
        additions: PodAdditions,
        egress: Sequence[EgressRule | Destinations],
        opts: pulumi.ResourceOptions,
        annotations: Mapping[str, Input[str]] = MappingProxyType({}),
    ) -> batch.Job:
        """Create the children `<suffix>-service-account`, `<suffix>-network-policy` and `<suffix>`.

        `seconds` is the time for all attempts together. The deadline is later, because it includes the start
        of the first pod. A change of `annotations`, those of the pod, runs the Job again. A failed Job is
        replaced by the next deployment. `architecture` is that of the nodes. Default: any.
        """
        deadline = POD_SCHEDULING_SECONDS + seconds
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
        pod = additions.added_to(pod_of(self.name, container, architecture))
        pod["restart_policy"] = "Never"
        return batch.Job(
            self.name,
            metadata={
                **metadata,
                "annotations": {
                    "pulumi.com/timeoutSeconds": str(deadline + _AWAIT_SECONDS),
                    # Otherwise Pulumi would wait for the failed Job again.
                    "pulumi.com/replaceUnready": "true",
                },
            },
            spec={
                "backoff_limit": _RETRIES,
                "active_deadline_seconds": deadline,
                # Otherwise a pod that is being evicted would run at the same time as its replacement.
                "pod_replacement_policy": "Failed",
                "template": {
                    "metadata": {"labels": labels, "annotations": {**annotations, **_UNDISTURBED}},
                    "spec": pod,
                },
            },
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[account, policy])),
        )
