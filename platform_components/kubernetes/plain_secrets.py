"""Secrets in plain text: what gives one away in a container's variables and in its command."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from platform_components.base.errors import is_sensitive_name

# Names that speak of a secret, and hold none.
_ABOUT_ONE = re.compile(r".*[_.-](arn|enabled|file|host|issuer|mode|name|path|ttl|type|url)", re.IGNORECASE)
# What a name like a secret's may hold in plain sight: nothing, an ARN, a path, a number, a time, a switch,
# another variable.
_HARMLESS = re.compile(r"|arn:aws[a-z-]*:.+|(/[\w.-]+)+|[0-9]{1,9}(ms|[smhd])?|true|false|\$.+")
_LOGIN = re.compile(r"://([^/@\s]*)@")
_PASSWORD = re.compile(r":(?!\$).")
_OPTION = re.compile(r"--?([\w.-]+)")
# `TOKEN=x`, `--token=x` and `--token x`, also inside the text that a shell is given. A long run of letters is
# searched once: a name starts where a run does, and no option has hundreds of letters.
_ASSIGNED = re.compile(
    r"(?:(?<![\w.-])(?P<name>[\w.-]+)=|--?(?P<option>[\w.-]{1,200})\s+(?!-))[\"']?(?P<value>[^\s\"']*)"
)

_NAMED = ("looks like a secret in plain text", "pass the ARN of a Secrets Manager secret")


def plain_secret(text: str, name: str = "") -> tuple[str, str] | None:
    """What is wrong with a text of that name, and the remedy; None where it gives no secret away."""
    if _is_secret(name, text):
        return _NAMED
    if any(
        _is_secret(found["name"] or found["option"], found["value"]) for found in _ASSIGNED.finditer(text)
    ):
        return _NAMED
    if any(_PASSWORD.search(login[1]) for login in _LOGIN.finditer(text)):
        return "holds a password", "pass the address without it, and the ARN of a secret"
    return None


def plain_secrets(words: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """The words of a command that give a secret away: position, what is wrong, the remedy."""
    option = None
    for index, word in enumerate(words):
        name = option[1] if option and not word.startswith("-") else ""
        if found := plain_secret(word, name):
            yield index, *found
        option = _OPTION.fullmatch(word)


def _is_secret(name: str, value: str) -> bool:
    return is_sensitive_name(name) and not _ABOUT_ONE.fullmatch(name) and not _HARMLESS.fullmatch(value)
