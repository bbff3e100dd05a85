"""Transforms: functions of the program that modify a resource before it is registered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pulumi.runtime.proto import resource_pb2

from platform_components.engine import sdk, wire


async def transform_resource(request: Any, tokens: Iterable[str], *, own: bool) -> None:
    """Apply the transforms to a RegisterResourceRequest, in place and in this order.

    `own` means that the resource itself has transforms. Then, as in Pulumi's engine, transforms receive
    the dependencies of each property, and their result determines the dependencies.
    """
    dependencies = {key: value.urns for key, value in request.propertyDependencies.items()}
    properties = wire.with_dependencies(request.object, dependencies if own else {})
    options = _options_of(request)
    for token in tokens:
        message = resource_pb2.TransformRequest(
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent,
            properties=properties,
            options=options,
        )
        answer = resource_pb2.TransformResponse()
        answer.ParseFromString((await sdk.call_back(token, message)).SerializeToString())
        if answer.HasField("properties"):
            properties = answer.properties
        if answer.HasField("options"):
            options = answer.options
    _set_options(request, options)
    plain, found = wire.without_dependencies(properties)
    request.object.CopyFrom(plain)
    if own:
        request.propertyDependencies.clear()
        for key, urns in found.items():
            request.propertyDependencies[key].urns.extend(urns)
        del request.dependencies[:]
        request.dependencies.extend(options.depends_on)


async def transform_invoke(request: Any, tokens: Iterable[str]) -> None:
    """Apply the transforms to a ResourceInvokeRequest, in place and in this order."""
    for token in tokens:
        message = resource_pb2.TransformInvokeRequest(
            token=request.tok,
            args=request.args,
            options=resource_pb2.TransformInvokeOptions(
                provider=request.provider,
                version=request.version,
                plugin_download_url=request.pluginDownloadURL,
            ),
        )
        answer = await sdk.call_back(token, message)
        if answer.HasField("args"):
            request.args.CopyFrom(answer.args)
        if answer.HasField("options"):
            request.provider = answer.options.provider
            request.version = answer.options.version


# Equivalent fields of RegisterResourceRequest and TransformResourceOptions.
_TEXTS = {
    "importId": "import",
    "version": "version",
    "provider": "provider",
    "pluginDownloadURL": "plugin_download_url",
    "deletedWith": "deleted_with",
}
_LISTS = {
    "ignoreChanges": "ignore_changes",
    "replaceOnChanges": "replace_on_changes",
    "replace_with": "replace_with",
    "aliases": "aliases",
    "additionalSecretOutputs": "additional_secret_outputs",
    "hideDiffs": "hide_diff",
}
_MESSAGES = {
    "customTimeouts": "custom_timeouts",
    "hooks": "hooks",
    "replacement_trigger": "replacement_trigger",
}
_FLAGS = {"protect": "protect", "retainOnDelete": "retain_on_delete"}


def _options_of(request: Any) -> Any:
    options = resource_pb2.TransformResourceOptions(
        depends_on=request.dependencies, providers=dict(request.providers)
    )
    for ours, theirs in _TEXTS.items():
        setattr(options, theirs, getattr(request, ours))
    for ours, theirs in _LISTS.items():
        getattr(options, theirs).extend(getattr(request, ours))
    for ours, theirs in _MESSAGES.items():
        if request.HasField(ours):
            getattr(options, theirs).CopyFrom(getattr(request, ours))
    for ours, theirs in _FLAGS.items():
        if request.HasField(ours):
            setattr(options, theirs, getattr(request, ours))
    if request.deleteBeforeReplaceDefined:
        options.delete_before_replace = request.deleteBeforeReplace
    return options


def _set_options(request: Any, options: Any) -> None:
    for ours, theirs in _TEXTS.items():
        setattr(request, ours, getattr(options, theirs))
    for ours, theirs in _LISTS.items():
        request.ClearField(ours)
        getattr(request, ours).extend(getattr(options, theirs))
    for ours, theirs in _MESSAGES.items():
        request.ClearField(ours)
        if options.HasField(theirs):
            getattr(request, ours).CopyFrom(getattr(options, theirs))
    for ours, theirs in _FLAGS.items():
        request.ClearField(ours)
        if options.HasField(theirs):
            setattr(request, ours, getattr(options, theirs))
    request.deleteBeforeReplaceDefined = options.HasField("delete_before_replace")
    request.deleteBeforeReplace = options.delete_before_replace
    request.ClearField("providers")
    request.providers.update(options.providers)
