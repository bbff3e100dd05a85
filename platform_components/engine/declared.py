"""Conversion of a RegisterResourceRequest to a `Resource`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf.struct_pb2 import Struct

from platform_components.engine import wire
from platform_components.engine.durations import seconds
from platform_components.engine.graph import Resource
from platform_components.engine.source import Source
from platform_components.engine.urn import PROVIDER_TYPE

_HOOKS = (
    *(f"{when}_{what}" for when in ("before", "after") for what in ("create", "update", "delete")),
    "on_error",
)


def declared(
    request: Any,
    *,
    urn: str,
    provider: str,
    plugin: Mapping[str, str],
    aliases: tuple[str, ...],
    directory: Path,
    source: Source | None,
) -> Resource:
    """Return the resource of a RegisterResourceRequest, with the values that the monitor determined.

    Raises:
        DeclarationError: an asset can't be read, or a timeout is not a duration.
    """
    inputs = wire.read(request.object, directory)
    if request.type.startswith(PROVIDER_TYPE):
        inputs |= {key: value for key, value in plugin.items() if value}
    dependencies = request.propertyDependencies
    return Resource(
        urn=urn,
        type=request.type,
        name=request.name,
        custom=request.custom,
        parent=request.parent,
        provider=provider,
        inputs=inputs,
        outputs=inputs if request.custom else {},
        dependencies=tuple(sorted(request.dependencies)),
        property_dependencies={
            key: tuple(sorted(dependencies[key].urns)) if key in dependencies else ()
            for key in sorted({*request.object.fields, *dependencies})
        },
        protect=request.protect,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        replacement_trigger=_trigger(request, directory),
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        retain_on_delete=request.retainOnDelete,
        deleted_with=request.deletedWith,
        replace_with=tuple(request.replace_with),
        aliases=aliases,
        additional_secret_outputs=tuple(sorted(request.additionalSecretOutputs)),
        custom_timeouts=_timeouts(request),
        hooks={hook: tuple(names) for hook in _HOOKS if (names := getattr(request.hooks, hook))},
        hide_diffs=tuple(request.hideDiffs),
        version=request.version,
        plugin_download_url=request.pluginDownloadURL,
        import_id=request.importId,
        source=source,
    )


def _trigger(request: Any, directory: Path) -> Any:
    if not request.HasField("replacement_trigger"):
        return None
    return wire.read(Struct(fields={"trigger": request.replacement_trigger}), directory)["trigger"]


def _timeouts(request: Any) -> dict[str, float]:
    given = {name: getattr(request.customTimeouts, name) for name in ("create", "update", "delete", "read")}
    return {name: seconds(text) for name, text in given.items() if text}
