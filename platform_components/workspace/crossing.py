"""Messages between processes: plain data and the library's own types only."""

from __future__ import annotations

import io
import pickle
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from platform_components.base.errors import ABSENT, InvalidInput, Problem, Shown
from platform_components.engine import UNKNOWN, Failure, ProgramError
from platform_components.engine.sdk.parts import UnsupportedSdk

_LIBRARY = __name__.partition(".")[0]
_DIRECTORY = Path(__file__).parents[1]
_BUILTINS = frozenset({"set", "frozenset", "str", "int", "float"})
_SCALARS: dict[type, Callable[[Any], Any]] = {str: str.__str__, int: int.__int__, float: float.__float__}


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
        return cls(place, _places(error))


def dumps(value: Any) -> bytes:
    """Serialize a value. A StrEnum member, or another subclass of a string or number, becomes plain."""
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
    return buffer.getvalue()


def loads(data: bytes) -> Any:
    """Deserialize the result of `dumps`.

    Raises:
        UnpicklingError: the data contains a type that is not allowed.
    """
    return _Unpickler(io.BytesIO(data)).load()


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        # The receiver has no classes of programs and packs. Strings and numbers are their most common ones.
        for plain, convert in _SCALARS.items():
            if isinstance(value, plain):
                return plain, (convert(value),)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    """Accepts the library's own classes only: code of a program would run in this process."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "builtins" and name in _BUILTINS:
            return super().find_class(module, name)
        # A dotted name reaches the modules that a module imports; so does the name of an imported class.
        if module.partition(".")[0] == _LIBRARY and "." not in name:
            found = super().find_class(module, name)
            if found is UNKNOWN or (isinstance(found, type) and found.__module__ == module):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a message between processes")


def carried(error: BaseException) -> Exception:
    """The error in a form that can be sent to another process, with its traceback as text."""
    debug = getattr(error, "debug", "") or _places(error)
    if isinstance(error, InvalidInput):
        return _plain(error, debug)
    if isinstance(error, ProgramError):
        failures = [
            replace(failure, cause=_plain(failure.cause) if isinstance(failure.cause, InvalidInput) else None)
            for failure in error.failures
        ]
        return ProgramError(
            error.stack, failures, debug=debug, printed=error.printed, functions=error.functions
        )
    if isinstance(error, UnsupportedSdk):
        return UnsupportedSdk(str(error))
    return Fault.of(error)


def failure(subject: str, message: str, remedy: str = "", location: Any = None) -> ProgramError:
    """The failure of a stack whose process failed."""
    return ProgramError(subject, [Failure(message, location, remedy)])


def _places(error: BaseException) -> str:
    """The traceback without source lines of programs, which can contain secrets."""
    steps = traceback.extract_tb(error.__traceback__)
    for index, step in enumerate(steps):
        if not Path(step.filename).is_relative_to(_DIRECTORY):
            steps[index] = traceback.FrameSummary(step.filename, step.lineno, step.name, line="")
    return "".join(steps.format())


def _plain(error: InvalidInput, debug: str = "") -> InvalidInput:
    """The same error with values as text, because they can be objects of the program."""
    plain = InvalidInput(error.subject, [_shown(problem) for problem in error.problems])
    plain.debug = debug
    return plain


def _shown(problem: Problem) -> Problem:
    text = problem.shown
    return replace(problem, value=ABSENT if text is None else Shown(text))
