"""Snapshots: states without secrets, which can be published. Each secret is replaced by a digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from platform_components.base.errors import InvalidInput
from platform_components.base.markers import MARK
from platform_components.base.redaction import Redactor, distinct
from platform_components.base.secret_forms import forms_of
from platform_components.base.secret_names import is_common, secret_items, secret_words
from platform_components.engine import wire
from platform_components.engine.decryption import CannotDecrypt
from platform_components.engine.state.canonical import scalars
from platform_components.engine.state.deployment import Deployment, PendingOperation, ResourceState
from platform_components.engine.state.digests import (
    Digester,
    Scrypt,
    is_guessable,
    snapshot_provider,
)
from platform_components.engine.state.sealed import Sealed, obstacle_of, secrets_in
from platform_components.engine.values import UNKNOWN, Archive, Asset, ResourceReference, Secret

_SHORTEST: Final = 4
"""Characters of a common word as a secret that is also hidden if it is another complete value."""
_URNS: Final = {
    "parent": "parent",
    "dependencies": "dependencies",
    "deleted_with": "deletedWith",
    "replace_with": "replaceWith",
    "aliases": "aliases",
    "view_of": "viewOf",
}
"""Fields of a resource that contain URNs, with their names in a state."""
_PLAIN: Final = {
    "custom": "custom",
    "protect": "protect",
    "external": "external",
    "delete": "delete",
    "pending_replacement": "pendingReplacement",
    "retain_on_delete": "retainOnDelete",
    "taint": "taint",
    "custom_timeouts": "customTimeouts",
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
    "additional_secret_outputs": "additionalSecretOutputs",
}
"""Fields that contain no values of the program: flags, numbers and names of properties."""
_INIT_ERROR: Final = "the message is not in the snapshot"


@dataclass(frozen=True, repr=False)
class Snapshot:
    """A state without secrets."""

    content: Mapping[str, Any]
    """JSON in Pulumi's deployment format."""
    digests: int
    """Secrets that a preview can compare."""
    not_comparable: int
    """Secrets without a digest, because they can't be decrypted here, or are easy to guess."""
    hidden_names: int
    """Resources with a secret in their URN or ID. A preview does not find them in the snapshot."""
    obstacle: str = ""
    """Why secrets can't be decrypted here; empty if they can."""


def snapshot_of(deployment: Deployment) -> Snapshot:
    """Return the snapshot of a state. It contains only what a preview needs.

    Raises:
        InvalidInput: the passphrase is incorrect, or a secret is damaged.
    """
    try:
        return _Redacted(deployment).snapshot()
    except CannotDecrypt as error:
        raise InvalidInput(deployment.source, [error.problem]) from None


class _Redacted:
    """Builds the JSON of one state, after it has read all its secrets: each is hidden everywhere."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._digests = self._not_comparable = self._hidden_names = 0
        self._obstacle = ""
        self._digester = Digester(Scrypt.random())
        self._redact = Redactor()
        self._guessable: set[str] = set()
        """Forms of those secrets that are easy to guess: a text with one has no digest."""
        self._words: set[str] = set()
        """Secrets that are common words. They are only hidden if they are a complete value."""
        for resource in deployment.resources:
            self._learn([resource.inputs, resource.outputs, resource.replacement_trigger])
            self._redact.learn_plain([resource.name, resource.id, resource.inputs, resource.outputs])
        self._urns: dict[str, str] = {}
        used: set[str] = set()
        for resource in deployment.resources:
            if resource.urn not in self._urns:
                self._urns[resource.urn] = distinct(self._urn_parts(resource.urn), used)

    def snapshot(self) -> Snapshot:
        deployment = {
            "manifest": _present({"time": self._deployment.time}),
            "secrets_providers": snapshot_provider(self._digester.scrypt),
            "resources": [self._resource(each) for each in self._deployment.resources],
            "pending_operations": [self._operation(each) for each in self._deployment.pending],
        }
        return Snapshot(
            {"version": 3, "deployment": _present(deployment)},
            digests=self._digests,
            not_comparable=self._not_comparable,
            hidden_names=self._hidden_names,
            obstacle=self._obstacle,
        )

    def _resource(self, resource: ResourceState) -> dict[str, Any]:
        provider, separator, id_ = resource.provider.rpartition("::")
        self._hidden_names += (
            self._urn(resource.urn) != resource.urn or self._text(resource.id) != resource.id
        )
        urns = {name: self._urn_field(getattr(resource, field)) for field, name in _URNS.items()}
        plain = {name: getattr(resource, field) for field, name in _PLAIN.items()}
        trigger = resource.replacement_trigger
        shown = _present(
            {
                "urn": self._urn(resource.urn),
                "type": self._redact.key(resource.type),
                "custom": resource.custom,
                "id": self._text(resource.id),
                "provider": f"{self._urn(provider)}{separator}{self._text(id_)}",
                "inputs": self._properties(resource.inputs, digest=True),
                # Programs are compared with inputs, and with the outputs of the stack.
                "outputs": self._properties(resource.outputs, digest=resource.is_stack),
                "propertyDependencies": {
                    self._redact.key(key): [self._urn(urn) for urn in found]
                    for key, found in resource.property_dependencies.items()
                },
                "importID": self._text(resource.import_id),
                "initErrors": [_INIT_ERROR for _ in resource.init_errors],
                **urns,
                **plain,
            }
        )
        return shown if trigger is None else shown | {"replacementTrigger": self._value(trigger, digest=True)}

    def _operation(self, operation: PendingOperation) -> dict[str, Any]:
        resource = {
            "urn": self._urn(operation.urn),
            "type": self._redact.key(operation.type),
            "custom": True,
            "id": self._text(operation.id),
        }
        return {"type": operation.kind, "resource": _present(resource)}

    def _properties(self, values: Mapping[str, Any], *, digest: bool) -> dict[str, Any]:
        """The JSON of a mapping. A plain value whose name indicates a secret is one."""
        hidden = set(secret_items(values))
        return {
            self._redact.key(key): (
                self._sealed(value, digest=digest) if key in hidden else self._value(value, digest=digest)
            )
            for key, value in values.items()
        }

    def _value(self, value: Any, *, digest: bool) -> Any:
        """The JSON of a value, in which a part that contains a secret is replaced as a whole."""
        if isinstance(value, Secret):
            return self._sealed(value.value, digest=digest)
        if isinstance(value, str):
            return self._sealed(value, digest=digest) if self._has_secret(value) else value
        if isinstance(value, Mapping):
            if any(self._redact.key(key) != key for key in value):
                return self._sealed(value, digest=digest)
            return self._properties(value, digest=digest)
        if isinstance(value, list | tuple):
            hidden = {index for index, _ in secret_words(value)}
            return [
                self._sealed(item, digest=digest) if index in hidden else self._value(item, digest=digest)
                for index, item in enumerate(value)
            ]
        if isinstance(value, Asset | Archive):
            return self._asset(value, digest=digest)
        if isinstance(value, ResourceReference):
            id_ = self._text(value.id) if isinstance(value.id, str) else wire.UNKNOWN_TEXT
            return _present({wire.SIGNATURE: wire.RESOURCE, "urn": self._urn(value.urn), "id": id_})
        if value is UNKNOWN:
            return wire.UNKNOWN_TEXT
        if isinstance(value, int | float) and not isinstance(value, bool) and self._has_secret(str(value)):
            return self._sealed(value, digest=digest)
        return value

    def _asset(self, value: Asset | Archive, *, digest: bool) -> dict[str, Any]:
        """An asset by its hash, without its content and its path, which is one of the deploying machine."""
        kind = wire.ASSET if isinstance(value, Asset) else wire.ARCHIVE
        if isinstance(value, Asset) and value.text:
            return self._sealed(value, digest=digest)  # a hash shows a text that can be guessed
        if not value.hash and isinstance(value, Archive) and value.assets:
            members = {name: self._value(item, digest=digest) for name, item in value.assets.items()}
            return {wire.SIGNATURE: kind, "assets": members}
        return _present({wire.SIGNATURE: kind, "hash": value.hash, "uri": self._text(value.uri)})

    def _sealed(self, value: Any, *, digest: bool) -> dict[str, Any]:
        if not digest:
            return {wire.SIGNATURE: wire.SECRET}
        revealed = self._revealed(value)
        if isinstance(revealed, str) and any(form in revealed for form in self._guessable):
            revealed = UNKNOWN
        marked = self._digester.marked(revealed)
        if "digest" in marked:
            self._digests += 1
        else:
            self._not_comparable += 1
        return marked

    def _learn(self, value: Any) -> None:
        """Register the marked secrets in a value."""
        for secret in secrets_in(value):
            for text in scalars(self._revealed(secret)):
                if not is_guessable(text):
                    self._redact.learn(text)
                elif not is_common(text):
                    self._redact.learn(text)
                    self._guessable.update(forms_of(text))
                elif len(text) >= _SHORTEST:
                    self._words.add(text)

    def _revealed(self, value: Any) -> Any:
        """A value with the secrets in it revealed: UNKNOWN for those that can't be decrypted."""
        if isinstance(value, Secret):
            return self._revealed(value.value)
        if isinstance(value, Sealed):
            revealed = self._revealed(value.reveal())
            self._obstacle = self._obstacle or obstacle_of(value)
            return revealed
        if isinstance(value, Mapping):
            return {key: self._revealed(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._revealed(item) for item in value]
        return value

    def _has_secret(self, text: str) -> bool:
        return text in self._words or self._redact(text) != text

    def _text(self, text: str) -> str:
        """An ID, which a digest can't replace."""
        return MARK if self._has_secret(text) else text

    def _urn_field(self, value: str | Iterable[str]) -> str | list[str]:
        return self._urn(value) if isinstance(value, str) else [self._urn(urn) for urn in value]

    def _urn(self, urn: str) -> str:
        return (self._urns.get(urn) or self._urn_parts(urn)) if urn else ""

    def _urn_parts(self, urn: str) -> str:
        """A URN whose types and name contain no secret. The stack and the project are names of files."""
        if urn.count("::") < 3:
            return self._redact.key(urn)
        stack, project, types, name = urn.split("::", 3)
        return "::".join((stack, project, self._redact.key(types), self._redact.key(name)))


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are not empty, which is the same as missing."""
    return {key: value for key, value in values.items() if value}
