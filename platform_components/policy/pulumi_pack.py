"""A pack as Pulumi's own CLI runs it: `pulumi preview --policy-pack policies`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from platform_components.base.errors import InvalidInput
from platform_components.base.settings import Platform
from platform_components.base.yaml_file import read_yaml
from platform_components.files.project_file import project_file_in
from platform_components.policy.context import PolicyContext, environment_of
from platform_components.policy.evaluate import Finding, resource_findings, rules_for, stack_findings
from platform_components.policy.pack import load_pack
from platform_components.policy.pulumi_resources import Declared, declared
from platform_components.policy.resource import ResourceReference, Snapshot
from platform_components.policy.rule import AnyRule, Rule, StackRule
from platform_components.policy.stack_view import StackView
from platform_components.policy.view import ResourceView


def serve(directory: Path) -> None:
    """Answer Pulumi's engine for the pack in this directory, until the engine ends the process.

    Nothing may be printed before: the engine takes the first line for a port. Pulumi strips the marks
    from secrets before a policy sees them, so here only those with a telling name stay hidden.
    """
    try:
        pack = load_pack(directory)
        home = _home_of(directory)
    except InvalidInput as error:
        raise SystemExit(str(error)) from None
    served = _Served(home)
    PolicyPack(
        pack.name,
        [
            served.resource_policy(rule) if isinstance(rule, Rule) else served.stack_policy(rule)
            for rule in pack.rules
        ],
        description=f"The rules of the {pack.name} pack, also evaluated by `platform preview`.",
    )


@dataclass(frozen=True)
class _Home:
    """The project that a pack is part of."""

    project: str
    platform: Platform


class _Served:
    """The rules as Pulumi's policies, and the resources that the engine has passed so far."""

    def __init__(self, home: _Home | None) -> None:
        self._home = home
        # A resource is passed with its parent's URN only; the parent was passed before.
        self._seen: dict[str, Declared] = {}
        self._context_of = lru_cache(self._read_context)

    def resource_policy(self, rule: Rule) -> ResourceValidationPolicy:
        def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
            _reject_configuration(rule, args)
            if args.urn not in self._seen:
                self._seen[args.urn] = declared(args)
            fitting, findings = rules_for(self._seen[args.urn], [rule])
            if fitting:
                resource = declared(args)
                view = ResourceView.of(resource, resource.inputs, self._seen)
                findings = resource_findings(rule, view, resource, self._context(args.urn))
            _answer(rule, findings, report)

        return ResourceValidationPolicy(validate=validate, **_described(rule))

    def stack_policy(self, rule: StackRule) -> StackValidationPolicy:
        def validate(args: StackValidationArgs, report: ReportViolation) -> None:
            _reject_configuration(rule, args)
            snapshot = Snapshot(declared(resource) for resource in args.resources)
            if snapshot.resources:
                context = self._context(snapshot.stack.urn)
                _answer(rule, stack_findings(rule, StackView(snapshot), snapshot, context), report)

        return StackValidationPolicy(validate=validate, **_described(rule))

    def _context(self, urn: str) -> PolicyContext:
        of = ResourceReference(urn)
        return self._context_of(of.project, of.stack)

    def _read_context(self, project: str, stack: str) -> PolicyContext:
        # A platform.yaml applies only to its own project, as in `platform preview`.
        platform = self._home.platform if self._home and self._home.project == project else None
        return PolicyContext.of(environment_of(stack), platform)


def _described(rule: AnyRule) -> dict[str, Any]:
    return {
        "name": rule.id,
        "description": rule.title,
        "enforcement_level": EnforcementLevel(rule.enforcement),
        "severity": Severity(rule.severity),
        "tags": list(rule.controls),
        "remediation_steps": rule.remedy,
    }


def _reject_configuration(rule: AnyRule, args: ResourceValidationArgs | StackValidationArgs) -> None:
    if args.get_config():
        raise ValueError(f"policy {rule.id} takes no configuration: remove it")


def _answer(rule: AnyRule, findings: Sequence[Finding], report: ReportViolation) -> None:
    """Report findings in the forms that pulumi_policy supports."""
    for finding in findings:
        if finding.outcome == "violation":
            report(f"{finding.message}: {finding.remedy}", finding.urn)
    for finding in findings:
        if finding.outcome == "error":
            raise RuntimeError(f"policy {rule.id}: {finding.message}")
    unknown = [
        # The engine adds the resource to findings of resource policies, but not of stack policies.
        f"{finding.name}: {finding.message}" if isinstance(rule, StackRule) else finding.message
        for finding in findings
        if finding.outcome == "undetermined"
    ]
    if unknown:
        # The only form that pulumi_policy has for an undetermined policy.
        raise UnknownValueError(UNKNOWN_STRING_VALUE, ["; ".join(unknown)])


def _home_of(directory: Path) -> _Home | None:
    """The nearest parent directory of the pack with a project and settings, and its project."""
    for above in directory.resolve().parents:
        project = project_file_in(above)
        platform = Platform.find(above) if project else None
        if project and platform:
            return _Home(str(read_yaml(project).get("name")), platform)
    return None
