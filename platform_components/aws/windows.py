"""Windows: daily backup windows and weekly maintenance windows, in UTC."""

from __future__ import annotations

import re
from collections.abc import Callable

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = 24 * 60
_WEEK = 7 * _DAY
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]"
DAILY = re.compile(rf"{_TIME}-{_TIME}")
"""Syntax of daily windows."""
WEEKLY = re.compile(rf"({'|'.join(_DAYS)}):{_TIME}-({'|'.join(_DAYS)}):{_TIME}")
"""Syntax of weekly windows."""


def daily_window(at_least: int) -> Callable[[str], str]:
    """Return a validator for daily windows such as `03:00-04:00` of `at_least` so many minutes.

    A window can span midnight: `23:30-00:30`.
    """

    def check(window: str) -> str:
        if not DAILY.fullmatch(window):
            raise ValueError("must have the format hh24:mi-hh24:mi in UTC, such as 03:00-04:00")
        return _long_enough(window, at_least)

    return check


def weekly_window(at_least: int) -> Callable[[str], str]:
    """Return a validator for weekly windows such as `sun:04:30-sun:05:30`.

    A window lasts `at_least` so many minutes and at most 24 hours. It can span midnight and the end of
    the week: `sun:23:30-mon:00:30`.
    """

    def check(window: str) -> str:
        if not WEEKLY.fullmatch(window):
            raise ValueError(
                "must have the format ddd:hh24:mi-ddd:hh24:mi in UTC with lowercase days, "
                "such as sun:04:30-sun:05:30"
            )
        if _range(window)[1] > _DAY:
            raise ValueError("must be at most 24 hours long")
        return _long_enough(window, at_least)

    return check


def windows_overlap(daily: str, weekly: str) -> bool:
    """Whether a valid daily window and a valid weekly window have a minute in common on any day.

    Adjacent windows do not overlap: the end of a window is exclusive.
    """
    start, minutes = _range(daily)
    other_start, other_minutes = _range(weekly)
    for day in range(7):
        behind = (start + day * _DAY - other_start) % _WEEK
        if behind < other_minutes or _WEEK - behind < minutes:
            return True
    return False


def _long_enough(window: str, at_least: int) -> str:
    minutes = _range(window)[1]
    if minutes < at_least:
        raise ValueError(f"must be at least {at_least} minutes long; is {minutes}")
    return window


def _range(window: str) -> tuple[int, int]:
    """Start of a valid window in minutes after midnight (weekly: of Monday), and its length in minutes."""
    cycle = _WEEK if window[0].isalpha() else _DAY
    start, end = (_minute(moment) for moment in window.split("-"))
    return start, (end - start) % cycle


def _minute(moment: str) -> int:
    *day, hours, minutes = moment.split(":")
    return (_DAYS.index(day[0]) * _DAY if day else 0) + int(hours) * 60 + int(minutes)
