"""Windows: the valid ranges, and their overlaps."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from platform_components.aws.windows import daily_window, weekly_window, windows_overlap

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
WEEK = 7 * DAY


def clock(minute: int) -> str:
    return f"{minute % DAY // 60:02}:{minute % 60:02}"


def moment(minute: int) -> str:
    return f"{DAYS[minute % WEEK // DAY]}:{clock(minute)}"


@pytest.mark.parametrize("window", ["03:00-03:30", "23:45-00:15", "00:00-23:59"])
def test_a_daily_window_is_a_range_of_half_an_hour_or_more(window: str) -> None:
    """It can span midnight."""
    assert daily_window(at_least=30)(window) == window


@pytest.mark.parametrize(
    ("window", "what"),
    [
        ("3:00-4:00", "such as 03:00-04:00"),
        ("03:00", "such as 03:00-04:00"),
        ("24:00-01:00", "such as 03:00-04:00"),
        ("03:60-04:00", "such as 03:00-04:00"),
        ("sun:03:00-sun:04:00", "such as 03:00-04:00"),
        ("03:00-03:29", "must be at least 30 minutes long; is 29"),
        ("03:00-03:00", "must be at least 30 minutes long; is 0"),
        ("", "such as 03:00-04:00"),
        ("٠٣:00-04:00", "such as 03:00-04:00"),
    ],
)
def test_any_other_daily_window_is_rejected(window: str, what: str) -> None:
    """The message shows the form, or the length."""
    with pytest.raises(ValueError, match=what):
        daily_window(at_least=30)(window)


@pytest.mark.parametrize("window", ["sun:04:30-sun:05:30", "sun:23:30-mon:00:30", "mon:00:00-tue:00:00"])
def test_a_weekly_window_may_pass_midnight_and_the_end_of_the_week(window: str) -> None:
    """It can last up to 24 hours."""
    assert weekly_window(at_least=60)(window) == window


@pytest.mark.parametrize(
    ("window", "what"),
    [
        ("sunday:04:30-sun:05:30", "lowercase days"),
        ("Sun:04:30-Sun:05:30", "lowercase days"),
        ("04:30-05:30", "lowercase days"),
        ("sun:04:30-05:30", "lowercase days"),
        ("sun:04:30-sun:05:29", "must be at least 60 minutes long; is 59"),
        ("mon:00:00-tue:00:01", "must be at most 24 hours long"),
        ("sun:05:00-sun:04:00", "must be at most 24 hours long"),
    ],
)
def test_any_other_weekly_window_is_rejected(window: str, what: str) -> None:
    """The message shows the form, or the length."""
    with pytest.raises(ValueError, match=what):
        weekly_window(at_least=60)(window)


@pytest.mark.parametrize(
    ("daily", "weekly", "overlap"),
    [
        ("02:00-03:00", "sun:03:30-sun:04:30", False),
        ("02:00-03:00", "sun:03:00-sun:04:00", False),
        ("03:00-04:00", "sun:02:00-sun:03:00", False),
        ("02:00-03:01", "sun:03:00-sun:04:00", True),
        ("02:00-05:00", "sun:03:00-sun:04:00", True),
        ("03:15-03:45", "sun:03:00-sun:04:00", True),
        ("23:30-00:30", "mon:00:00-mon:01:00", True),
        ("00:00-01:00", "sun:23:30-mon:00:30", True),
        ("01:00-02:00", "sun:23:30-mon:00:30", False),
        ("12:00-13:00", "mon:13:00-tue:12:00", False),
        ("12:00-13:00", "mon:13:00-tue:12:01", True),
    ],
)
def test_windows_overlap_when_they_share_a_minute_on_any_day(daily: str, weekly: str, overlap: bool) -> None:
    """Adjacent windows do not overlap; windows that span midnight are compared on both days."""
    assert windows_overlap(daily, weekly) is overlap


@given(
    start=st.integers(0, DAY - 1),
    minutes=st.integers(30, DAY - 1),
    weekly_start=st.integers(0, WEEK - 1),
    weekly_minutes=st.integers(30, DAY),
)
def test_overlap_agrees_with_counting_the_minutes(
    start: int, minutes: int, weekly_start: int, weekly_minutes: int
) -> None:
    """A comparison minute by minute over the week gives the same result."""
    every_day = {(start + day * DAY + passed) % WEEK for day in range(7) for passed in range(minutes)}
    once = {(weekly_start + passed) % WEEK for passed in range(weekly_minutes)}
    daily = daily_window(30)(f"{clock(start)}-{clock(start + minutes)}")
    weekly = weekly_window(30)(f"{moment(weekly_start)}-{moment(weekly_start + weekly_minutes)}")
    assert windows_overlap(daily, weekly) is bool(every_day & once)
