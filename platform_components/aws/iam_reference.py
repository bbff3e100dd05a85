"""IAM reference: the actions of each service, and the ARNs of the resources that each action supports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import takewhile
from typing import Final

WILDCARD: Final = re.compile(r"[*?]|\$\{")
"""What stands for other characters in a policy: wildcards and policy variables (source: IAM user guide, JSON
policy element Resource)."""

_VARIABLES: Final = frozenset("*+=")
_WITH_PATHS: Final = ("es:*:*:domain/*", "iot:*:*:topic/*", "iot:*:*:topicfilter/*")
"""Resources that have parts although the reference has no format for those: `domain/orders/*` (source:
OpenSearch Service developer guide, Identity and Access Management) and `topic/orders/*` (AWS IoT developer
guide, Publish/Subscribe policy examples)."""


@dataclass(frozen=True)
class Action:
    """An action of a service."""

    name: str
    formats: tuple[str, ...]
    """ARNs of the resources that it supports, without `arn:<partition>:`, as in the table: `sqs:*:*:*`.
    None if it supports only `*`."""
    manages_permissions: bool
    """Whether AWS assigns it the access level "Permissions management"."""


@cache
def services() -> tuple[str, ...]:
    """Return the service prefixes, such as `sqs`."""
    return tuple(line for line in _table() if not line.startswith(" "))


@cache
def actions(service: str) -> Mapping[str, Action]:
    """Return the actions of a service by name; none if the service is unknown."""
    lines = iter(_table())
    if service not in lines:  # moves to the line after it
        return {}
    return {
        each.name: each
        for line in takewhile(lambda line: line.startswith(" "), lines)
        for each in _parsed(line)
    }


def action(name: str) -> Action:
    """Return a known action, such as `sqs:SendMessage`."""
    service, _, short = name.partition(":")
    return actions(service)[short]


def formats_of(service: str) -> frozenset[str]:
    """Return the formats of all resources that actions of a service support."""
    return frozenset(form for each in actions(service).values() for form in each.formats)


def matches(arn: str, form: str) -> bool:
    """Return whether an ARN, with wildcards in its resource, includes a resource of this format."""
    parts, expected = arn.split(":", 5)[2:], form.split(":", 3)
    return len(expected) == 4 and all(map(_overlap, parts, expected))


def names_a_resource(arn: str, forms: Iterable[str]) -> bool:
    """Return whether an ARN has no wildcard, or only after the name of a resource of one of these formats.

    The name is the first variable of the format's resource that other parts follow.
    """
    found = WILDCARD.search(arn)
    if not found:
        return True
    before = arn[: found.start()].split(":", 2)[2]
    return any(_up_to_name(form).match(before) for form in forms if matches(arn, form))


@cache
def _table() -> tuple[str, ...]:
    path = files("platform_components.aws").joinpath("data/iam_actions.txt")
    return tuple(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))


def _parsed(line: str) -> Iterator[Action]:
    resources, *names = line.split()
    formats = tuple(resources.split("|")) if resources != "-" else ()
    for name in names:
        yield Action(name.removesuffix("!"), formats, name.endswith("!"))


def _overlap(pattern: str, form: str) -> bool:
    """Return whether a string matches both: in `form`, a variable represents one or more characters,
    in the table `=` one without slashes."""
    reached = {0}  # positions in the format
    for char in pattern:
        if char == "*":
            reached = set(range(min(reached, default=len(form) + 1), len(form) + 1))
        else:
            reached = {each for at in reached for each in _next(form, at, char)}
    return len(form) in reached


def _next(form: str, at: int, char: str) -> Iterator[int]:
    """Yield the positions in a format after a character, or the wildcard `?`, at a position."""
    expected = form[at : at + 1]
    if expected in _VARIABLES and (expected, char) != ("=", "/"):
        yield from (at, at + 1)
    elif expected and char in (expected, "?"):
        yield at + 1


@cache
def _up_to_name(form: str) -> re.Pattern[str]:
    """Return the pattern of an ARN, after the partition, up to the character that follows the name."""
    resource = (f"{form}/*" if form in _WITH_PATHS else form).split(":", 3)[3]
    before, _, after = resource.replace("=", "*").partition("*")
    if not after:
        return re.compile("(?!)")  # the ARN ends with the name
    prefix = "[^/:]+".join(map(re.escape, before.split("+")))
    return re.compile(f"(?:[^:]*:){{3}}{prefix}[^{re.escape(after[0])}]+{re.escape(after[0])}")
