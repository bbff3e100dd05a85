"""The Kubernetes provider: what it does with inputs in Check, and which changes replace an object in Diff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from platform_components.engine.plan.providers import Checked, Effect
from platform_components.engine.state.deployment import ResourceState
from platform_components.engine.urn import PROVIDER_TYPE
from platform_components.engine.values import UNKNOWN, Secret, has_secret, is_unknown
from platform_components.providers.checked_inputs import unmarked_value
from platform_components.providers.kubernetes.configuration import (
    configuration_effect,
    default_namespace,
    is_enabled,
    selects_cluster,
)
from platform_components.providers.kubernetes.normalized import (
    dashed,
    has_underscored,
    is_secret_object,
    normal,
)
from platform_components.providers.kubernetes.release import RELEASE, checked_release, release_effect
from platform_components.providers.kubernetes.replacements import keeps_load_balancer, object_effect
from platform_components.providers.kubernetes.secrets import with_secrets_of

_AUTONAMED: Final = "pulumi.com/autonamed"
_MANAGED_BY: Final = "app.kubernetes.io/managed-by"
_DEFAULT: Final = "default"
_ABSENT: Final = (None, "")

_CLUSTER_SCOPED: Final = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "FlowSchema",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PodSecurityPolicy",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "StorageClass",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }
)
"""Kinds without a namespace: Namespaced in pulumi-kubernetes, provider/pkg/kinds/kinds.go."""


@dataclass(frozen=True)
class KubernetesProvider:
    """A Kubernetes provider with the configuration that Check and Diff depend on.

    Source: pulumi-kubernetes 4, provider/pkg/provider/provider.go; 3.x and 4.x differ in what they recorded.
    """

    namespace: str | None = None
    """Namespace of objects that do not name one. None: unknown."""
    mutable_config_maps: bool = False
    """`enableConfigMapMutable`: the data of a ConfigMap is updated instead of replacing it."""
    mutable_secrets: bool = False
    """`enableSecretMutable`: the same for Secrets."""

    @classmethod
    def configured(cls, inputs: Mapping[str, Any]) -> KubernetesProvider:
        """Return the provider with these inputs."""
        return cls(
            namespace=default_namespace(inputs),
            mutable_config_maps=is_enabled(inputs, "enableConfigMapMutable"),
            mutable_secrets=is_enabled(inputs, "enableSecretMutable"),
        )

    def check(self, type_: str, given: Mapping[str, Any], old: ResourceState | None) -> Checked:
        """Return the inputs that Check returns, in the form of the state where both mean the same.

        Undecided is the metadata of an object that does not name its namespace, if that of the state can be
        the default of the provider or one that the program does not set any more.
        """
        recorded = None if old is None else old.inputs
        if type_.startswith(PROVIDER_TYPE):
            return Checked(given)
        if type_ == RELEASE:
            return checked_release(given, recorded)
        is_marked = has_secret(given) or is_secret_object(given)
        inputs = unmarked_value(given) if is_marked else given
        if given.get("kind") == "CustomResourceDefinition" and not has_underscored(recorded):
            inputs = dashed(inputs)
        keeps_text = is_secret_object(given) and recorded is not None and "stringData" in recorded
        if not keeps_text and not is_unknown(inputs):
            inputs = normal(inputs)
        undecided: tuple[str, ...] = ()
        if recorded:
            inputs, undecided = self._adopted(inputs, recorded)
            if inputs != recorded:
                before = unmarked_value(recorded)
                inputs = _in_form_of(recorded, before if keeps_text else normal(before), inputs)
        return Checked(with_secrets_of(given, inputs) if is_marked else inputs, undecided)

    def _adopted(
        self, inputs: Mapping[str, Any], recorded: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        """The inputs with the generated name, the label and the namespace of the state."""
        before, metadata = _mapping(recorded.get("metadata")), inputs.get("metadata", {})
        if not isinstance(metadata, Mapping):
            return inputs, ()
        added: dict[str, Any] = {}
        undecided: tuple[str, ...] = ()
        if metadata.get("name") in _ABSENT and _mapping(before.get("annotations")).get(_AUTONAMED) == "true":
            added["name"] = before.get("name")
            if metadata.get("annotations") is not UNKNOWN:
                added["annotations"] = {**_mapping(metadata.get("annotations")), _AUTONAMED: "true"}
        label = _mapping(before.get("labels")).get(_MANAGED_BY)
        if label == "pulumi" and metadata.get("labels") is not UNKNOWN:
            added["labels"] = {**_mapping(metadata.get("labels")), _MANAGED_BY: label}
        given, namespace = metadata.get("namespace"), before.get("namespace")
        if inputs.get("kind") in _CLUSTER_SCOPED:
            metadata = _without_namespace(metadata)
            added |= {"namespace": namespace} if namespace else {}
        elif given in _ABSENT and namespace:
            added["namespace"] = self.namespace or namespace
            if self.namespace is None and namespace != _DEFAULT:
                added["namespace"], undecided = UNKNOWN, ("metadata",)
        elif given == _DEFAULT and not namespace:
            metadata = _without_namespace(metadata)
        changed = {**metadata, **added}
        if changed == inputs.get("metadata", {}):
            return inputs, undecided
        return {**inputs, "metadata": changed}, undecided

    def effect(self, type_: str, path: str, old: Any, new: Any) -> Effect:
        """Return what the change of a property does, whatever the other properties are.

        That is unknown if the cluster of a provider depends on them, or whether an object is immutable.
        """
        if type_.startswith(PROVIDER_TYPE):
            return "unknown" if selects_cluster(path) else configuration_effect(path, {}, {})
        if type_ == RELEASE:
            return release_effect(path)
        is_mutable = self._is_mutable(type_)
        found = object_effect(type_, path, old, new, is_immutable=not is_mutable)
        if is_mutable and object_effect(type_, path, old, new, is_immutable=True) != found:
            return "unknown"
        return found

    def effect_within(
        self,
        type_: str,
        path: str,
        old: Any,
        new: Any,
        *,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> Effect:
        """Return what the change of a property does, given all inputs before and after."""
        if type_.startswith(PROVIDER_TYPE):
            return configuration_effect(path, before, after)
        if type_ == RELEASE:
            return release_effect(path)
        if keeps_load_balancer(type_, path, before, after):
            return "unknown"
        is_immutable = not self._is_mutable(type_) or after.get("immutable") is True
        return object_effect(type_, path, old, new, is_immutable=is_immutable)

    def _is_mutable(self, type_: str) -> bool:
        return self.mutable_secrets if type_ == "kubernetes:core/v1:Secret" else self.mutable_config_maps

    def deletes_first(self, type_: str, old: ResourceState, new: Mapping[str, Any]) -> bool:
        """Whether the new object has the name and namespace of the old one, so that both can't exist."""
        if type_ == RELEASE or type_.startswith(PROVIDER_TYPE):
            return False
        metadata, live = _mapping(new.get("metadata")), _mapping(old.outputs.get("metadata"))
        name = unmarked_value(metadata.get("name"))
        if not isinstance(name, str) or _mapping(metadata.get("annotations")).get(_AUTONAMED) == "true":
            return False
        live = live or _mapping(old.inputs.get("metadata"))
        if name != live.get("name"):
            return False
        is_namespaced = new.get("kind") not in _CLUSTER_SCOPED
        return not is_namespaced or _namespace(metadata) == _namespace(live)


def _in_form_of(recorded: Any, normal_recorded: Any, new: Any) -> Any:
    """Return the new value with the parts of the recorded one whose normal form is the same."""
    if new == normal_recorded:
        return recorded
    if isinstance(recorded, Secret):
        return _in_form_of(recorded.value, normal_recorded, new)
    if isinstance(recorded, Mapping) and isinstance(normal_recorded, Mapping) and isinstance(new, Mapping):
        found = {
            key: _in_form_of(recorded[key], normal_recorded[key], value)
            if key in recorded and key in normal_recorded
            else value
            for key, value in new.items()
        }
        left_out = recorded.keys() - normal_recorded.keys() - new.keys()
        return found | {key: recorded[key] for key in left_out}
    lists = (recorded, normal_recorded, new)
    if all(isinstance(each, list | tuple) for each in lists) and len({len(each) for each in lists}) == 1:
        return [_in_form_of(*items) for items in zip(*lists, strict=True)]
    return new


def _namespace(metadata: Mapping[str, Any]) -> Any:
    namespace = metadata.get("namespace")
    return _DEFAULT if namespace in _ABSENT else namespace


def _without_namespace(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in metadata.items() if key != "namespace"}


def _mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, otherwise an empty one: it can be unknown or secret."""
    return value if isinstance(value, Mapping) else {}
