"""The one place that touches private parts of the Pulumi SDK.

They may move with any minor version: `parts` names what the engine needs of them, and the conformance
test (tests/engine/test_sdk_conformance.py) what behaves differently.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from pulumi.runtime import config as runtime_config, settings, stack as runtime_stack

from platform_components.engine.journal import Journal
from platform_components.engine.loop import Deadlock, InlineLoop
from platform_components.engine.sdk.adapted import adapted_sdk, output_of
from platform_components.engine.sdk.calls import (
    Callbacks,
    EngineLog,
    OwnTasks,
    RecordingRpcManager,
    TrackedOutputs,
    call_back,
)
from platform_components.engine.sdk.parts import UnsupportedSdk, check_sdk
from platform_components.engine.values import UNKNOWN, Secret

__all__ = ["UnsupportedSdk", "call_back", "check_sdk", "run"]


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
        with adapted_sdk(journal):
            manager = RecordingRpcManager(journal)
            settings.configure(
                settings.Settings(
                    project=project,
                    stack=stack,
                    monitor=monitor,
                    engine=EngineLog(journal),
                    parallel=1,
                    dry_run=True,
                    organization=organization,
                    root_directory=root,
                )
            )
            settings.SETTINGS.rpc_manager = manager
            settings.SETTINGS.outputs = outputs = TrackedOutputs()
            settings.SETTINGS.callbacks = Callbacks(monitor)
            settings.ROOT.set(None)
            _set_config(config, loop)
            _drive(loop, program, outputs, journal)
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def _drive(
    loop: InlineLoop, program: Callable[[], object], outputs: TrackedOutputs, journal: Journal
) -> None:
    """Run the program to its end; after a failure, also what can still run, to see all that fails.

    Raises KeyboardInterrupt alone.
    """

    def guarded() -> None:
        try:
            program()
        except Deadlock as stuck:
            journal.fail_stuck(tasks.failures(), stuck.threads)
        except SystemExit as error:
            if error.code not in (None, 0):
                journal.fail(error)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            journal.fail(error)

    tasks = OwnTasks(journal.locator)
    loop.set_task_factory(tasks.make)
    try:
        with loop.ended_by_interrupt():
            try:
                loop.run_until_complete(runtime_stack.run_in_stack(guarded))
            except Deadlock as stuck:
                journal.fail_stuck(tasks.failures(), stuck.threads)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                for failure in (*outputs.failures(), error):  # the SDK raises any one of them
                    journal.fail(failure)
            if journal.failed:
                _let_the_rest_fail(loop, outputs, journal)
        for failure in tasks.failures():
            journal.note_unawaited(failure)
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        with suppress(SystemExit):
            loop.run_until_idle()


def _let_the_rest_fail(loop: InlineLoop, outputs: TrackedOutputs, journal: Journal) -> None:
    try:
        loop.run_until_idle()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        journal.fail(error)
    for failure in outputs.failures():
        journal.fail(failure)


def _set_config(config: Mapping[str, Any], loop: InlineLoop) -> None:
    def plain(value: Any) -> Any:
        if isinstance(value, Secret):
            return output_of(value, loop) if value.value is UNKNOWN else value.value
        return value

    secret_keys = [key for key, value in config.items() if isinstance(value, Secret)]
    runtime_config.set_all_config({key: plain(value) for key, value in config.items()}, secret_keys)
