"""The recorded Check calls of real providers: README.md describes where they come from."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Final

from platform_components.engine.state.deployment import ResourceState
from platform_components.engine.values import Secret

FACTS: Final = Path(__file__).with_name("checks.json.gz")


@dataclass(frozen=True)
class Call:
    """A call of Check and what the provider returned."""

    type: str
    name: str
    given: dict[str, Any]
    old: dict[str, Any]
    """The checked inputs of the last deployment. Those of this one, if the call created the resource."""
    checked: dict[str, Any]

    def __hash__(self) -> int:
        return hash(json.dumps([self.type, self.name, self.given, self.old, self.checked], sort_keys=True))

    @property
    def package(self) -> str:
        return self.type.partition(":")[0]

    @property
    def state(self) -> ResourceState:
        """The resource as the last deployment left it; inputs are also outputs, as with most properties."""
        urn = f"urn:pulumi:dev::real::{self.type}::{self.name}"
        return ResourceState(urn=urn, type=self.type, custom=True, id="id", inputs=self.old, outputs=self.old)


def write(sources: list[str], counts: dict[str, int], calls: list[Call]) -> None:
    """Write the calls in a stable order, with their sources and the number of calls before deduplication."""
    names = [field.name for field in fields(Call)]
    rows = sorted(json.dumps([getattr(call, name) for name in names], sort_keys=True) for call in calls)
    header = json.dumps({"sources": sources, "licence": "Apache-2.0", "counts": counts}, sort_keys=True)
    text = "\n".join([header, *rows, ""])
    FACTS.write_bytes(gzip.compress(text.encode(), mtime=0))


@cache
def recorded() -> tuple[Call, ...]:
    _, *rows = gzip.decompress(FACTS.read_bytes()).decode().splitlines()
    return tuple(Call(*(_value(item) for item in json.loads(row))) for row in rows)


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"secret"}:
            return Secret(_value(value["secret"]))
        return {key: _value(item) for key, item in value.items()}
    return [_value(item) for item in value] if isinstance(value, list) else value
