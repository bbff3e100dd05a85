"""The stacks that a command selects, and the ones that must be evaluated before them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from platform_components.base.errors import InvalidInput, Problem, did_you_mean, nearest
from platform_components.base.settings import Environment, Platform, split_stack
from platform_components.engine import Project
from platform_components.files.project_file import (
    ALL_ENVIRONMENTS as ALL,
    PLATFORM_FILE,
    PROJECT_FILE,
    enclosing_project,
    stack_file_name,
)
from platform_components.functions import Answers, OfflineFunctions


@dataclass(frozen=True)
class Selection:
    """Stacks of one project."""

    project: Project
    platform: Platform | None
    """None for a project without settings."""
    environment: str
    """The environment of all stacks; empty if there are several."""
    shown: tuple[str, ...]
    """The requested stacks, in deployment order."""
    needed: tuple[str, ...]
    """Those and all that they reference, directly or indirectly, in deployment order."""

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments of the requested stacks, in their order."""
        return tuple(dict.fromkeys(split_stack(stack)[1] for stack in self.shown))

    def reads(self, stack: str) -> tuple[str, ...]:
        """The stacks of this project that this one references, according to platform.yaml."""
        if self.platform is None:
            return ()
        return tuple(_upstream(self.platform, self.project, stack))

    def region(self, stack: str) -> str:
        """The AWS region of a stack: that of its configuration, otherwise of its environment; or empty.

        Raises:
            InvalidInput: the configuration is invalid.
        """
        configured = self.project.config(stack).values.get("aws:region")
        about = self.settings(stack)
        return configured if isinstance(configured, str) else about.region if about else ""

    def functions(self, stack: str, answers: Answers) -> OfflineFunctions:
        """The results of provider functions for a stack."""
        environment, about = split_stack(stack)[1], self.settings(stack)
        if about is None:
            return OfflineFunctions(answers, environment)
        return OfflineFunctions(answers, environment, about.account or "", about.region)

    def project_of(self, stack: str) -> str:
        """The Pulumi project of a stack in platform.yaml."""
        here = self.project.name
        return self.platform.project_of(split_stack(stack)[0], here) if self.platform else here

    def settings(self, stack: str) -> Environment | None:
        """The stack's environment in platform.yaml, if it is there."""
        return self.platform.environments.get(split_stack(stack)[1]) if self.platform else None


def select(directory: Path, stacks: Sequence[str], environment: str | Sequence[str] | None) -> Selection:
    """Select stacks by the arguments of a command.

    `payments.dev` is a stack; `payments` is its stack in each of the environments; without arguments, all
    stacks of the environments are selected. `all` means every environment. Default environment: the first one
    in platform.yaml; without that file, every environment. The project is in the directory or in a parent of
    it, as in Pulumi.

    Without a platform.yaml, a stack is a configuration file. A stack without one can be selected by its
    name, unless that is similar to the name of another stack.

    Raises:
        InvalidInput: unknown stacks or environment, or a project that can't be read.
    """
    root = enclosing_project(directory)
    if root is None:
        what = "is neither in this directory nor in a parent directory"
        remedy = "change to the project's directory, or pass it with -C"
        raise InvalidInput(PROJECT_FILE, [Problem("file", what, remedy)])
    project = Project.load(root)
    environments = (environment,) if isinstance(environment, str) else tuple(environment or ())
    platform = Platform.find(root)
    if platform is None:
        return _of_project(project, stacks, environments)
    own = _own_stacks(project, platform)
    given = _known(environments, platform.environments)
    unknown = [each for each in given if each not in platform.environments]
    if unknown:
        known = [*platform.environments, ALL]
        problems = [
            Problem(f'"{each}"', "unknown environment", did_you_mean(each, known)) for each in unknown
        ]
        raise InvalidInput("--env", problems)
    chosen = given or tuple(platform.environments)[: None if environments else 1]
    # A mapping keeps the order and has fast lookups.
    ordered = dict.fromkeys(name for each in own.values() for name in each)
    names = {word: _names(word, chosen, ordered) for word in stacks}
    problems = [_unknown(word, project, platform, list(ordered)) for word in names if not names[word]]
    if problems:
        raise InvalidInput("STACK", problems)
    requested = {name for each in names.values() for name in each}
    if not stacks:
        requested = {name for each in chosen for name in own[each]}
    _check_environments([name for name in ordered if name in requested], given)
    shown = tuple(name for name in ordered if name in requested)
    needed = _with_upstream(platform, project, shown)
    return Selection(
        project, platform, _common(shown), shown, tuple(name for name in ordered if name in needed)
    )


def _known(environments: Sequence[str], existing: Collection[str]) -> tuple[str, ...]:
    """The environments that `--env` names; none for every one. An environment can itself be named `all`."""
    if ALL in environments and ALL not in existing:
        return ()
    return tuple(dict.fromkeys(environments))


def _names(word: str, environments: Sequence[str], known: Collection[str]) -> list[str]:
    """The stacks that an argument names: of a layer, those in the environments; none if it is unknown."""
    names = [word] if "." in word else [f"{word}.{each}" for each in environments]
    return [name for name in names if name in known]


def _of_project(project: Project, stacks: Sequence[str], environments: Sequence[str]) -> Selection:
    files = project.stacks()
    environments = _known(environments, {split_stack(name)[1] for name in files})
    known = [name for name in files if not environments or split_stack(name)[1] in environments]
    if not known and not stacks:
        where = f"for environment {' or '.join(environments)}" if environments else "in the project"
        remedy = f"a stack is a file {stack_file_name('<stack>', project.file)}, or a name that you pass"
        raise InvalidInput(str(project.name), [Problem("stacks", f"none {where}", remedy)])
    _check_environments([name for name in stacks if name in files], environments)
    names = [
        name
        for word in stacks
        for name in (
            [word] if word in known or not environments else [f"{word}.{each}" for each in environments]
        )
    ]
    problems = [*_misspelt(project, names, known)]
    if problems:
        raise InvalidInput("STACK", problems)
    shown = tuple(sorted(dict.fromkeys(names or known)))
    return Selection(project, None, _common(shown), shown, shown)


def _misspelt(project: Project, names: Sequence[str], known: Sequence[str]) -> Iterator[Problem]:
    """Yield a problem for each name without a configuration file that is similar to the name of a stack."""
    for name in names:
        near = None if name in known else nearest(name, known)
        if near:
            create = f"for a stack without configuration, create {project.config_file(name)}"
            yield _no_stack(name, f"did you mean {near}? {create}")


def _own_stacks(project: Project, platform: Platform) -> dict[str, list[str]]:
    """The stacks of this project by environment, in deployment order.

    Raises:
        InvalidInput: the settings have none.
    """
    own = {
        environment: [name for name in platform.stack_names(environment) if _is_own(platform, project, name)]
        for environment in platform.environments
    }
    if not any(own.values()):
        what = f"has no layer with `project: {project.name}`"
        remedy = f"add `{project.name}: {{owner: ..., project: {project.name}}}` there"
        raise InvalidInput(platform.subject, [Problem("stacks", what, remedy)])
    return own


def _is_own(platform: Platform, project: Project, stack: str) -> bool:
    return platform.project_of(split_stack(stack)[0], project.name) == project.name


def _upstream(platform: Platform, project: Project, stack: str) -> Iterator[str]:
    """Yield the stacks of this project that a stack references."""
    layer, environment = split_stack(stack)
    for name in (f"{name}.{environment}" for name in platform.stacks[layer].reads):
        if _is_own(platform, project, name):
            yield name


def _with_upstream(platform: Platform, project: Project, shown: Sequence[str]) -> set[str]:
    needed: set[str] = set()
    waiting = list(shown)
    while waiting:
        stack = waiting.pop()
        if stack not in needed:
            needed.add(stack)
            waiting += _upstream(platform, project, stack)
    return needed


def _unknown(word: str, project: Project, platform: Platform, known: Sequence[str]) -> Problem:
    layer, environment = split_stack(word) if "." in word else (word, "")
    if word in platform.environments:
        return Problem(f'"{word}"', "is an environment, not a stack", f"use --env {word}")
    if layer not in platform.stacks and layer and (project.main / layer).is_dir():
        where = (project.main / layer).relative_to(project.root).as_posix()
        return _no_stack(word, f"{where} exists: add {layer} to `stacks` in {PLATFORM_FILE}")
    if layer in platform.stacks and not _is_own(platform, project, f"{layer}.{environment}"):
        other = platform.project_of(layer, project.name)
        return Problem(f'"{word}"', f"is a stack of project {other}", "run the command there")
    if layer in platform.stacks and environment in platform.environments:
        return _no_stack(word, f"`environments` of {layer} in {PLATFORM_FILE} does not list {environment}")
    layers = {split_stack(name)[0] for name in known}
    return _no_stack(word, did_you_mean(word, [*known, *layers]))


def _no_stack(word: str, remedy: str) -> Problem:
    return Problem(f'"{word}"', "unknown stack", remedy)


def _check_environments(requested: Sequence[str], environments: Sequence[str]) -> None:
    """Check stacks against `--env`; no environments: it is not set, or is every one."""
    others = [name for name in requested if environments and split_stack(name)[1] not in environments]
    if others:
        what = f"is not in environment {' or '.join(environments)}, which --env sets"
        raise InvalidInput("STACK", [Problem(f'"{name}"', what, "remove one of them") for name in others])


def _common(stacks: Sequence[str]) -> str:
    environments = {split_stack(stack)[1] for stack in stacks}
    return environments.pop() if len(environments) == 1 else ""
