"""Recorded states in the format of `pulumi stack export`, one compressed file per stack."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from platform_components.engine.urn import PROVIDER_TYPE, STACK_TYPE

BASELINE = Path(__file__).with_name("a78f258")
"""The commit that deployed the recorded states."""

STACKS = tuple(sorted(file.name.removesuffix(".json.gz") for file in BASELINE.glob("*.json.gz")))


@dataclass(frozen=True)
class State:
    """The state of one stack."""

    stack: str
    deployment: Mapping[str, Any]

    @cached_property
    def resources(self) -> dict[str, Mapping[str, Any]]:
        """By URN, without default providers: their names follow the version of the SDK."""
        return {item["urn"]: item for item in self._all if not _is_default_provider(item)}

    @cached_property
    def default_providers(self) -> dict[str, Mapping[str, Any]]:
        """By type."""
        return {item["type"]: item for item in self._all if _is_default_provider(item)}

    @property
    def _all(self) -> Sequence[Mapping[str, Any]]:
        resources: Sequence[Mapping[str, Any]] = self.deployment["deployment"]["resources"]
        return resources

    @property
    def outputs(self) -> Mapping[str, Any]:
        """The stack's outputs."""
        (own,) = (resource for resource in self.resources.values() if resource["type"] == STACK_TYPE)
        outputs: Mapping[str, Any] = own.get("outputs", {})
        return outputs


def _is_default_provider(recorded: Mapping[str, Any]) -> bool:
    return recorded["type"].startswith(PROVIDER_TYPE) and not recorded.get("parent")


@cache
def read_state(stack: str) -> State:
    return State(stack, json.loads(gzip.decompress((BASELINE / f"{stack}.json.gz").read_bytes())))


def write_state(directory: Path, stack: str, deployment: Mapping[str, Any]) -> None:
    """Write a state; the same deployment results in the same bytes."""
    text = json.dumps(deployment, indent=1, sort_keys=True)
    (directory / f"{stack}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
