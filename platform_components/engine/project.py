"""A Pulumi project on disk: Pulumi.yaml and the stacks' configuration files, parsed and checked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from platform_components.base.errors import InvalidInput, Problem
from platform_components.base.yaml_file import read_yaml
from platform_components.engine.config_schema import Declaration, parse_declarations
from platform_components.engine.evaluate import evaluate
from platform_components.engine.functions import Functions, unknown_functions
from platform_components.engine.graph import Graph
from platform_components.engine.overrides import Override
from platform_components.engine.plan.providers import Providers, plain_providers
from platform_components.engine.program import MAIN_FILE
from platform_components.engine.pulumi_yaml import PulumiLoader, StackFileLoader
from platform_components.engine.stack_config import MUST_BE_MAPPING, StackConfig, parse_stack_config
from platform_components.engine.state.deployment import Deployment
from platform_components.files.project_file import (
    PROJECT_FILE,
    STACK_NAME,
    SUFFIXES,
    project_file_in,
    stack_file_name,
    stack_names_in,
    with_config_directory,
)

_REFRESHES = "a deployment refreshes the state first; changes outside Pulumi are not in the plan"
_NAME_RULE = "must be at most 100 letters, digits, hyphens, underscores and periods"


@dataclass(frozen=True)
class Project:
    """A Pulumi project. `load` reads and checks it."""

    root: Path
    """The directory of Pulumi.yaml."""
    name: str
    main: Path
    """The program: a file, or a directory with a `__main__.py`."""
    config_directory: Path
    """The directory of the stacks' configuration files."""
    file: str = PROJECT_FILE
    """The name of the project file: Pulumi.yaml or Pulumi.yml."""
    declarations: Mapping[str, Declaration] = field(default_factory=dict)
    """The configuration that the project file declares, by full key."""
    backend_url: str = ""
    """URL of the state's backend, `backend.url`; empty if the file has none."""
    refreshes: bool = False
    """Whether every deployment starts with a refresh: `refresh: always` in `options`."""
    overrides: Mapping[str, Sequence[Override]] = field(default_factory=dict)
    """Values of one run, by stack, which replace those of the stacks' files."""

    @classmethod
    def load(cls, root: Path) -> Project:
        """Read Pulumi.yaml in `root`, or Pulumi.yml.

        Raises:
            InvalidInput: the file is invalid; lists all problems.
        """
        root = root.resolve()
        file = project_file_in(root) or root / PROJECT_FILE
        data = with_config_directory(read_yaml(file, loader=PulumiLoader))
        problems = [*_project_problems(data, root)]
        name = str(data.get("name"))
        declared = data.get("config")
        declarations: dict[str, Declaration] = {}
        if isinstance(declared, dict):
            declarations, invalid = parse_declarations(declared, name)
            problems += invalid
        if problems:
            raise InvalidInput(file.name, problems)
        return cls(
            root=root,
            name=name,
            main=root / (data.get("main") or "."),
            config_directory=root / (data.get("stackConfigDir") or "."),
            file=file.name,
            declarations=declarations,
            backend_url=(data.get("backend") or {}).get("url") or "",
            refreshes=_refreshes(data.get("options")),
        )

    def stacks(self) -> tuple[str, ...]:
        """Names of the stacks that have a configuration file, sorted."""
        return stack_names_in(self.config_directory, self.file)

    def config_file(self, stack: str) -> str:
        """Path of the stack's configuration file, relative to the project, whether or not it exists."""
        return (self.config_directory / stack_file_name(stack, self.file)).relative_to(self.root).as_posix()

    def has_config_file(self, stack: str) -> bool:
        """Whether the stack's configuration file exists, even if it can't be read."""
        return os.path.lexists(self.root / self.config_file(stack))

    def config(self, stack: str) -> StackConfig:
        """The stack's configuration, with the values of this run. As in Pulumi, the file is optional.

        Raises:
            InvalidInput: the name of the stack or the file is invalid; lists all problems.
        """
        if not STACK_NAME.fullmatch(stack):
            raise InvalidInput(f'Stack "{stack}"', [Problem("name", _NAME_RULE)])
        subject = self.config_file(stack)
        exists = self.has_config_file(stack)
        if not exists and (other := self._misnamed(stack)):
            what = f"is ignored, because the project file is {self.file}"
            raise InvalidInput(other, [Problem("file", what, f"rename it to {Path(subject).name}")])
        return parse_stack_config(
            read_yaml(self.root / subject, subject, loader=StackFileLoader) if exists else {},
            subject=subject,
            stack=stack,
            project=self.name,
            project_file=self.file,
            declarations=self.declarations,
            overrides=self.overrides.get(stack, ()),
        )

    def _misnamed(self, stack: str) -> str:
        """The stack's configuration file with another suffix than the project's; empty if there is none."""
        names = (stack_file_name(stack, Path(self.file).with_suffix(suffix).name) for suffix in SUFFIXES)
        return next((name for name in names if (self.config_directory / name).is_file()), "")


def evaluate_stack(
    project: Project,
    stack: str,
    *,
    organization: str = "organization",
    references: Mapping[str, Mapping[str, Any]] | None = None,
    functions: Functions = unknown_functions,
    state: Deployment | None = None,
    compare: bool = False,
    providers: Providers = plain_providers,
) -> Graph:
    """Evaluate a stack of a project with the configuration of its file.

    `references` contains the outputs of stacks that it references, by `organization/project/stack`, which
    is the `qualified_name` of their graph. `functions` returns the results of provider functions. `state`,
    `compare` and `providers`: see `evaluate`.

    Raises:
        InvalidInput: a file is invalid.
        ProgramError: the program fails.
    """
    if state and project.refreshes:
        state = replace(state, warnings=(*state.warnings, f"{project.file}: {_REFRESHES}"))
    config, file = project.config(stack), project.config_file(stack)
    missing = (
        () if project.has_config_file(stack) else (f"{file} does not exist; the configuration is empty",)
    )
    empty = [f"{file}: {key} has no value, which Pulumi reads as an empty string" for key in config.empty]
    return evaluate(
        project.main,
        project=project.name,
        stack=stack,
        config=config.values,
        organization=organization,
        root=project.root,
        references=references,
        functions=functions,
        config_file=file,
        environments=config.environments,
        notes=(*missing, *empty),
        state=state,
        compare=compare,
        providers=providers,
    )


def _refreshes(options: object) -> bool:
    return isinstance(options, dict) and options.get("refresh") == "always"


def _project_problems(data: Mapping[str, Any], root: Path) -> Iterator[Problem]:
    name = data.get("name")
    if name is None:
        yield Problem("name", "is missing", "add the project's name")
    elif not isinstance(name, str) or not STACK_NAME.fullmatch(name):
        yield Problem("name", _NAME_RULE, value=name)
    runtime = data.get("runtime")
    language = runtime.get("name") if isinstance(runtime, dict) else runtime
    if language is None:
        yield Problem("runtime", "is missing", "add `runtime: python`")
    elif language != "python":
        yield Problem("runtime", "must be python", "other languages need the Pulumi CLI", language)
    main = data.get("main") or "."
    main_problems = [*_path_problems("main", main, root)]
    yield from main_problems
    if (
        language == "python"
        and not main_problems
        and (root / main).is_dir()
        and not (root / main / MAIN_FILE).exists()
    ):
        yield Problem("main", f"has no {MAIN_FILE}", "create it, or set main", main)
    yield from _path_problems("stackConfigDir", data.get("stackConfigDir") or ".", root)
    backend = data.get("backend") or {}
    if not isinstance(backend, dict) or not isinstance(backend.get("url") or "", str):
        # Without the value: a URL can contain a password.
        yield Problem("backend", "must be a mapping with a text as url", "such as url: s3://my-state")
    if not isinstance(data.get("config") or {}, dict):
        yield Problem("config", MUST_BE_MAPPING, value=data["config"])


def _path_problems(where: str, value: object, root: Path) -> Iterator[Problem]:
    if not isinstance(value, str) or "\0" in value:
        yield Problem(where, "must be a path", value=value)
    elif not (root / value).resolve().is_relative_to(root):
        yield Problem(where, "must be inside the project", value=value)
    elif not (root / value).exists():
        yield Problem(
            where, "does not exist", f"paths are relative to the directory of {PROJECT_FILE}", value
        )
