"""Pack: a directory of rules, and loading it."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Final

from platform_components.base.errors import InvalidInput, Problem
from platform_components.base.redaction import Redactor
from platform_components.base.yaml_file import read_yaml
from platform_components.policy.rule import AnyRule

PACK_FILE: Final = "PulumiPolicy.yaml"
"""Marks a directory as a policy pack, for Pulumi's own CLI too."""


@dataclass(frozen=True)
class Pack:
    """The rules of one pack."""

    name: str
    version: str
    rules: tuple[AnyRule, ...]


class BrokenPack(InvalidInput):
    """The code of a pack fails. `debug` has its traceback.

    Neither contains the text of an exception, which may contain a secret, except for a syntax error.
    """

    def __init__(self, subject: str, error: BaseException, directory: Path) -> None:
        super().__init__(subject, _problems_of(error, directory))
        step = error.__traceback__
        while step is not None and not Path(step.tb_frame.f_code.co_filename).is_relative_to(directory):
            step = step.tb_next  # without the frames that load the pack
        lines = ["Traceback (most recent call last):\n", *traceback.format_tb(step)]
        if isinstance(error, SyntaxError):
            lines += traceback.format_exception_only(error)
        else:
            lines.append(_type_of(error))
        text = "".join(lines).replace(_module_name(directory), directory.name)
        self.debug = Redactor()(text)  # lines of the pack's code, which may contain a secret too


def load_pack(directory: Path | None, project: Path = Path()) -> Pack:
    """Load the pack of a directory: a package whose `__init__` has a `NAME` and `RULES`.

    Its modules use relative imports, so the path and the name of the directory do not matter.
    Default: the project's own `policies/`, otherwise the built-in pack.

    Raises:
        InvalidInput: there is no pack, or it is invalid.
    """
    directory = pack_directory(directory, project)
    subject = f"Policy pack {directory.name}"
    for name in (PACK_FILE, "__init__.py"):
        if not (directory / name).is_file():
            what = "does not exist"
            raise InvalidInput(
                subject, [Problem(name, what, f"a pack is a directory with {PACK_FILE} and __init__.py")]
            )
    settings = read_yaml(directory / PACK_FILE, f"{directory.name}/{PACK_FILE}")
    module = _imported(directory, subject)
    problems = list(_problems(module, settings.get("version")))
    if problems:
        raise InvalidInput(subject, problems)
    return Pack(module.NAME, settings["version"], tuple(module.RULES))


def pack_directory(directory: Path | None, project: Path) -> Path:
    """Return the directory of a pack. Default: the project's own, otherwise that of the built-in pack."""
    own = directory or project / "policies"
    if directory or (own / PACK_FILE).is_file():
        return own.resolve()
    library = Path(__file__).parent.parent
    shipped = library / "_policies"  # its place in the wheel
    return (shipped if shipped.is_dir() else library.parent / "policies").resolve()


def _imported(directory: Path, subject: str) -> ModuleType:
    """Import the directory as a new package with a unique name."""
    name = _module_name(directory)
    for loaded in [key for key in sys.modules if key == name or key.startswith(f"{name}.")]:
        del sys.modules[loaded]
    spec = importlib.util.spec_from_file_location(
        name, directory / "__init__.py", submodule_search_locations=[str(directory)]
    )
    assert spec is not None
    assert spec.loader is not None  # a .py file always has both
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    # Any exception on import, such as SystemExit, is an error in the pack.
    except BaseException as error:
        raise BrokenPack(subject, error, directory) from error
    return module


def _module_name(directory: Path) -> str:
    return f"_policy_pack_{sha256(str(directory).encode()).hexdigest()[:12]}"


def _problems_of(error: BaseException, directory: Path) -> list[Problem]:
    """The line of the pack that failed; for an invalid rule, all of its problems."""
    if isinstance(error, SyntaxError) and error.filename:
        return [Problem(f"{Path(error.filename).name}:{error.lineno}", error.msg, "correct the syntax there")]
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if Path(frame.filename).is_relative_to(directory)]
    where = (
        f"{Path(inside[-1].filename).relative_to(directory)}:{inside[-1].lineno}" if inside else "__init__.py"
    )
    if isinstance(error, InvalidInput):
        return [
            Problem(f"{where} {error.subject}: {problem.where}", problem.what, problem.remedy, problem.value)
            for problem in error.problems
        ]
    what = _type_of(error).replace(_module_name(directory), directory.name)
    return [Problem(where, what, "a pack must import without an error")]


def _type_of(error: BaseException) -> str:
    """The type of an exception, and the name in the code that it refers to."""
    name = (
        getattr(error, "name", None) if isinstance(error, ImportError | NameError | AttributeError) else None
    )
    return f"{type(error).__name__}: {name}" if isinstance(name, str) else type(error).__name__


def _problems(module: ModuleType, version: object) -> Iterator[Problem]:
    if not isinstance(version, str):
        yield Problem(f"{PACK_FILE} version", "must be a string", 'such as "1.0.0"', version)
    if not isinstance(getattr(module, "NAME", None), str):
        yield Problem("__init__.py NAME", "must be a string, the name of the pack", 'NAME = "platform"')
    rules = getattr(module, "RULES", None)
    if not isinstance(rules, list | tuple) or not rules:
        yield Problem("__init__.py RULES", "must be a tuple of at least one rule", "RULES = (*TAGS, *SIZING)")
        return
    for index, rule in enumerate(rules):
        if not isinstance(rule, AnyRule):
            what = "must be a Rule or a StackRule"
            yield Problem(f"__init__.py RULES[{index}]", what, "import it from its module", rule)
    counts = Counter(rule.id for rule in rules if isinstance(rule, AnyRule))
    for rule_id, count in counts.items():
        if count > 1:
            yield Problem("__init__.py RULES", f"has {count} rules named {rule_id}", "rename all but one")
