"""The private parts of the SDK that the engine needs, and a check that the installed version has them."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from typing import Any

TESTED_VERSION = "3.272"

NEEDED_PARTS: Mapping[str, tuple[str, ...]] = {
    "pulumi._types": (
        *("is_discriminated_union", "is_output_type", "output_type_from_dict", "output_type_types"),
        *("reduce_discriminated_union", "resource_types", "unwrap_optional_type"),
    ),
    "pulumi._utils": ("ContextProperty.__get__", "ContextProperty.fget"),
    "pulumi.log": ("debug",),
    "pulumi.output": ("_OutputData", "_OutputData.__post_init__", "Output._from_data", "UNKNOWN", "Unknown"),
    "pulumi.config": tuple(f"Config._get{kind}" for kind in ("", "_bool", "_int", "_float", "_object")),
    "pulumi.stack_reference": (
        "StackReference.get_output",
        "StackReference.require_output",
        "StackReference.get_output_details",
    ),
    "pulumi.runtime._callbacks": ("_CallbackServicer", "_CallbackServicer.register_transform"),
    "pulumi.runtime.config": ("set_all_config", "CONFIG"),
    "pulumi.runtime.resource": ("_get_stack_trace",),
    "pulumi.runtime.resource_cycle_breaker": ("_DEPENDENCIES_PROPERTY", "_add_dep", "_deps", "_reachable"),
    "pulumi.runtime.rpc": ("deserialize_properties_unwrap_secrets", "transfer_properties"),
    "pulumi.runtime.rpc_manager": ("RPCManager.do_rpc",),
    "pulumi.runtime.settings": ("Settings", "configure", "SETTINGS", "ROOT"),
    "pulumi.runtime.stack": ("run_in_stack", "Stack.output"),
}


class UnsupportedSdk(Exception):  # noqa: N818 - a state of the installation
    """The installed Pulumi SDK does not have all private parts that the embedded engine needs."""


@cache
def missing_parts() -> tuple[str, ...]:
    """Return the private parts that the engine needs and that the installed SDK does not have."""
    return tuple(
        f"{module}.{part}"
        for module, parts in NEEDED_PARTS.items()
        for part in parts
        if not _has(importlib.import_module(module), part)
    )


def check_sdk() -> None:
    """Check the installed Pulumi SDK.

    Raises:
        UnsupportedSdk: a private part that the engine needs is missing. The message has both versions.
    """
    if missing := missing_parts():
        raise UnsupportedSdk(
            f"the embedded engine needs pulumi {TESTED_VERSION}, and {metadata.version('pulumi')} lacks "
            f"{', '.join(missing)}: install pulumi~={TESTED_VERSION}.0"
        )


def _has(owner: Any, path: str) -> bool:
    for name in path.split("."):
        if not hasattr(owner, name):
            return False
        owner = inspect.getattr_static(owner, name)
    return True
