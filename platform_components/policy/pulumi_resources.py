"""Resources as Pulumi's own CLI passes them to a policy, in plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import PolicyResource as PulumiResource, PolicyResourceOptions, ResourceValidationArgs
from pulumi_policy.proxy import UnknownValueError

from platform_components.base.markers import UNKNOWN, Unknown


@dataclass(frozen=True)
class Declared:
    """A resource of a deployment. Values that the CLI does not pass on are UNKNOWN."""

    urn: str
    type: str
    name: str
    custom: bool
    inputs: Mapping[str, Any]
    parent: str
    provider: str
    protect: bool
    ignore_changes: tuple[str, ...]
    delete_before_replace: bool | None
    additional_secret_outputs: tuple[str, ...]
    custom_timeouts: Mapping[str, float]
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: Unknown = UNKNOWN  # the CLI passes them without those that an SDK adds
    retain_on_delete: Unknown = UNKNOWN
    deleted_with: Unknown = UNKNOWN
    external: bool = False


def declared(resource: ResourceValidationArgs | PulumiResource) -> Declared:
    """Convert a resource of pulumi_policy. Its properties are inputs, or outputs in a stack policy."""
    options: PolicyResourceOptions = resource.opts
    timeouts = options.custom_timeouts
    seconds = {
        "create": timeouts.create_seconds,
        "update": timeouts.update_seconds,
        "delete": timeouts.delete_seconds,
    }
    related = resource if isinstance(resource, PulumiResource) else None
    return Declared(
        urn=resource.urn,
        type=resource.resource_type,
        name=resource.name,
        # The engine passes the provider of every resource except components and providers.
        custom=resource.provider is not None or resource.resource_type.startswith("pulumi:providers:"),
        inputs=_plain(resource.props),
        parent=options.parent or "",
        provider=f"{resource.provider.urn}::" if resource.provider else "",  # without its id
        protect=options.protect,
        ignore_changes=tuple(options.ignore_changes),
        delete_before_replace=options.delete_before_replace,
        additional_secret_outputs=tuple(options.additional_secret_outputs),
        custom_timeouts={operation: time for operation, time in seconds.items() if time},
        dependencies=_urns(related.dependencies) if related else (),
        property_dependencies={
            name: _urns(found) for name, found in (related.property_dependencies if related else {}).items()
        },
    )


def _urns(resources: Iterable[PulumiResource]) -> tuple[str, ...]:
    return tuple(resource.urn for resource in resources)


def _plain(value: Any) -> Any:
    """Convert pulumi_policy's proxies, which raise on an unknown, to plain data."""
    if isinstance(value, Mapping):
        return {key: _entry(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_entry(value, index) for index in range(len(value))]
    if isinstance(value, float) and value.is_integer():
        return int(value)  # every number arrives as a float
    return value


def _entry(holder: Any, key: str | int) -> Any:
    try:
        return _plain(holder[key])
    except UnknownValueError:
        return UNKNOWN
