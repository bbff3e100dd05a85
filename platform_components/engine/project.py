"""A Pulumi project on disk: Pulumi.yaml and the stacks' configuration files, parsed and checked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platform_components.base.errors import InvalidInput, Problem, did_you_mean
from platform_components.base.settings import PROJECT_FILE
from platform_components.base.yaml_file import read_yaml
from platform_components.engine.evaluate import evaluate
from platform_components.engine.functions import Functions, unknown_functions
from platform_components.engine.graph import Graph
from platform_components.engine.program import MAIN_FILE
from platform_components.engine.values import UNKNOWN, Secret

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_KEY = re.compile(r"[^:\s]+(:[^:\s]+){0,2}")
_MUST_BE_MAPPING = "must be a mapping of keys to values"
_TYPES = ("string", "boolean", "integer", "array")


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
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Default configuration of every stack, by full key."""
    required: Mapping[str, str] = field(default_factory=dict)
    """Types of configuration that Pulumi.yaml declares, by full key; an empty string for any type."""

    @classmethod
    def load(cls, root: Path) -> Project:
        """Read Pulumi.yaml in `root`.

        Raises:
            InvalidInput: the file is invalid; lists all problems.
        """
        root = root.resolve()
        data = read_yaml(root / PROJECT_FILE)
        problems = [*_project_problems(data, root)]
        name = str(data.get("name"))
        declared = data.get("config")
        defaults: dict[str, Any] = {}
        required: dict[str, str] = {}
        if isinstance(declared, dict):
            problems += _declare(declared, name, defaults, required)
        if problems:
            raise InvalidInput(PROJECT_FILE, problems)
        return cls(
            root=root,
            name=name,
            main=root / data.get("main", "."),
            config_directory=root / data.get("stackConfigDir", "."),
            defaults=defaults,
            required=required,
        )

    def stacks(self) -> tuple[str, ...]:
        """Names of the stacks that have a configuration file, sorted."""
        files = self.config_directory.glob("Pulumi.*.yaml")
        return tuple(sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files))

    def config_file(self, stack: str) -> str:
        """Path of the stack's configuration file, relative to the project, whether or not it exists."""
        return (self.config_directory / f"Pulumi.{stack}.yaml").relative_to(self.root).as_posix()

    def config(self, stack: str) -> dict[str, Any]:
        """The stack's configuration, by full key. An encrypted value is a Secret of UNKNOWN.

        Raises:
            InvalidInput: the file is missing or invalid; lists all problems.
        """
        if not _NAME.fullmatch(stack) or not os.path.lexists(self.root / self.config_file(stack)):
            what = f"has no configuration file {self.config_file(stack)}"
            near = did_you_mean(stack, self.stacks())
            remedy = f"create it; {near}" if near.startswith("did") else "create it"
            if not _NAME.fullmatch(stack):
                what, remedy = "must be at most 100 letters, digits, hyphens, underscores and periods", ""
            raise InvalidInput(f'Stack "{stack}"', [Problem("name", what, remedy)])
        subject = self.config_file(stack)
        data = read_yaml(self.root / subject, subject)
        entries = data.get("config") or {}
        if not isinstance(entries, dict):
            raise InvalidInput(subject, [Problem("config", _MUST_BE_MAPPING, value=entries)])
        config: dict[str, Any] = {}
        problems: list[Problem] = []
        for key, value in entries.items():
            full = key if ":" in key else f"{self.name}:{key}"
            problems += _value_problems(key, value, self.required.get(full, ""))
            config[full] = Secret(UNKNOWN) if _has_ciphertext(value) else value
        merged = {**self.defaults, **config}
        for key in self.required:
            if key not in merged:
                what = f"is missing: {PROJECT_FILE} declares it without a default"
                problems.append(Problem(f"config.{key}", what, "add it here"))
        if problems:
            raise InvalidInput(subject, problems)
        return merged


def evaluate_stack(
    project: Project,
    stack: str,
    *,
    organization: str = "organization",
    references: Mapping[str, Mapping[str, Any]] | None = None,
    functions: Functions = unknown_functions,
) -> Graph:
    """Evaluate a stack of a project with the configuration of its file.

    `references` contains the outputs of stacks that it references, by `organization/project/stack`, which
    is the `qualified_name` of their graph. `functions` returns the results of provider functions.

    Raises:
        InvalidInput: a file is invalid.
        ProgramError: the program fails.
    """
    return evaluate(
        project.main,
        project=project.name,
        stack=stack,
        config=project.config(stack),
        organization=organization,
        root=project.root,
        references=references,
        functions=functions,
        config_file=project.config_file(stack),
    )


def _project_problems(data: Mapping[str, Any], root: Path) -> Iterator[Problem]:
    name = data.get("name")
    if name is None:
        yield Problem("name", "is missing", "add the project's name")
    elif not isinstance(name, str) or not _NAME.fullmatch(name):
        yield Problem(
            "name", "must be at most 100 letters, digits, hyphens, underscores and periods", value=name
        )
    runtime = data.get("runtime")
    language = runtime.get("name") if isinstance(runtime, dict) else runtime
    if language is None:
        yield Problem("runtime", "is missing", "add `runtime: python`")
    elif language != "python":
        yield Problem("runtime", "must be python", "other languages need the Pulumi CLI", language)
    main = data.get("main", ".")
    main_problems = [*_path_problems("main", main, root)]
    yield from main_problems
    if (
        language == "python"
        and not main_problems
        and (root / main).is_dir()
        and not (root / main / MAIN_FILE).exists()
    ):
        yield Problem("main", f"has no {MAIN_FILE}", "create it, or set main", main)
    yield from _path_problems("stackConfigDir", data.get("stackConfigDir", "."), root)
    if not isinstance(data.get("config") or {}, dict):
        yield Problem("config", _MUST_BE_MAPPING, value=data["config"])


def _path_problems(where: str, value: object, root: Path) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield Problem(where, "must be a path", value=value)
    elif not (root / value).resolve().is_relative_to(root):
        yield Problem(where, "must be inside the project", value=value)
    elif not (root / value).exists():
        yield Problem(
            where, "does not exist", f"paths are relative to the directory of {PROJECT_FILE}", value
        )


def _declare(
    declared: Mapping[str, Any], project: str, defaults: dict[str, Any], required: dict[str, str]
) -> Iterator[Problem]:
    """Divide the `config` section of Pulumi.yaml into defaults and keys that stacks must set."""
    for key, value in declared.items():
        where, full = f"config.{key}", key if ":" in key else f"{project}:{key}"
        if not _KEY.fullmatch(key):
            yield _key_problem(where)
        elif not isinstance(value, dict):
            defaults[full] = value
        elif "value" in value or "default" in value:
            defaults[full] = value.get("value", value.get("default"))
        elif value.get("type", "string") not in _TYPES:
            yield Problem(f"{where}.type", did_you_mean(str(value["type"]), _TYPES), value=value["type"])
        elif full.startswith(f"{project}:"):
            required[full] = value.get("type", "")


def _value_problems(key: str, value: object, type_: str) -> Iterator[Problem]:
    where = f"config.{key}"
    if not _KEY.fullmatch(key):
        yield _key_problem(where)
    elif value is None:
        yield Problem(where, "has no value", 'set "" for an empty string, or remove the key')
    elif not _is_plain(value):
        yield Problem(where, "has a type that configuration does not support", "put it in quotes")
    elif type_ and not _has_ciphertext(value) and not _matches(value, type_):
        yield Problem(where, f"must be of type {type_}, as {PROJECT_FILE} declares", value=value)


def _key_problem(where: str) -> Problem:
    return Problem(where, "must be `name` or `namespace:name`", "remove spaces and extra colons")


def _matches(value: object, type_: str) -> bool:
    if type_ == "string":
        return not isinstance(value, list | dict)
    if type_ == "array":
        return isinstance(value, list)
    text = str(value).lower()  # Pulumi stores configuration as strings, so "3" is an integer too
    return text in ("true", "false") if type_ == "boolean" else re.fullmatch(r"[+-]?\d+", text) is not None


def _is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float | bool)


def _has_ciphertext(value: object) -> bool:
    """Whether any part is encrypted: `secure: v1:...`, which can't be read offline."""
    if isinstance(value, dict):
        return set(value) == {"secure"} or any(map(_has_ciphertext, value.values()))
    return isinstance(value, list) and any(map(_has_ciphertext, value))
