"""Outputs: what a component gives, to its stack and to the stacks that read that one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

import pulumi
import pydantic

from platform_components.base.errors import InvalidInput, Problem


class Outputs(pydantic.BaseModel):
    """What a component gives: one field an `Output`, or the outputs of a part of it.

    A stack that made the component calls `export()`; a stack that reads it calls `imported()`.
    """

    model_config = pydantic.ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        use_attribute_docstrings=True,
    )

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
