"""platform.yaml: the organisation, its environments, its stacks and their order; typed and checked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import Field, PrivateAttr

from platform_components.base.args import Args
from platform_components.base.context import Context, EnvironmentName
from platform_components.base.errors import InvalidInput, Problem, did_you_mean, one_of
from platform_components.base.sizing import Sizing, Tier
from platform_components.base.values import Fact, Label, Region
from platform_components.base.yaml_file import parse_yaml, read_text

PLATFORM_FILE = "platform.yaml"
PROJECT_FILE = "Pulumi.yaml"


def split_stack(name: str) -> tuple[str, str]:
    """Layer and environment of a stack named `<layer>.<environment>`; any other name is an environment."""
    layer, _, environment = name.rpartition(".")
    return layer, environment


class Environment(Args):
    """One environment: where it is and what it is for."""

    tier: Tier
    """production, staging or development. Decides sizes and protection."""

    region: Region
    """AWS region of everything in the environment."""


class Layer(Args):
    """One entry of `stacks`: a layer or a service, which has a stack in each environment."""

    also_known_as = MappingProxyType({"team": "owner", "depends_on": "reads"})

    owner: Fact
    """Team that answers for it."""

    reads: tuple[Label, ...] = ()
    """The layers whose outputs it reads, which therefore come first."""

    environments: tuple[Label, ...] | None = None
    """The environments that it exists in. Left out: all of them."""

    cost_center: Fact | None = None
    """Where its cost is booked. Left out: no CostCenter tag."""

    data_classification: Fact | None = None
    """How sensitive its data is. Left out: no DataClassification tag."""


class Platform(Args):
    """The organisation as `platform.yaml` describes it."""

    organization: Label
    """Name of the organisation, as Pulumi knows it; `organization` for a self-managed backend."""

    regions: tuple[Region, ...] = Field(min_length=1)
    """The regions that anything may be built in."""

    teams: tuple[Fact, ...] = Field(min_length=1)
    """The teams that may own something."""

    environments: Mapping[EnvironmentName, Environment] = Field(min_length=1)
    """Every environment, by name."""

    stacks: Mapping[Label, Layer] = Field(min_length=1)
    """Every layer and service, by name; stack `payments.dev` is `payments` in `dev`."""

    sizing: Mapping[str, Any] = Field(default_factory=dict)
    """Cells of the sizing table that differ here: tier, row, value."""

    _directory: Path | None = PrivateAttr(default=None)

    @classmethod
    def load(cls, directory: Path) -> Platform:
        """Read `platform.yaml` of a directory. The same text is parsed and checked once in a process.

        Raises:
            InvalidInput: every mistake of the file at once.
        """
        return _checked(directory, read_text(directory / PLATFORM_FILE))

    @cached_property
    def sizes(self) -> Sizing:
        """The sizing table as it holds here.

        Raises:
            InvalidInput: every mistake in the overrides at once.
        """
        return Sizing.parse(self.sizing)

    def path_of(self, path: Path) -> str:
        """A path as messages show it: relative to the directory of `platform.yaml` if it lies inside."""
        if self._directory is None:
            return path.name
        full, root = path.resolve(), self._directory.resolve()
        return full.relative_to(root).as_posix() if full.is_relative_to(root) else path.name

    def order(self) -> list[str]:
        """The layers, each after those that it reads; otherwise as the file lists them."""
        return list(
            TopologicalSorter({name: layer.reads for name, layer in self.stacks.items()}).static_order()
        )

    def stack_names(self, environment: str) -> list[str]:
        """The stacks of an environment, in the order in which they are deployed."""
        return [f"{name}.{environment}" for name in self.order() if self.exists(name, environment)]

    def context(self, layer: str, environment: str) -> Context:
        """The context of a layer in an environment.

        Raises:
            InvalidInput: the file knows no such layer or environment, or not the one in the other.
        """
        problems = []
        if layer not in self.stacks:
            problems.append(Problem("stacks", f'has no "{layer}"', did_you_mean(layer, self.stacks)))
        if environment not in self.environments:
            remedy = did_you_mean(environment, self.environments)
            problems.append(Problem("environments", f'has no "{environment}"', remedy))
        if not problems and not self.exists(layer, environment):
            what = f'does not list "{environment}"'
            problems.append(Problem(f"stacks.{layer}.environments", what, "add it there"))
        if problems:
            raise InvalidInput(PLATFORM_FILE, problems)
        about, place = self.stacks[layer], self.environments[environment]
        return Context(
            environment=environment,
            tier=place.tier,
            region=place.region,
            service=layer,
            owner=about.owner,
            cost_center=about.cost_center,
            data_classification=about.data_classification,
            sizing=self.sizes,
        )

    def exists(self, layer: str, environment: str) -> bool:
        """Whether a layer has a stack in an environment."""
        only = self.stacks[layer].environments
        return only is None or environment in only

    def _missing_upstream(self) -> Iterator[Problem]:
        for name, layer in self.stacks.items():
            for read in layer.reads:
                for environment in self.environments:
                    if self.exists(name, environment) and not self.exists(read, environment):
                        what = f'reads "{read}", which has no stack in {environment}'
                        remedy = f"add {environment} to stacks.{read}.environments"
                        yield Problem(f"stacks.{name}", what, remedy)

    def _contradictions(self) -> Iterator[Problem]:
        for name, environment in self.environments.items():
            if environment.region not in self.regions:
                what = "is not among the allowed regions"
                yield Problem(f"environments.{name}.region", what, one_of(self.regions), environment.region)
        for name, layer in self.stacks.items():
            where, only = f"stacks.{name}", layer.environments or ()
            yield from _unknown(f"{where}.owner", [layer.owner], self.teams, "team", "teams")
            yield from _unknown(f"{where}.reads", layer.reads, self.stacks, "stack", "stacks")
            yield from _unknown(
                f"{where}.environments", only, self.environments, "environment", "environments"
            )
        try:
            self.order()
        except CycleError as error:
            cycle = " -> ".join(reversed(error.args[1]))
            yield Problem(
                "stacks", f"read each other in a cycle: {cycle}", "remove one of these from `reads`"
            )


# By the text too: every stack loads the file, and a file that was changed is another text.
@lru_cache(maxsize=8)
def _checked(directory: Path, text: str) -> Platform:
    platform = Platform.parse(parse_yaml(text, PLATFORM_FILE), PLATFORM_FILE)
    platform._directory = directory
    problems = list(platform._contradictions()) or list(platform._missing_upstream())
    try:
        platform.sizes  # noqa: B018 - asking for it is what checks it
    except InvalidInput as error:
        problems += error.problems
    if problems:
        raise InvalidInput(PLATFORM_FILE, problems)
    return platform


def _unknown(
    where: str, given: Iterable[str], known: Collection[str], noun: str, field: str
) -> Iterator[Problem]:
    for word in given:
        if word not in known:
            remedy = did_you_mean(word, known)
            comma = "" if remedy.endswith("?") else ";"
            yield Problem(where, f"unknown {noun}", f"{remedy}{comma} or add it to `{field}`", word)
