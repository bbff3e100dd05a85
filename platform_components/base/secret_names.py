"""Secrets that are recognized by the name of their field or variable, without a mark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from platform_components.base.errors import is_sensitive_name, last_word
from platform_components.base.secret_shapes import Span, shaped_secrets

# `NAME=value`, `name = "value"`, `"name": "value"` and `'name': 'value'`, also in JSON that is in JSON.
_ASSIGNED = re.compile(
    r"(?<![\w.-])(?P<name>[\w.-]{1,100})"
    r"(?:=(?P<plain>[^\s\"'\\;,&(){}\[\]]+)|\s?=\s?(?P<q>\\*[\"'])(?P<quoted>.*?)(?P=q)"
    r"|(?P<k>\\*[\"'])\s?:\s?(?P<v>\\*[\"'])(?P<item>.*?)(?P=v))"
)
# A line of YAML or of an INI file: `password: value`, `- "password": 'value'`, `password = value`.
_LINE = re.compile(
    r"^[ \t#>*-]*(?P<b>[\"']?)(?P<name>[\w.-]{1,100})(?P=b)(?:[ \t]?:|[ \t]=)[ \t]{1,20}"
    r"(?:(?P<q>[\"'])(?P<quoted>[^\"'\n]{1,200})(?P=q)|(?P<plain>[^\s\"'()\[\]{}<>]{1,200}))[ \t]*(?:#.*)?$",
    re.MULTILINE,
)
# In such a line, a word without quotes is a type (`password: str`) or a message (`token: unexpected.`).
_WORDS = re.compile(r"[A-Za-z_.]+[.,:;!?]*")
# `{"name": "DB_PASSWORD", "value": "..."}`, a variable of a container.
_VARIABLE = re.compile(
    r"name\\*[\"']\s?:\s?\\*[\"'](?P<name>[\w.-]{1,100})\\*[\"'],\s?\\*[\"']value\\*[\"']\s?:\s?"
    r"(?P<v>\\*[\"'])(?P<value>.*?)(?P=v)"
)

# fmt: off
_REFERRING: Final = frozenset(
    (
        "address", "algorithm", "annotation", "arn", "arns", "at", "audience", "auto", "class", "count",
        "date", "days", "dir", "directory", "disabled", "duration", "enabled", "encoding", "endpoint",
        "expiration", "expiry", "file", "format", "host", "hours", "id", "identifier", "ids", "issuer",
        "kind", "label", "length", "limit", "location", "manager", "max", "method", "min", "minutes",
        "mode", "name", "names", "namespace", "path", "policy", "provider", "ref", "reference", "refs",
        "region", "required", "retention", "rotation", "scope", "scopes", "seconds", "selector", "size",
        "sock", "socket", "state", "status", "store", "time", "timeout", "ttl", "type", "types", "uri",
        "url", "user", "username", "validity", "version",
    )
)
"""Last words of names that refer to a secret, or describe one, without containing it."""
# fmt: on
_HARMLESS = re.compile(
    r"|…|\*+|\[.*|\(.*|<.*>|\$.+|\{\{.+|arn:aws[a-z-]*:.+|(/[\w.-]+)+|[0-9]{1,9}(ms|[smhd])?|true|false|none|null",
    re.IGNORECASE,
)
# Sentry's DSN: it contains a public key only (docs.sentry.io, "DSN Explainer").
_PUBLIC_DSN = re.compile(r"https?://[^\s/:@]+@\S+")
# The name of a Kubernetes object, which `existingSecret` refers to.
_OBJECT_NAME = re.compile(r"[a-z]([a-z0-9.-]{0,61}[a-z0-9])?")
_NUMBERS_TOO = re.compile(r"passw|passphrase|pwd|\bpin\b", re.IGNORECASE)
_OWN_SECRET = re.compile(r"(client|app|consumer|shared|webhook|jwt|session|hmac)[-_]?secret$", re.IGNORECASE)


def assigned_secrets(text: str) -> Iterator[Span]:
    """Find the values in a text whose name indicates a secret: `DB_PASSWORD=...`, `"apiKey": "..."`,
    `password: ...` on a line."""
    if "=" not in text and ":" not in text:
        return
    for found in _ASSIGNED.finditer(text):
        group = next(name for name in ("plain", "quoted", "item") if found[name] is not None)
        if is_plain_secret(found["name"], found[group]):
            yield found.span(group)
    for found in _LINE.finditer(text):
        group = "plain" if found["quoted"] is None else "quoted"
        is_word = group == "plain" and _WORDS.fullmatch(found[group])
        if not is_word and is_plain_secret(found["name"], found[group]):
            yield found.span(group)
    for found in _VARIABLE.finditer(text):
        if is_plain_secret(found["name"], found["value"]):
            yield found.span("value")


def is_secret(name: str, value: str) -> bool:
    """Whether a string with this name is or contains a secret in plain text, by its name or its shape."""
    return is_plain_secret(name, value) or any(shaped_secrets(value)) or any(assigned_secrets(value))


def is_plain_secret(name: str, value: str) -> bool:
    """Whether a string with this name is a secret in plain text: not the name, path or ARN of one."""
    if not is_sensitive_name(name) or (last_word(name) in _REFERRING and "webhook" not in name.lower()):
        return False
    if _HARMLESS.fullmatch(value):
        return bool(value.isdecimal() and _NUMBERS_TOO.search(name))
    if last_word(name) == "auth" and value.isalpha():  # a method, such as `iam`
        return False
    if last_word(name) == "dsn" and _PUBLIC_DSN.fullmatch(value):
        return False
    refers = last_word(name) in ("secret", "secrets") and not _OWN_SECRET.search(name)
    return not (refers and _OBJECT_NAME.fullmatch(value))
