"""`platform doctor`: whether a deployment from this machine can reach what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from platform_components.cli.completion import environment_names, stack_names
from platform_components.cli.evaluation import evaluated
from platform_components.cli.failure import (
    AnswerFiles,
    AsJson,
    Debug,
    Directory,
    ExitCode,
    document_of,
    failures_reported,
    print_json,
    report,
)
from platform_components.cli.output import console, styled
from platform_components.cli.progress import DEFAULT_TIME_LIMIT, Jobs, TimeLimit

if TYPE_CHECKING:
    from platform_components.doctor.check import Check
    from platform_components.workspace.run import Run
    from platform_components.workspace.selection import Selection

_CLUSTER = "aws:eks/cluster:Cluster"
_STYLES = {"ok": "green", "failed": "red", "not checked": "yellow"}
# Each check is shown when its result is known, below the others: no column can be as wide as its widest cell.
_NAME_WIDTH = len("credentials")
_STATUS_WIDTH = max(map(len, _STYLES))


def doctor(
    stacks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[STACK]...",
            help="Stacks, such as payments.dev. Default: all of the environment.",
            autocompletion=stack_names,
        ),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Option("--env", help="Environment. Default: the first.", autocompletion=environment_names),
    ] = None,
    answers: AnswerFiles = None,
    time_limit: TimeLimit = DEFAULT_TIME_LIMIT,
    jobs: Jobs = None,
    as_json: AsJson = False,
    directory: Directory = Path(),
    debug: Debug = False,
) -> None:
    """Check from this machine: programs, AWS credentials, Pulumi's state, and the API of the clusters.

    Calls only read-only operations, with the credentials of the environment.
    """
    with failures_reported(debug, as_json, "doctor"):
        from platform_components.workspace.selection import select

        selection = select(directory, stacks or [], environment)
        # The cluster of a service is in a stack that it references.
        selection = replace(selection, shown=selection.needed)
        run = evaluated(selection, answers=answers, time_limit=time_limit, jobs=jobs)
        checks = []
        for check in _checks(selection, run):
            checks.append(check)
            if not as_json:
                _show(check)
        if as_json:
            failures = [document_of(error, stack) for stack, error in run.failures.items()]
            print_json(
                {
                    "environment": selection.environment,
                    "checks": [asdict(check) for check in checks],
                    "failures": failures,
                }
            )
        for error in run.failures.values():
            report(error, debug)
        if run.failures:
            raise typer.Exit(ExitCode.INPUT)
        if any(check.status == "failed" for check in checks):
            raise typer.Exit(ExitCode.UNREACHABLE)


def _checks(selection: Selection, run: Run) -> Iterator[Check]:
    from platform_components.base.errors import InvalidInput
    from platform_components.base.settings import split_stack
    from platform_components.doctor.account import check_account
    from platform_components.doctor.backend import check_backend
    from platform_components.doctor.check import Check
    from platform_components.doctor.cluster_api import check_cluster_api
    from platform_components.doctor.deadline import in_time
    from platform_components.doctor.programs import check_programs
    from platform_components.doctor.web import TIMEOUT
    from platform_components.functions.recording.session import session

    yield from check_programs()
    account = None
    try:
        account = session("doctor", timeout=TIMEOUT)
    except InvalidInput as error:
        (problem,) = error.problems
        yield Check("credentials", "", "not checked", f"{problem.where} {problem.what}", problem.remedy)
    project_url = selection.project.backend_url
    for url in _backends(selection):
        yield in_time("state", "", partial(check_backend, project_url, account, url))
    if account is None:
        return
    places: dict[tuple[str, str, str], None] = {}
    for stack in selection.needed:
        settings = selection.settings(stack)
        about = (split_stack(stack)[1] if settings else "", settings.account or "" if settings else "")
        if region := selection.region(stack):
            places[region, *about] = None
    identities: dict[str, Check] = {}
    for region, environment, expected in places:
        identities[region] = in_time(
            "credentials", region, partial(check_account, account, region, environment, expected)
        )
        yield identities[region]
    for evaluated_stack in run.stacks:
        region = selection.region(evaluated_stack.name)
        for cluster in evaluated_stack.graph.managed:
            if cluster.type != _CLUSTER or not isinstance(name := cluster.inputs.get("name"), str):
                continue
            target = f"{name} in {region}"
            if identities[region].status == "ok":
                yield in_time("API", target, partial(check_cluster_api, account, region, name))
            else:
                yield Check("API", target, "not checked", "requires valid credentials")


def _backends(selection: Selection) -> dict[str, None]:
    """The backends of the stacks' environments in platform.yaml; empty for an environment without one."""
    about = map(selection.settings, selection.needed)
    return dict.fromkeys((settings.backend or "") if settings else "" for settings in about)


def _show(check: Check) -> None:
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, width=_NAME_WIDTH)
    table.add_column(no_wrap=True, width=_STATUS_WIDTH)
    table.add_column(overflow="fold")
    what = styled(f"{check.target}: " if check.target else "", check.detail)
    table.add_row(styled(check.name), styled((check.status, _STYLES[check.status])), what)
    if check.remedy:
        table.add_row("", "", styled((f"-> {check.remedy}", "dim")))
    console().print(table)
