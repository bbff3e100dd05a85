"""platform.yaml: the Pulumi organization, the environments, the stacks and their order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import Field, PrivateAttr

from platform_components.base.answers import Answer, repeated_answers
from platform_components.base.args import Args
from platform_components.base.backends import BackendUrl, SecretsProvider
from platform_components.base.context import Context, EnvironmentName
from platform_components.base.errors import InvalidInput, Problem, did_you_mean, one_of
from platform_components.base.settings_source import Origin, Settings, has_settings, read_settings
from platform_components.base.sizing import Sizing, Tier
from platform_components.base.values import AccountId, Fact, Label, ProjectName, Region
from platform_components.base.yaml_file import parse_yaml
from platform_components.files.project_file import PLATFORM_FILE


def split_stack(name: str) -> tuple[str, str]:
    """Split `<layer>.<environment>`. A name without a period is an environment; its layer is empty."""
    layer, _, environment = name.rpartition(".")
    return layer, environment


class Environment(Args):
    """One entry of `environments`."""

    tier: Tier
    """production, staging or development. Determines sizes and protection."""

    region: Region
    """AWS region of the environment."""

    account: AccountId | None = None
    """AWS account ID. Answers `aws.get_caller_identity` in previews. Default: a placeholder."""

    backend: BackendUrl | None = None
    """URL of the backend with the states of the environment, without credentials, such as
    `s3://my-states?region=eu-west-1`. A relative path of `file://` is relative to the project's directory.
    Default: PULUMI_BACKEND_URL, otherwise `backend.url` of Pulumi.yaml."""

    secrets_provider: SecretsProvider | None = None
    """Secrets provider of the stacks, such as `passphrase` or `awskms://alias/pulumi?region=eu-west-1`.
    Default: the one that the state names."""


class Layer(Args):
    """One entry of `stacks`: a layer or service with a stack per environment."""

    also_known_as = MappingProxyType({"team": "owner", "depends_on": "reads"})

    owner: Fact
    """Team that owns it."""

    reads: tuple[Label, ...] = ()
    """Layers whose outputs it references. They are deployed first."""

    project: ProjectName | None = None
    """Pulumi project of its stacks, in a repository of its own. Default: `project` of the platform."""

    environments: tuple[Label, ...] | None = None
    """Environments with a stack of it. Default: all."""

    cost_center: Fact | None = None
    """Cost center, for the tag CostCenter. Default: no tag."""

    data_classification: Fact | None = None
    """Sensitivity of its data, for the tag DataClassification. Default: no tag."""


class Platform(Args):
    """The content of `platform.yaml`."""

    organization: Label
    """Pulumi organization of the stacks; `organization` for a self-managed backend."""

    project: ProjectName | None = None
    """Pulumi project of the stacks without their own. Required for the projects elsewhere that reference
    them. Default: the project with this file."""

    version: str = ""
    """Version of these settings, which previews of projects elsewhere show. Default: that of the package."""

    regions: tuple[Region, ...] = Field(min_length=1)
    """Allowed AWS regions."""

    teams: tuple[Fact, ...] = Field(min_length=1)
    """Teams that can be owners."""

    environments: Mapping[EnvironmentName, Environment] = Field(min_length=1)
    """Environments by name."""

    stacks: Mapping[Label, Layer] = Field(min_length=1)
    """Layers and services by name; stack `payments.dev` is `payments` in `dev`."""

    namespaces: tuple[Label, ...] = ()
    """Other Kubernetes namespaces that `callers` of a service can name, such as that of a gateway."""

    sizing: Mapping[str, Any] = Field(default_factory=dict)
    """Overrides of the sizing table, by tier and row."""

    answers: tuple[Answer, ...] = ()
    """Results of provider functions, for previews."""

    _directory: Path | None = PrivateAttr(default=None)
    _settings: Settings | None = PrivateAttr(default=None)

    @classmethod
    def load(cls, directory: Path) -> Platform:
        """Read the settings of the project in a directory: `platform.yaml`, or those that Pulumi.yaml names.

        The same text is parsed and checked once per process.

        Raises:
            InvalidInput: the file is invalid; lists all problems.
        """
        return cls.of(directory, read_settings(directory))

    @classmethod
    def find(cls, directory: Path) -> Platform | None:
        """Like `load`; None for a project without settings."""
        return cls.load(directory) if has_settings(directory) else None

    @classmethod
    def of(cls, directory: Path, settings: Settings) -> Platform:
        """Parse settings for the project in a directory.

        Raises:
            InvalidInput: the settings are invalid; lists all problems.
        """
        return _checked(directory.resolve(), settings)

    @property
    def settings(self) -> Origin | None:
        """Which settings these are; None if they were not read from a file."""
        if self._settings is None:
            return None
        origin = self._settings.origin
        return replace(origin, version=origin.version or self.version)

    @property
    def elsewhere(self) -> bool:
        """Whether these are the settings of an organization for a project in another repository."""
        return self._settings is not None and self._settings.elsewhere

    @property
    def subject(self) -> str:
        """The file, for messages."""
        return self._settings.subject if self._settings else PLATFORM_FILE

    def project_of(self, layer: str, here: str) -> str:
        """The Pulumi project of a layer. `here` is the current one."""
        return self.stacks[layer].project or self.project or here

    @cached_property
    def sizes(self) -> Sizing:
        """The sizing table with the overrides.

        Raises:
            InvalidInput: overrides are invalid; lists all of them.
        """
        return Sizing.parse(self.sizing, self.subject)

    @property
    def callers(self) -> tuple[str, ...]:
        """Names that `callers` of a service can contain."""
        return (*self.stacks, *self.namespaces)

    def path_of(self, path: Path) -> str:
        """A path for messages: relative to the directory of `platform.yaml` if it is inside it."""
        if self._directory is None:
            return path.name
        full, root = path.resolve(), self._directory.resolve()
        return full.relative_to(root).as_posix() if full.is_relative_to(root) else path.name

    def order(self) -> list[str]:
        """The layers in dependency order; independent ones in the order of the file."""
        return list(
            TopologicalSorter({name: layer.reads for name, layer in self.stacks.items()}).static_order()
        )

    def stack_names(self, environment: str) -> list[str]:
        """The stacks of an environment, in deployment order."""
        return [f"{name}.{environment}" for name in self.order() if self.exists(name, environment)]

    def context(self, layer: str, environment: str) -> Context:
        """The context of a layer in an environment.

        Raises:
            InvalidInput: the layer or environment is unknown, or the layer is not in the environment.
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
            raise InvalidInput(self.subject, problems)
        about, place = self.stacks[layer], self.environments[environment]
        return Context(
            environment=environment,
            tier=place.tier,
            region=place.region,
            service=layer,
            owner=about.owner,
            cost_center=about.cost_center,
            data_classification=about.data_classification,
            callers=self.callers,
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
                        what = f'references "{read}", which has no stack in {environment}'
                        remedy = f"add {environment} to stacks.{read}.environments"
                        yield Problem(f"stacks.{name}", what, remedy)

    def _contradictions(self) -> Iterator[Problem]:
        if self.elsewhere and self.project is None:
            what = "is required for projects elsewhere, which reference its stacks"
            yield Problem("project", what, "add the name in the Pulumi.yaml next to it")
        for name, environment in self.environments.items():
            if environment.region not in self.regions:
                what = "must be an allowed region"
                yield Problem(f"environments.{name}.region", what, one_of(self.regions), environment.region)
        for name, layer in self.stacks.items():
            where, only = f"stacks.{name}", layer.environments or ()
            yield from _unknown(f"{where}.owner", [layer.owner], self.teams, "team", "teams")
            yield from _unknown(f"{where}.reads", layer.reads, self.stacks, "stack", "stacks")
            yield from _unknown(
                f"{where}.environments", only, self.environments, "environment", "environments"
            )
        yield from repeated_answers(self.answers)
        for index, answer in enumerate(self.answers):
            if answer.environment:
                where = f"answers[{index}].environment"
                yield from _unknown(
                    where, [answer.environment], self.environments, "environment", "environments"
                )
        try:
            self.order()
        except CycleError as error:
            cycle = " -> ".join(reversed(error.args[1]))
            yield Problem(
                "stacks", f"reference each other in a cycle: {cycle}", "remove one of them from `reads`"
            )


# The text is part of the key: every stack loads the file, and it may change in between.
@lru_cache(maxsize=8)
def _checked(directory: Path, settings: Settings) -> Platform:
    subject = settings.subject
    platform = Platform.parse(parse_yaml(settings.text, subject), subject)
    platform._directory, platform._settings = directory, settings
    problems = list(platform._contradictions()) or list(platform._missing_upstream())
    try:
        platform.sizes  # noqa: B018 - reading the property checks the overrides
    except InvalidInput as error:
        problems += error.problems
    if problems:
        raise InvalidInput(subject, problems)
    return platform


def _unknown(
    where: str, names: Iterable[str], known: Collection[str], noun: str, field: str
) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            remedy = did_you_mean(name, known)
            comma = "" if remedy.endswith("?") else ";"
            yield Problem(where, f"unknown {noun}", f"{remedy}{comma} or add it to `{field}`", name)
