"""The pairs by name, and the program that the real engine runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Program = Callable[[bool], None]
"""Declares the resources of a pair; its argument is whether it is previewed, after the deployment."""

Edit = Callable[[list[dict[str, Any]]], None]
"""Changes the resources of a deployed state in place."""


@dataclass(frozen=True)
class Pair:
    """A program that was deployed, and its later version."""

    name: str
    program: Program
    edit: Edit | None = None
    """What happened to the state between the two."""

    def __str__(self) -> str:
        return self.name


_PAIRS: Final[dict[str, Pair]] = {}


def pair(program: Program) -> Program:
    """Add a pair with the name of the function."""
    _add(Pair(program.__name__, program))
    return program


def edited(edit: Edit) -> Callable[[Program], Program]:
    """Add a pair of which the deployed state is edited."""

    def add(program: Program) -> Program:
        _add(Pair(program.__name__, program, edit))
        return program

    return add


def _add(added: Pair) -> None:
    if added.name in _PAIRS:
        raise ValueError(f"two pairs have the name {added.name}")
    _PAIRS[added.name] = added


def all_pairs() -> Mapping[str, Pair]:
    """Return the pairs of all modules, by name."""
    from tests.engine.plans import (  # noqa: F401 - they add their pairs
        aliases,
        dependencies,
        leftovers,
        objects,
        options,
        properties,
        providers,
    )

    return dict(sorted(_PAIRS.items()))
