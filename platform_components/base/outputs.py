"""Outputs: the outputs of a component, for its own stack and for the stacks that reference it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, dataclass_transform

import pulumi
import pydantic
from pydantic.dataclasses import dataclass as pydantic_dataclass
from pydantic.fields import FieldInfo

from platform_components.base.errors import InvalidInput, Problem

_CONFIG = pydantic.ConfigDict(
    extra="forbid",
    arbitrary_types_allowed=True,
    use_attribute_docstrings=True,
)


@dataclass(frozen=True)
class IfMissing:
    """Marks an output that was added later: `Annotated[pulumi.Output[str], IfMissing("")]`.

    `imported()` uses the value, and logs a warning, if the other stack was deployed before the output
    existed. Without the mark, stacks that reference that one fail until it is deployed again.
    """

    value: Any

    def instead_of(self, exported: Any) -> Any:
        return self.value if exported is None else exported


@dataclass_transform(kw_only_default=True)
class Outputs:
    """The outputs of a component: each field an `Output`, or the outputs of a part.

    A subclass declares its fields once. The component inherits from it, so that every output is an
    attribute of the component too, of the declared type. Instances are read-only and accept keyword
    arguments only.

    A stack that owns the component calls `export()`; a stack that references that one calls `imported()`.
    """

    model_fields: ClassVar[Mapping[str, FieldInfo]] = {}
    """The declared fields by name, with their types and descriptions."""
    _declared_by: ClassVar[type[Outputs]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if issubclass(cls, pulumi.Resource):
            return  # a component: it inherits the fields and fills them in with finish()
        # Compared by identity: an Output has no value to compare, and a component must stay hashable.
        pydantic_dataclass(frozen=True, kw_only=True, eq=False, repr=False, config=_CONFIG)(cls)
        cls._declared_by, cls.model_fields = cls, cls.__pydantic_fields__  # type: ignore[attr-defined] # pydantic_dataclass() sets it

    def flat(self, prefix: str = "") -> dict[str, pulumi.Output[Any]]:
        """Return all outputs by exported name: `network_vpc_id` for `vpc_id` of the part `network`."""
        flat: dict[str, pulumi.Output[Any]] = {}
        for name in self.model_fields:
            value = getattr(self, name)
            if isinstance(value, Outputs):
                flat |= value.flat(f"{prefix}{name}_")
            else:
                flat[f"{prefix}{name}"] = value
        return flat

    def export(self, prefix: str = "") -> None:
        """Export all outputs from the current stack."""
        for name, value in self.flat(prefix).items():
            pulumi.export(name, value)

    @classmethod
    def imported(cls, reference: pulumi.StackReference, prefix: str = "") -> Self:
        """Return the outputs that another stack exported with the same prefix.

        Raises:
            InvalidInput: the outputs of the other stack are known, and some of these are missing.
        """
        if cls is not cls._declared_by:
            raise TypeError(f"call {cls._declared_by.__name__}.imported(): a component can't be imported")
        stack, fields = reference.pulumi_resource_name, dict(cls._flat_fields(prefix))
        # Precedes the SDK's KeyError, which has neither the name of the stack nor a remedy.
        reference.outputs.apply(lambda exported: _check_missing(stack, fields, exported))
        return cls._imported(reference, prefix)

    @classmethod
    def exported_names(cls, prefix: str = "") -> list[str]:
        """Return the names under which `export()` exports the outputs."""
        return [name for name, _ in cls._flat_fields(prefix)]

    @classmethod
    def _flat_fields(cls, prefix: str) -> Iterator[tuple[str, IfMissing | None]]:
        for name, field in cls.model_fields.items():
            if part := _outputs_in(field.annotation):
                yield from part._flat_fields(f"{prefix}{name}_")
            else:
                yield f"{prefix}{name}", _if_missing(field)

    @classmethod
    def _imported(cls, reference: pulumi.StackReference, prefix: str) -> Self:
        values: dict[str, Any] = {}
        for name, field in cls.model_fields.items():
            if part := _outputs_in(field.annotation):
                values[name] = part._imported(reference, f"{prefix}{name}_")
            elif added := _if_missing(field):
                values[name] = reference.get_output(f"{prefix}{name}").apply(added.instead_of)
            else:
                values[name] = reference.require_output(f"{prefix}{name}")
        return cls(**values)


def _outputs_in(annotation: Any) -> type[Outputs] | None:
    is_outputs = isinstance(annotation, type) and issubclass(annotation, Outputs)
    return annotation if is_outputs else None


def _if_missing(field: FieldInfo) -> IfMissing | None:
    return next((mark for mark in field.metadata if isinstance(mark, IfMissing)), None)


def _check_missing(stack: str, fields: Mapping[str, IfMissing | None], exported: Mapping[str, Any]) -> None:
    missing = [name for name in fields if name not in exported]
    required = [name for name in missing if fields[name] is None]
    if required:
        what, remedy = "is not an output of that stack", "deploy that stack, or deploy it again"
        raise InvalidInput(f'Stack "{stack}"', [Problem(name, what, remedy) for name in required])
    for name in missing:
        used = json.dumps(fields[name].value)  # type: ignore[union-attr] # those without a mark are required
        pulumi.log.warn(f'stack "{stack}" has no output {name} yet, so {used} is used: deploy it again')
