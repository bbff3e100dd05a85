"""Rules over resources and over stacks: data and a pure function."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Generic, Literal, TypeVar, get_args

from platform_components.base.errors import InvalidInput, Problem, one_of
from platform_components.policy.context import PolicyContext
from platform_components.policy.example import Example, StackExample
from platform_components.policy.stack_view import StackView
from platform_components.policy.view import ResourceView, Undetermined

Severity = Literal["low", "medium", "high", "critical"]
Enforcement = Literal["mandatory", "advisory"]
"""Whether a violation fails the preview, or is only reported."""

Check = Callable[[ResourceView, PolicyContext], Iterable[str | Undetermined]]
"""Yields a phrase per violation: `tag Owner is missing`. None is a pass."""

StackFinding = str | Undetermined | tuple[ResourceView, str | Undetermined]
"""A violation of the stack, or of one of its resources."""

StackCheck = Callable[[StackView, PolicyContext], Iterable[StackFinding]]
"""Yields violations of a stack: `bucket, "has no policy"`. None is a pass."""

E = TypeVar("E", Example, StackExample)

_ID: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True)
class _AnyRule(Generic[E]):
    """Fields of rules over resources and over stacks.

    Raises:
        InvalidInput: one or more fields are missing or invalid; lists all of them.
    """

    scope: ClassVar[Literal["resource", "stack"]]

    id: str
    """Kebab-case, unique in its pack; exemptions and reports use it."""
    title: str
    """The requirement, in one sentence."""
    why: str
    """The loss or the cost that it prevents."""
    remedy: str
    """How to fix a violation, as a phrase."""
    severity: Severity
    enforcement: Enforcement = "mandatory"
    controls: tuple[str, ...] = ()
    """The published controls that it implements: `AWS FSBP RDS.5`, `NIST 800-53 CP-9`."""
    passing: tuple[E, ...] = field(repr=False)
    failing: tuple[E, ...] = field(repr=False)

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InvalidInput(f'Rule "{self.id}"', problems)

    def to_dict(self) -> dict[str, Any]:
        """JSON data, without functions and examples."""
        return {
            "id": self.id,
            "scope": self.scope,
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
                yield Problem(name, "must not be empty", "violations show it")
        for name, options in (("severity", get_args(Severity)), ("enforcement", get_args(Enforcement))):
            if getattr(self, name) not in options:
                yield Problem(name, "unknown", one_of(options), getattr(self, name))
        for name in ("passing", "failing"):
            examples: tuple[E, ...] = getattr(self, name)
            if not examples:
                yield Problem(name, "must have at least one example", "examples are the tests of a rule")
            for index, example in enumerate(examples):
                yield from example.problems(f"{name}[{index}]")


@dataclass(frozen=True, kw_only=True)
class Rule(_AnyRule[Example]):
    """A rule over each resource of some types.

    Raises:
        InvalidInput: one or more fields are missing or invalid; lists all of them.
    """

    scope = "resource"

    types: tuple[str, ...] | Callable[[str], bool]
    """The type tokens of the resources that it checks, or a predicate over tokens."""
    check: Check
    general: bool = False
    """Whether it checks only what many types have in common, such as tags. Previews report resources that no
    other rule reads."""

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "general": self.general}

    def applies_to(self, type: str) -> bool:
        """Whether the rule checks resources of this type. Raises what a predicate of the rule raises."""
        return bool(self.types(type)) if callable(self.types) else type in self.types

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        types: object = self.types  # unchecked input
        if not callable(types) and not (
            isinstance(types, tuple | list) and all(isinstance(token, str) for token in types)
        ):
            remedy = f'types=("{types}",)' if isinstance(types, str) else "such as aws:s3/bucket:Bucket"
            yield Problem("types", "must be a tuple of type tokens or a predicate", remedy, types)
            return
        for name in ("passing", "failing"):
            examples: tuple[Example, ...] = getattr(self, name)
            for index, example in enumerate(examples):
                yield from self._type_problems(f"{name}[{index}].type", example.type)

    def _type_problems(self, where: str, type_: str) -> Iterator[Problem]:
        try:
            applies = self.applies_to(type_)
        except Exception as error:
            yield Problem("types", f"raises {type(error).__name__} for {type_}", "correct the predicate")
            return
        if not applies:
            yield Problem(where, "is not a type that the rule checks", "add it to types", type_)


@dataclass(frozen=True, kw_only=True)
class StackRule(_AnyRule[StackExample]):
    """A rule over all resources of a stack together.

    Raises:
        InvalidInput: one or more fields are missing or invalid; lists all of them.
    """

    scope = "stack"

    check: StackCheck


AnyRule = Rule | StackRule
