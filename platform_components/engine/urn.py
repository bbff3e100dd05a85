"""URNs: Pulumi's unique names of resources."""

from __future__ import annotations

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_TYPE = "pulumi:providers:"


def make_urn(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """Return the URN of a resource. `parent` is a URN or empty; the root stack is not part of the URN."""
    outer = qualified_type(parent) if parent else ""
    qualified = type_ if outer in ("", STACK_TYPE) else f"{outer}${type_}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def qualified_type(urn: str) -> str:
    """Return the qualified type: the types from the outermost parent to the resource, joined by `$`."""
    return urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    return qualified_type(urn).rsplit("$", 1)[-1]


def name_of(urn: str) -> str:
    return urn.split("::", 3)[3]


def package_of(type_: str) -> str:
    """Return the package of a type: `aws` for `aws:s3/bucket:Bucket` and for `pulumi:providers:aws`."""
    return type_.removeprefix(PROVIDER_TYPE).split(":", 1)[0]


def is_urn(text: str) -> bool:
    """Whether Pulumi's engine accepts the text as a URN (sdk/go/common/resource/urn/urn.go)."""
    return text.startswith("urn:pulumi:") and text.count("::") >= 3


def is_resource_type(type_: str) -> bool:
    """Whether Pulumi's engine accepts the type of a custom resource: `PACKAGE:MODULE:NAME`.

    A module or name can be empty or contain colons (sdk/go/common/tokens/tokens.go). A component can have any
    type.
    """
    return type_.count(":") >= 2 and not type_.startswith(":")
