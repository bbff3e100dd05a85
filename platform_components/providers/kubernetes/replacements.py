"""Which changes replace a Kubernetes object: properties that force a new one, or that the API refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from platform_components.engine import Secret
from platform_components.engine.plan.providers import Effect
from platform_components.providers.kubernetes.quantities import quantity

_IDENTITY: Final = ("metadata.name", "metadata.namespace")

_CONTAINER: Final = (
    "args",
    "command",
    "env",
    "image",
    "imagePullPolicy",
    "lifecycle",
    "livenessProbe",
    "ports",
    "readinessProbe",
    "resources",
    "securityContext",
    "stdin",
    "stdinOnce",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
    "volumeDevices",
    "volumeMounts",
    "workingDir",
)

_SELECTOR: Final = ("spec.selector",)

_JOB: Final = ("spec.completions", "spec.parallelism", "spec.selector", "spec.template")

_STATEFUL_SET: Final = (
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
)

_REPLACED: Final[Mapping[str, tuple[str, ...]]] = {
    "apps/v1:DaemonSet": _SELECTOR,
    "apps/v1:Deployment": _SELECTOR,
    "apps/v1:StatefulSet": _STATEFUL_SET,
    "apps/v1beta1:StatefulSet": _STATEFUL_SET,
    "apps/v1beta2:DaemonSet": _SELECTOR,
    "apps/v1beta2:Deployment": _SELECTOR,
    "apps/v1beta2:StatefulSet": _STATEFUL_SET,
    "batch/v1:Job": _JOB,
    "batch/v1beta1:Job": _JOB,
    "batch/v2alpha1:Job": _JOB,
    "core/v1:PersistentVolume": tuple(
        f"spec.{source}"
        for source in (
            "awsElasticBlockStore",
            "azureDisk",
            "azureFile",
            "cephfs",
            "cinder",
            "csi",
            "fc",
            "flexVolume",
            "flocker",
            "gcePersistentDisk",
            "glusterfs",
            "hostPath",
            "iscsi",
            "local",
            "nfs",
            "photonPersistentDisk",
            "portworxVolume",
            "quobyte",
            "rbd",
            "scaleIO",
            "storageos",
            "vsphereVolume",
        )
    ),
    "core/v1:PersistentVolumeClaim": (
        "spec.accessModes",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeName",
    ),
    "core/v1:Pod": (
        *(
            f"spec.{field}"
            for field in (
                "affinity",
                "automountServiceAccountToken",
                "dnsConfig",
                "dnsPolicy",
                "enableServiceLinks",
                "hostAliases",
                "hostIPC",
                "hostNetwork",
                "hostPID",
                "hostname",
                "imagePullSecrets",
                "nodeName",
                "nodeSelector",
                "overhead",
                "preemptionPolicy",
                "priority",
                "priorityClassName",
                "readinessGates",
                "restartPolicy",
                "runtimeClassName",
                "schedulerName",
                "securityContext",
                "serviceAccount",
                "serviceAccountName",
                "shareProcessNamespace",
                "subdomain",
                "terminationGracePeriodSeconds",
                "volumes",
            )
        ),
        *(f"spec.{kind}.{field}" for kind in ("containers", "initContainers") for field in _CONTAINER),
    ),
    "core/v1:ResourceQuota": ("spec.scopes",),
    "core/v1:Secret": ("type",),
    "core/v1:Service": ("spec.clusterIP",),
    "policy/v1beta1:PodDisruptionBudget": ("spec",),
    "rbac.authorization.k8s.io/v1:ClusterRoleBinding": ("roleRef",),
    "rbac.authorization.k8s.io/v1:RoleBinding": ("roleRef",),
    "rbac.authorization.k8s.io/v1alpha1:ClusterRoleBinding": ("roleRef",),
    "rbac.authorization.k8s.io/v1alpha1:RoleBinding": ("roleRef",),
    "rbac.authorization.k8s.io/v1beta1:ClusterRoleBinding": ("roleRef",),
    "rbac.authorization.k8s.io/v1beta1:RoleBinding": ("roleRef",),
    "storage.k8s.io/v1:StorageClass": ("parameters", "provisioner"),
}
"""Properties whose change replaces an object: forceNew in pulumi-kubernetes, provider/pkg/provider/diff.go"""

_IMMUTABLE_DATA: Final[Mapping[str, tuple[str, ...]]] = {
    "core/v1:ConfigMap": ("binaryData", "data"),
    "core/v1:Secret": ("type", "stringData", "data"),
}
"""The same for objects that the provider treats as immutable: forceNewProperties in diff.go."""

_REFUSED: Final[Mapping[str, tuple[str, ...]]] = {
    "apiextensions.k8s.io/v1:CustomResourceDefinition": (
        "spec.group",
        "spec.names.kind",
        "spec.names.plural",
        "spec.scope",
    ),
    "apps/v1:ReplicaSet": ("spec.selector",),
    "batch/v1:Job": (
        "spec.backoffLimitPerIndex",
        "spec.completionMode",
        "spec.managedBy",
        "spec.podFailurePolicy",
        "spec.successPolicy",
    ),
    "core/v1:PersistentVolume": ("spec.volumeMode",),
    "core/v1:PersistentVolumeClaim": ("spec.dataSource", "spec.dataSourceRef", "spec.volumeMode"),
    "core/v1:Pod": ("spec.containers", "spec.initContainers"),
    "discovery.k8s.io/v1:EndpointSlice": ("addressType",),
    "networking.k8s.io/v1:IngressClass": ("spec.controller",),
    "node.k8s.io/v1:RuntimeClass": ("handler",),
    "scheduling.k8s.io/v1:PriorityClass": ("preemptionPolicy", "value"),
    "storage.k8s.io/v1:CSIDriver": ("spec.attachRequired", "spec.volumeLifecycleModes"),
    "storage.k8s.io/v1:StorageClass": ("reclaimPolicy", "volumeBindingMode"),
}
"""Properties that the provider updates, and that the API server refuses to change.

From the functions Validate...Update in kubernetes 1.36, pkg/apis/<group>/validation/validation.go, and
validateCustomResourceDefinitionSpecUpdate in apiextensions-apiserver, pkg/apis/apiextensions/validation.
"""


def object_effect(type_: str, path: str, old: Any, new: Any, *, is_immutable: bool) -> Effect:
    """Return what the change of a property of an object does, whatever its other properties are.

    `is_immutable`: whether the provider treats the data of a ConfigMap or Secret as immutable. `unknown`
    stands for a change that the provider tries as an update, and that the API server refuses: the object
    must be replaced.
    """
    kind = type_.removeprefix("kubernetes:")
    if path == "metadata" and new is None:  # Diff in provider.go
        return "replace"
    replaced = _IMMUTABLE_DATA[kind] if is_immutable and kind in _IMMUTABLE_DATA else _REPLACED.get(kind, ())
    if _is_changed((*_IDENTITY, *replaced), path, new):
        return "replace"
    if _is_changed(_REFUSED.get(kind, ()), path, new):
        return "unknown"
    return "unknown" if _is_refused_value(kind, path, old, new) else "update"


def keeps_load_balancer(type_: str, path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the class of a load balancer changes and the Service stays one, which the API server refuses.

    Source: validateLoadBalancerClassField in kubernetes 1.36, pkg/apis/core/validation/validation.go.
    """
    if type_ != "kubernetes:core/v1:Service" or path != "spec.loadBalancerClass":
        return False
    return all(_service_type(inputs) == "LoadBalancer" for inputs in (before, after))


def _service_type(inputs: Mapping[str, Any]) -> Any:
    spec = inputs.get("spec")
    return spec.get("type") if isinstance(spec, Mapping) else None


def _is_refused_value(kind: str, path: str, old: Any, new: Any) -> bool:
    """Whether the API server refuses this value, though it accepts others: see _REFUSED for the source."""
    if kind in _IMMUTABLE_DATA and path == "immutable":
        return old is True
    if kind == "apiextensions.k8s.io/v1:CustomResourceDefinition":
        # Each version in status.storedVersions must be in spec.versions; the inputs have no status.
        return path == "spec.versions.name" or (path == "spec.versions" and new is None)
    if kind == "core/v1:PersistentVolume":  # validatePvNodeAffinity
        return old is not None and f"{path}.".startswith("spec.nodeAffinity.")
    if kind == "core/v1:Service" and path == "spec.ipFamilies":
        # The first one "may not change once set" (validateUpgradeDowngradeIPFamilies). Paths have no indexes:
        # the second one is only ever added or removed.
        return old is not None and new is not None
    if kind == "core/v1:PersistentVolumeClaim" and path == "spec.resources.requests.storage":
        try:
            return quantity(str(new)) < quantity(str(old))
        except ValueError:
            return False
    return False


def _is_changed(properties: tuple[str, ...], path: str, new: Any) -> bool:
    """Whether the change of a path is one of these properties, is in one, or adds an object that has one.

    As PatchPropertiesChanged in provider/pkg/openapi/match.go matches a patch.
    """
    return any(
        path == each
        or path.startswith(f"{each}.")
        or (each.startswith(f"{path}.") and _has(new, each[len(path) + 1 :].split(".")))
        for each in properties
    )


def _has(value: Any, names: list[str]) -> bool:
    if isinstance(value, Secret):
        return _has(value.value, names)
    if isinstance(value, list | tuple):
        return any(_has(item, names) for item in value)
    if not names:
        return True
    return isinstance(value, Mapping) and names[0] in value and _has(value[names[0]], names[1:])
