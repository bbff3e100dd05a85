"""Changes to the SDK's behaviour while an evaluation runs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from types import FrameType
from typing import Any, Protocol

from pulumi import _utils, config as sdk_config, log, output, stack_reference
from pulumi.runtime import (
    resource as runtime_resource,
    resource_cycle_breaker,
    rpc,
    settings,
    stack as runtime_stack,
)
from pulumi.runtime.proto import source_pb2

from platform_components.base.errors import did_you_mean
from platform_components.engine.decryption import PASSPHRASE
from platform_components.engine.errors import DeclarationError
from platform_components.engine.journal import CURRENT, Journal
from platform_components.engine.sdk import cycles, properties
from platform_components.engine.sdk.parts import changed_parts
from platform_components.engine.sdk.unknown_results import with_unknown_results
from platform_components.engine.stack_references import StackReferences
from platform_components.engine.values import UNKNOWN, ResourceReference, Secret, has_secret

_DEFAULT = "_ContextProperty__default"


class Monitor(Protocol):
    """The monitor's interface for the adapted SDK, in addition to Pulumi's gRPC calls."""

    journal: Journal
    references: StackReferences


@contextmanager
def adapted_sdk(journal: Journal) -> Iterator[None]:
    """Replace parts of the SDK, and restore them on exit."""
    learn = journal.redact.learn
    normalise = output._OutputData.__post_init__

    def post_init(self: Any) -> None:
        normalise(self)
        # A list or mapping is secret as soon as one item is, and its secret items are known already. Only
        # what a program derives from a secret is secret as a whole.
        if self.is_secret and (not isinstance(self.value, dict | list) or _is_derived(sys._getframe(2))):
            learn(self.value)

    make_secret = output.Output.secret

    def learning(value: Any) -> Any:
        learn(value)  # immediately, because the program can fail or print it before the loop runs
        return make_secret(value)

    deserialize = rpc.deserialize_properties_unwrap_secrets

    def deserialize_result(*args: Any, **kwargs: Any) -> tuple[Any, bool]:
        """The result of a function. The SDK has no unknown fields in it, and rejects them by their type."""
        value, is_secret = deserialize(*args, **kwargs)
        call = CURRENT.get()
        return (with_unknown_results(value, call, journal) if call else value), is_secret

    no_trace = source_pb2.StackTrace()
    reference = stack_reference.StackReference
    declare_output = runtime_stack.Stack.output

    def noting_line(self: Any, name: str, value: Any) -> None:
        journal.note_export(name)
        declare_output(self, name, value)

    optional: list[tuple[str, Any, str, Any]] = [
        # The SDK's own looks the value up twice.
        ("pulumi._utils", _utils.ContextProperty, "__get__", _context_value),
        # Unused, and a quarter of the run time.
        ("pulumi.log", log, "debug", lambda *args, **kwargs: None),
        # Slow; Call.source replaces it.
        ("pulumi.runtime.resource", runtime_resource, "_get_stack_trace", lambda: no_trace),
        ("pulumi.runtime.rpc", rpc, "transfer_properties", properties.transfer_properties),
        *(
            ("pulumi.runtime.resource_cycle_breaker", resource_cycle_breaker, name, function)
            for name, function in (("_reachable", cycles.reachable), ("_add_dep", cycles.add_dependency))
        ),
    ]
    replaced: list[tuple[Any, str, Any]] = [
        # If a part of a module has changed, its other parts probably have too.
        *(
            (owner, name, replacement)
            for module, owner, name, replacement in optional
            if not any(part.startswith(f"{module}.") for part in changed_parts())
        ),
        (rpc, "deserialize_properties_unwrap_secrets", deserialize_result),
        (output._OutputData, "__post_init__", post_init),
        (output.Output, "secret", staticmethod(learning)),
        (reference, "get_output", lambda self, name: _output_of_stack(self, name, required=False)),
        (reference, "require_output", lambda self, name: _output_of_stack(self, name, required=True)),
        (reference, "get_output_details", _output_details),
        (runtime_stack.Stack, "output", noting_line),
        (sdk_config.Config, "_get", _guarding_secrets(sdk_config.Config._get, journal)),
        *(
            (sdk_config.Config, name, _passing_outputs(getattr(sdk_config.Config, name)))
            for name in ("_get_bool", "_get_int", "_get_float", "_get_object")
        ),
    ]
    # The first value of a setting becomes its default in all contexts, so the defaults are restored.
    defaults = [
        (item, _DEFAULT, getattr(item, _DEFAULT))
        for item in vars(settings.Settings).values()
        if hasattr(item, _DEFAULT)
    ]
    originals = [(owner, name, owner.__dict__[name]) for owner, name, _ in replaced]
    try:
        for owner, name, replacement in replaced:
            setattr(owner, name, replacement)
        yield
    finally:
        for owner, name, original in [*originals, *defaults]:
            setattr(owner, name, original)


def _is_derived(creator: FrameType) -> bool:
    """Whether a function that is passed to `Output.apply` returns the value. The SDK passes one for exports.

    `creator`: frame of the code that creates the value.
    """
    if not creator.f_code.co_qualname.startswith("Output.apply."):
        return False
    function = creator.f_locals.get("func")
    return getattr(function, "__module__", "") != runtime_stack.__name__


def _context_value(self: Any, holder: object, owner: object = None) -> Any:
    """`ContextProperty.__get__`: the value in this context; of a mapping, the property itself."""
    value = self._data.get(getattr(self, _DEFAULT))
    return self if holder is None or isinstance(value, dict) else value


def _guarding_secrets(getter: Callable[..., Any], journal: Journal) -> Callable[..., Any]:
    """Wrap a getter of Config so that reading an encrypted value as a plain one raises an error.

    Values read as secrets are added to the redactor first, so that no error message shows them. A missing
    key that an ESC environment may set is an unknown secret if it is read as a secret.
    """

    @wraps(getter)
    def get(self: Any, key: str, use: Any = None, instead_of: Any = None) -> Any:
        value = getter(self, key, use, instead_of)
        read_as_secret = use is None  # getters of plain values name their secret variant in `use`
        if value is None and journal.environments:
            if read_as_secret:
                return output_of(Secret(UNKNOWN), asyncio.get_running_loop())
            if not getattr(instead_of, "__name__", "").startswith(
                "require"
            ):  # those report the key themselves
                journal.absent[self.full_key(key)] = None
        if not isinstance(value, output.Output):
            if read_as_secret:
                journal.redact.learn(value)
        elif not read_as_secret:
            raise DeclarationError(
                f"configuration value `{self.full_key(key)}` is encrypted and can't be read offline",
                remedy=f"read it with `{use.__name__}`, which returns an Output, or set {PASSPHRASE} if a "
                "passphrase protects it",
            )
        return value

    return get


def _passing_outputs(getter: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a getter of Config so that it returns an encrypted value as an unknown secret."""

    @wraps(getter)
    def get(self: Any, key: str, *args: Any, **kwargs: Any) -> Any:
        value = self._get(key, *args, **kwargs)
        return value if isinstance(value, output.Output) else getter(self, key, *args, **kwargs)

    return get


def _output_of_stack(reference: Any, name: Any, *, required: bool) -> Any:
    """Return one output of another stack. In the SDK, one unknown output makes all of them unknown."""
    monitor: Monitor = settings.SETTINGS.monitor
    source = monitor.journal.locator.here()

    async def data() -> Any:
        key = await output.Output.from_input(name).future()
        await reference.urn.future()
        stack = await reference.id.future()
        value: Any = UNKNOWN
        outputs = monitor.references.outputs(stack) if stack else None
        if key is not None and stack:
            monitor.references.note_read(stack, key)
        if outputs is not None and key is not None:
            if required and key not in outputs:
                raise DeclarationError(
                    f'stack "{stack}" has no output "{key}"',
                    remedy=did_you_mean(key, outputs) or "it has no outputs",
                    location=source,
                )
            value = outputs.get(key)
        inner = output_of(value, asyncio.get_running_loop(), {reference})
        return await inner._data

    return output.Output._from_data(data())


async def _output_details(reference: Any, name: str) -> stack_reference.StackReferenceOutputDetails:
    found = await _output_of_stack(reference, name, required=False)._data
    if not found.is_known:
        return stack_reference.StackReferenceOutputDetails()
    if found.is_secret:
        return stack_reference.StackReferenceOutputDetails(secret_value=found.value)
    return stack_reference.StackReferenceOutputDetails(value=found.value)


def output_of(value: Any, loop: asyncio.AbstractEventLoop, resources: Any = frozenset()) -> Any:
    """Convert a value of the engine to an Output; unknowns and secrets in it are preserved."""
    future = loop.create_future()
    future.set_result(
        output._OutputData(
            resources=set(resources),
            value=_sdk_value(value),
            is_known=True,  # the SDK corrects this if a part is unknown
            is_secret=has_secret(value),
        )
    )
    return output.Output._from_data(future)


def _sdk_value(value: Any) -> Any:
    if value is UNKNOWN:
        return output.UNKNOWN
    if isinstance(value, Secret):
        return _sdk_value(value.value)
    if isinstance(value, ResourceReference):  # as in the SDK for an unregistered class
        return _sdk_value(value.urn if value.id == "" else value.id)
    if isinstance(value, Mapping):
        return {key: _sdk_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_sdk_value(item) for item in value]
    return value
