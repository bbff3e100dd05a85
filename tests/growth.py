"""How time grows with size, for what must not take the square of it."""

from __future__ import annotations

import time
from collections.abc import Callable

FACTOR = 8
LINEAR = 24
"""More than a linear operation takes for eight times the size (8), by far less than a quadratic one (64)."""


def growth(prepared: Callable[[int], Callable[[], object]], size: int) -> float:
    """Processor time for eight times a size over that for the size; the best of several, so that a busy
    machine matters little. `prepared` makes the operation on so many things; making it isn't timed.
    """
    return _best(prepared, size * FACTOR) / _best(prepared, size)


def _best(prepared: Callable[[int], Callable[[], object]], size: int) -> float:
    taken = []
    for _ in range(5):
        operation = prepared(size)
        started = time.process_time()
        operation()
        taken.append(time.process_time() - started)
    return max(min(taken), 1e-6)
