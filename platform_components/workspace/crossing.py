"""Messages between processes: plain data and the library's own types only."""

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

_PLAIN = frozenset({"set", "frozenset", "getattr"})  # getattr: a pickled bound method


class Fault(Exception):  # noqa: N818 - an internal error, in contrast to errors of programs
    """An internal error of the library, without its text, which may contain secrets.

    `str()` returns its type and place: `ZeroDivisionError in monitor.py:12`. `debug` is its traceback.
    """

    def __init__(self, place: str, debug: str) -> None:
        super().__init__(place, debug)
        self.place = place
        self.debug = debug

    def __str__(self) -> str:
        return self.place

    @classmethod
    def of(cls, error: BaseException) -> Fault:
        """The fault for an unexpected error."""
        step = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} in {Path(step.filename).name}:{step.lineno}"
        return cls(place, "".join(traceback.format_tb(error.__traceback__)))


def dumps(value: Any) -> bytes:
    """Serialize a value."""
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def loads(data: bytes) -> Any:
    """Deserialize the result of `dumps`.

    Raises:
        UnpicklingError: the data contains a type that is not allowed.
    """
    return _Unpickler(io.BytesIO(data)).load()


class _Unpickler(pickle.Unpickler):
    """Rejects the classes of programs: unpickling them would run their code in this process."""

    def find_class(self, module: str, name: str) -> Any:
        is_library = module.partition(".")[0] == "platform_components"
        if is_library or (module == "builtins" and name in _PLAIN):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a message between processes")


def carried(error: BaseException) -> Exception:
    """The error in a form that can be sent to another process, with its traceback as text."""
    debug = getattr(error, "debug", "") or "".join(traceback.format_tb(error.__traceback__))
    if isinstance(error, InvalidInput):
        return _plain(error, debug)
    if isinstance(error, ProgramError):
        failures = [
            replace(failure, cause=_plain(failure.cause) if isinstance(failure.cause, InvalidInput) else None)
            for failure in error.failures
        ]
        return ProgramError(error.stack, failures, debug=debug, printed=error.printed)
    if isinstance(error, UnsupportedSdk):
        return UnsupportedSdk(str(error))
    return Fault.of(error)


def failure(subject: str, message: str, remedy: str = "", location: Any = None) -> ProgramError:
    """The failure of a stack whose process failed."""
    return ProgramError(subject, [Failure(message, location, remedy)])


def _plain(error: InvalidInput, debug: str = "") -> InvalidInput:
    """The same error with values as text, because they can be objects of the program."""
    plain = InvalidInput(error.subject, [_shown(problem) for problem in error.problems])
    plain.debug = debug
    return plain


def _shown(problem: Problem) -> Problem:
    text = problem.shown
    return replace(problem, value=ABSENT if text is None else Shown(text))
