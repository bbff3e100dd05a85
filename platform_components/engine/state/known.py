"""Secrets of a state that are in plain text already, so that they can be hidden wherever they occur."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

from platform_components.base.redaction import Redactor
from platform_components.engine.state.canonical import scalars
from platform_components.engine.state.deployment import Deployment
from platform_components.engine.state.sealed import Sealed, secrets_in


@runtime_checkable
class Knowable(Sealed, Protocol):
    """A sealed secret that can be in plain text before anything needs it."""

    def known(self) -> Any:
        """Return the plain value if that takes no key, or if the key was needed before; otherwise UNKNOWN."""


def learn_known(deployment: Deployment, redact: Redactor) -> None:
    """Register the marked secrets of a state that are in plain text. Nothing is decrypted for it.

    A state can contain a secret a second time without its mark: in another output, a name or an ID.
    """
    for resource in deployment.resources:
        redact.learn(list(_known([resource.inputs, resource.outputs, resource.replacement_trigger])))


def _known(value: Any) -> Iterator[str]:
    for secret in secrets_in(value):
        yield from scalars(secret.value.known() if isinstance(secret.value, Knowable) else secret.value)
