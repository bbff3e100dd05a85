"""Ctrl-C, and errors that are no Exceptions: neither is lost, and neither leaves anything behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest
from pulumi_aws import sqs

from platform_components.engine import ProgramError
from platform_components.testing import render


class Stop(BaseException):
    """What `except Exception` doesn't catch."""


def raising(error: BaseException) -> Callable[..., Any]:
    """A function that raises it."""

    def fail(*arguments: object) -> Any:
        raise error

    return fail


def at_top_level(fail: Callable[..., Any]) -> None:
    fail()


def in_apply(fail: Callable[..., Any]) -> None:
    pulumi.Output.from_input(1).apply(fail)


def in_a_transform(fail: Callable[..., Any]) -> None:
    sqs.Queue("queue", opts=pulumi.ResourceOptions(transforms=[fail]))


def in_an_asynchronous_program(fail: Callable[..., Any]) -> None:
    async def main() -> None:
        await asyncio.sleep(0)
        fail()

    pulumi.run(main)


@pytest.fixture(autouse=True)
def _signal_disposition() -> Iterator[None]:
    """SIGINT raises KeyboardInterrupt, also if pytest was started with it ignored, as by nohup."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


PLACES = [at_top_level, in_apply, in_a_transform, in_an_asynchronous_program]


@pytest.mark.parametrize("place", PLACES)
def test_an_error_of_any_kind_is_the_programs(place: Callable[[Any], None]) -> None:
    """With its line, as any other."""
    with pytest.raises(ProgramError, match=r"at tests/engine/test_interrupts.py:\d+\n  Stop: on purpose$"):
        render(lambda: place(raising(Stop("on purpose"))))


@pytest.mark.parametrize("place", PLACES)
def test_an_interrupt_ends_the_evaluation(place: Callable[[Any], None]) -> None:
    """At once, also where the SDK would wait for what is pending; the next evaluation is as any other."""

    def program() -> None:
        _sleeping()
        place(_press_ctrl_c)

    before, started = _state(), time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        render(program)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert time.monotonic() - started < 10
    assert _state() == before
    assert render(lambda: pulumi.export("a", 1)).outputs == {"a": 1}


def test_an_interrupt_ends_waiting() -> None:
    """Nothing of the program runs then, but a timer."""

    def program() -> None:
        asyncio.get_event_loop().call_later(0.05, _press_ctrl_c)
        _sleeping()

    with pytest.raises(KeyboardInterrupt):
        render(program)


def test_an_ignored_interrupt_stays_ignored() -> None:
    """Under nohup an evaluation continues; a program that raises KeyboardInterrupt itself still ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert render(_press_ctrl_c).outputs == {}
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    with pytest.raises(KeyboardInterrupt):
        render(lambda: at_top_level(raising(KeyboardInterrupt())))


def test_a_program_may_interrupt_itself() -> None:
    """Which is taken for what it says."""
    for place in PLACES:
        with pytest.raises(KeyboardInterrupt):
            render(lambda place=place: place(raising(KeyboardInterrupt())))  # type: ignore[misc]


def _press_ctrl_c(*arguments: object) -> None:
    signal.raise_signal(signal.SIGINT)


def _sleeping() -> pulumi.Output[int]:
    async def slowly(value: int) -> int:
        await asyncio.sleep(60)
        return value

    return pulumi.Output.from_input(1).apply(slowly)


def _deferred() -> tuple[pulumi.Output[str], Callable[[pulumi.Output[str]], None]]:
    return pulumi.deferred_output()


def _state() -> list[Any]:
    files = [os.fstat(descriptor) for descriptor in range(3)]
    streams = [sys.stdin, sys.stdout, sys.stderr]
    return [[(file.st_dev, file.st_ino) for file in files], streams, list(sys.path), os.getcwd()]


def test_a_task_that_nobody_awaits_fails_with_a_warning() -> None:
    """Pulumi's own engine goes on, too; but the error is not lost."""

    async def slip() -> None:
        raise ValueError("slipped")

    kept = []
    graph = render(lambda: kept.append(asyncio.ensure_future(slip())))
    (warning,) = graph.diagnostics
    assert (warning.severity, warning.message) == (
        "warning",
        "a task failed that is not awaited: ValueError: slipped",
    )
    assert str(warning.source).startswith("tests/engine/test_interrupts.py:")


def test_a_task_that_fails_explains_what_never_resolves() -> None:
    """Rather than what waits for it."""
    kept = []

    def program() -> None:
        output, resolve = _deferred()

        async def slip() -> None:
            resolve(raising(ValueError("slipped"))())

        kept.append(asyncio.ensure_future(slip()))
        sqs.Queue("queue", name=output)

    with pytest.raises(ProgramError) as raised:
        render(program)
    assert [failure.message for failure in raised.value.failures] == ["ValueError: slipped"]


def test_a_task_that_is_awaited_fails_once() -> None:
    """Whoever awaits it may well know what to do."""

    async def slip() -> str:
        raise ValueError("slipped")

    async def main() -> dict[str, str]:
        try:
            return {"a": await asyncio.ensure_future(slip())}
        except ValueError:
            return {"a": "caught"}

    graph = render(lambda: pulumi.run(main))
    assert graph.outputs == {"a": "caught"}
    assert graph.diagnostics == ()


def test_a_task_that_ends_the_process_while_it_is_cancelled_ends_nothing() -> None:
    """It is too late for it to say anything."""
    kept = []

    async def lingering() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            sys.exit(3)

    async def main() -> dict[str, int]:
        kept.append(asyncio.ensure_future(lingering()))
        await asyncio.sleep(0)
        return {"a": 1}

    assert render(lambda: pulumi.run(main)).outputs == {"a": 1}
