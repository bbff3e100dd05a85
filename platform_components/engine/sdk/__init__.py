"""The only package that uses private parts of the Pulumi SDK.

They can change in any minor version. `parts` lists the ones that the engine needs, and the conformance
tests (tests/engine/test_sdk_conformance.py) report changes in their behaviour.
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
from platform_components.engine.sdk.output_types import conforming, fields_of, optional_fields_of
from platform_components.engine.sdk.parts import UnsupportedSdk, check_sdk
from platform_components.engine.values import UNKNOWN, Secret

__all__ = [
    "UnsupportedSdk",
    "call_back",
    "check_sdk",
    "conforming",
    "fields_of",
    "optional_fields_of",
    "run",
]


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
    """Run a program against the monitor until all its calls and tasks are done.

    Errors are recorded in the journal. Call it in a separate context, because the SDK's settings are
    context variables. `config` has full keys; values are strings, or Secrets of a string or UNKNOWN.
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
    """Run the program to its end. After a failure, run what is still runnable, to find all failures.

    Raises:
        KeyboardInterrupt: the program was interrupted. All other errors are recorded in the journal.
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
                for failure in outputs.failures():  # the SDK may be waiting for another one
                    journal.fail(failure)
                journal.fail_stuck(tasks.failures(), stuck.threads)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                for failure in (*outputs.failures(), error):  # the SDK raises only one of them
                    journal.fail(failure)
            if journal.failed:
                _record_other_failures(loop, outputs, journal)
        for failure in tasks.failures():
            journal.note_unawaited(failure)
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        with suppress(SystemExit):
            loop.run_until_idle()


def _record_other_failures(loop: InlineLoop, outputs: TrackedOutputs, journal: Journal) -> None:
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
