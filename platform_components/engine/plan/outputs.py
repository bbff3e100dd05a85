"""The outputs of an updated resource in a preview: its former ones with the new inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from platform_components.engine.plan.difference import plain
from platform_components.engine.plan.verdict import Verdict, top
from platform_components.engine.state.deployment import ResourceState
from platform_components.engine.values import UNKNOWN, Secret


def updated_outputs(old: ResourceState, inputs: Mapping[str, Any], verdict: Verdict) -> Mapping[str, Any]:
    """Return the former outputs with the properties that change.

    What the program did not set is computed, inside a changed property too, and stays: the security group of
    a cluster in `vpcConfig`, of which another field changes.
    """
    changed = {top(each.path) for each in verdict.changes}
    kept = {key: value for key, value in old.outputs.items() if key not in changed}
    given = sorted(changed & inputs.keys())
    return kept | {key: _merged(old.outputs.get(key), old.inputs.get(key), inputs[key]) for key in given}


def _merged(output: Any, before: Any, after: Any) -> Any:
    """The new output for a former one and its inputs before and after."""
    if isinstance(after, Secret):
        return Secret(_merged(output, before, after.value))
    if isinstance(output, Secret) or isinstance(before, Secret):
        return Secret(_merged_revealed(_revealed(output), _revealed(before), after))
    if isinstance(after, Mapping):
        before = before if isinstance(before, Mapping) else {}
        known = output if isinstance(output, Mapping) else {}
        computed = {key: value for key, value in known.items() if key not in before}
        given = {key: value for key, value in after.items() if not key.startswith("__")}
        return computed | {k: _merged(known.get(k), before.get(k), value) for k, value in given.items()}
    if _is_list(after):
        return _merged_items(output, before, after)
    return after


def _merged_revealed(output: Any, before: Any, after: Any) -> Any:
    """The same for a secret, of which a part can't be revealed without a key."""
    if UNKNOWN in (output, before) and (isinstance(after, Mapping) or _is_list(after)):
        return UNKNOWN
    return _merged(output, before, after)


def _merged_items(output: Any, before: Any, after: Sequence[Any]) -> list[Any]:
    """The items of a list. If their number changes, it is unknown which one has which computed values."""
    outputs = output if _is_list(output) else []
    befores = before if _is_list(before) else []
    if len(outputs) == len(befores) == len(after):
        return [_merged(*items) for items in zip(outputs, befores, after, strict=True)]
    given = {key for item in befores if isinstance(item, Mapping) for key in item}
    computed = {key for item in outputs if isinstance(item, Mapping) for key in item} - given
    unknown = dict.fromkeys(computed, UNKNOWN)
    return [_merged(unknown if isinstance(item, Mapping) else None, None, item) for item in after]


def _revealed(value: Any) -> Any:
    return plain(value) if isinstance(value, Secret) else value


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
