"""Resources and pending operations of a state, with all fields of ResourceV3 that a plan needs."""

from __future__ import annotations

from typing import Any, get_args

from platform_components.engine.state.deployment import OperationKind, PendingOperation, ResourceState
from platform_components.engine.state.fields import Fields, InvalidState, quoted
from platform_components.engine.state.properties import Properties

_KINDS = get_args(OperationKind)
_PROPERTY_DEPENDENCIES = 3
"""First version with dependencies by property."""


def read_resource(fields: Fields, properties: Properties, version: int) -> ResourceState:
    """Read a resource of a deployment of this version.

    Raises:
        InvalidState: a field is invalid.
    """
    urn, type_ = _identity(fields)
    custom, id_ = fields.flag("custom"), fields.text("id")
    if id_ and not custom:
        raise InvalidState(fields.path, f"has an id, but is a component: {quoted(urn)}")
    inputs = properties.mapping(fields, "inputs")
    dependencies = fields.texts("dependencies")
    return ResourceState(
        urn=urn,
        type=type_,
        custom=custom,
        id=id_,
        parent=fields.urn("parent"),
        provider=fields.text("provider"),
        inputs=inputs,
        outputs=properties.mapping(fields, "outputs"),
        dependencies=dependencies,
        property_dependencies=(
            _property_dependencies(fields)
            if version >= _PROPERTY_DEPENDENCIES
            # As Pulumi migrates such states (pkg/resource/stack/migrate/resource.go).
            else dict.fromkeys(inputs, dependencies)
        ),
        protect=fields.flag("protect"),
        external=fields.flag("external"),
        delete=fields.flag("delete"),
        pending_replacement=fields.flag("pendingReplacement"),
        retain_on_delete=fields.flag("retainOnDelete"),
        deleted_with=fields.urn("deletedWith"),
        replace_with=fields.texts("replaceWith"),
        replacement_trigger=properties.value(fields, "replacementTrigger"),
        additional_secret_outputs=fields.texts("additionalSecretOutputs"),
        aliases=fields.texts("aliases"),
        ignore_changes=fields.texts("ignoreChanges"),
        replace_on_changes=fields.texts("replaceOnChanges"),
        import_id=fields.text("importID"),
        init_errors=fields.texts("initErrors"),
        taint=fields.flag("taint"),
        view_of=fields.urn("viewOf"),
        custom_timeouts=_timeouts(fields.part("customTimeouts")),
    )


def read_operation(fields: Fields) -> PendingOperation:
    """Read a pending operation.

    Raises:
        InvalidState: a field is invalid.
    """
    kind: Any = fields.text("type")
    if kind not in _KINDS:
        raise InvalidState(fields.at("type"), f"must be one of: {', '.join(_KINDS)}")
    resource = fields.part("resource")
    urn, type_ = _identity(resource)
    return PendingOperation(kind, urn, type_, resource.text("id"))


def _identity(fields: Fields) -> tuple[str, str]:
    urn, type_ = fields.urn("urn"), fields.text("type")
    if not urn:
        raise InvalidState(fields.at("urn"), "is required")
    if not type_:
        raise InvalidState(fields.at("type"), "is required")
    return urn, type_


def _property_dependencies(fields: Fields) -> dict[str, tuple[str, ...]]:
    part = fields.part("propertyDependencies")
    return {name: part.texts(name) for name in fields.mapping("propertyDependencies")}


def _timeouts(fields: Fields) -> dict[str, float]:
    found = {name: fields.number(name) for name in ("create", "update", "delete", "read")}
    return {name: float(seconds) for name, seconds in found.items() if seconds}
