"""Args: what a component is told, checked all at once and resolved for a tier."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import pydantic
from pydantic import PrivateAttr

from platform_components.base.errors import InvalidInput, Problem, join_path
from platform_components.base.phrases import problems_of
from platform_components.base.sizing import Cell, Sized

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass

    from platform_components.base.context import Context
else:
    ModelMetaclass = type(pydantic.BaseModel)  # it has no public name

_A = TypeVar("_A", bound="Args")


class _ArgsType(ModelMetaclass):
    """Turns a failed construction into `InvalidInput`, and remembers the line that constructed."""

    if not TYPE_CHECKING:

        def __call__(cls, *unnamed: Any, **values: Any) -> Any:
            if unnamed:
                raise TypeError(f"{cls.__name__} takes its fields by name: {cls.__name__}(field=value)")
            frame = sys._getframe(1)
            try:
                args = super().__call__(**values)
            except pydantic.ValidationError as error:
                raise InvalidInput(cls.__name__, problems_of(cls, error)) from None
            args._given_at = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
            return args


class Args(pydantic.BaseModel, metaclass=_ArgsType):
    """What a component is told. Frozen; an unknown field is refused, with the nearest known name.

    Messages never show the value of a field with `repr=False`: it may hold secrets.
    A field made with `sized()` holds a placeholder until `resolve()` fills it from the sizing table.

    Raises:
        InvalidInput: on construction, with every bad field at once.
    """

    model_config = pydantic.ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        protected_namespaces=(),
    )

    also_known_as: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Names that people know from elsewhere, each with the field that they mean; empty where none does."""

    _given_at: str = PrivateAttr(default="")
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    if not TYPE_CHECKING:

        def __setattr__(self, name: str, value: Any) -> None:
            if name in type(self).model_fields:
                kind = type(self).__name__
                raise AttributeError(f"{kind}.{name} can't be changed; say it at once: {kind}({name}=...)")
            super().__setattr__(name, value)

    @classmethod
    def parse(
        cls,
        values: Mapping[str, Any],
        subject: str,
        origins: Mapping[str, str] = MappingProxyType({}),
    ) -> Self:
        """Args from plain data such as a YAML file, whose name is the `subject` of its mistakes.

        `origins` says of single fields that they came from elsewhere.
        """
        try:
            args = cls.model_validate(values)
        except pydantic.ValidationError as error:
            raise InvalidInput(subject, problems_of(cls, error)) from None
        for _, part in args.parts():
            part._given_at = subject
        args._origins.update(origins)
        return args

    def problems(self, context: Context) -> Iterable[Problem]:
        """Mistakes that one field alone can't show. Overridden by args whose fields depend on another."""
        return ()

    def resolve(self, context: Context, subject: str) -> Self:
        """The same args with every sized field filled for the context's tier, nested args included.

        Raises:
            InvalidInput: with every problem of these args, headed by `subject`.
        """
        problems: list[Problem] = []
        resolved = self._resolve(context, "", problems)
        if problems:
            raise InvalidInput(subject, problems)
        return resolved

    def origin(self, field: str) -> str:
        """Where the value of a field came from, in words: a line of code, the sizing table, a default."""
        if field in self._origins:
            return self._origins[field]
        return self._given_at or "given" if field in self.model_fields_set else "default"

    def narrowed(self, kind: type[_A], **changes: Any) -> _A:
        """The fields that `kind` has too, as args of that kind; they keep their origins, `changes` aside."""
        shared = {name: getattr(self, name) for name in kind.model_fields}
        known = {name: value for name, value in shared.items() if not isinstance(value, Sized)}
        narrowed = kind.model_validate(known | changes)
        narrowed._origins = {name: self.origin(name) for name in known if name not in changes}
        return narrowed

    def holds_args(self, field: str) -> bool:
        """Whether args of a part are the field's value, or in it."""
        return any(isinstance(item, Args) for _, item in _members(getattr(self, field)))

    def parts(self, path: str = "") -> Iterator[tuple[str, Args]]:
        """These args and all args nested in them, each with its path."""
        yield path, self
        for name in type(self).model_fields:
            for key, value in _members(getattr(self, name)):
                if isinstance(value, Args):
                    yield from value.parts(join_path(path, join_path(name, key)))

    def _resolve(self, context: Context, path: str, problems: list[Problem]) -> Self:
        values: dict[str, Any] = {}
        origins = {name: self.origin(name) for name in type(self).model_fields}
        cells: dict[str, Cell] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Sized):
                cells[name] = cell = context.sizing.cell(value.key, context.tier)
                value, origins[name] = cell.value, cell.origin

            def resolve_part(key: str, part: Args, at: str = join_path(path, name)) -> Args:
                return part._resolve(context, join_path(at, key), problems)

            values[name] = _map_args(value, resolve_part)
        before = len(problems)
        try:
            resolved = type(self).model_validate(values)
        except pydantic.ValidationError as error:
            found = problems_of(type(self), error)
            problems += [_blame(problem, cells, path) for problem in found]
            return self
        resolved._origins, resolved._given_at = origins, self._given_at
        if len(problems) == before:
            problems += [problem.under(path) for problem in resolved.problems(context)]
        return resolved


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """The values that a field holds, each with its key: itself, or those of a list or mapping."""
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from ((f"[{index}]", item) for index, item in enumerate(value))
    else:
        yield "", value


def _map_args(value: Any, change: Callable[[str, Args], Args]) -> Any:
    """`value` with `change(key, args)` in place of every Args directly in it."""
    if isinstance(value, Args):
        return change("", value)
    if isinstance(value, Mapping):
        return {key: change(key, item) if isinstance(item, Args) else item for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(
            change(f"[{index}]", item) if isinstance(item, Args) else item for index, item in enumerate(value)
        )
    return value


def _blame(problem: Problem, cells: Mapping[str, Cell], path: str) -> Problem:
    """The problem where the value was written: a cell of the sizing table, or the field at the path."""
    cell = cells.get(problem.where)
    if cell is None:
        return problem.under(path)
    return Problem(
        cell.origin, problem.what, f"correct it there: {join_path(path, problem.where)} takes it", cell.value
    )
