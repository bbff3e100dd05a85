"""Pods: no secrets in plain text in variables and commands. Values are read and never reported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from platform_components.base.secret_names import is_secret, secret_words
from platform_components.policy import Example, PolicyContext, ResourceView, Rule, Undetermined

from .kubernetes_objects import POD_KINDS, containers, of_kind
from .pod_examples import PASSING, POD, everywhere, pod


def _plain_secrets(view: ResourceView, context: PolicyContext) -> Iterator[str | Undetermined]:
    """Unknown values are not reported: most pods have some, such as the host of a database."""
    for container in containers(view):
        for variable in container.fields.each("env"):
            name, value = variable.peek("name"), variable.peek("value")
            if isinstance(name, str) and isinstance(value, str) and is_secret(name, value):
                yield f"{container.label}: variable {name} contains a secret in plain text"
        for field in ("command", "args"):
            words = container.fields.peek(field)
            if isinstance(words, list) and _has_secret(words):
                yield f"{container.label}: {field} contains a secret in plain text"


def _has_secret(words: list[object]) -> bool:
    return any(secret_words(words)) or any(is_secret("", word) for word in words if isinstance(word, str))


def _with(**fields: object) -> dict[str, object]:
    return pod(containers=[{"name": "web", **fields}])


def _variable(name: str, value: str) -> dict[str, object]:
    return _with(env=[{"name": name, "value": value}])


_KEY: Final = "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc"
_REFERENCE: Final = {"secretKeyRef": {"name": "shop", "key": "password"}}

POD_SECRETS: Final = (
    Rule(
        id="pod-plain-secrets",
        title="No variable or command of a container contains a secret in plain text",
        why="Whoever can read pods or the state of the stack reads the secret, as do logs and audit events.",
        remedy="pass the ARN of a Secrets Manager secret in `secrets` of a Workload, or use secretKeyRef",
        severity="high",
        enforcement="advisory",
        controls=("NIST 800-53 IA-5",),
        types=of_kind(*POD_KINDS),
        check=_plain_secrets,
        passing=(
            *PASSING,
            Example(POD, _variable("LOG_LEVEL", "debug")),
            Example(POD, _variable("DB_PASSWORD_FILE", "/run/secrets/password")),
            Example(POD, _with(env=[{"name": "DB_PASSWORD", "valueFrom": _REFERENCE}])),
            Example(POD, _with(command=["serve", "--port", "8080"], args=["--token-file", "/run/token"])),
        ),
        failing=(
            *everywhere(
                _variable("PAYMENTS", _KEY),
                "container web: variable PAYMENTS contains a secret in plain text",
            ),
            Example(POD, _variable("DB_PASSWORD", "hunter2-shop"), says="variable DB_PASSWORD contains"),
            Example(POD, _variable("URL", "postgres://shop:hunter2@db/shop"), says="variable URL contains"),
            Example(POD, _with(command=["serve", "--token", "a8f3kd92"]), says="web: command contains"),
            Example(POD, _with(args=[f"--key={_KEY}"]), says="container web: args contains"),
        ),
    ),
)
