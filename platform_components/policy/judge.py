"""judge(): rules over resources. What it can't decide it says; a rule that fails is never a pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from platform_components.base.redaction import Redactor
from platform_components.policy.facts import Facts
from platform_components.policy.rule import Enforcement, Rule, Severity
from platform_components.policy.view import ResourceView, Undetermined

Outcome = Literal["violation", "undetermined", "error"]


class Judged(Protocol):
    """What `judge` needs of a resource; the engine's resources have it, and so have a rule's examples."""

    @property
    def urn(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def inputs(self) -> Mapping[str, Any]: ...
    @property
    def external(self) -> bool: ...


@dataclass(frozen=True)
class Finding:
    """Something that a rule has to say of a resource. Holds no secret."""

    rule: str
    outcome: Outcome
    message: str
    """A phrase: `tag Owner is missing`."""
    urn: str
    type: str
    name: str
    remedy: str
    severity: Severity
    enforcement: Enforcement

    @property
    def fails(self) -> bool:
        """Whether a deployment must not go on: a mandatory rule is violated, or any rule is broken."""
        return self.outcome == "error" or (self.outcome == "violation" and self.enforcement == "mandatory")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Report:
    """What a pack's rules have to say of the resources of one stack."""

    rules: tuple[Rule, ...]
    findings: tuple[Finding, ...]
    """In the order of the resources, then of the rules."""
    judged: int
    """How many of the resources at least one rule reads."""

    @property
    def violations(self) -> tuple[Finding, ...]:
        return self._having("violation")

    @property
    def undetermined(self) -> tuple[Finding, ...]:
        return self._having("undetermined")

    @property
    def errors(self) -> tuple[Finding, ...]:
        return self._having("error")

    @property
    def failed(self) -> bool:
        """Whether a deployment must not go on. What is undetermined doesn't stop it."""
        return any(finding.fails for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        return {
            "rules": len(self.rules),
            "judged": self.judged,
            "violations": len(self.violations),
            "undetermined": len(self.undetermined),
            "errors": len(self.errors),
            "failed": self.failed,
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def _having(self, outcome: Outcome) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.outcome == outcome)


def judge(resources: Iterable[Judged], rules: Sequence[Rule], facts: Facts) -> Report:
    """Hold every resource against every rule that reads its type.

    A resource that is only read (`external`) is another stack's to answer for, and is left out.
    """
    readers: dict[str, list[Rule]] = {}
    findings: list[Finding] = []
    judged = 0
    for resource in resources:
        type_ = resource.type
        if type_ not in readers:
            readers[type_] = [rule for rule in rules if rule.applies_to(type_)]
        if not readers[type_] or resource.external:
            continue
        judged += 1
        for rule in readers[type_]:
            findings += findings_of(rule, resource, facts)
    return Report(tuple(rules), tuple(findings), judged)


def findings_of(rule: Rule, resource: Judged, facts: Facts) -> list[Finding]:
    """What one rule has to say of one resource of a type that it reads."""
    view = ResourceView(resource.type, resource.name, resource.urn, resource.inputs)
    said = list(_said(rule, view, facts))
    if not said:
        return []
    redact = Redactor(short=True)
    redact.learn_marked(resource.inputs)
    return [
        Finding(
            rule=rule.id,
            outcome=outcome,
            message=redact(message),
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            remedy=rule.remedy if outcome == "violation" else "",
            severity=rule.severity,
            enforcement=rule.enforcement,
        )
        for outcome, message in said
    ]


def _said(rule: Rule, view: ResourceView, facts: Facts) -> Iterator[tuple[Outcome, str]]:
    try:
        for said in rule.check(view, facts):
            yield ("undetermined" if isinstance(said, Undetermined) else "violation"), str(said)
    except Undetermined as undetermined:
        yield "undetermined", str(undetermined)
    # Also a rule that calls sys.exit(0) must not make a preview succeed. An exception's own text may
    # quote a property, so only its type is told.
    except (Exception, SystemExit) as error:
        yield "error", f"the rule itself failed: {type(error).__name__} at {_place(error)}"


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
