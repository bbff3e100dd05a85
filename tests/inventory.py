"""Every component, args and outputs of the library, found by class, and the variants of each component.

A component of `platform_components.aws.bucket` is tested in `tests/aws/test_bucket.py`, whose `VARIANTS`
name the ways to make it. The contract tests run over them in every tier; `tests/test_inventory.py` reports
what a component lacks.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import platform_components
from platform_components.base import TIERS, Args, Component, Outputs, Tier
from platform_components.testing import Graph, Resource, render
from tests.deployed import render_deployed
from tests.samples import Build, full_context
from tests.tree import ROOT


def modules() -> Iterator[str]:
    """Every module of the library, those of the command line aside: they need an extra."""
    for module in pkgutil.walk_packages(platform_components.__path__, "platform_components."):
        if ".cli" not in module.name:
            yield module.name


def subclasses(kind: type) -> list[type]:
    """The library's own classes of a kind, in a stable order."""
    for module in modules():
        importlib.import_module(module)

    def below(parent: type[Any]) -> Iterator[type[Any]]:
        for child in parent.__subclasses__():
            yield child
            yield from below(child)

    own = {child for child in below(kind) if child.__module__.startswith("platform_components.")}
    return sorted(own, key=lambda child: (child.__module__, child.__qualname__))


COMPONENTS: list[type[Component[Any]]] = [kind for kind in subclasses(Component) if kind.type_token]  # type: ignore[attr-defined]
ARGS: list[type[Args]] = subclasses(Args)
OUTPUTS: list[type[Outputs]] = subclasses(Outputs)


def path_of_tests(component: type[Component[Any]]) -> Path:
    """Where the tests of a component are, from the root of the tree: `tests/aws/test_bucket.py`."""
    _, *packages, module = component.__module__.split(".")
    return Path("tests", *packages, f"test_{module}.py")


def variants_of(component: type[Component[Any]]) -> Mapping[str, Build]:
    """The `VARIANTS` of a component's test module; none where it is missing or has none."""
    path = path_of_tests(component)
    if not (ROOT / path).is_file():
        return {}
    module = importlib.import_module(".".join(path.with_suffix("").parts))
    variants: Mapping[str, Build] = getattr(module, "VARIANTS", {})
    return variants


@dataclass(frozen=True)
class Case:
    """One variant of a component, in one tier."""

    component: type[Component[Any]]
    variant: str
    tier: Tier

    def __str__(self) -> str:
        return f"{self.component.__name__}-{self.variant}-{self.tier}"


CASES = tuple(
    Case(component, variant, tier)
    for component in COMPONENTS
    for variant in variants_of(component)
    for tier in TIERS
)


def _program_of(case: Case) -> Callable[[], object]:
    build = variants_of(case.component)[case.variant]
    return lambda: build(full_context(case.tier))


def rendered(case: Case) -> Graph:
    """The graph of a case, evaluated anew."""
    return render(_program_of(case), stack="shop.live")


graph_of = cache(rendered)
"""The graph of a case, evaluated once."""


@cache
def deployed_graph_of(case: Case) -> Graph:
    """The same with ARNs as after a deployment, so that what is built from them shows."""
    return render_deployed(_program_of(case), stack="shop.live")


def children_of(graph: Graph, component: type[Component[Any]]) -> list[Resource]:
    """The resources, components aside, that stand below a component with no other component between."""
    (own,) = (root for root in graph.roots if root.type == component.type_token)
    found: list[Resource] = []
    open_parents = [own.urn]
    while open_parents:
        for child in graph.children(open_parents.pop()):
            if child.custom:
                found.append(child)
                open_parents.append(child.urn)
    return found


def children_by_variant(component: type[Component[Any]]) -> dict[str, dict[str, str]]:
    """For each variant: the children's URNs without the stack, and the tiers that have them."""
    listed: dict[str, dict[str, str]] = {}
    for variant in variants_of(component):
        tiers: dict[str, list[str]] = {}
        for tier in TIERS:
            for resource in graph_of(Case(component, variant, tier)).managed:
                tiers.setdefault(resource.urn.split("::", maxsplit=2)[2], []).append(tier)
        listed[variant] = {
            child: "every tier" if len(tiers[child]) == len(TIERS) else ", ".join(tiers[child])
            for child in sorted(tiers)
        }
    return listed


def fingerprint() -> str:
    """A digest of every case's graph: the same in every process, or something is left to chance."""
    graphs = {str(case): rendered(case).to_dict() for case in CASES}
    return hashlib.sha256(json.dumps(graphs, sort_keys=True).encode()).hexdigest()
