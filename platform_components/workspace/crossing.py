"""What goes from one process to another: plain data and this library's own types, nothing else."""

from __future__ import annotations

import io
import pickle
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

from platform_components.base.errors import ABSENT, InvalidInput, Problem, Shown
from platform_components.engine import Failure, ProgramError
from platform_components.engine.sdk.parts import UnsupportedSdk

_PLAIN = frozenset({"set", "frozenset", "getattr"})  # getattr stands for a bound method


class Fault(Exception):  # noqa: N818 - what it is: ours, not the program's
    """An error of this library itself, without its text, which may quote anything, a secret too.

    `str()` gives its type and place: `ZeroDivisionError in monitor.py:12`. `debug` is its traceback.
    """

    def __init__(self, place: str, debug: str) -> None:
        super().__init__(place, debug)
        self.place = place
        self.debug = debug

    def __str__(self) -> str:
        return self.place

    @classmethod
    def of(cls, error: BaseException) -> Fault:
        """What can be told of an unforeseen error."""
        step = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} in {Path(step.filename).name}:{step.lineno}"
        return cls(place, "".join(traceback.format_tb(error.__traceback__)))


def dumps(value: Any) -> bytes:
    """The value as bytes."""
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def loads(data: bytes) -> Any:
    """The value of `dumps`. Raises UnpicklingError for types that must not come here."""
    return _Unpickler(io.BytesIO(data)).load()


class _Unpickler(pickle.Unpickler):
    """A program's own classes don't cross: their code would run here."""

    def find_class(self, module: str, name: str) -> Any:
        ours = module.partition(".")[0] == "platform_components"
        if ours or (module == "builtins" and name in _PLAIN):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} must not come from another process")


def carried(error: BaseException) -> Exception:
    """The error as one that can go to another process; of a traceback the text goes."""
    debug = getattr(error, "debug", "") or "".join(traceback.format_tb(error.__traceback__))
    if isinstance(error, InvalidInput):
        return _told(error, debug)
    if isinstance(error, ProgramError):
        failures = [
            replace(failure, cause=_told(failure.cause) if isinstance(failure.cause, InvalidInput) else None)
            for failure in error.failures
        ]
        return ProgramError(error.stack, failures, debug=debug, printed=error.printed)
    if isinstance(error, UnsupportedSdk):
        return UnsupportedSdk(str(error))
    return Fault.of(error)


def failure(subject: str, message: str, remedy: str = "", location: Any = None) -> ProgramError:
    """What went wrong with a process, as a failure of what it was for."""
    return ProgramError(subject, [Failure(message, location, remedy)])


def _told(error: InvalidInput, debug: str = "") -> InvalidInput:
    """The same message, without the objects that it is about: whatever a program gave."""
    plain = InvalidInput(error.subject, [_shown(problem) for problem in error.problems])
    plain.debug = debug
    return plain


def _shown(problem: Problem) -> Problem:
    text = problem.shown
    return replace(problem, value=ABSENT if text is None else Shown(text))
