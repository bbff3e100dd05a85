"""What a step opens up: network traffic, permissions, and settings that make a resource public."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from platform_components.report.access import linked_access
from platform_components.report.iam import granted_permissions
from platform_components.report.ingress import opened_addresses, opened_traffic
from platform_components.report.network_policies import opened_by_policies
from platform_components.report.pods import gained_privileges, weakened_admission
from platform_components.report.rbac import granted_in_cluster
from platform_components.report.services import opened_services
from platform_components.report.settings import weakened_settings
from platform_components.report.subject import Fact, Subject
from platform_components.report.transition import Transition, transitions

_RULES: Final[tuple[Callable[[Transition], Iterator[Fact]], ...]] = (
    opened_traffic,
    opened_addresses,
    opened_services,
    weakened_settings,
    granted_permissions,
    linked_access,
    granted_in_cluster,
    gained_privileges,
    weakened_admission,
)


def exposures(subject: Subject) -> Iterator[Fact]:
    """Yield what the step opens up, each fact once."""
    yield from dict.fromkeys(_exposures(subject))


def _exposures(subject: Subject) -> Iterator[Fact]:
    for transition in transitions(subject):
        yield from opened_by_policies(transition, subject)
        for rule in _RULES:
            yield from rule(transition)
