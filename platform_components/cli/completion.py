"""`platform completion`: the completion script of a shell, and the names that it completes.

Completion runs on each press of the tab key, so this module imports no SDK and evaluates no program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from platform_components.files.project_file import (
    ALL_ENVIRONMENTS,
    PLATFORM_FILE,
    project_file_in,
    project_root,
    stack_names_in,
    with_config_directory,
)

PROGRAM = "platform"
VARIABLE = "_PLATFORM_COMPLETE"
"""Environment variable with which the completion script requests completions."""

Shell = Literal["bash", "zsh", "fish", "powershell"]


def completion(
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell.")],
) -> None:
    """Print the completion script of a shell.

    bash: add `source <(platform completion bash)` to ~/.bashrc. zsh: add
    `source <(platform completion zsh)` to ~/.zshrc, after compinit. fish: run
    `platform completion fish > ~/.config/fish/completions/platform.fish`. PowerShell: add
    `platform completion powershell | Out-String | Invoke-Expression` to $PROFILE.
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined] # not in its __all__

    typer.echo(get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=shell))


def enable() -> None:
    """Make this process answer a completion script."""
    from typer.completion import completion_init  # type: ignore[attr-defined] # not in its __all__

    completion_init()


def stack_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """The stacks that a command line can continue with, of the project in `-C` and of `--env`."""
    given = ctx.params.get("stacks") or ()
    chosen = _environments(ctx)
    return [
        name
        for name in _stacks(_directory(ctx))
        if name.startswith(incomplete)
        and name not in given
        and (not chosen or name.rpartition(".")[2] in chosen)
    ]


def environment_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """The environments of platform.yaml, or those in the names of stacks."""
    names = dict.fromkeys(name.rpartition(".")[2] for name in _stacks(_directory(ctx)))
    return [name for name in names if name.startswith(incomplete)]


def environments_or_all(ctx: typer.Context, incomplete: str) -> list[str]:
    """The environments that are not on the command line yet, and `all` as the only one."""
    chosen = _environments(ctx)
    names = [name for name in environment_names(ctx, incomplete) if name not in chosen]
    also = not chosen and ALL_ENVIRONMENTS.startswith(incomplete) and ALL_ENVIRONMENTS not in names
    return [*names, ALL_ENVIRONMENTS] if also else names


def component_names(incomplete: str) -> list[str]:
    """The components whose fields `platform fields` lists, in upper or lower case."""
    import platform_components

    public = set(dir(platform_components))  # from the stub, without an import of the modules
    names = sorted(name for name in public if f"{name}Args" in public and name != "Component")
    if incomplete.islower():
        names = [name.lower() for name in names]
    return [name for name in [*names, "service.yaml"] if name.startswith(incomplete)]


def _environments(ctx: typer.Context) -> Sequence[str]:
    """The environments on the command line; none for every one."""
    given = ctx.params.get("environment") or ()
    names = (given,) if isinstance(given, str) else given
    return () if ALL_ENVIRONMENTS in names else names


def _directory(ctx: typer.Context) -> Path:
    return Path(ctx.params.get("directory") or ".")


def _stacks(directory: Path) -> Iterator[str]:
    """The stacks of the project in a directory or a parent of it.

    A file that is missing or invalid has none: the command itself reports it.
    """
    root = project_root(directory)
    if (root / PLATFORM_FILE).is_file():
        yield from _of_platform(_mapping(root / PLATFORM_FILE))
    elif file := project_file_in(root):
        place = with_config_directory(_mapping(file)).get("stackConfigDir") or "."
        yield from stack_names_in(root / str(place), file.name)


def _of_platform(platform: Mapping[str, Any]) -> Iterator[str]:
    environments, layers = platform.get("environments"), platform.get("stacks")
    if isinstance(environments, Mapping) and isinstance(layers, Mapping):
        for environment in environments:
            for name, layer in layers.items():
                only = layer.get("environments") if isinstance(layer, Mapping) else None
                if not isinstance(only, list) or environment in only:
                    yield f"{name}.{environment}"


def _mapping(file: Path) -> Mapping[str, Any]:
    import yaml

    from platform_components.files.strict_yaml import StrictLoader, bounded_content

    try:
        content = StrictLoader((bounded_content(file) or b"").decode(), None).get_single_data()
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return content if isinstance(content, Mapping) else {}
