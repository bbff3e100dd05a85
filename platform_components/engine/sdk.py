"""The one place that touches private parts of the Pulumi SDK.

They may move with any minor version: `missing_parts` names what is gone, and the conformance test
(tests/engine/test_sdk_conformance.py) what behaves differently.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, wraps
from importlib import metadata
from typing import Any, Protocol

from google.protobuf.message import Message  # type: ignore[import-untyped]
from pulumi import config as sdk_config
from pulumi import log, output, stack_reference
from pulumi.runtime import _callbacks, rpc_manager, settings
from pulumi.runtime import config as runtime_config
from pulumi.runtime import resource as runtime_resource
from pulumi.runtime import stack as runtime_stack
from pulumi.runtime.proto import source_pb2

from platform_components.base.mistakes import did_you_mean
from platform_components.engine.errors import Mistake
from platform_components.engine.journal import CURRENT, Call, Journal
from platform_components.engine.loop import Deadlock, InlineLoop
from platform_components.engine.values import UNKNOWN, Secret, has_secret, is_unknown

TESTED_VERSION = "3.272"

NEEDED_PARTS: Mapping[str, tuple[str, ...]] = {
    "pulumi.log": ("debug",),
    "pulumi.output": ("_OutputData", "_OutputData.__post_init__", "Output._from_data", "UNKNOWN"),
    "pulumi.config": tuple(f"Config._get{kind}" for kind in ("", "_bool", "_int", "_float", "_object")),
    "pulumi.stack_reference": (
        "StackReference.get_output",
        "StackReference.require_output",
        "StackReference.get_output_details",
    ),
    "pulumi.runtime._callbacks": ("_CallbackServicer", "_CallbackServicer.register_transform"),
    "pulumi.runtime.config": ("set_all_config", "CONFIG"),
    "pulumi.runtime.resource": ("_get_stack_trace",),
    "pulumi.runtime.rpc_manager": ("RPCManager.do_rpc",),
    "pulumi.runtime.settings": ("Settings", "configure", "SETTINGS", "ROOT"),
    "pulumi.runtime.stack": ("run_in_stack", "Stack.output"),
}


class UnsupportedSdk(Exception):  # noqa: N818 - a state of the installation
    """The installed Pulumi SDK lacks private parts that the embedded engine needs."""


class Monitor(Protocol):
    """What the engine offers to the SDK, beyond Pulumi's own calls."""

    journal: Journal

    def referenced(self, stack: str) -> Mapping[str, Any] | None:
        """The outputs of another stack, or None when they aren't known."""

    def note_read(self, stack: str, output: str) -> None: ...


@cache
def missing_parts() -> tuple[str, ...]:
    """Private parts of the SDK that the engine needs and that the installed version lacks."""
    return tuple(
        f"{module}.{part}"
        for module, parts in NEEDED_PARTS.items()
        for part in parts
        if not _has(importlib.import_module(module), part)
    )


def check_sdk() -> None:
    """Raise UnsupportedSdk, with both versions, when a needed part is missing."""
    if missing := missing_parts():
        raise UnsupportedSdk(
            f"the embedded engine needs pulumi {TESTED_VERSION}, and {metadata.version('pulumi')} lacks "
            f"{', '.join(missing)}: install pulumi~={TESTED_VERSION}.0"
        )


def run(
    program: Callable[[], object],
    monitor: Any,
    journal: Journal,
    *,
    project: str,
    stack: str,
    organization: str,
    root: str,
    config: Mapping[str, Any],
) -> None:
    """Run a program against the monitor until all that it started is done.

    What fails is noted in the journal. Call it in a context of its own: the SDK's settings are
    context variables. `config` has full keys; a value is text, a Secret of text, or a Secret of UNKNOWN.
    """
    loop = InlineLoop()
    asyncio.set_event_loop(loop)
    try:
        with _adapted_sdk(journal):
            manager = _RecordingRpcManager(journal)
            settings.configure(
                settings.Settings(
                    project=project,
                    stack=stack,
                    monitor=monitor,
                    engine=_Engine(journal),
                    parallel=1,
                    dry_run=True,
                    organization=organization,
                    root_directory=root,
                )
            )
            settings.SETTINGS.rpc_manager = manager
            settings.SETTINGS.outputs = outputs = _Outputs()
            settings.SETTINGS.callbacks = _Callbacks(monitor)
            settings.ROOT.set(None)
            _set_config(config, loop)
            _drive(loop, program, journal, outputs)
    finally:
        asyncio.set_event_loop(None)
        loop.close()


async def call_back(token: str, request: Message) -> Any:
    """Call a transform of the running program. Returns its response."""
    callbacks: _Callbacks = settings.SETTINGS.callbacks
    return await callbacks.call(token, request)


class _Callbacks(_callbacks._CallbackServicer):
    """Transforms and hooks, called directly instead of through a gRPC server."""

    def __init__(self, monitor: Any) -> None:  # without super().__init__, which starts the server
        self._callbacks = {}
        self._transforms = {}
        self._state_migrations = {}
        self._monitor = monitor
        self._target = "in process"

    async def call(self, token: str, request: Message) -> Any:
        """The response of the callback to a request."""
        return await self._callbacks[token](request.SerializeToString())


class _Engine:
    """The service that the SDK logs to."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def Log(self, request: Any) -> None:  # noqa: N802 - gRPC's name
        self._journal.log(request.severity, request.message, request.urn)

    def RequirePulumiVersion(self, request: Any) -> None:  # noqa: N802 - gRPC's name
        """No CLI is there whose version could be wrong."""


class _RecordingRpcManager(rpc_manager.RPCManager):
    """Notes which line of the user's each call comes from, which are pending, and every error."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._journal = journal
        self._numbers = itertools.count()

    def do_rpc(self, name: str, rpc_function: Callable[..., Any]) -> Callable[..., Any]:
        outer = CURRENT.get()
        from_output = rpc_function.__name__ == "do_invoke_output" or (
            outer is not None and outer.name == "invoke" and not outer.plain_invoke
        )
        held = _held_by(rpc_function)
        call = Call(
            number=next(self._numbers),
            name=name,
            subject=_subject(name, held),
            source=self._journal.locator.here(held.get("res")) or (outer.source if outer else None),
            plain_invoke=name == "invoke" and not from_output,
        )
        self._journal.pending[call.number] = call

        async def recorded(*args: Any, **kwargs: Any) -> Any:
            CURRENT.set(call)
            try:
                return await rpc_function(*args, **kwargs)
            except Exception as error:
                self._journal.fail(error, call)
                raise
            finally:
                self._journal.pending.pop(call.number, None)

        return super().do_rpc(name, recorded)


def _held_by(rpc_function: Callable[..., Any]) -> dict[str, Any]:
    """What the SDK's closure for a call holds: `res`, `ty` and `name` of a resource, `tok` of a function."""
    names, cells = rpc_function.__code__.co_freevars, rpc_function.__closure__ or ()
    wanted = ("res", "ty", "name", "tok")
    return {name: cell.cell_contents for name, cell in zip(names, cells, strict=True) if name in wanted}


def _subject(rpc: str, held: Mapping[str, Any]) -> str:
    if "ty" in held and "name" in held:
        return f'{held["ty"]} "{held["name"]}"'
    if "tok" in held:
        return f"function {held['tok']}"
    if "res" in held:
        return f'{"outputs of " if rpc == "register resource outputs" else ""}"{held["res"]._name}"'
    return ""


class _Outputs(set[Any]):
    """The outputs that the SDK waits for. Keeps those that failed, of which the SDK looks at one."""

    def __init__(self) -> None:
        super().__init__()
        self._unsettled: set[asyncio.Future[Any]] = set()

    def add(self, future: Any) -> None:
        self._unsettled.add(future)
        super().add(future)

    def discard(self, future: Any) -> None:
        self._unsettled.discard(future)
        super().discard(future)

    def remove(self, future: Any) -> None:
        self._unsettled.discard(future)
        super().remove(future)

    def failures(self) -> list[BaseException]:
        finished = [future for future in self._unsettled if future.done() and not future.cancelled()]
        return [error for future in finished if (error := future.exception()) is not None]


def _drive(loop: InlineLoop, program: Callable[[], object], journal: Journal, outputs: _Outputs) -> None:
    """Run the program to its end; after a failure, also what can still run, to see all that fails."""

    def guarded() -> None:
        try:
            program()
        except Deadlock:
            journal.fail_stuck()
        except SystemExit as error:
            if error.code not in (None, 0):
                journal.fail(error)
        except (Exception, asyncio.CancelledError) as error:
            journal.fail(error)

    try:
        loop.run_until_complete(runtime_stack.run_in_stack(guarded))
    except Deadlock:
        journal.fail_stuck()
    except (Exception, SystemExit, asyncio.CancelledError) as error:
        journal.fail(error)
    finally:
        if journal.failed:
            _let_the_rest_fail(loop, journal, outputs)
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_idle()


def _let_the_rest_fail(loop: InlineLoop, journal: Journal, outputs: _Outputs) -> None:
    try:
        loop.run_until_idle()
    except (Exception, SystemExit) as error:
        journal.fail(error)
    for failure in outputs.failures():
        journal.fail(failure)


def _set_config(config: Mapping[str, Any], loop: InlineLoop) -> None:
    def plain(value: Any) -> Any:
        if isinstance(value, Secret):
            return _output_of(value, loop) if value.value is UNKNOWN else value.value
        return value

    secret_keys = [key for key, value in config.items() if isinstance(value, Secret)]
    runtime_config.set_all_config({key: plain(value) for key, value in config.items()}, secret_keys)


def _output_of(value: Any, loop: asyncio.AbstractEventLoop, resources: Any = frozenset()) -> Any:
    """A value of the engine's as an Output: known, secret or neither, part by part."""
    future = loop.create_future()
    future.set_result(
        output._OutputData(
            resources=set(resources),
            value=_sdk_value(value),
            is_known=not is_unknown(value),
            is_secret=has_secret(value),
        )
    )
    return output.Output._from_data(future)


def _sdk_value(value: Any) -> Any:
    if value is UNKNOWN:
        return output.UNKNOWN
    if isinstance(value, Secret):
        return _sdk_value(value.value)
    if isinstance(value, Mapping):
        return {key: _sdk_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_sdk_value(item) for item in value]
    return value


@contextmanager
def _adapted_sdk(journal: Journal) -> Iterator[None]:
    """The SDK with what the engine does differently; restored afterwards."""
    learn = journal.redact.learn
    normalise = output._OutputData.__post_init__

    def post_init(self: Any) -> None:
        normalise(self)
        if self.is_secret:
            learn(self.value)

    no_trace = source_pb2.StackTrace()
    reference = stack_reference.StackReference
    declare_output = runtime_stack.Stack.output

    def noting_line(self: Any, name: str, value: Any) -> None:
        journal.note_export(name)
        declare_output(self, name, value)

    replaced: list[tuple[Any, str, Any]] = [
        (log, "debug", lambda *args, **kwargs: None),  # a quarter of the time, for nobody
        (runtime_resource, "_get_stack_trace", lambda: no_trace),  # likewise: Call.source replaces it
        (output._OutputData, "__post_init__", post_init),
        (reference, "get_output", lambda self, name: _output_of_stack(self, name, required=False)),
        (reference, "require_output", lambda self, name: _output_of_stack(self, name, required=True)),
        (reference, "get_output_details", _output_details),
        (runtime_stack.Stack, "output", noting_line),
        (sdk_config.Config, "_get", _refusing_to_show_ciphertext(sdk_config.Config._get)),
        *(
            (sdk_config.Config, name, _passing_outputs(getattr(sdk_config.Config, name)))
            for name in ("_get_bool", "_get_int", "_get_float", "_get_object")
        ),
    ]
    # A setting that is set for the first time becomes the default for all contexts, for ever.
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


_DEFAULT = "_ContextProperty__default"


def _refusing_to_show_ciphertext(getter: Callable[..., Any]) -> Callable[..., Any]:
    """Config's getter, which refuses to give an encrypted value as the plain one that it stands for."""

    @wraps(getter)
    def get(self: Any, key: str, use: Any = None, instead_of: Any = None) -> Any:
        value = getter(self, key, use, instead_of)
        if use is not None and isinstance(value, output.Output):
            raise Mistake(
                f"configuration value `{self.full_key(key)}` is encrypted, and can't be read offline",
                remedy=f"read it with `{use.__name__}`, which gives an Output",
            )
        return value

    return get


def _passing_outputs(getter: Callable[..., Any]) -> Callable[..., Any]:
    """Config's getter, which hands an encrypted value on as the unknown secret that it is."""

    @wraps(getter)
    def get(self: Any, key: str, *args: Any, **kwargs: Any) -> Any:
        value = self._get(key)
        return value if isinstance(value, output.Output) else getter(self, key, *args, **kwargs)

    return get


def _output_of_stack(reference: Any, name: Any, *, required: bool) -> Any:
    """One output of another stack. The SDK's own way makes all unknown when one is."""
    monitor: Monitor = settings.SETTINGS.monitor
    source = monitor.journal.locator.here()

    async def data() -> Any:
        wanted = await output.Output.from_input(name).future()
        await reference.urn.future()
        stack = await reference.id.future()
        value: Any = UNKNOWN
        outputs = monitor.referenced(stack) if stack else None
        if wanted is not None and stack:
            monitor.note_read(stack, wanted)
        if outputs is not None and wanted is not None:
            if required and wanted not in outputs:
                raise Mistake(
                    f'stack "{stack}" has no output "{wanted}"',
                    remedy=did_you_mean(wanted, outputs) or "it has no outputs at all",
                    location=source,
                )
            value = outputs.get(wanted)
        inner = _output_of(value, asyncio.get_running_loop(), {reference})
        return await inner._data

    return output.Output._from_data(data())


async def _output_details(reference: Any, name: str) -> stack_reference.StackReferenceOutputDetails:
    found = await _output_of_stack(reference, name, required=False)._data
    if not found.is_known:
        return stack_reference.StackReferenceOutputDetails()
    if found.is_secret:
        return stack_reference.StackReferenceOutputDetails(secret_value=found.value)
    return stack_reference.StackReferenceOutputDetails(value=found.value)


def _has(owner: Any, path: str) -> bool:
    for name in path.split("."):
        if not hasattr(owner, name):
            return False
        owner = inspect.getattr_static(owner, name)
    return True
