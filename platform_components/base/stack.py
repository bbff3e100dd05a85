"""The current stack: its name, settings and configuration, and the stacks that it references."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin

import pulumi
from pulumi.runtime import config as pulumi_config
from pydantic.fields import FieldInfo

from platform_components.base.args import Args
from platform_components.base.context import Context
from platform_components.base.errors import InvalidInput, Problem
from platform_components.base.settings import Platform, split_stack
from platform_components.base.settings_source import has_settings
from platform_components.base.values import Input
from platform_components.base.yaml_file import read_yaml
from platform_components.files.project_file import (
    PLATFORM_FILE,
    PROJECT_FILE,
    project_file_in,
    stack_file_name,
)

C = TypeVar("C", bound=Args)


@dataclass(frozen=True)
class Stack:
    """A stack named `<layer>.<environment>` of the platform that `platform.yaml` describes.

    Only stack programs use it; components receive a context and outputs models instead.
    """

    layer: str
    environment: str
    platform: Platform
    context: Context

    @classmethod
    def current(cls) -> Stack:
        """The stack that Pulumi is running.

        Raises:
            InvalidInput: the name has another form, or platform.yaml is invalid or does not contain it.
        """
        name = pulumi.get_stack()
        layer, environment = split_stack(name)
        if not layer:
            what = "must be <layer>.<environment>"
            raise InvalidInput(f'Stack "{name}"', [Problem("name", what, "such as foundation.dev", name)])
        platform = Platform.load(_root())
        context = platform.context(layer, environment)
        here = pulumi.get_project()
        if (project := platform.project_of(layer, here)) != here:
            what, remedy = (
                f"is a layer of project {project}",
                f"run it there, or correct stacks.{layer}.project",
            )
            raise InvalidInput(platform.subject, [Problem(f"stacks.{layer}", what, remedy)])
        stack = cls(layer, environment, platform, context)
        stack._check_region()
        return stack

    @property
    def name(self) -> str:
        return f"{self.layer}.{self.environment}"

    def config(self, model: type[C]) -> C:
        """The stack's configuration: the keys in the project's namespace, parsed as fields of a model.

        Raises:
            InvalidInput: keys are unknown, missing or invalid; lists all of them.
        """
        namespace = f"{pulumi.get_project()}:"
        raw = {**pulumi_config.get_config_env(), **pulumi_config.CONFIG.get()}
        values = {
            key.removeprefix(namespace): _value(
                key, text, model.model_fields.get(key.removeprefix(namespace))
            )
            for key, text in raw.items()
            if key.startswith(namespace)
        }
        try:
            return model.parse(values, f"config of the stack {self.name}")
        except InvalidInput as error:
            problems = [replace(p, where=f"config.{namespace}{p.where}") for p in error.problems]
            raise InvalidInput(self._config_file(), problems) from None

    def image(self, configured: str | None) -> Input[str]:
        """The image of a service, which its stack's configuration sets with the key `image`.

        A service without an image can be previewed, with an unknown one, but not deployed.

        Raises:
            InvalidInput: a deployment runs, and no image is configured.
        """
        if configured is not None:
            return configured
        key = f"{pulumi.get_project()}:image"
        remedy = f"run `platform image set {self.name} REPOSITORY@sha256:...` after the build"
        if not pulumi.runtime.is_dry_run():
            what = "is required for a deployment"
            raise InvalidInput(self._config_file(), [Problem(f"config.{key}", what, remedy)])
        pulumi.log.warn(f"{key} is not set: the image is unknown, and the stack can't be deployed; {remedy}")
        return pulumi.Output.from_input(cast(Any, pulumi.UNKNOWN))

    def upstream(self, layer: str) -> pulumi.StackReference:
        """The stack of another layer in the same environment, to import outputs from.

        Raises:
            InvalidInput: `reads` of this layer in platform.yaml does not list the other.
        """
        if layer not in self.platform.stacks[self.layer].reads:
            where, what = (
                f"stacks.{self.layer}.reads",
                f'does not list "{layer}", which the program references',
            )
            raise InvalidInput(self.platform.subject, [Problem(where, what, f"add {layer} to it")])
        organization = self.platform.organization
        project = self.platform.project_of(layer, pulumi.get_project())
        return pulumi.StackReference(f"{organization}/{project}/{layer}.{self.environment}")

    def _check_region(self) -> None:
        """Check aws:region; without it, the provider would use the default region of the caller."""
        region, expected = pulumi.Config("aws").get("region"), self.context.region
        if region == expected:
            return
        what = f"must be {expected}, the region of {self.environment} in {PLATFORM_FILE}"
        problem = Problem("config.aws:region", what, "change one of them", region)
        if not region:
            problem = Problem("config.aws:region", "is required", f"add aws:region: {expected}")
        raise InvalidInput(self._config_file(), [problem])

    def _config_file(self) -> str:
        """The path of the stack's configuration file, relative to the project."""
        project = project_file_in(_root())
        folder = read_yaml(project).get("stackConfigDir") if project else None
        name = stack_file_name(self.name, project.name if project else PROJECT_FILE)
        return (PurePosixPath(folder or ".") / name).as_posix()


def _root() -> Path:
    """The directory with Pulumi.yaml; with older CLIs, the nearest parent directory with settings."""
    here = Path.cwd()
    candidates = [Path(pulumi.runtime.get_root_directory() or "."), here, *here.parents]
    return next((path for path in candidates if has_settings(path)), candidates[0])


def _value(key: str, text: Any, field: FieldInfo | None) -> Any:
    """A configuration value, which Pulumi stores as a string, converted to the type of its field."""
    if pulumi_config.is_config_secret(key):
        return pulumi.Output.secret(text)
    if field is None or not isinstance(text, str) or _accepts_string(field.annotation):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _accepts_string(annotation: Any) -> bool:
    """Whether a string is a value of the type itself, not only of an element in it."""
    if get_origin(annotation) in (Union, UnionType, Annotated):
        return any(_accepts_string(argument) for argument in get_args(annotation))
    return annotation is str or get_origin(annotation) is Literal
