"""Evaluates a Pulumi program in this process: no CLI, no plugins, no credentials, no network."""

from __future__ import annotations

import contextvars
import os
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from platform_components.base.errors import InvalidInput
from platform_components.base.redaction import ValueRedactor
from platform_components.base.secret_names import is_plain_secret
from platform_components.engine import plaintext, sdk
from platform_components.engine.config_text import config_text
from platform_components.engine.decryption import CannotDecrypt
from platform_components.engine.functions import Functions, unknown_functions
from platform_components.engine.graph import Graph
from platform_components.engine.journal import Journal
from platform_components.engine.monitor import ResourceMonitor
from platform_components.engine.plan.planner import Planner
from platform_components.engine.plan.providers import Providers, plain_providers
from platform_components.engine.plan.steps import Plan
from platform_components.engine.program import Program
from platform_components.engine.source import Locator
from platform_components.engine.state.deployment import Deployment
from platform_components.engine.state.known import learn_known
from platform_components.engine.state.sealed import Sealed, obstacle_of
from platform_components.engine.values import Secret

_RUNNING = threading.Lock()
_SHORTEST_VARIABLE = 6
"""Characters. Shorter values of environment variables, such as `test`, would match parts of most messages."""


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
    functions: Functions = unknown_functions,
    environments: Sequence[str] = (),
    notes: Sequence[str] = (),
    state: Deployment | None = None,
    compare: bool = False,
    providers: Providers = plain_providers,
) -> Graph:
    """Evaluate a program as in the preview of a new stack, and return the graph of its resources.

    `program` is a function, a file, or a directory with a `__main__.py`. Keys of `config` without a
    namespace belong to the project; its values are strings or JSON data, a Secret, or a Secret of UNKNOWN
    if it can't be decrypted. `references` contains the outputs of other stacks, by
    `organization/project/stack`; outputs of stacks that it does not contain are unknown. `root` is the
    project's directory; locations are relative to it. `config_file` is named in the remedy for missing
    configuration. `functions` returns the results of provider functions. Default: all of them are unknown.
    `environments` are the names of Pulumi ESC environments, whose values are not available:
    a warning reports them, and a missing key is an unknown secret for the getters that return Outputs.
    `notes` are added to the diagnostics.

    With `state`, the graph has a plan: what a deployment changes, as far as `providers` know what a provider
    does; and known outputs of resources that exist. `compare` without a state plans the first deployment.

    Changes the working directory and `sys.path` while it runs, so only one evaluation can run at a time.

    Raises:
        ProgramError: the program fails.
        InvalidInput: the program does not exist, or a number in `config` is not finite.
        RuntimeError: an evaluation is running in this process.
    """
    sdk_warnings = sdk.check_sdk()
    if not _RUNNING.acquire(blocking=False):
        raise RuntimeError("an evaluation is already running in this process; only one can run at a time")
    try:
        loaded = Program.of(program)
        directory = root or loaded.directory
        file = config_file or f"Pulumi.{stack}.yaml"
        journal = Journal(stack, Locator(directory), config_file=file, environments=environments)
        for warning in (*sdk_warnings, *(state.warnings if state else ())):
            journal.diagnose("warning", warning)
        for note in notes:
            journal.diagnose("info", note)
        settings = _with_namespace(config or {}, project)
        for key in _with_namespace(dict.fromkeys(secret_keys), project):
            if key in settings and not isinstance(settings[key], Secret):
                settings[key] = Secret(settings[key])
        _learn_secrets(journal, settings, f"{organization}/{project}/{stack}")
        _learn_environment(journal)
        settings = {key: config_text(key, value) for key, value in settings.items()}
        monitor = ResourceMonitor(
            journal,
            project=project,
            stack=stack,
            directory=loaded.directory,
            config=settings,
            references={} if references is None else references,
            functions=functions,
            planner=Planner(state, providers) if compare or state is not None else None,
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
                root=str(directory.resolve()),
                config=settings,
            )
            _learn_environment(journal)  # which the program may have loaded from a file
        plan = _plan_of(monitor, state, journal)
        if state:
            learn_known(state, journal.redact)
        plaintext.report(monitor.resources, monitor.outputs, journal)
        if plan:
            plaintext.learn_changes(plan, journal)
            _report_obstacles(plan, journal)
    finally:
        _RUNNING.release()
    journal.note_environments()
    journal.raise_failures()
    return Graph(
        project=project,
        stack=stack,
        organization=organization,
        resources=monitor.resources,
        outputs=monitor.outputs,
        reads=monitor.references.reads,
        functions=journal.functions,
        diagnostics=journal.redacted_diagnostics(),
        plan=plan,
        redact=ValueRedactor(journal.redact),
        redact_message=journal.redact_message,
    )


def _plan_of(monitor: ResourceMonitor, state: Deployment | None, journal: Journal) -> Plan | None:
    """Return the plan. A state that can't be decrypted is not a failure of the resource that needs it.

    Raises:
        InvalidInput: the key does not fit the state, or a secret of it is damaged.
    """
    failure = next((cause for cause in journal.causes if isinstance(cause, CannotDecrypt)), None)
    try:
        if failure:
            raise failure
        return monitor.plan
    except CannotDecrypt as error:
        raise InvalidInput(state.source if state else "State", [error.problem]) from None


def _report_obstacles(plan: Plan, journal: Journal) -> None:
    """Report why secrets of the state can't be compared, once for each reason."""
    changes = [*plan.outputs, *(change for step in plan.steps for change in step.changes)]
    secrets = [change.old.value for change in changes if isinstance(change.old, Secret)]
    reasons = dict.fromkeys(obstacle_of(secret) for secret in secrets if isinstance(secret, Sealed))
    for reason in filter(None, reasons):
        journal.diagnose("warning", f"secrets can't be compared with the state: {reason}")


def _learn_secrets(journal: Journal, settings: Mapping[str, Any], known: str) -> None:
    """Register values that are secret, or whose name indicates a secret."""
    for key, value in settings.items():
        # Part of the stack's name, which all output shows: `secret_name: orders` in project orders.
        if not isinstance(value, str) or value not in known:
            name = key.rpartition(":")[2]  # without the project, which may be named token-service
            journal.redact.learn_marked({name: [value, config_text(key, value)]})


def _learn_environment(journal: Journal) -> None:
    """Register the environment variables whose name indicates a secret, for messages only."""
    for name, value in os.environ.items():
        if len(value) >= _SHORTEST_VARIABLE and is_plain_secret(name, value):
            journal.redact_message.learn(value)


def _with_namespace(config: Mapping[str, Any], project: str) -> dict[str, Any]:
    return {key if ":" in key else f"{project}:{key}": value for key, value in config.items()}
