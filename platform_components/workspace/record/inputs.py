"""The inputs of one evaluation: digests of what the program read, and of the outputs that it has."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platform_components.engine.values import has_secret, is_unknown, without_secrets
from platform_components.workspace.record.tree import Tree, digest_of, is_installed, is_temporary
from platform_components.workspace.record.watch import Watch


@dataclass(frozen=True)
class Inputs:
    """What an evaluation read. Paths are relative to the tree; digests are SHA-256, of no secret."""

    files: Mapping[str, str] = field(default_factory=dict)
    """Digest of each file; empty for one that does not exist."""
    listings: Mapping[str, str] = field(default_factory=dict)
    """Digest of the names in each directory that the program listed."""
    searched: Mapping[str, str] = field(default_factory=dict)
    """Digest of the names in each directory that can be imported as one of `modules`."""
    modules: tuple[str, ...] = ()
    outputs: Mapping[str, str | None] = field(default_factory=dict)
    """Digest of each output of the stack; None for one that is never equal (`output_digests`)."""
    beyond: str = ""
    """What the result depends on in addition, such as `uses the network`; empty if on nothing."""


def inputs_of(watch: Watch, tree: Tree, config_file: Path, outputs: Mapping[str, str | None]) -> Inputs:
    """The inputs of an evaluation that has just ended. `outputs` are digests.

    The configuration file of the stack is one of them, also if it does not exist.
    """
    read, outside = _inside(tree, {*watch.files, str(config_file)})
    listed, outside_listed = _inside(tree, watch.listings)
    searched, _ = _inside(tree, watch.searched)  # those outside contain what is installed
    modules = tuple(sorted(watch.modules))
    outside += [path for path in outside_listed if not is_temporary(path)]
    return Inputs(
        {path: tree.content(path) for path in read},
        {path: tree.listing(path) for path in listed},
        {path: tree.modules(path, modules) for path in searched},
        modules,
        outputs,
        watch.beyond or ("reads a file outside the repository" if outside else ""),
    )


def output_digests(
    outputs: Mapping[str, Any], shown: Mapping[str, Any], *, compared: bool
) -> dict[str, str | None]:
    """The digest of each output; None if it has a secret, also one without a mark.

    Secrets can be short, so that a digest, salted or not, would reveal them. With a state (`compared`), an
    unknown output has none either: it is a value that the deployment changes, each time to another one.
    """
    return {
        name: None
        if has_secret(value) or (compared and is_unknown(value)) or name not in shown or shown[name] != value
        else digest_of(json.dumps(without_secrets(value), sort_keys=True, default=repr).encode())
        for name, value in outputs.items()
    }


def _inside(tree: Tree, paths: Iterable[str]) -> tuple[list[str], list[str]]:
    """The paths in the tree, relative to it, and those that are neither in it nor installed.

    A symbolic link is a dependency itself, and so is what it points to.
    """
    inside: set[str] = set()
    outside: list[str] = []
    for path in _with_targets(paths):
        if not is_installed(path):
            relative = tree.relative(path)
            if relative is None:
                outside.append(path)
            else:
                inside.add(relative)
    return sorted(inside), outside


def _with_targets(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        yield path
        if (target := os.path.realpath(path)) != path:
            yield target
