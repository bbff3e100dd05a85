"""The stand-in provider as the planner sees it: what it answers to Check and Diff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from platform_components.engine.plan.providers import Checked, Effect
from platform_components.engine.state.deployment import ResourceState
from platform_components.engine.state.sealed import Sealed
from platform_components.engine.values import UNKNOWN, Archive, Asset, Secret, Unknown
from tests.engine import cloud_facts
from tests.engine.cloud_facts import MARK
from tests.engine.cloud_provider import checked
from tests.estate.changes import Change, replaces


class CloudModel:
    """Answers as CloudProvider does. The name of a new resource is unknown: a provider picks it."""

    def check(self, type_: str, given: Mapping[str, Any], old: ResourceState | None) -> Checked:
        if old is None:
            return Checked(_checked(type_, UNKNOWN, given, {}))
        return Checked(_like(old.inputs, _checked(type_, f"{old.name}-new", given, old.inputs)))

    def effect(self, type_: str, path: str, old: Any, new: Any) -> Effect:
        return "replace" if replaces(type_, Change(path, old, new)) else "update"

    def deletes_first(self, type_: str, old: ResourceState, new: Mapping[str, Any]) -> bool:
        return cloud_facts.deletes_first(type_, old.inputs, new)


def _checked(
    type_: str, name: str | Unknown, given: Mapping[str, Any], old: Mapping[str, Any]
) -> dict[str, Any]:
    passed = {key: value for key, value in given.items() if _is_passed_on(value)}
    return {**checked(type_, name, {**given, **dict.fromkeys(passed)}, old), **passed}


def _is_passed_on(value: Any) -> bool:
    """Whether Check returns a value as it is: an asset, or a secret of the state that is still encrypted."""
    inner = value.value if isinstance(value, Secret) else value
    return isinstance(inner, Asset | Archive | Sealed)


def _like(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The new inputs, with empty collections and new defaults as in the old ones: Diff ignores them."""
    added = set(new.get(MARK, ())) - old.keys()
    empty = {key: value for key, value in old.items() if value in ([], {}) and key not in new}
    kept = {
        key: value for key, value in new.items() if key not in added and (key in old or value not in ([], {}))
    }
    return {**kept, **empty}


_MODEL = CloudModel()


def cloud_models(type_: str) -> CloudModel:
    """Return the model for every type."""
    return _MODEL
