"""The event loop runs without threads and notices when nothing can happen any more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from platform_components.engine.loop import Deadlock, InlineLoop


@pytest.fixture
def loop() -> Iterator[InlineLoop]:
    loop = InlineLoop()
    yield loop
    loop.close()


def test_what_is_given_to_an_executor_runs_at_once(loop: InlineLoop) -> None:
    """In the same thread; a coroutine that comes back is awaited, also as the first of a tuple."""

    async def later() -> int:
        await asyncio.sleep(0)
        return 2

    async def main() -> list[object]:
        results = [loop.run_in_executor(None, function) for function in (threading.get_ident, later)]
        return [
            *[await result for result in results],
            await loop.run_in_executor(None, lambda: (later(), None)),
        ]

    assert loop.run_until_complete(main()) == [threading.get_ident(), 2, (2, None)]


def test_an_error_in_what_runs_reaches_who_awaits_it(loop: InlineLoop) -> None:
    """As it would from a thread."""

    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        loop.run_until_complete(loop.run_in_executor(None, fail))


def test_waiting_for_what_nobody_completes_is_a_deadlock(loop: InlineLoop) -> None:
    """It is reported at once instead of hanging."""
    with pytest.raises(Deadlock):
        loop.run_until_complete(loop.create_future())


def test_a_cancelled_timer_keeps_nothing_alive(loop: InlineLoop) -> None:
    """It would never fire, so whoever waits beside it waits for ever."""
    loop.call_later(60, lambda: None).cancel()
    with pytest.raises(Deadlock):
        loop.run_until_complete(loop.create_future())


def test_timers_and_threads_are_waited_for(loop: InlineLoop) -> None:
    """A sleeping program, or one with threads of its own, isn't stuck."""
    future = loop.create_future()
    threading.Timer(0.02, lambda: loop.call_soon_threadsafe(future.set_result, "from a thread")).start()

    async def main() -> str:
        await asyncio.sleep(0.01)
        return str(await future)

    assert loop.run_until_complete(main()) == "from a thread"


def test_idle_means_that_nothing_is_ready(loop: InlineLoop) -> None:
    """What can run does, to its end; timers aren't waited for, and a task that feeds itself is cut off."""
    done = []

    async def steps() -> None:
        for step in range(3):
            await asyncio.sleep(0)
            done.append(step)
        await asyncio.sleep(60)
        done.append(-1)

    task = loop.create_task(steps())
    loop.run_until_idle()
    assert done == [0, 1, 2]
    task.cancel()
    loop.run_until_idle()
    assert task.cancelled()


def test_a_thread_that_does_nothing_about_it_is_no_reason_to_wait_for_ever(
    loop: InlineLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some time without anything happening it is a deadlock, which names the threads that are alive."""
    monkeypatch.setattr("platform_components.engine.loop.IDLE_LIMIT", 0.2)
    end = threading.Event()
    threads = [threading.Thread(target=end.wait, name=name, daemon=name == "pool") for name in ("a", "pool")]
    for thread in threads:
        thread.start()
    try:
        with pytest.raises(Deadlock) as raised:
            loop.run_until_complete(loop.create_future())
    finally:
        end.set()
    assert sorted(raised.value.threads) == ["a", "pool"]


def test_a_thread_that_ends_without_a_word_is_not_waited_for(loop: InlineLoop) -> None:
    """Nobody is left who could complete anything."""
    threading.Timer(0.05, lambda: None).start()
    with pytest.raises(Deadlock) as raised:
        loop.run_until_complete(loop.create_future())
    assert raised.value.threads == ()


def test_the_last_thing_that_a_thread_does_counts(loop: InlineLoop) -> None:
    """Also when it has ended before anyone looks."""
    for _ in range(200):
        future = loop.create_future()
        threading.Thread(target=loop.call_soon_threadsafe, args=(future.set_result, "done")).start()
        assert loop.run_until_complete(future) == "done"
