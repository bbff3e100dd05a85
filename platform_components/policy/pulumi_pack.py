"""A pack as Pulumi's own CLI runs it: `pulumi preview --policy-pack policies`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from platform_components.base.errors import InvalidInput
from platform_components.base.markers import UNKNOWN
from platform_components.base.settings import PLATFORM_FILE, PROJECT_FILE, Platform
from platform_components.base.yaml_file import read_yaml
from platform_components.policy.facts import Facts, environment_of
from platform_components.policy.judge import findings_of
from platform_components.policy.pack import load_pack
from platform_components.policy.rule import Rule


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

    @lru_cache
    def facts_of(project: str, stack: str) -> Facts:
        # A platform.yaml speaks for its own project alone, as in `platform preview`.
        platform = home.platform if home and home.project == project else None
        return Facts.of(environment_of(stack), platform)

    PolicyPack(
        pack.name,
        [_policy(rule, facts_of) for rule in pack.rules],
        description=f"The rules of the {pack.name} pack, also judged by `platform preview`.",
    )


@dataclass(frozen=True)
class _Declared:
    """A resource as pulumi_policy hands it over, in plain data."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    external: bool = False  # the engine doesn't ask about resources that are only read


def _policy(rule: Rule, facts_of: Callable[[str, str], Facts]) -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.get_config():
            raise ValueError(f"policy {rule.id} takes no configuration: remove it")
        # pulumi_policy deserialises the properties for each policy anyway; what is spared here is the rest.
        if not rule.applies_to(args.resource_type):
            return
        stack, project, _ = args.urn.removeprefix("urn:pulumi:").split("::", maxsplit=2)
        resource = _Declared(args.urn, args.resource_type, args.name, _plain(args.props))
        findings = findings_of(rule, resource, facts_of(project, stack))
        for finding in findings:
            if finding.outcome == "violation":
                report(f"{finding.message}: {finding.remedy}", args.urn)
        for finding in findings:
            if finding.outcome == "error":
                raise RuntimeError(f"policy {rule.id}: {finding.message}")
        unknown = [finding.message for finding in findings if finding.outcome == "undetermined"]
        if unknown:
            # The one way in which pulumi_policy lets a policy say that it can't tell.
            raise UnknownValueError(UNKNOWN_STRING_VALUE, ["; ".join(unknown)])

    return ResourceValidationPolicy(
        name=rule.id,
        description=rule.title,
        validate=validate,
        enforcement_level=EnforcementLevel(rule.enforcement),
        severity=Severity(rule.severity),
        tags=list(rule.controls),
        remediation_steps=rule.remedy,
    )


@dataclass(frozen=True)
class _Home:
    """The project that a pack is part of."""

    project: str
    platform: Platform


def _home_of(directory: Path) -> _Home | None:
    """The nearest directory above the pack with a platform.yaml, and the project there."""
    for above in directory.resolve().parents:
        if (above / PLATFORM_FILE).is_file() and (above / PROJECT_FILE).is_file():
            return _Home(str(read_yaml(above / PROJECT_FILE).get("name")), Platform.load(above))
    return None


def _plain(value: Any) -> Any:
    """pulumi_policy's proxies as plain data: they are no dicts or lists, and raise on an unknown."""
    if isinstance(value, Mapping):
        return {key: _entry(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_entry(value, index) for index in range(len(value))]
    if isinstance(value, float) and value.is_integer():
        return int(value)  # every number arrives as a float
    return value


def _entry(holder: Any, key: str | int) -> Any:
    try:
        return _plain(holder[key])
    except UnknownValueError:
        return UNKNOWN
