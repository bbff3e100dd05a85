"""What the change of a property does: tables of updates and replacements, with their sources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Final

from platform_components.base.packaged import packaged_text
from platform_components.engine.plan.providers import Effect

_EFFECTS: Final[tuple[Effect, ...]] = ("update", "replace", "unknown")


class Effects:
    """The effects of changes by type and path of the property."""

    def __init__(self, types: Mapping[str, Mapping[str, str]]) -> None:
        self._texts = types
        self._types: dict[str, dict[str, Effect]] = {}

    def __contains__(self, type_: str) -> bool:
        return type_ in self._texts

    def __len__(self) -> int:
        return len(self._texts)

    def of(self, type_: str, path: str) -> Effect:
        """Return the effect of the nearest property: that of `tags` for `tags.Owner`."""
        effects = self._of_type(type_)
        while path not in effects and "." in path:
            path = path.rpartition(".")[0]
        return effects.get(path, "unknown")

    def _of_type(self, type_: str) -> Mapping[str, Effect]:
        if type_ not in self._types:
            row = self._texts.get(type_, {})
            self._types[type_] = {path: effect for effect in _EFFECTS for path in row.get(effect, "").split()}
        return self._types[type_]


@cache
def aws_effects() -> Effects:
    """The effects that were measured with the AWS provider."""
    return _read("aws_replace_on_change.json")


@cache
def aws_documented_effects() -> Effects:
    """The replacements that the documentation of pulumi-aws states."""
    return _read("aws_documented_replacements.json")


@cache
def terraform_effects() -> Effects:
    """The effects that schemas declare: all of random and tls, and single ones of AWS."""
    return _read("terraform_replace_on_change.json")


def _read(name: str) -> Effects:
    return Effects(json.loads(packaged_text("platform_components.providers", name))["types"])
