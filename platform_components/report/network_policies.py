"""Traffic of pods that a step allows: rules of network policies, and pods that none restricts any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from platform_components.engine.plan.steps import Step
from platform_components.report.addresses import ANY_ADDRESS, Peer, policy_peer, selects
from platform_components.report.ingress import Direction, Opening, gained, port_of
from platform_components.report.pods import pod_labels
from platform_components.report.subject import Fact, Subject, unmarked
from platform_components.report.transition import Transition, at, incomparable, is_hidden, items, shown

_DIRECTIONS: Final[tuple[tuple[Direction, str, str], ...]] = (
    ("ingress", "Ingress", "from"),
    ("egress", "Egress", "to"),
)


def opened_by_policies(transition: Transition, subject: Subject) -> Iterator[Fact]:
    """Yield what a network policy allows that was not allowed before.

    Pods that no policy selects allow all traffic, and the rules of several policies add up:
    https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation
    """
    if transition.kind != "NetworkPolicy":
        return
    before, after = (at(inputs or {}, "spec") for inputs in (transition.before, transition.after))
    if is_hidden(after):
        yield Fact("exposure", incomparable("the network policy", after))
        return
    if transition.after is None and _is_without_pods(transition.before or {}, subject):
        return
    for direction, _, _ in _DIRECTIONS:
        consequence = f"pods allow all {direction} unless another policy selects them"
        was, is_ = (direction in _restricted(spec) for spec in (before, after))
        if was and not is_:
            yield Fact("exposure", f"no longer restricts {direction}: {consequence}")
            continue
        if not is_:
            continue
        if was:
            selectors = at(before, "podSelector"), at(after, "podSelector")
            if not selects(selectors[1], selectors[0]):
                yield Fact("exposure", f"selects other pods: the former {consequence}")
            elif not selects(*selectors) and at(after, direction):
                yield Fact("exposure", f"applies its {direction} rules to more pods")
        for opening in gained(_openings(before, direction), _openings(after, direction)):
            # A new policy mostly restricts egress, which is allowed without it.
            if direction == "ingress" or was or opening.peer.is_anyone:
                yield Fact("exposure", str(opening), is_broad=opening.is_public)


def _restricted(spec: Any) -> set[Direction]:
    """NetworkPolicySpec.policyTypes: by default Ingress, and Egress if there are rules for it."""
    if not isinstance(spec, Mapping):
        return set()
    types = items(spec.get("policyTypes")) or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    return {direction for direction, name, _ in _DIRECTIONS if name in types}


def _openings(spec: Any, direction: Direction) -> Iterator[Opening]:
    preposition = next(word for name, _, word in _DIRECTIONS if name == direction)
    for rule in items(at(spec, direction)) if direction in _restricted(spec) else ():
        if not isinstance(rule, Mapping):
            yield Opening(Peer(shown(rule)), direction=direction)
            continue
        # Absent or empty `from`, `to` and `ports` allow all.
        peers = [policy_peer(peer) for peer in items(rule.get(preposition))] or [Peer(ANY_ADDRESS)]
        yield from (
            Opening(peer, *port, direction) for peer in peers for port in _ports(items(rule.get("ports")))
        )


def _ports(ports: Iterable[Any]) -> Iterator[tuple[str, int, int]]:
    any_port = (0, 65_535)
    empty = True
    for port in ports:
        empty = False
        protocol = shown(at(port, "protocol") or "TCP").lower()
        number = at(port, "port")
        if number is None or is_hidden(number):
            yield (protocol, *any_port)
        else:
            yield protocol, port_of(number, 0), port_of(at(port, "endPort") or number, any_port[1])
    if empty:
        yield ("all", *any_port)


def _is_without_pods(inputs: Mapping[str, Any], subject: Subject) -> bool:
    """Whether the stack had pods that the policy selects, and all of them are deleted too."""
    graph = subject.graph
    if graph is None or graph.plan is None:
        return False
    deleted = [step for step in graph.plan.changes if step.operation == "delete"]
    left = ((resource.type, resource.inputs) for resource in graph.resources)
    return any(
        _is_selected(inputs, each.type, each.former) for each in deleted if _is_gone(each)
    ) and not any(_is_selected(inputs, *each) for each in left)


def _is_gone(step: Step) -> bool:
    return not step.retained


def _is_selected(policy: Mapping[str, Any], type_: str, inputs: Mapping[str, Any]) -> bool:
    workload = unmarked(inputs)
    labels = pod_labels(type_, workload)
    same = at(policy, "metadata.namespace") == at(workload, "metadata.namespace")
    return labels is not None and same and selects(at(policy, "spec.podSelector"), {"matchLabels": labels})
