"""Networks of Kubernetes: services and ingresses stay internal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from platform_components.policy import Example, PolicyContext, ResourceView, Rule, Undetermined

from .flags import is_on
from .kubernetes_objects import KubernetesObject, objects, of_kind

Findings = Iterator[str | Undetermined]

_SCHEME: Final = "service.beta.kubernetes.io/aws-load-balancer-scheme"
_INTERNAL: Final = "service.beta.kubernetes.io/aws-load-balancer-internal"
"""The deprecated form of the annotation: `"true"` (AWS Load Balancer Controller, service annotations)."""
_INGRESS_SCHEME: Final = "alb.ingress.kubernetes.io/scheme"
_CLASS: Final = "IngressClassParams"
"""Its scheme is that of all ingresses of the class (AWS Load Balancer Controller, "IngressClass")."""
_CLASS_GROUPS: Final = ("elbv2.k8s.aws", "eks.amazonaws.com")
"""Of the AWS Load Balancer Controller, and of EKS Auto Mode."""


def _exposed_services(view: ResourceView, context: PolicyContext) -> Findings:
    if context.tier != "production":
        return
    for service in objects(view):
        kind = service.fields.peek("spec", "type")
        if isinstance(kind, Undetermined):
            yield kind
        elif kind == "NodePort":
            yield f"{service.where('spec', 'type')} is NodePort, which opens a port on every node"
        elif kind == "LoadBalancer":
            yield from _external_load_balancer(service)
        if addresses := service.fields.get("spec", "externalIPs"):
            yield f"{service.where('spec', 'externalIPs')} is {', '.join(addresses)}"


def _external_load_balancer(service: KubernetesObject) -> Findings:
    scheme, internal = (service.fields.peek("metadata", "annotations", name) for name in (_SCHEME, _INTERNAL))
    unknown = [value for value in (scheme, internal) if isinstance(value, Undetermined)]
    if scheme == "internal" or (scheme is None and internal is not None and is_on(internal)):
        return
    if unknown:
        yield unknown[0]
    else:
        yield f"{service.where('spec', 'type')} is LoadBalancer, without the annotation {_SCHEME}: internal"


def _exposed_ingresses(view: ResourceView, context: PolicyContext) -> Findings:
    if context.tier != "production":
        return
    if _is_class(view.type):
        scheme = view.peek("spec", "scheme")
        if isinstance(scheme, Undetermined):
            yield scheme
        elif scheme == "internet-facing":
            yield "spec.scheme is internet-facing, for all ingresses of the class"
        return
    for ingress in objects(view):
        scheme = ingress.fields.peek("metadata", "annotations", _INGRESS_SCHEME)
        if isinstance(scheme, Undetermined):
            yield scheme
        elif scheme == "internet-facing":
            yield f"annotation {_INGRESS_SCHEME} is internet-facing"


_is_class = of_kind(_CLASS, groups=_CLASS_GROUPS)
_is_ingress = of_kind("Ingress")


def _exposes(type_: str) -> bool:
    return _is_class(type_) or _is_ingress(type_)


_SERVICE = "kubernetes:core/v1:Service"
_CLASS_TYPE = "kubernetes:eks.amazonaws.com/v1:IngressClassParams"
_INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"


def _load_balancer(annotations: dict[str, str]) -> Example:
    return Example(
        _SERVICE, {"metadata": {"annotations": annotations}, "spec": {"type": "LoadBalancer"}}, "prod"
    )


def _class(type_: str, says: str = "", **spec: str) -> Example:
    return Example(type_, {"spec": spec}, "prod", says=says)


KUBERNETES_NETWORK: Final = (
    Rule(
        id="service-exposure",
        title="In production, no Service has a public load balancer, a node port or external IPs",
        why="It is reachable past the ingress: without its TLS, its authentication and its rate limits.",
        remedy="use type ClusterIP behind an ingress, or set the annotation for the scheme internal",
        severity="high",
        enforcement="advisory",
        controls=("NIST 800-53 SC-7",),
        types=of_kind("Service"),
        check=_exposed_services,
        passing=(
            Example(_SERVICE, {"spec": {"type": "ClusterIP"}}, "prod"),
            Example(_SERVICE, {"spec": {"type": "LoadBalancer"}}),
            Example(f"{_SERVICE}Patch", {"metadata": {"name": "web"}}, "prod"),
            _load_balancer({_SCHEME: "internal"}),
            _load_balancer({_INTERNAL: "true"}),
        ),
        failing=(
            Example(_SERVICE, {"spec": {"type": "LoadBalancer"}}, "prod", says="spec.type is LoadBalancer"),
            _load_balancer({_SCHEME: "internet-facing"}),
            _load_balancer({_SCHEME: "internet-facing", _INTERNAL: "true"}),
            Example(_SERVICE, {"spec": {"type": "NodePort"}}, "prod", says="spec.type is NodePort"),
            Example(_SERVICE, {"spec": {"externalIPs": ["192.0.2.1"]}}, "prod", says="is 192.0.2.1"),
            Example(f"{_SERVICE}Patch", {"spec": {"type": "LoadBalancer"}}, "prod"),
            Example(f"{_SERVICE}List", {"items": [{"spec": {"type": "NodePort"}}]}, "prod", says="items[0]"),
        ),
    ),
    Rule(
        id="ingress-exposure",
        title="In production, a public ingress is a decision of the platform team",
        why="A service that was meant for other services becomes reachable from the internet.",
        remedy="remove the annotation, or the scheme of the class, so that the load balancer is internal, "
        "or accept the finding",
        severity="medium",
        enforcement="advisory",
        controls=("NIST 800-53 SC-7",),
        types=_exposes,
        check=_exposed_ingresses,
        passing=(
            Example(_INGRESS, {}, "prod"),
            Example(_INGRESS, {"metadata": {"annotations": {_INGRESS_SCHEME: "internet-facing"}}}),
            _class(_CLASS_TYPE, scheme="internal"),
            _class(_CLASS_TYPE),
            Example(_CLASS_TYPE, {"spec": {"scheme": "internet-facing"}}),
        ),
        failing=(
            Example(
                _INGRESS,
                {"metadata": {"annotations": {_INGRESS_SCHEME: "internet-facing"}}},
                "prod",
                says="is internet-facing",
            ),
            *(
                _class(type_, scheme="internet-facing", says="spec.scheme is internet-facing, for all")
                for type_ in (
                    *(_CLASS_TYPE, f"{_CLASS_TYPE}Patch"),
                    "kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams",
                )
            ),
        ),
    ),
)
