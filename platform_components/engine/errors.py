"""What went wrong in a program, in the words of the person who wrote it."""

from __future__ import annotations

import linecache
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from platform_components.base.errors import InvalidInput

if TYPE_CHECKING:
    from platform_components.engine.source import Source


class DeclarationError(Exception):
    """Something in the program that the engine refuses, with what to do about it."""

    def __init__(self, message: str, *, remedy: str = "", location: Source | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy
        self.location = location


@dataclass(frozen=True)
class Failure:
    """One thing that went wrong."""

    message: str
    location: Source | None = None
    """The user's line, where one is known."""
    remedy: str = ""
    cause: BaseException | None = field(default=None, repr=False)
    """The error itself. Unlike the message it may show secrets."""


class ProgramError(Exception):
    """A program could not be evaluated. `str()` is the whole message, ready to print, without secrets.

    `message`, `location`, `remedy` and `cause` are those of the first of its `failures`. `debug` holds
    the tracebacks, without secrets; `printed` what the program wrote before it failed.
    """

    def __init__(
        self, stack: str, failures: Sequence[Failure], *, debug: str = "", printed: Sequence[str] = ()
    ) -> None:
        self.stack = stack
        self.failures = tuple(failures)
        self.debug = debug
        self.printed = tuple(printed)
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
            lines += [f"  {place or '(no line known)'}", *_body(failures, "    ")]
        return "\n".join(lines)


def unwrapped(error: BaseException) -> BaseException:
    """The error that the program met, without the ones that the SDK wraps around it and that quote it."""
    for cause in causes(error):
        if not _raised_by_sdk(error) or str(cause) not in str(error):
            break
        error = cause
    return error


def causes(error: BaseException) -> Iterator[BaseException]:
    """What the error was raised from, nearest first."""
    seen = {id(error)}  # the SDK can raise an error from itself
    cause = error.__cause__
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__


def described(error: BaseException) -> str:
    """The error in words: its type unless the message says all, its text, what it came from."""
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
    """For an error without a text, such as a bare assert: the line of code that raised it."""
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
    """The failures of one place. A remedy that several in a row share stands once, below them."""
    texts: list[str] = []
    for remedy, sharing in groupby(failures, lambda failure: failure.remedy):
        texts += [*(failure.message for failure in sharing), remedy]
    return [line for text in texts for line in textwrap.indent(text, indent).splitlines()]
