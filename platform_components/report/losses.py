"""What a step loses: data, an identity or traffic, and what no longer protects data."""

from __future__ import annotations

from collections.abc import Iterator

from platform_components.base.losses import LOSSES, RECREATED
from platform_components.engine.plan.steps import Step
from platform_components.report.protections import weakened
from platform_components.report.subject import Fact, Subject

_STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"


def losses(subject: Subject) -> Iterator[Fact]:
    """Yield what a deletion or replacement loses, and the protection of data that the step removes."""
    step = subject.step
    lost = _lost(subject)
    if lost and not step.retained:
        if step.operation in ("delete", "replace"):
            verb = "is deleted" if step.operation == "delete" else "is replaced"
            yield Fact("loss", f"{verb}, which loses {lost}")
        elif step.possibly_replaces:
            yield Fact("loss", f"may be replaced, which would lose {lost}")
    yield from weakened(subject)


def is_unclassified(step: Step) -> bool:
    """Whether the step deletes a resource of which it is unknown what is lost with it."""
    deletes = step.operation in ("delete", "replace") and not step.retained
    return deletes and step.is_managed and step.type not in LOSSES and step.type not in RECREATED


def _lost(subject: Subject) -> str:
    if subject.former("skipDestroy") is True:  # such as a log group, which then stays in the cloud
        return ""
    # "whenDeleted ... Delete": https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
    policy = "spec.persistentVolumeClaimRetentionPolicy.whenDeleted"
    if subject.type == _STATEFUL_SET and subject.former(policy) == "Delete":
        return "the volumes of its pods, depending on the reclaim policy"
    return LOSSES.get(subject.type, "")
