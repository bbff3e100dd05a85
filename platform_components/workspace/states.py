"""The states of a run: where the state of each stack is, by the options of a command and the project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from platform_components.base.backends import chosen_backend, shown_url
from platform_components.base.errors import InvalidInput, Problem, did_you_mean, shown_name
from platform_components.engine.state.backend import BackendState, Store
from platform_components.engine.state.file import StateFile
from platform_components.engine.state.format import StackName
from platform_components.engine.state.references import ReferencedStates, parse_qualified
from platform_components.engine.state.sealed import Unsealing, incomparable
from platform_components.engine.state.source import StateSource
from platform_components.states.stores import EXPORT, store_of
from platform_components.workspace.selection import Selection

_OPTION: Final = "--state"
_SUFFIXES: Final = (".json", ".json.gz")


@dataclass(frozen=True)
class States:
    """What the stacks of a run are compared with. `find_states` finds it."""

    sources: Mapping[str, StateSource] = field(default_factory=dict)
    """Where the state of each stack is, by name; a stack without one is compared with nothing."""
    referenced: Mapping[str, ReferencedStates] = field(default_factory=dict)
    """By stack: the states of the stacks that it references, if they are not evaluated."""
    warnings: tuple[str, ...] = ()
    """Backends that can't be read, and stacks without a file."""


NO_STATES: Final = States()


def find_states(selection: Selection, options: Sequence[str], unsealing: Unsealing = incomparable) -> States:
    """Find the states of the stacks that a selection needs.

    `options` are the values of `--state`: `STACK=FILE`, or one directory. A stack without a file has its
    state in the backend: that of its environment in platform.yaml, otherwise PULUMI_BACKEND_URL, otherwise
    `backend.url` of Pulumi.yaml. The backend of the last `pulumi login` is not used, so that a preview does
    not depend on who runs it. A directory replaces the backend. `unsealing` is that of all states.

    Raises:
        InvalidInput: an option names an unknown stack or no file, or the URL of a backend is invalid.
    """
    directories = [Path(option) for option in options if Path(option).is_dir()]
    if len(directories) > 1:
        problem = Problem("DIRECTORY", "must be passed only once", "copy the files into one directory")
        raise InvalidInput(_OPTION, [problem])
    others = [option for option in options if not Path(option).is_dir()]
    files = _files(selection, others, unsealing)
    warnings: list[str] = []
    if directories:
        in_directory = _in_directory(selection, directories[0], files, warnings, unsealing)
        files = {**in_directory, **files}
    stores = {} if directories else _stores(selection, warnings)
    sources: dict[str, StateSource] = {}
    referenced: dict[str, ReferencedStates] = {}
    for stack in selection.needed:
        store = stores.get(stack)
        file = files.get(_qualified(selection, stack))
        if file is not None:
            sources[stack] = file
        elif store is not None:
            sources[stack] = BackendState(store, StackName(selection.project.name, stack), unsealing)
        if files or store is not None:
            referenced[stack] = ReferencedStates(files, store, unsealing)
    return States(sources, referenced, tuple(dict.fromkeys(warnings)))


def _qualified(selection: Selection, stack: str) -> str:
    organization = selection.platform.organization if selection.platform else "organization"
    return f"{organization}/{selection.project_of(stack)}/{stack}"


def _known(selection: Selection) -> list[str]:
    """The stacks of the project, selected or not, and those of other projects in platform.yaml."""
    if selection.platform is None:
        return [*dict.fromkeys((*selection.project.stacks(), *selection.needed))]
    return [
        name
        for environment in selection.platform.environments
        for name in selection.platform.stack_names(environment)
    ]


def _files(selection: Selection, options: Sequence[str], unsealing: Unsealing) -> dict[str, StateFile]:
    """The files of `STACK=FILE` options by qualified name of the stack."""
    known = _known(selection)
    files: dict[str, StateFile] = {}
    problems: list[Problem] = []
    for option in options:
        word, separator, shown = option.partition("=")
        if not separator or not word or not shown:
            what = "must be STACK=FILE, or a directory with a file per stack"
            problems.append(Problem(f'"{shown_name(option)}"', what))
            continue
        elsewhere = parse_qualified(word)
        name = word if "." in word or not selection.environment else f"{word}.{selection.environment}"
        if elsewhere is None and word not in known and name not in known:
            problems.append(Problem(f'"{word}"', "unknown stack", did_you_mean(word, known)))
            continue
        name = word if word in known else name
        stack = elsewhere or StackName(selection.project_of(name), name)
        qualified = word if elsewhere else _qualified(selection, stack.stack)
        if qualified in files:
            problems.append(Problem(f'"{word}"', "is listed twice", "remove one of them"))
        files[qualified] = StateFile(Path(shown).absolute(), shown, stack, unsealing)
    if problems:
        raise InvalidInput(_OPTION, problems)
    return files


def _in_directory(
    selection: Selection,
    directory: Path,
    files: Mapping[str, StateFile],
    warnings: list[str],
    unsealing: Unsealing,
) -> dict[str, StateFile]:
    """The files of a directory by qualified name: `<stack>.json` or `<stack>.json.gz`."""
    found: dict[str, StateFile] = {}
    problems: list[Problem] = []
    for stack in _known(selection):
        possible = [f"{stack}{suffix}" for suffix in _SUFFIXES]
        names = [each for each in possible if (directory / each).exists()]
        qualified = _qualified(selection, stack)
        if len(names) > 1:
            problems.append(Problem(stack, f"has two files: {' and '.join(names)}", "remove one of them"))
        path = directory / (names or possible)[0]
        name = StackName(selection.project_of(stack), stack)
        found[qualified] = StateFile(path.absolute(), str(path), name, unsealing, optional=not names)
        if not names and stack in selection.needed and qualified not in files:
            warnings.append(f"{directory} has no state of {stack}: it counts as never deployed")
    if all(file.optional for file in found.values()):
        what = "has no state of a stack of the project"
        remedy = "files are named <stack>.json or <stack>.json.gz"
        problems.append(Problem(str(directory), what, remedy))
    if problems:
        raise InvalidInput(_OPTION, problems)
    return found


def _stores(selection: Selection, warnings: list[str]) -> dict[str, Store]:
    """The backend of each stack, if it can be read."""
    project = selection.project
    stores: dict[str, Store | None] = {}
    found: dict[str, Store] = {}
    for stack in selection.needed:
        settings = selection.settings(stack)
        configured = settings.backend or "" if settings else ""
        url = chosen_backend(configured, project.backend_url)
        if not url:
            continue
        if url not in stores:
            of_project = configured or url == project.backend_url
            stores[url] = store_of(url, project.root if of_project else Path())
            if stores[url] is None:
                shown = shown_url(urlsplit(url))
                warnings.append(f"states in {shown} can't be read: nothing is compared; {EXPORT}")
        if (store := stores[url]) is not None:
            found[stack] = store
    return found
