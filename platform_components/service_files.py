"""Service files: the files of an `Access`, such as certificates, mounted into the pods of a service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.core import v1 as core

from platform_components.base import Component, Input, labels_of
from platform_components.kubernetes.pod import Mount

DIRECTORY: Final = "/etc/platform"
"""Directory of the files in containers."""


@dataclass(frozen=True)
class ServiceFiles:
    """A ConfigMap with files, by the environment variable with the path of each."""

    component: Component[Any]
    files: Mapping[str, Input[str]]

    @property
    def environment(self) -> dict[str, str]:
        """The variables with the paths."""
        return {variable: f"{DIRECTORY}/{_key(variable)}" for variable in self.files}

    @property
    def mount(self) -> Mount:
        return Mount(DIRECTORY, {"name": "files", "config_map": {"name": self._name}})

    def create(self, opts: pulumi.ResourceOptions) -> core.ConfigMap:
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
            opts=opts,
        )

    @property
    def _name(self) -> str:
        return f"{self.component.name}-files"


def _key(variable: str) -> str:
    """Return the name of a file: `database-sslrootcert`."""
    return variable.lower().replace("_", "-")
