"""Service files: the files of an `Access`, such as certificates, mounted into the pods of a service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.core import v1 as core

from platform_components.base import Component, Input, labels_of
from platform_components.kubernetes.pod import Mount, PodAdditions

DIRECTORY: Final = "/etc/platform"
"""Directory of the files in containers."""


@dataclass(frozen=True)
class ServiceFiles:
    """A ConfigMap with files, by the environment variable with the path of each."""

    component: Component[Any]
    files: Mapping[str, Input[str]]
    provider: pulumi.ProviderResource

    @property
    def environment(self) -> dict[str, str]:
        """The variables with the paths."""
        return {variable: f"{DIRECTORY}/{_key(variable)}" for variable in self.files}

    @property
    def additions(self) -> PodAdditions:
        """The volume of the pods, and the ConfigMap; nothing if there are no files."""
        return PodAdditions(mounts=[self.mount], objects=[self._create]) if self.files else PodAdditions()

    @property
    def mount(self) -> Mount:
        """The volume with the files."""
        return Mount(DIRECTORY, {"name": "files", "config_map": {"name": self._name}})

    def _create(self, first: Sequence[pulumi.Resource]) -> core.ConfigMap:
        """Create the child `files`. Running pods see changed files within minutes."""
        component = self.component
        return core.ConfigMap(
            self._name,
            metadata={
                "name": self._name,
                "namespace": component.name,
                "labels": labels_of(component.context, component.name, "files"),
            },
            data={_key(variable): content for variable, content in self.files.items()},
            opts=component.child(provider=self.provider, depends_on=list(first)),
        )

    @property
    def _name(self) -> str:
        return f"{self.component.name}-files"


def _key(variable: str) -> str:
    """Return the name of a file: `database-sslrootcert`."""
    return variable.lower().replace("_", "-")
