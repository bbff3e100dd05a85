"""The SDK's calls to the engine: their source, their state and their errors."""

from __future__ import annotations

import asyncio
import contextvars
import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from google.protobuf.message import Message
from pulumi.runtime import _callbacks, rpc_manager, settings

from platform_components.engine.functions import FunctionUse
from platform_components.engine.journal import CURRENT, Call, Journal
from platform_components.engine.sdk.unknown_results import unknown_object
from platform_components.engine.source import Locator, Source
from platform_components.engine.values import UNKNOWN

DEFERRED_AT: contextvars.ContextVar[Source | None] = contextvars.ContextVar("deferred_at", default=None)
"""The line that passed the running code to an Output: no line of the program is on its stack."""


async def call_back(token: str, request: Message) -> Any:
    """Call a transform of the running program and return its response."""
    callbacks: Callbacks = settings.SETTINGS.callbacks
    return await callbacks.call(token, request)


class Callbacks(_callbacks._CallbackServicer):
    """Transforms and hooks of the program, called directly instead of through a gRPC server."""

    def __init__(self, monitor: Any) -> None:  # without super().__init__, which starts the server
        self._callbacks = {}
        self._transforms = {}
        self._state_migrations = {}
        self._monitor = monitor
        self._target = "in process"

    async def call(self, token: str, request: Message) -> Any:
        """Return the response of a callback to a request."""
        return await self._callbacks[token](request.SerializeToString())


class EngineLog:
    """Implements Pulumi's engine service, to which the SDK logs."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def Log(self, request: Any) -> None:  # noqa: N802 - gRPC's name
        self._journal.log(request.severity, request.message, request.urn)

    def RequirePulumiVersion(self, request: Any) -> None:  # noqa: N802 - gRPC's name
        """Accept any version: there is no CLI to compare with."""


class RecordingRpcManager(rpc_manager.RPCManager):
    """Records the source of each call, the pending calls and all errors."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # untyped in the SDK
        self._journal = journal
        self._numbers = itertools.count()

    def do_rpc(self, name: str, rpc_function: Callable[..., Any]) -> Callable[..., Any]:
        outer = CURRENT.get()
        from_output = rpc_function.__name__ == "do_invoke_output" or (
            outer is not None and outer.name == "invoke" and not outer.plain_invoke
        )
        closure = _closure_of(rpc_function)
        call = Call(
            number=next(self._numbers),
            name=name,
            subject=_subject(name, closure),
            source=self._journal.locator.here(closure.get("res"))
            or (outer.source if outer and outer.name == "invoke" else DEFERRED_AT.get()),
            plain_invoke=name == "invoke" and not from_output,
            result_class=closure.get("typ"),
            resource_class=type(closure["res"]) if "res" in closure else None,
        )
        self._journal.pending[call.number] = call

        async def recorded(*args: Any, **kwargs: Any) -> Any:
            CURRENT.set(call)
            try:
                result = await rpc_function(*args, **kwargs)
                if name == "invoke" and "tok" in closure and isinstance(result, tuple):
                    self._complete(result[0], call, closure)
                return result
            except (KeyboardInterrupt, asyncio.CancelledError, GeneratorExit):
                raise
            except BaseException as error:
                self._journal.fail(error, call)
                raise
            finally:
                self._journal.pending.pop(call.number, None)

        return super().do_rpc(name, recorded)

    def _complete(self, result: Any, call: Call, closure: Mapping[str, Any]) -> None:
        """Record a call whose arguments are unknown, and give an unknown plain result a value."""
        if not result.is_known:
            self._journal.note_function(
                call, FunctionUse(closure["tok"], UNKNOWN, "unknown", source=call.source)
            )
            if call.plain_invoke:
                result.value = unknown_object(call, self._journal, closure.get("typ"))


class TrackedOutputs:
    """The outputs that the SDK waits for. Records all that failed; the SDK reports only one of them.

    Iterating returns a single output: whenever one is done, the SDK waits for all the others again, which
    takes time in proportion to the square of their number.
    """

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Future[Any], None] = {}  # a dict keeps the order
        self._unsettled: dict[asyncio.Future[Any], None] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[asyncio.Future[Any]]:
        return itertools.islice(self._waiting, 1)

    def clear(self) -> None:
        """Remove what iterating returns."""
        for future in list(self):
            del self._waiting[future]

    def add(self, future: Any) -> None:
        self._waiting[future] = self._unsettled[future] = None

    def discard(self, future: Any) -> None:
        self._waiting.pop(future, None)
        self._unsettled.pop(future, None)

    remove = discard

    def failures(self) -> list[BaseException]:
        """Return the errors of the failed outputs, in the order of the program."""
        finished = [future for future in self._unsettled if future.done() and not future.cancelled()]
        return [error for future in finished if (error := future.exception()) is not None]


class OwnTasks:
    """The asyncio tasks of coroutines in user code, which may never be awaited."""

    def __init__(self, locator: Locator) -> None:
        self._locator = locator
        self._tasks: list[asyncio.Task[Any]] = []

    def make(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        """Create a task, as the task factory of the event loop."""
        if _is_deferred(coroutine):
            context = contextvars.copy_context()
            context.run(DEFERRED_AT.set, self._locator.here() or DEFERRED_AT.get())
            options = {**options, "context": context}
        task = asyncio.Task(coroutine, loop=loop, **options)
        code = getattr(coroutine, "cr_code", None)
        if code is not None and self._locator.is_users(code.co_filename):
            self._tasks.append(task)
        return task

    def failures(self) -> list[BaseException]:
        """Return the errors of failed tasks that were not retrieved, in the order of the program."""
        unseen = [task for task in self._tasks if task.done() and task._log_traceback]
        return [error for task in unseen if (error := task.exception()) is not None]


def _is_deferred(coroutine: Any) -> bool:
    """Whether a task runs a coroutine or function that a program or component passed to an Output."""
    frame = getattr(coroutine, "cr_frame", None)
    if frame is None:
        return False
    if frame.f_code.co_name == "run":  # of Output.apply, which the SDK itself calls most often
        module = getattr(frame.f_locals.get("func"), "__module__", None) or "pulumi"
        return not module.startswith("pulumi.")
    return bool(frame.f_code.co_name == "from_awaitable")  # of Output.from_input


def _closure_of(rpc_function: Callable[..., Any]) -> dict[str, Any]:
    """Variables of the closure of a call: `res`, `ty`, `name` of a resource; `tok`, `typ` of a function."""
    names, cells = rpc_function.__code__.co_freevars, rpc_function.__closure__ or ()
    used = ("res", "ty", "name", "tok", "typ")
    return {name: cell.cell_contents for name, cell in zip(names, cells, strict=True) if name in used}


def _subject(rpc: str, closure: Mapping[str, Any]) -> str:
    if "ty" in closure and "name" in closure:
        return f'{closure["ty"]} "{closure["name"]}"'
    if "tok" in closure:
        return f"function {closure['tok']}"
    if "res" in closure:
        return f'{"outputs of " if rpc == "register resource outputs" else ""}"{closure["res"]._name}"'
    return ""
