"""Args: the arguments of a component, validated together and resolved for a tier."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import pydantic
from pydantic import PrivateAttr

from platform_components.base.errors import InvalidInput, Problem, join_path
from platform_components.base.frozen import frozen
from platform_components.base.phrases import problems_of
from platform_components.base.sizing import Cell, Sized

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass

    from platform_components.base.context import Context
else:
    ModelMetaclass = type(pydantic.BaseModel)  # it has no public name

_A = TypeVar("_A", bound="Args")


class _ArgsType(ModelMetaclass):
    """Raises `InvalidInput` for a failed validation, and records the line that constructed the args."""

    if not TYPE_CHECKING:

        def __call__(cls, *unnamed: Any, **values: Any) -> Any:
            if unnamed:
                raise TypeError(f"{cls.__name__} accepts keyword arguments only: {cls.__name__}(field=value)")
            frame = sys._getframe(1)
            try:
                args = super().__call__(**values)
            except pydantic.ValidationError as error:
                raise InvalidInput(cls.__name__, problems_of(cls, error)) from None
            args._given_at = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
            return args


class Args(pydantic.BaseModel, metaclass=_ArgsType):
    """Arguments of a component. Immutable, including mappings and what they contain, whose lists become
    tuples. An unknown field is an error that suggests the nearest name.

    Messages never show the value of a field with `repr=False`, which may contain secrets.
    A field with the default `sized()` is a placeholder until `resolve()` sets it from the sizing table.

    Raises:
        InvalidInput: one or more fields are invalid; lists all of them.
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
    """Names that other tools use, each with the field to suggest. If that is empty, all fields are listed."""

    _given_at: str = PrivateAttr(default="")
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    if not TYPE_CHECKING:

        def __setattr__(self, name: str, value: Any) -> None:
            if name in type(self).model_fields:
                kind = type(self).__name__
                raise AttributeError(
                    f"{kind}.{name} is read-only; set it in the constructor: {kind}({name}=...)"
                )
            super().__setattr__(name, value)

    @pydantic.model_validator(mode="after")
    def _freeze(self) -> Self:
        for name in type(self).model_fields:
            if isinstance(value := getattr(self, name), Mapping):
                self.__dict__[name] = frozen(value)
        return self

    @classmethod
    def parse(
        cls,
        values: Mapping[str, Any],
        subject: str,
        origins: Mapping[str, str] = MappingProxyType({}),
    ) -> Self:
        """Create args from plain data, such as the content of a YAML file.

        `subject` names the source in error messages. `origins` overrides the origin of single fields.

        Raises:
            InvalidInput: one or more fields are invalid; lists all of them.
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
        """Yield the problems that involve several fields, or a field and the context. Default: none."""
        return ()

    def resolve(self, context: Context, subject: str) -> Self:
        """Return these args with all sized fields set for the context's tier, including nested args.

        Raises:
            InvalidInput: these args have problems; lists all of them under `subject`.
        """
        problems: list[Problem] = []
        resolved = self._resolve(context, "", problems)
        if problems:
            raise InvalidInput(subject, problems)
        return resolved

    def origin(self, field: str) -> str:
        """Return the origin of a field's value, as text: a line of code, the sizing table or a default."""
        if field in self._origins:
            return self._origins[field]
        return self._given_at or "given" if field in self.model_fields_set else "default"

    def narrowed(self, kind: type[_A], **changes: Any) -> _A:
        """Return args of type `kind` with the fields that both have, and with `changes`.

        Fields that are not in `changes` keep their origins.
        """
        shared = {name: getattr(self, name) for name in kind.model_fields}
        known = {name: value for name, value in shared.items() if not isinstance(value, Sized)}
        narrowed = kind.model_validate(known | changes)
        narrowed._origins = {name: self.origin(name) for name in known if name not in changes}
        return narrowed

    def holds_args(self, field: str) -> bool:
        """Whether the field's value is, or contains, the args of a part."""
        return any(isinstance(item, Args) for _, item in _members(getattr(self, field)))

    def parts(self, path: str = "") -> Iterator[tuple[str, Args]]:
        """Yield these args and all nested args, each with its path."""
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
            problems += [_located(problem, cells, path) for problem in found]
            return self
        resolved._origins, resolved._given_at = origins, self._given_at
        if len(problems) == before:
            problems += [problem.under(path) for problem in resolved.problems(context)]
        return resolved


def _members(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The values in a field, each with its path: the value itself, or the items of lists and mappings."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _members(item, join_path(path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _members(item, join_path(path, f"[{index}]"))
    else:
        yield path, value


def _map_args(value: Any, change: Callable[[str, Args], Args], path: str = "") -> Any:
    """Return `value` with each Args in it, at any depth, replaced by `change(path, args)`."""
    if isinstance(value, Args):
        return change(path, value)
    if isinstance(value, Mapping):
        return {key: _map_args(item, change, join_path(path, key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = (_map_args(item, change, join_path(path, f"[{index}]")) for index, item in enumerate(value))
        return list(items) if isinstance(value, list) else tuple(items)
    return value


def _located(problem: Problem, cells: Mapping[str, Cell], path: str) -> Problem:
    """The problem at the origin of the value: a cell of the sizing table, or the field at the path."""
    cell = cells.get(problem.where)
    if cell is None:
        return problem.under(path)
    return Problem(
        cell.origin, problem.what, f"correct it there; {join_path(path, problem.where)} uses it", cell.value
    )
