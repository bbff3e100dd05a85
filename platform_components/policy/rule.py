"""Rule: one thing that every resource of some types has to hold. Data, and a pure function."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from platform_components.base.errors import InvalidInput, Problem, one_of
from platform_components.policy.facts import Facts
from platform_components.policy.view import ResourceView, Undetermined

Severity = Literal["low", "medium", "high", "critical"]
Enforcement = Literal["mandatory", "advisory"]
"""Whether a violation fails the preview, or is only told."""

Check = Callable[[ResourceView, Facts], Iterable[str | Undetermined]]
"""Says what is wrong with a resource, a phrase each: `tag Owner is missing`. Nothing said is a pass."""

_ID: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Example:
    """A resource that a rule passes or fails: its documentation, and its test."""

    type: str
    inputs: Mapping[str, Any]
    environment: str = "dev"
    says: str = ""
    """Of one that fails: a text that stands in what the rule says."""
    name: str = "example"
    external: bool = False

    @property
    def urn(self) -> str:
        return f"urn:pulumi:example.{self.environment}::examples::{self.type}::{self.name}"

    @property
    def facts(self) -> Facts:
        """Those of the library's own sizing table, with one region and one team."""
        plain = Facts.of(self.environment)
        return Facts(plain.environment, plain.tier, regions=("eu-west-1",), teams=("payments-team",))


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of a pack.

    Raises:
        InvalidInput: on construction, when it is not complete.
    """

    id: str
    """Kebab-case, unique in its pack; what exemptions and reports call it."""
    title: str
    """What holds, in one sentence."""
    why: str
    """What it is good for: the loss or the cost that it prevents."""
    remedy: str
    """What to do about a violation, as a phrase."""
    severity: Severity
    enforcement: Enforcement = "mandatory"
    controls: tuple[str, ...] = ()
    """The published controls that it answers to: `AWS FSBP RDS.5`, `NIST 800-53 CP-9`."""
    types: tuple[str, ...] | Callable[[str], bool]
    """The type tokens that it reads, or a predicate that tells them."""
    check: Check
    passing: tuple[Example, ...] = field(repr=False)
    failing: tuple[Example, ...] = field(repr=False)

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InvalidInput(f'Rule "{self.id}"', problems)

    def applies_to(self, type: str) -> bool:
        """Whether the rule reads resources of this type."""
        return self.types(type) if callable(self.types) else type in self.types

    def to_dict(self) -> dict[str, Any]:
        """JSON data for people and tools; what only a program can use is left out."""
        return {
            "id": self.id,
            "title": self.title,
            "why": self.why,
            "remedy": self.remedy,
            "severity": self.severity,
            "enforcement": self.enforcement,
            "controls": list(self.controls),
        }

    def _problems(self) -> Iterator[Problem]:
        if not _ID.fullmatch(self.id):
            yield Problem("id", "must be lowercase words joined by hyphens", "such as required-tags", self.id)
        for name in ("title", "why", "remedy"):
            if not getattr(self, name).strip():
                yield Problem(name, "must not be empty", "a violation shows it to people")
        for name, options in (("severity", get_args(Severity)), ("enforcement", get_args(Enforcement))):
            if getattr(self, name) not in options:
                yield Problem(name, "unknown", one_of(options), getattr(self, name))
        for name in ("passing", "failing"):
            examples: tuple[Example, ...] = getattr(self, name)
            if not examples:
                yield Problem(name, "needs at least one example", "it is what proves the rule")
            for index, example in enumerate(examples):
                if not self.applies_to(example.type):
                    where = f"{name}[{index}].type"
                    yield Problem(where, "is no type that the rule reads", "add it to types", example.type)
