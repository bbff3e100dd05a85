"""evaluate_policies(): rules over a stack. A rule that is broken, or can't decide, never passes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from platform_components.base.redaction import Redactor
from platform_components.policy.context import PolicyContext
from platform_components.policy.resource import PolicyResource, ResourceReference, Snapshot
from platform_components.policy.rule import AnyRule, Enforcement, Rule, Severity, StackRule
from platform_components.policy.stack_view import StackView
from platform_components.policy.view import ResourceView, Undetermined

Outcome = Literal["violation", "undetermined", "error"]

_HERE: Final = Path(__file__).parent


@dataclass(frozen=True)
class Finding:
    """What a rule reports about a resource, or about the stack. Contains no secret."""

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
        """Whether it must stop a deployment: a mandatory rule is violated, or any rule is broken."""
        return self.outcome == "error" or (self.outcome == "violation" and self.enforcement == "mandatory")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Report:
    """What the rules of a pack report about the resources of one stack."""

    rules: tuple[AnyRule, ...]
    findings: tuple[Finding, ...]
    """In the order of the resources, then of the rules; those of stack rules last."""
    judged: int
    """How many of the resources at least one rule over resources checks."""

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
        """Whether a deployment must stop. An undetermined rule does not stop it."""
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


class _BrokenRuleError(Exception):
    """A check returns what no check may return. Its text quotes no value."""


@dataclass(frozen=True)
class _Outcome:
    """What a rule reports, before it is a Finding."""

    outcome: Outcome
    message: str
    subject: PolicyResource | ResourceReference


def evaluate_policies(
    resources: Iterable[PolicyResource], rules: Sequence[AnyRule], context: PolicyContext
) -> Report:
    """Evaluate each rule for each resource of its types, then each stack rule for all of them.

    A resource that is only read (`external`) is left to the stack that manages it.
    """
    snapshot = Snapshot(resources)
    over_resources = [rule for rule in rules if isinstance(rule, Rule)]
    checking: dict[str, list[Rule]] = {}
    findings: list[Finding] = []
    judged = 0
    for resource in snapshot.resources:
        if resource.external:
            continue
        if resource.type not in checking:
            checking[resource.type], broken = rules_for(resource, over_resources)
            if broken:  # once is enough
                findings += broken
                reported = {finding.rule for finding in broken}
                over_resources = [rule for rule in over_resources if rule.id not in reported]
        if checking[resource.type]:
            judged += 1
        for rule in checking[resource.type]:
            view = ResourceView.of(resource, snapshot.inputs(resource), snapshot.by_urn)
            findings += resource_findings(rule, view, resource, context)
    for stack_rule in rules:
        if isinstance(stack_rule, StackRule):
            findings += stack_findings(stack_rule, snapshot, context)
    return Report(tuple(rules), tuple(findings), judged)


def resource_findings(
    rule: Rule, view: ResourceView, resource: PolicyResource, context: PolicyContext
) -> list[Finding]:
    """What one rule reports about one resource of a type that it checks."""
    return _findings(rule, _resource_outcomes(rule, view, resource, context), lambda: _redactor(resource))


def stack_findings(rule: StackRule, snapshot: Snapshot, context: PolicyContext) -> list[Finding]:
    """What one stack rule reports about a stack."""
    return _findings(rule, _stack_outcomes(rule, snapshot, context), lambda: snapshot.redact)


def rules_for(resource: PolicyResource, rules: Iterable[Rule]) -> tuple[list[Rule], list[Finding]]:
    """The rules that check resources of a type, and a finding for each that fails to say whether it does."""
    fitting: list[Rule] = []
    broken: list[Finding] = []
    for rule in rules:
        try:
            if rule.applies_to(resource.type):
                fitting.append(rule)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            failure = _failure(error, resource)
            broken += _findings(rule, [failure], lambda: _redactor(resource))
    return fitting, broken


def _resource_outcomes(
    rule: Rule, view: ResourceView, resource: PolicyResource, context: PolicyContext
) -> Iterator[_Outcome]:
    try:
        for said in _each(rule.check(view, context)):
            yield _outcome(said, resource)
    except Undetermined as undetermined:
        yield _outcome(undetermined, resource)
    except KeyboardInterrupt:
        raise
    # Also a rule that calls sys.exit(0) must not make a preview succeed.
    except BaseException as error:
        yield _failure(error, resource)


def _stack_outcomes(rule: StackRule, snapshot: Snapshot, context: PolicyContext) -> Iterator[_Outcome]:
    try:
        for said in _each(rule.check(StackView(snapshot), context)):
            if isinstance(said, tuple) and len(said) == 2 and isinstance(said[0], ResourceView):
                yield _outcome(said[1], snapshot.by_urn[said[0].urn])
            else:
                yield _outcome(said, snapshot.stack)
    except Undetermined as undetermined:
        view = undetermined.resource
        yield _outcome(undetermined, snapshot.by_urn[view.urn] if view else snapshot.stack)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        yield _failure(error, snapshot.stack)


def _each(said: object) -> Iterator[object]:
    if isinstance(said, str | bytes | Mapping) or not isinstance(said, Iterable):
        raise _BrokenRuleError(f"its check returned {type(said).__name__}, not an iterable of texts")
    yield from said


def _outcome(said: object, subject: PolicyResource | ResourceReference) -> _Outcome:
    if isinstance(said, Undetermined):
        return _Outcome("undetermined", str(said), subject)
    if not isinstance(said, str):
        raise _BrokenRuleError(f"its check yielded {type(said).__name__}, not a text")
    return _Outcome("violation", str(said), subject)


def _failure(error: BaseException, subject: PolicyResource | ResourceReference) -> _Outcome:
    # An exception's own text may quote a property, so only its type is reported.
    what = str(error) if isinstance(error, _BrokenRuleError) else f"{type(error).__name__} at {_place(error)}"
    return _Outcome("error", f"the rule itself failed: {what}", subject)


def _place(error: BaseException) -> str:
    """The innermost line of the rule; that of the view which it misuses tells its author nothing."""
    place, trace = "?", error.__traceback__
    while trace:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.parent != _HERE:
            place = f"{file.name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _redactor(resource: PolicyResource) -> Redactor:
    return Snapshot([resource]).redact


def _findings(rule: AnyRule, outcomes: Iterable[_Outcome], redactor: Callable[[], Redactor]) -> list[Finding]:
    """The outcomes as findings, without the secrets that the rule could read. Most rules report nothing."""
    outcomes = list(outcomes)
    if not outcomes:
        return []
    redact = redactor()
    return [
        Finding(
            rule=rule.id,
            outcome=each.outcome,
            message=redact(each.message),
            urn=each.subject.urn,
            type=each.subject.type,
            name=each.subject.name,
            remedy=rule.remedy if each.outcome == "violation" else "",
            severity=rule.severity,
            enforcement=rule.enforcement,
        )
        for each in outcomes
    ]
