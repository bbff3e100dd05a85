"""`platform preview`: what the stacks would create, judged by the policies. Nothing is deployed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from platform_components.cli.failure import (
    AsJson,
    Debug,
    Directory,
    ExitCode,
    document_of,
    failures_reported,
    message_of,
    print_json,
    tell,
)
from platform_components.cli.output import console, say

if TYPE_CHECKING:
    from platform_components.policy import Report
    from platform_components.workspace.run import Run


def preview(
    stacks: Annotated[
        list[str] | None,
        typer.Argument(metavar="STACK...", help="Stacks, such as payments.dev; all if left out."),
    ] = None,
    environment: Annotated[
        str | None, typer.Option("--env", help="Environment; the first of platform.yaml if left out.")
    ] = None,
    resources: Annotated[bool, typer.Option("--resources", help="List every resource.")] = False,
    policy_pack: Annotated[
        Path | None,
        typer.Option("--policy-pack", help="Pack to judge with; the project's, or ours, if left out."),
    ] = None,
    as_json: AsJson = False,
    directory: Directory = Path(),
    debug: Debug = False,
) -> None:
    """Show what the stacks would create, judged by the policies. Offline; nothing is deployed."""
    with failures_reported(debug, as_json, stacks=[], create=0, skipped=[]):
        from rich.console import Console

        from platform_components.policy import load_pack
        from platform_components.workspace.run import evaluate_selection
        from platform_components.workspace.selection import select

        selection = select(directory, stacks or [], environment)
        pack = load_pack(policy_pack, directory)
        with Console(stderr=True).status("evaluating") as status:
            run = evaluate_selection(selection, lambda stack: status.update(f"evaluating {stack}"))
        reports = judged(run, pack.rules)
        if as_json:
            print_json(document(run, reports))
        elif run.stacks:
            from platform_components.cli.tree import show

            show(console(), run, reports, resources=resources)
        _tell_failures(run, debug)
        if run.failures:
            raise typer.Exit(ExitCode.INPUT)
        if any(report.failed for report in reports.values()):
            raise typer.Exit(ExitCode.VIOLATIONS)


def judged(run: Run, rules: Any) -> dict[str, Report]:
    """What the rules say of each stack, by its name."""
    from platform_components.policy import PolicyContext, environment_of, evaluate_policies

    return {
        stack.name: evaluate_policies(
            stack.graph.resources, rules, PolicyContext.of(environment_of(stack.name), run.selection.platform)
        )
        for stack in run.stacks
    }


def document(run: Run, reports: Mapping[str, Report]) -> dict[str, Any]:
    """The preview as JSON data, without secrets."""
    return {
        "project": run.selection.project.name,
        "environment": run.selection.environment,
        "stacks": [
            stack.graph.redact(
                {
                    **stack.graph.to_dict(),
                    "components": [
                        {
                            "kind": type(component).__name__,
                            "type": component.type_token,
                            "name": component.name,
                            "summary": component.summary,
                            "customized": {
                                role: sorted(given) for role, given in component.args.customize.items()
                            },
                        }
                        for component in stack.components
                    ],
                    "create": len(stack.graph.managed),
                    "policies": reports[stack.name].to_dict(),
                }
            )
            for stack in run.stacks
        ],
        "create": sum(len(stack.graph.managed) for stack in run.stacks),
        "failures": [document_of(error, name) for name, error in run.failures.items()],
        "skipped": [{"stack": name, "because": because} for name, because in run.skipped.items()],
    }


def _tell_failures(run: Run, debug: bool) -> None:
    """Each failure once, also where the same mistake fails several stacks."""
    told: set[str] = set()
    for name, error in run.failures.items():
        same = message_of(error).removeprefix(f"{name}: ")
        if same not in told:
            tell(error, debug)
        told.add(same)
    others = len(run.failures) - len(told)
    if others:
        say(f"{others} other {'stack fails' if others == 1 else 'stacks fail'} for the same reason")
    for name, because in run.skipped.items():
        say(f"{name}: not evaluated, because it reads {because}")
