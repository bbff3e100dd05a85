"""Network policies: they allow only the traffic that pods require, and apply to both directions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from platform_components.policy import (
    Example,
    PolicyContext,
    Properties,
    ResourceView,
    Rule,
    StackExample,
    StackRule,
    StackView,
    Undetermined,
)

from .breadth import (
    ALL_PORTS,
    EVERYWHERE,
    Network,
    Opening,
    Ports,
    block,
    most_ports,
    open_together,
    wide_block,
)
from .kubernetes_objects import KubernetesObject, objects, of_kind
from .kubernetes_places import Placed, placed, same

Findings = Iterator[str | Undetermined]

_PROTOCOLS: Final = ("TCP", "UDP", "SCTP")
_NAME_LABEL: Final = "kubernetes.io/metadata.name"
"""The API server sets it on every namespace (Kubernetes, "Well-Known Labels, Annotations and Taints")."""


def _open_policies(view: ResourceView, context: PolicyContext) -> Findings:
    for policy in objects(view):
        types = policy.fields.peek("spec", "policyTypes")
        if isinstance(types, Undetermined):
            yield types
        for direction, open_rule in (("ingress", _open_ingress), ("egress", _open_egress)):
            if isinstance(types, list) and direction.title() not in types:
                yield from _without_effect(policy, direction)
            rules = list(policy.fields.each("spec", direction))
            found = [finding for rule in rules for finding in open_rule(rule)]
            yield from found
            if not any(isinstance(finding, str) for finding in found):
                yield from _open_in_parts(policy, direction, rules)


def _without_effect(policy: KubernetesObject, direction: str) -> Findings:
    """A policy allows all traffic of a direction that is not among its types, whatever its rules are."""
    if policy.fields.has("spec", direction):
        where = policy.where("spec", direction)
        yield f"{where} has no effect: policyTypes has no {direction.title()}, which allows all traffic"


def _open_ingress(rule: Properties) -> Findings:
    """Sources matter whatever the ports are: most pods have one port only."""
    if not list(rule.each("from")):
        yield f"{rule.path} allows traffic from all sources"
    for peer in rule.each("from"):
        cidr = peer.peek("ipBlock", "cidr")
        if isinstance(cidr, Undetermined):
            yield cidr
        elif wide := wide_block(_blocks([cidr])):
            yield f"{peer.path} allows traffic from {_called(wide, 'sources')}"
        elif _is_every_namespace(peer):
            yield f"{peer.path} allows traffic from all pods of the cluster"


def _open_egress(rule: Properties) -> Findings:
    """Destinations matter if the ports are most of all, at least of one protocol."""
    ports = [_ports(rule, protocol) for protocol in _PROTOCOLS]
    if unknown := [value for value in ports if isinstance(value, Undetermined)]:
        yield unknown[0]
    if not any(most_ports(value) for value in ports if not isinstance(value, Undetermined)):
        return
    if not list(rule.each("to")):
        yield f"{rule.path} allows traffic to all destinations"
    for peer in rule.each("to"):
        cidr = peer.peek("ipBlock", "cidr")
        if isinstance(cidr, Undetermined):
            yield cidr
        elif wide := wide_block(_blocks([cidr])):
            yield f"{peer.path} allows traffic to {_called(wide, 'destinations')}"


def _open_in_parts(policy: KubernetesObject, direction: str, rules: Sequence[Properties]) -> Findings:
    """Rules and peers that allow everything together, although none of them does alone."""
    peers = "from" if direction == "ingress" else "to"
    for protocol in _PROTOCOLS:
        openings = []
        for rule in rules:
            cidrs = [peer.peek("ipBlock", "cidr") for peer in rule.each(peers)]
            blocks = _blocks(cidrs) if cidrs else EVERYWHERE
            ports = _ports(rule, protocol) if direction == "egress" else [ALL_PORTS]
            if not isinstance(ports, Undetermined):
                openings += [Opening(blocks, each) for each in ports]
        if wide := open_together(openings):
            others = _called(wide, "sources" if direction == "ingress" else "destinations")
            yield f"{policy.where('spec', direction)} allows traffic {peers} {others}, in several parts"
            return


def _blocks(cidrs: Sequence[object]) -> list[Network]:
    return [network for cidr in cidrs if (network := block(cidr))]


def _called(wide: Network, everyone: str) -> str:
    if wide.prefixlen == 0:
        return f"all {everyone}"
    return f"{wide}, which is larger than any private block"


def _ports(rule: Properties, protocol: str) -> list[Ports] | Undetermined:
    """The ports of a protocol that a rule allows. One that has a name is a port of the selected pods."""
    found: list[Ports] = []
    entries = list(rule.each("ports"))
    for entry in entries:
        first, last = entry.peek("port"), entry.peek("endPort")
        for value in (first, last):
            if isinstance(value, Undetermined):
                return value
        if (entry.get("protocol") or "TCP") != protocol:
            continue
        if first is None:
            return [ALL_PORTS]
        if isinstance(first, int | float):  # Pulumi's CLI passes numbers as float
            found.append((int(first), int(last or first)))
    return found if entries else [ALL_PORTS]


def _is_every_namespace(peer: Properties) -> bool:
    """An empty selector selects all: https://kubernetes.io/docs/concepts/services-networking/network-policies."""
    namespaces = peer.get("namespaceSelector")
    return (
        namespaces is not None
        and _selects_nearly_all(namespaces, _NAME_LABEL)
        and _selects_nearly_all(peer.get("podSelector") or {})
    )


def _selects_nearly_all(selector: Mapping[str, Any], given: str = "") -> bool:
    """Whether a selector requires nothing, or only the label that all have; exceptions don't count."""
    required = [
        each
        for each in selector.get("matchExpressions") or ()
        if each.get("operator") == "In" or (each.get("operator") == "Exists" and each.get("key") != given)
    ]
    return not selector.get("matchLabels") and not required


def _one_directional(
    stack: StackView, context: PolicyContext
) -> Iterator[tuple[ResourceView, str | Undetermined]]:
    """Patches are not read: the policies that they change are not in the stack."""
    policies = placed(stack, _POLICY)
    for policy in policies:
        for direction, traffic in (("Ingress", "from all sources"), ("Egress", "to all destinations")):
            if _applies(policy, direction) is True:
                continue
            matches = [_applies(policy, direction)]
            matches += [_covers(other, policy, direction) for other in policies if other.key != policy.key]
            if True in matches:
                continue
            unclear = [value for value in matches if isinstance(value, Undetermined)]
            where = f"{policy.fields.path}.spec" if policy.fields.path else "spec"
            problem = f"no policy of the pods that {where}.podSelector selects has the type {direction}"
            yield policy.view, unclear[0] if unclear else f"{problem}, which allows traffic {traffic}"


def _applies(policy: Placed, direction: str) -> bool | Undetermined:
    """Whether a policy restricts a direction.

    Default of policyTypes: Ingress, and Egress if it has rules for it (Kubernetes, "Network Policies").
    """
    types = policy.fields.peek("spec", "policyTypes")
    if isinstance(types, Undetermined):
        return types
    if types:
        return direction in types
    egress = policy.fields.peek("spec", "egress")
    return direction == "Ingress" or isinstance(egress, Undetermined) or bool(egress)


def _covers(other: Placed, policy: Placed, direction: str) -> bool | Undetermined:
    """Whether another policy restricts a direction of at least the same pods."""
    selectors = [each.fields.peek("spec", "podSelector") for each in (other, policy)]
    for value in (_applies(other, direction), same(other.place, policy.place), *selectors):
        if value is False or isinstance(value, Undetermined):
            return value
    wider, narrower = (each or {} for each in selectors)
    if not wider.get("matchLabels") and not wider.get("matchExpressions"):
        return True
    if wider.get("matchExpressions"):
        return bool(wider == narrower)
    return bool(wider["matchLabels"].items() <= (narrower.get("matchLabels") or {}).items())


_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
_ON_8080 = {"ports": [{"protocol": "TCP", "port": 8080}]}
_TEAM = {"namespaceSelector": {"matchLabels": {"team": "payments"}}}


def _policy(says: str = "", **spec: Any) -> Example:
    return Example(_POLICY, {"spec": {"podSelector": {}, **spec}}, says=says)


def _block(*cidrs: str) -> list[dict[str, Any]]:
    return [{"ipBlock": {"cidr": cidr}} for cidr in cidrs]


def _namespaces(operator: str, *values: str, key: str = _NAME_LABEL) -> dict[str, Any]:
    expression = {"key": key, "operator": operator, **({"values": list(values)} if values else {})}
    return {"namespaceSelector": {"matchExpressions": [expression]}}


_EVERY_NAMESPACE: Final[tuple[dict[str, Any], ...]] = (
    {"namespaceSelector": {}},
    {"namespaceSelector": {"matchLabels": {}}, "podSelector": {"matchLabels": {}}},
    _namespaces("Exists"),
    _namespaces("NotIn", "nobody"),
    _namespaces("DoesNotExist", key="team"),
)


def _ranges(*ranges: Ports) -> list[dict[str, Any]]:
    return [{"port": first, "endPort": last} for first, last in ranges]


def _typed(name: str, types: Sequence[str] | None, says: str = "", **spec: Any) -> Example:
    """A policy of a namespace; without `podSelector` for all of its pods."""
    given = {"podSelector": {}, **({"policyTypes": list(types)} if types is not None else {}), **spec}
    return Example(_POLICY, {"metadata": {"namespace": "shop"}, "spec": given}, name=name, says=says)


_BOTH = ("Ingress", "Egress")
_SHOP = {"matchLabels": {"app": "shop"}}
_CART = {"matchLabels": {"app": "cart"}}
_EXPRESSION = {"matchExpressions": [{"key": "app", "operator": "In", "values": ["shop"]}]}

NETWORK_POLICIES: Final = (
    Rule(
        id="network-policy-open",
        title="No network policy allows all traffic, or traffic from all pods",
        why="Policies add up: a rule that allows everything makes all other policies of its pods void.",
        remedy="name the callers and their ports: callers and egress of a Workload, or podSelector and ports",
        severity="high",
        controls=("NIST 800-53 SC-7", "NIST 800-53 AC-4"),
        types=of_kind("NetworkPolicy"),
        check=_open_policies,
        passing=(
            _policy(),
            _policy(ingress=[], egress=[]),
            _policy(policyTypes=["Egress"], egress=[]),
            _policy(policyTypes=["Ingress", "Egress"], ingress=[]),
            _policy(ingress=[{"from": [_TEAM]}]),
            _policy(ingress=[{"from": [_namespaces("In", "shop"), _namespaces("Exists", key="team")]}]),
            _policy(ingress=[{"from": _block("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")}]),
            _policy(ingress=[{"from": [{"podSelector": {}}], **_ON_8080}]),
            _policy(
                ingress=[{"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"a": "b"}}}]}]
            ),
            _policy(egress=[{"to": _block("0.0.0.0/0"), "ports": [{"port": 443}, {"port": "metrics"}]}]),
            _policy(egress=[{"to": _block("0.0.0.0/0"), "ports": _ranges((32768, 60999), (443, 443))}]),
            _policy(egress=[{"to": [{"namespaceSelector": {}}]}, {"ports": [{"port": 53}]}]),
            _policy(egress=[{"to": _block("0.0.0.0/1")} | _ON_8080, {"to": _block("10.0.0.0/16")}]),
        ),
        failing=(
            _policy("spec.ingress[0] allows traffic from all sources", ingress=[{}]),
            _policy("spec.ingress[0] allows traffic from all sources", ingress=[_ON_8080]),
            _policy("spec.egress[1] allows traffic to all", egress=[{"to": [_TEAM]}, {}]),
            _policy("from all sources", ingress=[{"from": []}]),
            _policy("spec.ingress has no effect", policyTypes=["Egress"], ingress=[{"from": [_TEAM]}]),
            _policy("spec.egress has no effect", policyTypes=["Ingress"], egress=[]),
            _policy("spec.egress[0] allows traffic to all", egress=[{"ports": [{"protocol": "TCP"}]}]),
            _policy("to all destinations", egress=[{"ports": _ranges((1, 65534))}]),
            _policy("to all destinations", egress=[{"ports": _ranges((40000, 65535), (1024, 50000))}]),
            _policy(
                "spec.ingress[0].from[1] allows traffic from all",
                ingress=[{"from": [_TEAM, *_block("0.0.0.0/0")], **_ON_8080}],
            ),
            _policy("to all destinations", egress=[{"to": _block("::/0")}]),
            _policy("to[0] allows traffic to 2000::/3, which", egress=[{"to": _block("2000::/3")}]),
            _policy(
                "spec.ingress[0].from[0] allows traffic from 0.0.0.0/1, which is larger than any private",
                ingress=[{"from": _block("0.0.0.0/1", "128.0.0.0/1")}],
            ),
            _policy(
                "spec.ingress allows traffic from 12.0.0.0/7, which is larger than any private block, in",
                ingress=[{"from": _block("12.0.0.0/8")}, {"from": _block("13.0.0.0/8"), **_ON_8080}],
            ),
            _policy(
                "spec.egress allows traffic to all destinations, in several parts",
                egress=[{"ports": _ranges((1, 30000))}, {"ports": _ranges((30001, 60000))}],
            ),
            *(
                _policy("from all pods of the cluster", ingress=[{"from": [peer], **_ON_8080}])
                for peer in _EVERY_NAMESPACE
            ),
            Example(f"{_POLICY}Patch", {"spec": {"ingress": [{}]}}, says="spec.ingress[0]"),
            Example(f"{_POLICY}List", {"items": [{"spec": {"ingress": [{}]}}]}, says="items[0].spec.ingress"),
            Example("kubernetes:extensions/v1beta1:NetworkPolicy", {"spec": {"egress": [{}]}}),
        ),
    ),
    StackRule(
        id="network-policy-types",
        title="Pods with a network policy have policies for ingress and egress",
        why="A policy restricts only the directions in its policyTypes: all traffic of the other is allowed.",
        remedy="use a Workload without overriding policyTypes, or add a policy with the missing type",
        severity="high",
        enforcement="advisory",
        controls=("NIST 800-53 SC-7", "NIST 800-53 AC-4"),
        check=_one_directional,
        passing=(
            StackExample((_typed("deny", _BOTH),)),
            StackExample((_typed("deny-ingress", ["Ingress"]), _typed("deny-egress", ["Egress"]))),
            StackExample((_typed("deny", _BOTH), _typed("shop", ["Egress"], podSelector=_SHOP))),
            StackExample((_typed("shop", None, podSelector=_SHOP, egress=[{"to": [_TEAM]}]),)),
            StackExample(
                (
                    _typed("in", ["Ingress"], podSelector={"matchLabels": {"app": "shop", "tier": "web"}}),
                    _typed("out", _BOTH, podSelector=_SHOP),
                )
            ),
            StackExample(
                (
                    _typed("in", ["Ingress"], podSelector=_EXPRESSION),
                    _typed("out", ["Egress"], podSelector=_EXPRESSION),
                )
            ),
        ),
        failing=(
            StackExample(
                (_typed("deny", ["Ingress"]),),
                says="no policy of the pods that spec.podSelector selects has the type Egress, which allows "
                "traffic to all destinations",
            ),
            StackExample((_typed("deny", ["Egress"]),), says="the type Ingress, which allows"),
            StackExample((_typed("deny", None),), says="has the type Egress"),
            StackExample((_typed("deny", [], egress=[]),), says="has the type Egress"),
            StackExample((_typed("deny", ["Ingress"]), _typed("shop", _BOTH, podSelector=_SHOP))),
            StackExample(
                (
                    _typed("shop", ["Ingress"], podSelector=_SHOP),
                    _typed("cart", _BOTH, podSelector=_CART),
                    _typed("named", _BOTH, podSelector=_EXPRESSION),
                )
            ),
            StackExample(
                (
                    _typed("deny", ["Ingress"]),
                    Example(_POLICY, {"spec": {"policyTypes": ["Egress"]}}, name="elsewhere"),
                )
            ),
            StackExample(
                (Example(f"{_POLICY}List", {"items": [_typed("deny", ["Ingress"]).inputs]}),),
                says="items[0].spec.podSelector",
            ),
        ),
    ),
)
