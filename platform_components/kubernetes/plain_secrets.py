"""Plaintext secrets: detects them in a container's environment variables and command."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from platform_components.base.secret_names import is_plain_secret, option_before

_LOGIN = re.compile(r"://([^/@\s]*)@")
_PASSWORD = re.compile(r":(?!\$).")
# `TOKEN=x`, `--token=x` and `--token x`, also in the command of a shell. A name starts where its word
# does and an option has a limited length, so that a long word is searched once.
_ASSIGNED = re.compile(
    r"(?:(?<![\w.-])(?P<name>[\w.-]+)=|--?(?P<option>[\w.-]{1,200})\s+(?!-))[\"']?(?P<value>[^\s\"']*)"
)

_NAMED = ("looks like a secret in plain text", "pass the ARN of a Secrets Manager secret in `secrets`")


def plain_secret(text: str, name: str = "") -> tuple[str, str] | None:
    """Return the problem and the remedy if a text with this name contains a secret, otherwise None."""
    if is_plain_secret(name, text):
        return _NAMED
    if any(
        is_plain_secret(found["name"] or found["option"], found["value"])
        for found in _ASSIGNED.finditer(text)
    ):
        return _NAMED
    if any(_PASSWORD.search(login[1]) for login in _LOGIN.finditer(text)):
        return (
            "contains a password",
            "pass the URL without it, and the ARN of a Secrets Manager secret in `secrets`",
        )
    return None


def plain_secrets(words: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """Yield the words of a command that contain a secret: index, problem and remedy."""
    for index, word in enumerate(words):
        if found := plain_secret(word, option_before(words, index)):
            yield index, *found
