"""Args and Outputs: the typed ends of every component, and the value types that fields are made of."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar, Union, get_args, get_origin

import pulumi
import pydantic
from pydantic import AfterValidator, ConfigDict, Field, GetCoreSchemaHandler, PrivateAttr, Strict
from pydantic._internal._model_construction import ModelMetaclass
from pydantic_core import core_schema

from platform_components.base.mistakes import InvalidInput, Problem, join_path
from platform_components.base.phrases import problems_of
from platform_components.base.sizing import Cell, Sized

if TYPE_CHECKING:
    from platform_components.base.context import Context

T = TypeVar("T")
_A = TypeVar("_A", bound="Args")


class _OrOutput:
    """Lets a `pulumi.Output` through unchecked: its value is not known before the deployment."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        plain = tuple(arg for arg in get_args(source) if get_origin(arg) is not pulumi.Output)
        inner = handler.generate_schema(Union[plain] if len(plain) > 1 else plain[0])  # noqa: UP007 - built at run time

        def check(value: Any, validate: core_schema.ValidatorFunctionWrapHandler) -> Any:
            return value if isinstance(value, pulumi.Output) else validate(value)

        return core_schema.no_info_wrap_validator_function(check, inner)


Input = Annotated[T | pulumi.Output[T], _OrOutput()]
"""A plain value, or the output of another resource. Plain values are checked, outputs are not."""


def _network(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value, strict=False)
    except ValueError:
        network = None
    if network is None or "/" not in value:  # without a prefix it would mean a single address
        raise ValueError("must be an IPv4 network such as 10.20.0.0/16")
    if value != str(network):
        raise ValueError(f"must be a network, not an address in it: {network}")
    return value


LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""The retentions that CloudWatch Logs offers, in days."""


def _log_retention(days: int) -> int:
    if days not in LOG_RETENTION_DAYS:
        nearest = min(LOG_RETENTION_DAYS, key=lambda offered: abs(offered - days))
        raise ValueError(f"must be a retention that CloudWatch offers; the nearest is {nearest}")
    return days


Flag = Annotated[bool, Strict()]
"""true or false; nothing that merely looks like it."""
Count = Annotated[int, Strict(), Field(ge=0)]
"""A whole number, zero or more."""
Days = Annotated[int, Strict(), Field(ge=0, le=3653)]
"""Whole days, ten years at most."""
LogRetentionDays = Annotated[int, Strict(), AfterValidator(_log_retention)]
"""Days that CloudWatch Logs keeps an event: one of `LOG_RETENTION_DAYS`."""
Gigabytes = Annotated[int, Strict(), Field(ge=1, le=65536)]
"""Whole gigabytes (GiB, as AWS counts storage)."""
Percent = Annotated[int, Strict(), Field(ge=1, le=100)]
"""A whole percentage."""
Port = Annotated[int, Strict(), Field(ge=1, le=65535)]
"""A TCP port."""
Cidr = Annotated[str, AfterValidator(_network)]
"""An IPv4 network such as `10.20.0.0/16`; bits right of the prefix must be zero."""
Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")]
"""An AWS region such as `eu-west-1`."""
Zone = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$")]
"""An availability zone such as `eu-west-1a`."""
Label = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")]
"""A DNS label: lowercase letters, digits and hyphens, 63 at most, starting with a letter."""
Fact = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$")]
"""A short word that is valid both as an AWS tag value and as a Kubernetes label value."""

_CONFIG = ConfigDict(
    frozen=True,
    extra="forbid",
    arbitrary_types_allowed=True,
    hide_input_in_errors=True,
    use_attribute_docstrings=True,
    validate_default=False,
    protected_namespaces=(),
)


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

    A field made with `sized()` holds a placeholder until `resolve()` fills it from the sizing table.

    Raises:
        InvalidInput: on construction, with every bad field at once.
    """

    model_config = _CONFIG

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
        given_at: str = "",
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
            part._given_at = given_at or subject
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
            problems += [_blame(problem, cells).under(path) for problem in found]
            return self
        resolved._origins, resolved._given_at = origins, self._given_at
        if len(problems) == before:
            problems += [problem.under(path) for problem in resolved.problems(context)]
        return resolved


class Outputs(pydantic.BaseModel):
    """What a component gives: one field an `Output`, or the outputs of a part of it.

    A stack that made the component calls `export()`; a stack that reads it calls `imported()`.
    """

    model_config = _CONFIG

    def flat(self, prefix: str = "") -> dict[str, pulumi.Output[Any]]:
        """Every output by its exported name: `network_vpc_id` for `vpc_id` of the part `network`."""
        flat: dict[str, pulumi.Output[Any]] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Outputs):
                flat |= value.flat(f"{prefix}{name}_")
            else:
                flat[f"{prefix}{name}"] = value
        return flat

    def export(self, prefix: str = "") -> None:
        """Make every output an output of the current stack."""
        for name, value in self.flat(prefix).items():
            pulumi.export(name, value)

    @classmethod
    def imported(cls, reference: pulumi.StackReference, prefix: str = "") -> Self:
        """The outputs as another stack exported them, under the same prefix.

        Those that the other stack does not have fail the program, with InvalidInput.
        """
        names, stack = cls.exported_names(prefix), reference.pulumi_resource_name
        # Comes before the SDK's own complaint: a KeyError that tells neither the stack nor what to do.
        reference.outputs.apply(lambda found: _refuse_missing(stack, names, found))
        return cls._imported(reference, prefix)

    @classmethod
    def exported_names(cls, prefix: str = "") -> list[str]:
        """The names that `export()` gives the outputs."""
        names: list[str] = []
        for name, field in cls.model_fields.items():
            part = _outputs_in(field.annotation)
            names += part.exported_names(f"{prefix}{name}_") if part else [f"{prefix}{name}"]
        return names

    @classmethod
    def _imported(cls, reference: pulumi.StackReference, prefix: str) -> Self:
        values: dict[str, Any] = {}
        for name, field in cls.model_fields.items():
            part = _outputs_in(field.annotation)
            if part:
                values[name] = part._imported(reference, f"{prefix}{name}_")
            else:
                values[name] = reference.require_output(f"{prefix}{name}")
        return cls(**values)


def _outputs_in(annotation: Any) -> type[Outputs] | None:
    is_outputs = isinstance(annotation, type) and issubclass(annotation, Outputs)
    return annotation if is_outputs else None


def _refuse_missing(stack: str, names: Iterable[str], found: Mapping[str, Any]) -> None:
    missing = [name for name in names if name not in found]
    if missing:
        what, remedy = "is not among its outputs", "deploy that stack first, or once more"
        raise InvalidInput(f'Stack "{stack}"', [Problem(name, what, remedy) for name in missing])


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


def _blame(problem: Problem, cells: Mapping[str, Cell]) -> Problem:
    """Say of a bad value that nobody typed it in the program: it came from a cell of the table."""
    cell = cells.get(problem.where)
    return (
        problem if cell is None else Problem(problem.where, problem.what, f"set in {cell.origin}", cell.value)
    )
