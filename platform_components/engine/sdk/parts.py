"""The private parts of the SDK that the engine needs, and a check that the installed version has them."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from typing import Any

TESTED_VERSIONS = ("3.271", "3.272")
"""Minor versions of pulumi with which the tests pass, from the lowest that pyproject.toml allows."""

NEEDED_PARTS: Mapping[str, tuple[str, ...]] = {
    "pulumi._types": (
        *("is_discriminated_union", "is_output_type", "output_type_from_dict", "output_type_types"),
        *("_py_properties", "reduce_discriminated_union", "resource_types", "unwrap_optional_type"),
    ),
    "pulumi.output": ("_OutputData", "_OutputData.__post_init__", "Output._from_data", "UNKNOWN", "Unknown"),
    "pulumi.config": tuple(f"Config._get{kind}" for kind in ("", "_bool", "_int", "_float", "_object")),
    "pulumi.stack_reference": (
        "StackReference.get_output",
        "StackReference.require_output",
        "StackReference.get_output_details",
    ),
    "pulumi.runtime._callbacks": ("_CallbackServicer", "_CallbackServicer.register_transform"),
    "pulumi.runtime.config": ("set_all_config", "CONFIG"),
    "pulumi.runtime.rpc": ("deserialize_properties_unwrap_secrets",),
    "pulumi.runtime.rpc_manager": ("RPCManager.do_rpc",),
    "pulumi.runtime.settings": ("Settings", "configure", "SETTINGS", "ROOT"),
    "pulumi.runtime.stack": ("run_in_stack", "Stack.output"),
}

OPTIONAL_PARTS: Mapping[str, tuple[str, ...]] = {
    "pulumi._utils.ContextProperty.__get__": ("self", "obj", "_"),
    "pulumi.log.debug": ("msg", "resource", "stream_id", "ephemeral"),
    "pulumi.runtime.resource._get_stack_trace": (),
    "pulumi.runtime.resource_cycle_breaker._add_dep": ("from_resource", "to_resource"),
    "pulumi.runtime.resource_cycle_breaker._deps": ("res",),
    "pulumi.runtime.resource_cycle_breaker._reachable": ("from_resource", "to_resource"),
    "pulumi.runtime.rpc.transfer_properties": ("res", "props", "custom"),
}
"""Functions that the engine replaces or calls only to save time and memory, with their parameters."""


class UnsupportedSdk(Exception):  # noqa: N818 - a state of the installation
    """The installed Pulumi SDK does not have all private parts that the embedded engine needs."""


@cache
def missing_parts() -> tuple[str, ...]:
    """Return the private parts that the engine needs and that the installed SDK does not have."""
    return tuple(
        f"{module}.{part}"
        for module, parts in NEEDED_PARTS.items()
        for part in parts
        if _found(f"{module}.{part}") is None
    )


@cache
def changed_parts() -> tuple[str, ...]:
    """Return the optional parts that are missing or have other parameters."""
    return tuple(part for part, parameters in OPTIONAL_PARTS.items() if _parameters(part) != parameters)


def check_sdk() -> tuple[str, ...]:
    """Check the installed Pulumi SDK, and return warnings about a version that was not tested.

    Raises:
        UnsupportedSdk: a private part that the engine needs is missing. The message has both versions.
    """
    installed = metadata.version("pulumi")
    lowest, newest = TESTED_VERSIONS[0], TESTED_VERSIONS[-1]
    if missing := missing_parts():
        raise UnsupportedSdk(
            f"the embedded engine needs pulumi {newest}, and {installed} lacks "
            f"{', '.join(missing)}: install pulumi~={newest}.0"
        )
    warnings = []
    if not installed.startswith(tuple(f"{version}." for version in TESTED_VERSIONS)):
        warnings.append(f"pulumi {installed} is not a tested version; tested are {lowest} to {newest}")
    if changed := changed_parts():
        warnings.append(
            f"pulumi {installed} changed {', '.join(changed)}: evaluations take more time and memory; "
            f"to avoid this, install pulumi~={newest}.0"
        )
    return tuple(warnings)


def _found(path: str) -> Any:
    """The part of the SDK at a path such as `pulumi.config.Config._get`, or None."""
    names = path.split(".")
    for end in range(len(names) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(names[:end]))
        except ModuleNotFoundError:
            continue
        for name in names[end:]:
            if not hasattr(found, name):
                return None
            found = inspect.getattr_static(found, name)
        return found
    return None


def _parameters(path: str) -> tuple[str, ...] | None:
    found = _found(path)
    return tuple(inspect.signature(found).parameters) if callable(found) else None
