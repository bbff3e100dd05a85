"""Recorded states in the format of `pulumi stack export`, one compressed file per stack."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
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
        """Resources by URN, without default providers, whose version depends on the SDK."""
        return {
            resource["urn"]: resource
            for resource in self.deployment["deployment"]["resources"]
            if not (resource["type"].startswith(PROVIDER_TYPE) and not resource.get("parent"))
        }

    @property
    def outputs(self) -> Mapping[str, Any]:
        """The stack's outputs."""
        (own,) = (resource for resource in self.resources.values() if resource["type"] == STACK_TYPE)
        outputs: Mapping[str, Any] = own.get("outputs", {})
        return outputs


def read_state(stack: str) -> State:
    return State(stack, json.loads(gzip.decompress((BASELINE / f"{stack}.json.gz").read_bytes())))


def write_state(directory: Path, stack: str, deployment: Mapping[str, Any]) -> None:
    """Write a state; the same deployment results in the same bytes."""
    text = json.dumps(deployment, indent=1, sort_keys=True)
    (directory / f"{stack}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
