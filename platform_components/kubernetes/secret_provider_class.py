"""SecretProviderClass: the secrets that the Secrets Store CSI driver mounts into pods as files.

The AWS provider of the driver fetches them with the IAM role of the pod, through EKS Pod Identity. The role
needs `secretsmanager:GetSecretValue` and, because the provider checks the version before it fetches a secret
again, `secretsmanager:DescribeSecret` (source: README and secrets_manager_provider.go of
aws/secrets-store-csi-driver-provider-aws 3.1).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, cast

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta

from platform_components.base import Component, Input, labels_of
from platform_components.kubernetes.pod import Mount

API_VERSION: Final = "secrets-store.csi.x-k8s.io/v1"
KIND: Final = "SecretProviderClass"
DRIVER: Final = "secrets-store.csi.k8s.io"
"""Name of the CSI driver."""

WHOLE_SECRET: Final = ""
"""The path of a file with the complete value of its secret."""


class SecretProviderClass(CustomResource):
    """The custom resource, with a type token as the classes that the SDK generates have."""

    pulumi_type = f"kubernetes:{API_VERSION}:{KIND}"


@pulumi.input_type
class SecretProviderClassArgs:
    """Arguments of the custom resource, in the form of those of the SDK, for the check of `customize`."""

    def __init__(
        self,
        *,
        metadata: Input[meta.ObjectMetaArgs],
        spec: Input[Mapping[str, Any]],
        api_version: Input[str] = API_VERSION,
        kind: Input[str] = KIND,
    ) -> None:
        for name, value in (
            *(("api_version", api_version), ("kind", kind)),
            *(("metadata", metadata), ("spec", spec)),
        ):
            pulumi.set(self, name, value)

    @property
    @pulumi.getter(name="apiVersion")
    def api_version(self) -> Input[str]:
        """API version of the object."""
        return cast(str, pulumi.get(self, "api_version"))

    @property
    @pulumi.getter
    def kind(self) -> Input[str]:
        """Kind of the object."""
        return cast(str, pulumi.get(self, "kind"))

    @property
    @pulumi.getter
    def metadata(self) -> Input[meta.ObjectMetaArgs]:
        """Metadata of the object."""
        return cast(meta.ObjectMetaArgs, pulumi.get(self, "metadata"))

    @property
    @pulumi.getter
    def spec(self) -> Input[Mapping[str, Any]]:
        """The provider and its parameters; the SDK defines no types for them."""
        return cast(Mapping[str, Any], pulumi.get(self, "spec"))


@dataclass(frozen=True)
class SecretObject:
    """One secret of Secrets Manager, and the files to mount of it."""

    arn: Input[str]
    """ARN of the secret. Each ARN must be in a class once."""
    files: Mapping[str, str]
    """File name to JMESPath expression that selects a string of a secret with JSON; `WHOLE_SECRET` for the
    complete value. The provider mounts that of every secret: without a name, as `<first file>.json`."""

    def descriptors(self, arn: str) -> list[dict[str, Any]]:
        """Return the entries of the provider's list `objects`, for the known ARN."""
        whole = [file for file, path in self.files.items() if path == WHOLE_SECRET]
        parts = [
            {"path": path, "objectAlias": file} for file, path in self.files.items() if path != WHOLE_SECRET
        ]
        first, *more = whole or [f"{next(iter(self.files))}.json"]
        with_parts = {"objectName": arn, "objectAlias": first} | ({"jmesPath": parts} if parts else {})
        return [with_parts, *({"objectName": arn, "objectAlias": file} for file in more)]


def provider_class(
    component: Component[Any],
    suffix: str,
    namespace: str,
    region: str,
    objects: Sequence[SecretObject],
    *,
    sync: Mapping[str, str] = MappingProxyType({}),
    opts: pulumi.ResourceOptions | None = None,
) -> SecretProviderClass:
    """Create the SecretProviderClass `<component>-<suffix>`, the child of the same name.

    `sync` maps keys of a Kubernetes Secret to file names: the driver copies these files to a Secret with the
    name of the class while a pod mounts it. Create the class in `PodAdditions.objects`, so that it is in the
    namespace before the first pod that mounts it.
    """
    name = f"{component.name}-{suffix}"
    labels = labels_of(component.context, component.name, suffix)
    spec: dict[str, Any] = {
        "provider": "aws",
        "parameters": {
            "region": region,
            "usePodIdentity": "true",
            "objects": pulumi.Output.all(*(each.arn for each in objects)).apply(
                lambda arns: _listed(objects, arns)
            ),
        },
    }
    if sync:
        data = [{"key": key, "objectName": file} for key, file in sync.items()]
        spec["secretObjects"] = [{"secretName": name, "type": "Opaque", "labels": labels, "data": data}]
    return SecretProviderClass(
        name,
        api_version=API_VERSION,
        kind=KIND,
        metadata={"name": name, "namespace": namespace, "labels": labels},
        spec=spec,
        opts=opts or component.child(),
    )


def secrets_mount(path: str, class_name: str) -> Mount:
    """Return the mount of all files of a SecretProviderClass in the directory `path`."""
    volume: core.VolumeArgsDict = {
        "name": class_name,
        "csi": {
            "driver": DRIVER,
            "read_only": True,
            "volume_attributes": {"secretProviderClass": class_name},
        },
    }
    return Mount(path, volume)


def _listed(objects: Sequence[SecretObject], arns: Sequence[str]) -> str:
    """Return the provider's list `objects`, a string of YAML, of which JSON is a subset."""
    return json.dumps(
        [each for one, arn in zip(objects, arns, strict=True) for each in one.descriptors(arn)], indent=2
    )
