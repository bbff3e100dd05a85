"""Errors of a program, with the line of user code, a message and a remedy."""

from __future__ import annotations

import linecache
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from platform_components.base.errors import InvalidInput

if TYPE_CHECKING:
    from platform_components.engine.functions import FunctionUse
    from platform_components.engine.source import Source


class DeclarationError(Exception):
    """A declaration of the program that the engine rejects, with a remedy."""

    def __init__(self, message: str, *, remedy: str = "", location: Source | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy
        self.location = location


@dataclass(frozen=True)
class Failure:
    """One error of a program."""

    message: str
    location: Source | None = None
    """Line of user code; None if it is unknown."""
    remedy: str = ""
    cause: BaseException | None = field(default=None, repr=False)
    """The exception. Unlike the message it can contain secrets."""


class ProgramError(Exception):
    """The evaluation of a program failed. `str()` is the complete message, without secrets.

    `message`, `location`, `remedy` and `cause` are those of the first of `failures`. `debug` contains
    the tracebacks, without secrets, `printed` the output of the program before it failed, and `functions`
    the calls of provider functions before it failed.
    """

    def __init__(
        self,
        stack: str,
        failures: Sequence[Failure],
        *,
        debug: str = "",
        printed: Sequence[str] = (),
        functions: Sequence[FunctionUse] = (),
    ) -> None:
        self.stack = stack
        self.failures = tuple(failures)
        self.debug = debug
        self.printed = tuple(printed)
        self.functions = tuple(functions)
        super().__init__(stack, self.failures)

    @property
    def message(self) -> str:
        return self.failures[0].message

    @property
    def location(self) -> Source | None:
        return self.failures[0].location

    @property
    def remedy(self) -> str:
        return self.failures[0].remedy

    @property
    def cause(self) -> BaseException | None:
        return self.failures[0].cause

    def __str__(self) -> str:
        places = [(place, list(there)) for place, there in groupby(self.failures, lambda f: f.location)]
        if len(places) == 1:
            (place, failures) = places[0]
            at = f" at {place}" if place else ""
            return "\n".join([f"{self.stack}: the program failed{at}", *_body(failures, "  ")])
        lines = [f"{self.stack}: the program failed in {len(places)} places"]
        for place, failures in places:
            lines += [f"  {place or '(unknown line)'}", *_body(failures, "    ")]
        return "\n".join(lines)


def unwrapped(error: BaseException) -> BaseException:
    """Return the original error, without errors of the SDK that wrap and quote it."""
    for cause in causes(error):
        if not _raised_by_sdk(error) or str(cause) not in str(error):
            break
        error = cause
    return error


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the causes of an error, nearest first."""
    seen = {id(error)}  # the SDK can raise an error from itself
    cause = error.__cause__
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__


def described(error: BaseException) -> str:
    """Return the message of an error: its type, unless it is self-explanatory, its text and its causes."""
    if isinstance(error, InvalidInput | DeclarationError):
        return str(error)
    text = str(error).replace("._internal_init()", "()").strip()
    name = type(error).__name__
    message = f"{name}: {text}" if text else f"{name}{_code_of(error)}"
    for cause in causes(error):
        reason = str(cause) if isinstance(cause, InvalidInput) else f"{type(cause).__name__}: {cause}"
        message += f"\ncaused by {reason}"
    return message


def _code_of(error: BaseException) -> str:
    """The source line that raised an error without a message, such as an assert."""
    step = error.__traceback__
    if step is None:
        return ""
    while step.tb_next is not None:
        step = step.tb_next
    line = linecache.getline(step.tb_frame.f_code.co_filename, step.tb_lineno).strip()
    return f" in `{line}`" if line else ""


def _raised_by_sdk(error: BaseException) -> bool:
    step = error.__traceback__
    if step is None:
        return False
    while step.tb_next is not None:
        step = step.tb_next
    return str(step.tb_frame.f_globals.get("__name__", "")).startswith("pulumi.")


def _body(failures: Sequence[Failure], indent: str) -> list[str]:
    """The failures of one place. A remedy shared by consecutive failures is printed once, after them."""
    texts: list[str] = []
    for remedy, sharing in groupby(failures, lambda failure: failure.remedy):
        texts += [*(failure.message for failure in sharing), remedy]
    return [line for text in texts for line in textwrap.indent(text, indent).splitlines()]
