"""Loading of the policy pack in the conductor: its import and its tests, each within the time limit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from platform_components.base.errors import InvalidInput, Problem
from platform_components.engine import Source
from platform_components.engine.console import captured
from platform_components.engine.journal import Journal
from platform_components.engine.source import Locator
from platform_components.policy.check import RuleCheck, check_rules
from platform_components.policy.pack import Pack
from platform_components.policy.rule import AnyRule
from platform_components.workspace.messages import Ended, Listed, Loading, PackListing, PackSource
from platform_components.workspace.processes import exits_reported, out_of_time, time_limited

_REMEDY = "a pack must not end the process"


def load(source: PackSource, time_limit: float, send: Callable[[Loading | Listed | Ended], None]) -> Pack:
    """Load the policy pack, and send its listing.

    A call of `os._exit`, and an exceeded time limit, are sent as the end of the run. Also ends this process
    if its parent ends, because the caller can't check for that during the import.

    Raises:
        InvalidInput: the pack is invalid, or raises an exception.
    """
    loader = _Loader(source, time_limit, send)
    with exits_reported(loader.exited), captured(loader.journal):
        with loader.step():
            pack = source.load()
        checks = tuple(map(loader.check, pack.rules)) if source.check else ()
    printed = tuple(item.message for item in loader.journal.diagnostics)
    rules = tuple(rule.to_dict() for rule in pack.rules)
    send(Listed(PackListing(pack.name, pack.version, rules, printed, checks)))
    return pack


class _Loader:
    def __init__(
        self, source: PackSource, time_limit: float, send: Callable[[Loading | Listed | Ended], None]
    ) -> None:
        self.journal = Journal("", Locator(source.project), config_file="")
        self._subject = f"Policy pack {source.name}"
        self._time_limit = time_limit
        self._send = send
        self._rule = ""
        self._leave = os._exit  # before the pack can replace it

    def check(self, rule: AnyRule) -> RuleCheck:
        """Test one rule."""
        self._rule = str(rule.id)
        with self.step():
            (result,) = check_rules([rule])
        return result

    @contextmanager
    def step(self) -> Iterator[None]:
        """The import, or the test of the current rule."""
        self._send(Loading(self._rule))
        try:
            with time_limited(self._time_limit, self._expired, end_with_parent=True):
                yield
        except KeyboardInterrupt as error:  # not from Ctrl-C, which this process ignores
            where = self.journal.locator.of(error)
            raise self._error(where, "raises KeyboardInterrupt", "raise another exception") from error

    def exited(self, status: int, frame: FrameType) -> None:
        what = f"ends the process with os._exit({status})"
        self._end(self._error(self.journal.locator.here(), what, _REMEDY))

    def _expired(self, frame: FrameType | None) -> None:
        self._end(self._error(self.journal.locator.here(), *out_of_time(self._time_limit)))

    def _end(self, error: InvalidInput) -> NoReturn:
        self._send(Ended(error))
        self._leave(0)

    def _error(self, where: Source | None, what: str, remedy: str) -> InvalidInput:
        subject = f'the test of the rule "{self._rule}" ' if self._rule else ""
        return InvalidInput(self._subject, [Problem(str(where or "__init__.py"), subject + what, remedy)])
