"""The outputs of resources in a preview: what is known of them without their provider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.struct_pb2 import Struct

from platform_components.engine import sdk, wire
from platform_components.engine.values import UNKNOWN, Secret, is_unknown


@dataclass(frozen=True)
class Previewed:
    """The outputs of a resource that is not deployed."""

    outputs: Mapping[str, Any]
    unfit: tuple[str, ...]
    """Paths of inputs that do not have the type of the output of the same name, which is unknown."""
    response: Struct
    """The outputs, as the SDK receives them."""


def previewed(
    inputs: Mapping[str, Any], struct: Struct, secret_keys: Iterable[str], resource_class: type | None
) -> Previewed:
    """Return the outputs of a resource: its inputs, as far as they fit the types that its class declares.

    `struct` contains the same inputs. `secret_keys` are outputs that an option marks as secret.
    """
    outputs, unfit = inputs, tuple[str, ...]()
    if resource_class is not None:
        outputs, unfit = sdk.conforming(inputs, resource_class)
    response = Struct()
    response.CopyFrom(struct if outputs is inputs else wire.write(outputs))
    wire.mark_secret(response, secret_keys)
    return Previewed(_with_secrets(outputs, secret_keys), unfit, response)


def is_configured(provider_inputs: Mapping[str, Any]) -> bool:
    """Whether Pulumi's engine configures a provider with these inputs in a preview.

    Without configuration it calls no provider, and all outputs of its resources are unknown
    (Configure and Create in sdk/go/common/resource/plugin/provider_plugin.go).
    """
    return not any(is_unknown(value) for key, value in provider_inputs.items() if key != "version")


def _with_secrets(outputs: Mapping[str, Any], secret_keys: Iterable[str]) -> Mapping[str, Any]:
    marked = {key: outputs.get(key, UNKNOWN) for key in secret_keys}
    if not marked:
        return outputs
    return {**outputs, **{k: v if isinstance(v, Secret) else Secret(v) for k, v in marked.items()}}
