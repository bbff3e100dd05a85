"""evaluate_policies(): the rules for a stack. A rule that raises, or is undetermined, does not pass."""

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
from platform_components.policy.unread import Unread, unread
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
        """Whether it must stop a deployment: a violation of a mandatory rule, or an error in any rule."""
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
    """Number of resources that at least one resource rule checks."""
    unread: tuple[Unread, ...] = ()
    """Resources that no rule reads, or only general rules, by type."""

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
            "unread": [each.to_dict() for each in self.unread],
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def _having(self, outcome: Outcome) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.outcome == outcome)


class _BrokenRuleError(Exception):
    """A check returns an invalid value. The message does not contain the value."""


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

    Resources that are only read (`external`) are evaluated in the stack that manages them.
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
    requested: set[str] = set()
    # One for all rules: it indexes types, parents and references.
    stack = StackView(snapshot, on_type=requested.add)
    for stack_rule in rules:
        if isinstance(stack_rule, StackRule):
            findings += stack_findings(stack_rule, stack, snapshot, context)
    return Report(tuple(rules), tuple(findings), judged, unread(snapshot, checking, requested))


def resource_findings(
    rule: Rule, view: ResourceView, resource: PolicyResource, context: PolicyContext
) -> list[Finding]:
    """What one rule reports about one resource of a type that it checks."""
    return _findings(rule, _resource_outcomes(rule, view, resource, context), lambda: _redactor(resource))


def stack_findings(
    rule: StackRule, stack: StackView, snapshot: Snapshot, context: PolicyContext
) -> list[Finding]:
    """What one stack rule reports about a stack, given as a view of the snapshot."""
    return _findings(rule, _stack_outcomes(rule, stack, snapshot, context), lambda: snapshot.redact)


def rules_for(resource: PolicyResource, rules: Iterable[Rule]) -> tuple[list[Rule], list[Finding]]:
    """The rules that check resources of a type, and a finding for each whose predicate raises."""
    applicable: list[Rule] = []
    broken: list[Finding] = []
    for rule in rules:
        try:
            if rule.applies_to(resource.type):
                applicable.append(rule)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            failure = _failure(error, resource)
            broken += _findings(rule, [failure], lambda: _redactor(resource))
    return applicable, broken


def _resource_outcomes(
    rule: Rule, view: ResourceView, resource: PolicyResource, context: PolicyContext
) -> Iterator[_Outcome]:
    try:
        for result in _each(rule.check(view, context)):
            yield _outcome(result, resource)
    except Undetermined as undetermined:
        yield _outcome(undetermined, resource)
    except KeyboardInterrupt:
        raise
    # This includes sys.exit(0) in a rule, which must not make a preview succeed.
    except BaseException as error:
        yield _failure(error, resource)


def _stack_outcomes(
    rule: StackRule, stack: StackView, snapshot: Snapshot, context: PolicyContext
) -> Iterator[_Outcome]:
    try:
        for result in _each(rule.check(stack, context)):
            if isinstance(result, tuple) and len(result) == 2 and isinstance(result[0], ResourceView):
                yield _outcome(result[1], snapshot.by_urn[result[0].urn])
            else:
                yield _outcome(result, snapshot.stack)
    except Undetermined as undetermined:
        view = undetermined.resource
        yield _outcome(undetermined, snapshot.by_urn[view.urn] if view else snapshot.stack)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        yield _failure(error, snapshot.stack)


def _each(result: object) -> Iterator[object]:
    if isinstance(result, str | bytes | Mapping) or not isinstance(result, Iterable):
        raise _BrokenRuleError(f"its check returned {type(result).__name__}, not an iterable of strings")
    yield from result


def _outcome(result: object, subject: PolicyResource | ResourceReference) -> _Outcome:
    if isinstance(result, Undetermined):
        return _Outcome("undetermined", str(result), subject)
    if not isinstance(result, str):
        raise _BrokenRuleError(f"its check yielded {type(result).__name__}, not a string")
    return _Outcome("violation", str(result), subject)


def _failure(error: BaseException, subject: PolicyResource | ResourceReference) -> _Outcome:
    # An exception's text may contain a property, so only its type is reported.
    what = str(error) if isinstance(error, _BrokenRuleError) else f"{type(error).__name__} at {_place(error)}"
    return _Outcome("error", f"the rule failed: {what}", subject)


def _place(error: BaseException) -> str:
    """The innermost line of the rule itself, not of the view that it calls."""
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
    """The outcomes as findings, without the secrets that the rule could read. Most rules have none."""
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
