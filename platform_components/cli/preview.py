"""`platform preview`: what a deployment of the stacks would change, and their policy violations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from platform_components.cli.annotations import Annotations, annotate, annotated, requested
from platform_components.cli.completion import environments_or_all, stack_names
from platform_components.cli.evaluation import evaluated
from platform_components.cli.failure import (
    AnswerFiles,
    AsJson,
    Debug,
    Directory,
    ExitCode,
    Strict,
    document_of,
    failures_reported,
    message_of,
    print_json,
    report,
    say_bug,
)
from platform_components.cli.output import console, say
from platform_components.cli.policy import report_printed
from platform_components.cli.preview_report import (
    ExpectNoChanges,
    MarkdownFile,
    MarkdownId,
    markdown_report,
    nothing_to_compare,
)
from platform_components.cli.progress import DEFAULT_TIME_LIMIT, Jobs, TimeLimit
from platform_components.cli.run_config import ConfigValues, Images
from platform_components.cli.since import (
    ChangedSince,
    RecordFile,
    recording_of,
    save_record,
    show_since,
    since_document,
)
from platform_components.cli.state_options import NoState, StateFiles, states_of

if TYPE_CHECKING:
    from platform_components.report.changes import Report
    from platform_components.workspace.run import Run

NO_POLICIES = "none"
"""The value of --policy-pack that evaluates no policies. A directory of this name is `./none`."""


def preview(
    stacks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="STACK",
            help="Stacks, such as payments.dev. Default: all of the environment.",
            autocompletion=stack_names,
        ),
    ] = None,
    environment: Annotated[
        list[str] | None,
        typer.Option(
            "--env",
            help="Environment, or `all`. Can be repeated. Default: the first one in platform.yaml.",
            autocompletion=environments_or_all,
        ),
    ] = None,
    resources: Annotated[bool, typer.Option("--resources", help="List every resource.")] = False,
    policy_pack: Annotated[
        str | None,  # not a Path, whose text is the same for none and ./none
        typer.Option(
            "--policy-pack",
            metavar="DIR",
            help="Policy pack to evaluate, or `none`. Default: the project's, otherwise the built-in one.",
        ),
    ] = None,
    images: Images = None,
    config: ConfigValues = None,
    answers: AnswerFiles = None,
    state: StateFiles = None,
    no_state: NoState = False,
    strict: Strict = False,
    changed_since: ChangedSince = None,
    record: RecordFile = None,
    expect_no_changes: ExpectNoChanges = False,
    markdown: MarkdownFile = None,
    markdown_id: MarkdownId = "",
    annotations: Annotations = None,
    time_limit: TimeLimit = DEFAULT_TIME_LIMIT,
    jobs: Jobs = None,
    as_json: AsJson = False,
    directory: Directory = Path(),
    debug: Debug = False,
) -> None:
    """Show what a deployment of the stacks would change, and evaluate the policies. Nothing is deployed."""
    with (
        failures_reported(debug, as_json, "preview"),
        annotated(annotations, directory),
        markdown_report(markdown, markdown_id, record) as written,
    ):
        from platform_components.report.changes import report_of
        from platform_components.workspace.crossing import Fault
        from platform_components.workspace.messages import PackSource
        from platform_components.workspace.run_config import with_run_config
        from platform_components.workspace.selection import select

        written.selection = selection = select(directory, stacks or [], environment)
        selection = with_run_config(selection, images or [], config or [])
        pack: PackSource | None = None
        if policy_pack != NO_POLICIES:
            pack = PackSource(None if policy_pack is None else Path(policy_pack), selection.project.root)
        states = states_of(selection, state, no_state)
        recording = recording_of(selection, changed_since, record, pack=pack, answers=answers)
        run = evaluated(
            selection,
            pack=pack,
            answers=answers,
            time_limit=time_limit,
            jobs=jobs,
            states=states,
            recording=recording,
        )
        save_record(run, recording, record)
        report_printed(run.pack)
        changes = report_of(run)
        found = (
            run.refusal() if strict else None,
            nothing_to_compare(changes) if expect_no_changes else None,
        )
        refusals = [refusal for refusal in found if refusal is not None]
        written.write(run, changes, refusals)  # first: printing ends the command if a pipe is closed
        if as_json:
            shown = document(run, changes)
            shown["failures"] += map(document_of, refusals)
            print_json(shown)
        elif run.stacks:
            from platform_components.cli.tree import show

            show(console(), run, changes, resources=resources)
        if not as_json:
            show_since(run)
        if requested(annotations):
            annotate(run, refusals)
        _report_failures(run, debug)
        for refusal in refusals:
            report(refusal, debug)
        faults = [error for error in run.failures.values() if isinstance(error, Fault)]
        if faults:
            say_bug(faults[0], debug)
            raise typer.Exit(ExitCode.INTERNAL)
        if run.failures or refusals:
            raise typer.Exit(ExitCode.INPUT)
        if changes.refused or any(stack.report.failed for stack in run.stacks):
            raise typer.Exit(ExitCode.VIOLATIONS)
        if expect_no_changes and changes.expects_changes:
            raise typer.Exit(ExitCode.CHANGES)


def document(run: Run, report: Report) -> dict[str, Any]:
    """The preview as JSON data, without secrets."""
    from platform_components.cli.plan_document import plan_document
    from platform_components.workspace.run_config import run_config_keys

    platform = run.selection.platform
    plans = {changes.name: plan_document(changes) for changes in report.stacks}
    return {
        "project": run.selection.project.name,
        "environment": run.selection.environment,
        "settings": vars(platform.settings) if platform and platform.settings else None,
        "stacks": [
            {
                **stack.graph.to_dict(),
                "components": [
                    {
                        "kind": component.kind,
                        "type": component.type,
                        "name": component.name,
                        "summary": component.summary,
                        "customized": {
                            suffix: sorted(names) for suffix, names in component.customized.items()
                        },
                        "overrides": {suffix: sorted(paths) for suffix, paths in component.overrides.items()},
                    }
                    for component in stack.components
                ],
                "create": len(stack.graph.managed),
                "plan": plans.get(stack.name),
                "policies": {
                    **stack.report.to_dict(),
                    "evaluated": run.evaluated,
                    "rules": len(run.pack.rules),
                },
            }
            for stack in run.stacks
        ],
        "create": sum(len(stack.graph.managed) for stack in run.stacks),
        "configured": [
            {"stack": name, "keys": list(keys)} for name, keys in run_config_keys(run.selection).items()
        ],
        "failures": [document_of(error, name) for name, error in run.failures.items()],
        "skipped": [{"stack": name, "because": because} for name, because in run.skipped.items()],
        **since_document(run),
    }


def _report_failures(run: Run, debug: bool) -> None:
    """Report each failure once, also if the same error fails several stacks."""
    from platform_components.workspace.crossing import Fault

    reported: set[str] = set()
    for name, error in run.failures.items():
        message = message_of(error).removeprefix(f"{name}: ")
        if message not in reported and isinstance(error, Fault):
            say(f"{name}: {message}")
        elif message not in reported:
            report(error, debug)
        reported.add(message)
    others = len(run.failures) - len(reported)
    if others:
        say(f"{others} other {'stack fails' if others == 1 else 'stacks fail'} for the same reason")
    for name, because in run.skipped.items():
        say(f"{name}: not evaluated, because it references {because}")
