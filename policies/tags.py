"""Tags and labels: purpose, owner and cost center of a resource."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from platform_components.base.context import Context
from platform_components.base.tags import MANAGED_BY, OPTIONAL_TAGS, labels_of, taggable_types
from platform_components.policy import Example, PolicyContext, ResourceView, Rule, Undetermined

from .kubernetes_objects import objects

Findings = Iterator[str | Undetermined]

REQUIRED_LABELS: Final = tuple(
    labels_of(
        Context(environment="dev", tier="development", region="eu-west-1", service="any", owner="any"),
        "any",
        "any",
    )
)
"""Labels that every Kubernetes object must have: those that components always set."""

_PLACEHOLDERS = {
    "todo", "fixme", "tbd", "tba", "tbc", "changeme", "replaceme", "placeholder", "dummy", "example",
    "none", "null", "nil", "undefined", "unknown", "unset", "empty", "na", "notapplicable", "",
}  # fmt: skip
_UNFILLED = re.compile(r"<.*>|\$?\{.*\}|x{2,}|(todo|fixme|tbd|tba|tbc)[\s:].*", re.IGNORECASE | re.DOTALL)


def is_placeholder(value: str) -> bool:
    """Whether a text is a placeholder: TODO, n/a, changeme, <owner>, xxx."""
    text = value.strip()
    if _UNFILLED.fullmatch(text):
        return True
    return bool(text) and re.sub(r"[\W_]", "", text).lower() in _PLACEHOLDERS


def _takes_tags(type_: str) -> bool:
    return type_ in taggable_types()


def _tags(view: ResourceView) -> dict[str, Any]:
    """The tags of a resource by key, an Undetermined for each unknown value."""
    if taggable_types()[view.type] == "list":
        return {entry.get("key"): entry.peek("value") for entry in view.each("tags")}
    return {key: view.peek("tags", key) for key in view.keys("tags")}


def _missing_tags(view: ResourceView, context: PolicyContext) -> Findings:
    tags = _tags(view)
    yield from _missing("tag", context.required_tags, tags)


def _missing(what: str, required: tuple[str, ...], given: dict[str, Any]) -> Findings:
    """A phrase for each unknown, missing or empty key."""
    missing, empty = [], []
    for key in required:
        value = given.get(key)
        if isinstance(value, Undetermined):
            yield value
        elif value is None:
            near = next((other for other in given if other.lower() == key.lower()), None)
            missing.append(f'{key} (there is "{near}")' if near else key)
        elif not str(value).strip():
            empty.append(key)
    for keys, state in ((missing, "missing"), (empty, "empty")):
        if keys:
            is_ = "is" if len(keys) == 1 else "are"
            yield f"{what}{'' if len(keys) == 1 else 's'} {_joined(keys, 'and')} {is_} {state}"


def _joined(words: Sequence[str], last: str) -> str:
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _placeholder_tags(view: ResourceView, context: PolicyContext) -> Findings:
    tags = _tags(view)
    for key in (*context.required_tags, *OPTIONAL_TAGS):
        value = tags.get(key)
        if isinstance(value, Undetermined):
            yield value
        elif isinstance(value, str) and is_placeholder(value):
            yield f'tag {key} is the placeholder "{value}"'


def _untrue_tags(view: ResourceView, context: PolicyContext) -> Findings:
    tags = _tags(view)
    expected = {"Environment": (context.environment,), "ManagedBy": (MANAGED_BY,), "Owner": context.teams}
    for key, allowed in expected.items():
        value = tags.get(key)
        if isinstance(value, Undetermined):
            yield value
        elif value and allowed and value not in allowed and not is_placeholder(str(value)):
            yield f'tag {key} is "{value}", not {_joined(allowed, "or")}'


def _takes_labels(type_: str) -> bool:
    """Every Kubernetes object of a program, but no chart or YAML file: their objects are resources too."""
    provider, _, rest = type_.partition(":")
    group = rest.partition(":")[0].partition("/")[0]
    return provider == "kubernetes" and group not in ("helm.sh", "yaml", "kustomize")


def _labels(view: ResourceView, context: PolicyContext) -> Findings:
    for each in objects(view):
        labels = {
            key: each.fields.peek("metadata", "labels", key) for key in each.fields.keys("metadata", "labels")
        }
        if not each.partial:
            yield from _missing(
                f"{each.fields.path}: label" if each.fields.path else "label", REQUIRED_LABELS, labels
            )
        yield from _untrue_labels(labels, context)


def _untrue_labels(labels: Mapping[str, Any], context: PolicyContext) -> Findings:
    expected = {"platform/environment": context.environment, "app.kubernetes.io/managed-by": MANAGED_BY}
    for key, value in labels.items():
        if isinstance(value, str) and value.strip() and value != expected.get(key, value):
            yield f'label {key} is "{value}", not {expected[key]}'
        elif key in REQUIRED_LABELS and isinstance(value, str) and is_placeholder(value):
            yield f'label {key} is the placeholder "{value}"'


_QUEUE = "aws:sqs/queue:Queue"
_GROUP = "aws:autoscaling/group:Group"
_GOOD = {
    "Name": "orders-queue",
    "Service": "payments",
    "Environment": "dev",
    "Owner": "payments-team",
    "ManagedBy": "platform-team",
}
_GOOD_LIST = [{"key": key, "value": value, "propagateAtLaunch": True} for key, value in _GOOD.items()]
_GOOD_LABELS = dict.fromkeys(REQUIRED_LABELS, "payments") | {
    "app.kubernetes.io/managed-by": "platform-team",
    "platform/environment": "dev",
}


def _tagged(**changed: str) -> Example:
    return Example(_QUEUE, {"tags": _GOOD | changed})


def _labelled(**changed: str) -> Example:
    labels = _GOOD_LABELS | {key.replace("__", "/").replace("_", "-"): v for key, v in changed.items()}
    return Example("kubernetes:core/v1:ConfigMap", {"metadata": {"labels": labels}})


TAGS: Final = (
    Rule(
        id="required-tags",
        title="Every taggable AWS resource has the required tags",
        why="Costs, owners and the scope of an incident are found by tag.",
        remedy="make it a child of a component, which sets them, or pass tags",
        severity="high",
        controls=("NIST 800-53 CM-8",),
        types=_takes_tags,
        general=True,
        check=_missing_tags,
        passing=(_tagged(), Example(_GROUP, {"tags": _GOOD_LIST})),
        failing=(
            Example(_QUEUE, {}, says="tags Name, Service, Environment, Owner and ManagedBy are missing"),
            Example(_QUEUE, {"tags": {"owner": "payments-team"}}, says='Owner (there is "owner")'),
            Example(_QUEUE, {"tags": _GOOD | {"Service": " "}}, says="tag Service is empty"),
            Example(_GROUP, {"tags": _GOOD_LIST[1:]}, says="tag Name is missing"),
        ),
    ),
    Rule(
        id="tags-filled-in",
        title="No tag value is a placeholder such as TODO or n/a",
        why="A placeholder passes a check for the tag and carries no information.",
        remedy="set the real value, or omit an optional tag",
        severity="medium",
        controls=("NIST 800-53 CM-8",),
        types=_takes_tags,
        general=True,
        check=_placeholder_tags,
        passing=(_tagged(), _tagged(Service="todo-list"), _tagged(CostCenter="cc-1042")),
        failing=(
            Example(_QUEUE, {"tags": _GOOD | {"Owner": "TODO"}}, says='tag Owner is the placeholder "TODO"'),
            Example(_QUEUE, {"tags": _GOOD | {"CostCenter": "n/a"}}, says="CostCenter"),
            Example(_GROUP, {"tags": [*_GOOD_LIST, {"key": "CostCenter", "value": "<cost center>"}]}),
        ),
    ),
    Rule(
        id="tags-true",
        title="The tags Environment, ManagedBy and Owner match the stack",
        why="A copied tag charges costs to the wrong environment, and alerts the wrong team.",
        remedy="let the component set these tags, or correct the value",
        severity="medium",
        controls=("NIST 800-53 CM-8",),
        types=_takes_tags,
        general=True,
        check=_untrue_tags,
        passing=(_tagged(),),
        failing=(
            Example(_QUEUE, {"tags": _GOOD | {"Environment": "prod"}}, says='Environment is "prod", not dev'),
            Example(_QUEUE, {"tags": _GOOD | {"ManagedBy": "me"}}, says="not platform-team"),
            Example(_QUEUE, {"tags": _GOOD | {"Owner": "nobody"}}, says="not payments-team"),
        ),
    ),
    Rule(
        id="required-labels",
        title="Every Kubernetes object has the recommended labels and the platform's",
        why="Dashboards, network policies, cost reports and people with kubectl select by label.",
        remedy="make it a child of a component, or set its labels to labels_of(...)",
        severity="medium",
        controls=("NIST 800-53 CM-8",),
        types=_takes_labels,
        general=True,
        check=_labels,
        passing=(
            _labelled(),
            Example("kubernetes:core/v1:ConfigMapPatch", {"metadata": {"labels": {"team": "shop"}}}),
            Example("kubernetes:core/v1:ConfigMapList", {"items": [{"metadata": {"labels": _GOOD_LABELS}}]}),
        ),
        failing=(
            Example("kubernetes:apps/v1:Deployment", {}, says="and platform/owner are missing"),
            Example(
                "kubernetes:core/v1:ConfigMap",
                {"metadata": {"labels": _GOOD_LABELS | {"platform/environment": "prod"}}},
                says='label platform/environment is "prod", not dev',
            ),
            Example(
                "kubernetes:core/v1:ConfigMapPatch",
                {"metadata": {"labels": {"platform/environment": "prod"}}},
                says='label platform/environment is "prod", not dev',
            ),
            Example(
                "kubernetes:core/v1:ConfigMapList",
                {"items": [{"metadata": {"labels": _GOOD_LABELS}}, {}]},
                says="items[1]: labels ",
            ),
        ),
    ),
)
