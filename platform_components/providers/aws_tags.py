"""All tags of an AWS resource: its own, and the default tags of its provider.

Source: pulumi-aws, provider/tags.go, applyTags and mergeTags.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from platform_components.engine.values import UNKNOWN, Secret, has_secret, is_unknown
from platform_components.providers.checked_inputs import DEFAULTS, unmarked_value


@dataclass(frozen=True)
class ProviderTags:
    """What a provider adds to the tags of its resources, and which tags it ignores."""

    default: Mapping[str, str]
    ignored: frozenset[str] = frozenset()
    ignored_prefixes: tuple[str, ...] = ()

    @classmethod
    def read(cls, configuration: Mapping[str, Any]) -> ProviderTags | None:
        """Return the tags in the inputs of a provider; None if they are unknown or can't be decrypted."""
        default, ignore = (_data(configuration.get(key)) for key in ("defaultTags", "ignoreTags"))
        if default is None or ignore is None:
            return None
        return cls(
            default.get("tags") or {},
            frozenset(ignore.get("keys") or ()),
            tuple(ignore.get("keyPrefixes") or ()),
        )

    def merged(self, tags: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: value
            for key, value in {**self.default, **tags}.items()
            if key not in self.ignored and not key.startswith(self.ignored_prefixes)
        }


def all_tags(tags: Any, old: Mapping[str, Any], provider: ProviderTags | None) -> Any:
    """Return the value of `tagsAll` for the tags of a program and the old inputs of the resource.

    Unlike other properties, it is unknown as a whole if one tag is. `provider`: None if its configuration is
    not known; then its tags follow from the old inputs.
    """
    if is_unknown(tags):
        return UNKNOWN
    now = unmarked_value(tags) or {}
    if provider is None:
        before, all_before = unmarked_value(old.get("tags")) or {}, unmarked_value(old.get("tagsAll"))
        if all_before is None:
            all_before = before
        if not all(isinstance(each, Mapping) for each in (before, all_before, now)):
            return old.get("tagsAll")  # sealed: whether `tags` differ is known from these
        provider = ProviderTags(
            {key: all_before[key] for key in all_before.keys() - before.keys() - {DEFAULTS}},
            frozenset(before.keys() - all_before.keys()),
        )
    merged = provider.merged(now)
    return Secret(merged) if has_secret(tags) else merged


def _data(value: Any) -> Mapping[str, Any] | None:
    """An object in the inputs of a provider, which are JSON texts; None if it is not known."""
    value = unmarked_value(value)
    if value is None or value == "":
        return {}
    try:
        data = json.loads(value) if isinstance(value, str) else value
    except ValueError:  # the provider rejects it
        return None
    return data if isinstance(data, Mapping) and not is_unknown(data) else None
