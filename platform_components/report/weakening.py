"""Changes of a single setting that weaken something."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from platform_components.engine.values import UNKNOWN, Secret
from platform_components.report.subject import Fact, Risk, Subject

Text = Callable[[Any, Any], str]
"""What a change from the old to the new value weakens; empty if it weakens nothing."""


@dataclass(frozen=True)
class Setting:
    """A setting, and what its change weakens."""

    path: str
    text: Text
    default: Any = None
    """Value of a resource that does not set it."""


def turned_off(text: str) -> Text:
    """A setting that protects while it is on."""
    return lambda old, new: text if _is_on(old) and not _is_on(new) else ""


def turned_on(text: str) -> Text:
    """A setting that removes protection while it is on."""
    return lambda old, new: text if _is_on(new) and not _is_on(old) else ""


def fewer(what: str, unit: str, zero: str = "", unlimited: int | None = None) -> Text:
    """A duration or number; `zero`: the text if it becomes 0; `unlimited`: the value without a limit."""

    def text(old: Any, new: Any) -> str:
        before, after = number(old), number(new)
        if before is None or after is None or after in (before, unlimited):
            return ""
        if after > before != unlimited:
            return ""
        if zero and after == 0:
            return zero
        was = "without a limit" if before == unlimited else f"{before:g}"
        return f"{what} {after:g} {unit} instead of {was}"

    return text


def becomes(value: str, text: str) -> Text:
    return lambda old, new: text if new == value and old != value else ""


def leaves(value: str, text: str) -> Text:
    return lambda old, new: text if old == value and new != value else ""


def removed(text: str) -> Text:
    return lambda old, new: text if old and not new else ""


def weaker(subject: Subject, settings: Iterable[Setting], risk: Risk) -> Iterator[Fact]:
    """Yield a fact for each of the settings that the step weakens."""
    for setting in settings:
        if subject.changed(setting.path):
            text = _weaker(subject, setting)
            if text:
                yield Fact(risk, f"{text} ({setting.path})", paths=(setting.path,))


def _weaker(subject: Subject, setting: Setting) -> str:
    old, new = subject.former(setting.path), subject.value(setting.path)
    if new is UNKNOWN or isinstance(new, Secret):
        return "changes a setting whose new value the preview does not know"
    return setting.text(setting.default if old is None else old, setting.default if new is None else new)


def _is_on(value: Any) -> bool:
    """Whether a flag is on; providers accept it as text, too."""
    return value is True or value == "true"


def number(value: Any) -> float | None:
    try:
        return float(value) if isinstance(value, int | float | str) else None
    except ValueError:
        return None


def size(value: Any) -> int:
    return len(value) if isinstance(value, list | tuple) else 0
