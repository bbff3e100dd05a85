"""Deadline: a check ends after a fixed time, whatever it waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Final

from platform_components.doctor.check import Check

DEADLINE: Final = 15.0
"""Seconds for one check. Timeouts of sockets are not sufficient: each byte that arrives starts them again,
and they don't apply to the resolver, to a program that returns credentials, and to files."""


def in_time(name: str, target: str, check: Callable[[], Check]) -> Check:
    """Return the result of a check; without one after DEADLINE seconds, the result `failed`.

    `name` and `target` are those of that result.
    """
    result: Future[Check] = Future()

    def run() -> None:
        try:
            result.set_result(check())
        except BaseException as error:  # raised by result() below
            result.set_exception(error)

    # A daemon, so that the command ends although the check does not: nothing can stop it.
    threading.Thread(target=run, name=f"check of {name}", daemon=True).start()
    wait([result], timeout=DEADLINE)
    if not result.done():
        detail = f"no result within {DEADLINE:g} seconds"
        remedy = "check the network, the proxy and the files of credentials"
        return Check(name, target, "failed", detail, remedy)
    return result.result()
