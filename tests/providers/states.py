"""Resources of a state, as the tests of the provider models need them."""

from __future__ import annotations

from typing import Any

from platform_components.engine.state.deployment import ResourceState


def resource(type_: str, inputs: dict[str, Any], outputs: dict[str, Any] | None = None) -> ResourceState:
    urn = f"urn:pulumi:dev::shop::{type_}::orders"
    return ResourceState(urn=urn, type=type_, custom=True, id="id", inputs=inputs, outputs=outputs or inputs)
