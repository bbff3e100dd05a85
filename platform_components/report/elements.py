"""Elements of IAM policy statements: principals, actions and resources with wildcards, and conditions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from platform_components.report.addresses import Peer
from platform_components.report.transition import items, shown


@dataclass(frozen=True)
class Element:
    """A pattern, or with `excluded` all except some patterns (NotAction, NotResource, NotPrincipal)."""

    patterns: tuple[str, ...]
    excluded: bool = False

    def covers(self, other: Element) -> bool:
        """Whether everything that the other one matches is matched by this one."""
        match self.excluded, other.excluded:
            case False, False:
                return matches(self.patterns[0], other.patterns[0])
            case False, True:
                return self.patterns == ("*",)
            case True, False:
                return all(_are_apart(each, other.patterns[0]) for each in self.patterns)
            case _:
                return all(any(matches(each, mine) for each in other.patterns) for mine in self.patterns)

    @property
    def has_wildcards(self) -> bool:
        return self.excluded or any(wildcard in self.patterns[0] for wildcard in "*?")

    @property
    def is_everything(self) -> bool:
        """Whether it matches everything, or all except something."""
        return self.excluded or self.patterns in (("*",), ("",))

    def __str__(self) -> str:
        return f"everything except {', '.join(self.patterns)}" if self.excluded else self.patterns[0]


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern covers a text or another pattern, with IAM's wildcards `*` and `?`."""
    return pattern == text or (
        any(each in pattern for each in "*?") and bool(_regex(pattern).fullmatch(text))
    )


def _are_apart(one: str, other: str) -> bool:
    """Whether nothing matches both patterns: for certain, if what precedes the wildcards differs."""
    if not any(each in other for each in "*?"):
        return not matches(one, other)
    first, second = (re.split(r"[*?]", each, maxsplit=1)[0] for each in (one, other))
    return not first.startswith(second) and not second.startswith(first)


@lru_cache(maxsize=4096)
def _regex(pattern: str) -> re.Pattern[str]:
    # Atomic groups: the first match of each part is enough, and backtracking takes too long.
    first, *rest = (re.escape(part).replace(r"\?", ".") for part in re.split(r"\*+", pattern))
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return re.compile(first + middle + (f".*{rest[-1]}" if rest else ""), re.DOTALL)


@dataclass(frozen=True)
class _Test:
    """One key of a condition. It is met by any of the values, or with a negated operator by none of them."""

    operator: str
    key: str
    values: frozenset[str]

    @property
    def is_negated(self) -> bool:
        return "Not" in self.operator

    def covers(self, other: _Test) -> bool:
        """Whether a request that meets the other one meets this one too."""
        if self.key != other.key:
            return False
        if self.operator == other.operator and self.is_negated:
            return self.values <= other.values
        if self.operator != other.operator and (self.operator, other.operator) not in _WIDER:
            return False
        return all(any(self._accepts(mine, value) for mine in self.values) for value in other.values)

    def _accepts(self, mine: str, value: str) -> bool:
        if self.operator == "IpAddress":
            return Peer(mine).covers(Peer(value))
        return matches(mine, value) if self.operator in _PATTERNS else mine == value

    @property
    def is_weak(self) -> bool:
        """Whether it does not limit who sends a request: `*`, any address, all but a few, any TLS client."""
        return (
            self.is_negated
            or self.key in _TRANSPORT
            or (self.operator in _PATTERNS and "*" in self.values)
            or (self.operator == "IpAddress" and any(Peer(value).is_anyone for value in self.values))
        )


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html:
# ArnEquals and ArnLike behave identically.
_PATTERNS: Final = ("StringLike", "ArnLike", "ArnEquals")
_WIDER: Final = frozenset(
    {
        ("StringLike", "StringEquals"),
        ("ArnLike", "ArnEquals"),
        ("ArnEquals", "ArnLike"),
        ("StringEqualsIgnoreCase", "StringEquals"),
    }
)
"""Operators of which the first one accepts everything that the second one accepts."""
_TRANSPORT: Final = ("aws:securetransport", "s3:tlsversion")


@dataclass(frozen=True)
class Condition:
    """The Condition of a statement. A request must meet all of its tests."""

    tests: frozenset[_Test] = frozenset()

    @classmethod
    def of(cls, value: Any) -> Condition:
        """Keys ignore case, and a value is the same as a list with it (documentation of IAM's Condition)."""
        return cls(frozenset(_tests(value)))

    def covers(self, other: Condition) -> bool:
        """Whether every request that meets the other one meets this one too."""
        return all(any(mine.covers(test) for test in other.tests) for mine in self.tests)

    @property
    def is_weak(self) -> bool:
        """Whether it limits the principal `*` to hardly anyone less."""
        return all(test.is_weak for test in self.tests)

    def __str__(self) -> str:
        tests = sorted(self.tests, key=lambda test: (test.operator, test.key))
        return " and ".join(f"{test.operator} {test.key} {json.dumps(sorted(test.values))}" for test in tests)


def _tests(value: Any) -> Iterator[_Test]:
    if not isinstance(value, Mapping):
        if value:
            yield _Test("", shown(value), frozenset())
        return
    for operator, keys in value.items():
        if not isinstance(keys, Mapping):
            yield _Test(operator, shown(keys), frozenset())
            continue
        for key, values in keys.items():
            yield _Test(operator, key.lower(), frozenset(map(_scalar, items(values))))


def _scalar(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else shown(value)
