"""Evaluates a Pulumi program in this process: no CLI, no plugins, no credentials, no network."""

from __future__ import annotations

import contextvars
import json
import threading
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from platform_components.engine import sdk
from platform_components.engine.graph import Graph
from platform_components.engine.journal import Journal
from platform_components.engine.monitor import ResourceMonitor
from platform_components.engine.program import Program
from platform_components.engine.source import Locator
from platform_components.engine.values import UNKNOWN, Secret

_RUNNING = threading.Lock()


def evaluate(
    program: str | Path | Callable[[], object],
    *,
    project: str,
    stack: str,
    config: Mapping[str, Any] | None = None,
    secret_keys: Collection[str] = (),
    organization: str = "organization",
    root: Path | None = None,
    references: Mapping[str, Mapping[str, Any]] | None = None,
    config_file: str = "",
) -> Graph:
    """Run a program as a first preview would, and return what it declares.

    `program` is a function, a file, or a directory with a `__main__.py`. Keys of `config` without a
    namespace belong to the project; its values are text or JSON data, a Secret, or a Secret of UNKNOWN
    for one that can't be decrypted. `references` has the outputs of other stacks, by
    `organization/project/stack`; what it lacks is unknown. `root` is the project's directory, to which
    locations are relative. `config_file` is named in the remedy for missing configuration.

    Raises ProgramError when the program fails. Changes the working directory and `sys.path` while it
    runs, so there can be one evaluation at a time in a process: another raises RuntimeError.
    """
    sdk.check_sdk()
    if not _RUNNING.acquire(blocking=False):
        raise RuntimeError("an evaluation is running in this process already: it can't run a second one")
    try:
        loaded = Program.of(program)
        where = root or loaded.directory
        journal = Journal(stack, Locator(where), config_file=config_file or f"Pulumi.{stack}.yaml")
        settings = _with_namespace(config or {}, project)
        for key in _with_namespace(dict.fromkeys(secret_keys), project):
            if key in settings and not isinstance(settings[key], Secret):
                settings[key] = Secret(settings[key])
        _learn_secrets(journal, settings, f"{organization}/{project}/{stack}")
        settings = {key: _text(value) for key, value in settings.items()}
        monitor = ResourceMonitor(
            journal,
            project=project,
            stack=stack,
            directory=loaded.directory,
            config=settings,
            references=references or {},
        )
        with loaded.isolated(journal):
            contextvars.copy_context().run(
                sdk.run,
                loaded.run,
                monitor,
                journal,
                project=project,
                stack=stack,
                organization=organization,
                root=str(where.resolve()),
                config=settings,
            )
    finally:
        _RUNNING.release()
    journal.raise_failures()
    return Graph(
        project=project,
        stack=stack,
        organization=organization,
        resources=monitor.resources,
        outputs=monitor.outputs,
        reads=monitor.reads,
        diagnostics=journal.redacted_diagnostics(),
        redact=journal.redact.within,
    )


def _learn_secrets(journal: Journal, settings: Mapping[str, Any], known: str) -> None:
    """Take note of the values that are secret, or whose name says that they may be."""
    for key, value in settings.items():
        # A name that all output shows anyway can't be hidden: `secret_name: orders` of project orders.
        if not isinstance(value, str) or value not in known:
            name = key.rpartition(":")[2]  # a project may well be called token-service
            journal.redact.learn_marked({name: [value, _text(value)]})


def _with_namespace(config: Mapping[str, Any], project: str) -> dict[str, Any]:
    return {key if ":" in key else f"{project}:{key}": value for key, value in config.items()}


def _text(value: Any) -> Any:
    """A configuration value as Pulumi hands it to programs: text, structured values as JSON."""
    if isinstance(value, Secret):
        return value if value.value is UNKNOWN else Secret(_text(value.value))
    if isinstance(value, str):
        return value
    return json.dumps(value)
