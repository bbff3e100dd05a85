"""Secrets that are recognized by the name of their field or variable, without a mark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from platform_components.base.errors import is_sensitive_name, last_word
from platform_components.base.secret_shapes import Span, is_aws_key_id, is_aws_secret_key, shaped_secrets

# `NAME=value`, `name = "value"`, `"name": "value"` and `'name': 'value'`, also in JSON that is in JSON.
# What is in quotes is found by `_Closing`, because a regular expression searches for each quote separately.
_ASSIGNED = re.compile(
    r"(?<![\w.-])(?P<name>[\w.-]{1,100})"
    r"(?:=(?P<plain>[^\s\"'\\;,&(){}\[\]]+)|(?:\s?=\s?|\\{0,15}[\"']\s?:\s?)(?P<quote>\\{0,15}[\"']))"
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
    r"name\\{0,15}[\"']\s?:\s?\\{0,15}[\"'](?P<name>[\w.-]{1,100})\\{0,15}[\"'],\s?"
    r"\\{0,15}[\"']value\\{0,15}[\"']\s?:\s?(?P<quote>\\{0,15}[\"'])"
)
# `--token value`, in the command of a shell.
_OPTION_AND_VALUE = re.compile(r"--(?P<name>[A-Za-z][\w-]{0,60})\s{1,9}[\"']?(?P<value>[^\s\"'-][^\s\"']*)")
_OPTION = re.compile(r"--?([\w.-]{1,100})")
_PROSE = re.compile(r"[a-z]+[.,;:)]*")
# `mysql -pvalue`; `docker run mysql -p3306:3306` publishes a port.
_MYSQL = re.compile(
    r"\b(?:mysql|mariadb)[\w-]*\s(?:[^|;&\n]{0,200}?\s)?-p[\"']?(?P<value>(?![\d.:]+(?:\s|$))[^\s\"';|&]+)"
)
_MYSQL_PROGRAM = re.compile(r"(?:\S*/)?(?:mysql|mariadb)[\w-]*")
_AUTHORIZATION = re.compile(
    r"uthorization\\{0,15}[\"']?\s?[:=]\s?\\{0,15}[\"']?(?:Bearer|Basic|Token)\s(?P<value>[\w.~+/=-]{8,})",
    re.IGNORECASE,
)
_BEARER = re.compile(r"earer\s(?P<value>(?=\S*\d)[\w.~+/=-]{16,})")
_SCHEME = re.compile(r"(?:Bearer|Basic|Token)\s+[\w.~+/=-]{8,}", re.IGNORECASE)

# fmt: off
_REFERRING: Final = frozenset(
    (
        "address", "age", "algorithm", "alias", "annotation", "arn", "arns", "at", "ats", "audience",
        "auto", "backend", "backends", "budget", "capacity", "challenge", "check", "class", "config",
        "configs", "configuration", "configurations", "count", "date", "days", "dir", "directory",
        "disabled", "discovery", "domain", "domains", "duration", "enabled", "encoding", "encrypted",
        "encryption", "encryptions", "endpoint", "expiration", "expiry", "expression", "factors", "field",
        "fields", "file", "files", "flows", "format", "generation", "generations", "hasher", "header",
        "host", "hours", "id", "identifier", "ids", "issuer", "kind", "label", "length", "limit", "limits",
        "lists", "location", "manager", "max", "md5", "mechanism", "mechanisms", "metadatas", "method",
        "methods", "min", "minutes", "mode", "model", "modes", "mutable", "name", "names", "namespace",
        "only", "options", "param", "parameter", "parameters", "path", "policy", "prefix", "prevention",
        "properties", "provider", "providers", "ref", "reference", "refs", "region", "requests", "required",
        "response", "retention", "revocation", "rotation", "rotations", "scheme", "scope", "scopes",
        "seconds", "selection", "selector", "session", "size", "sock", "socket", "source", "sources",
        "spec", "state", "status", "statuses", "storage", "store", "strategy", "suffix", "time", "timeout",
        "tokenizer", "trigger", "triggers", "ttl", "type", "types", "unit", "units", "uri", "url", "user",
        "username", "validation", "validity", "vendor", "version",
    )
)
"""Last words of names that refer to a secret, or describe one, without containing it."""
_OTHER_TOKENS: Final = frozenset(
    (
        "automountserviceaccounttoken", "clienttoken", "continuetoken", "creationtoken", "dkimtokens",
        "generatesecret", "grantcreationtokens", "httptokens", "imagepullsecrets", "inputtokens",
        "isvaluesecret", "locktoken", "maxtoken", "maxtokens", "nexttoken", "offertoken", "outputtokens",
        "overlaptokens", "policyupdatetoken", "synctoken", "updatetoken", "versiontoken", "viewversiontoken",
    )
)
"""Names, in lower case, of settings and of tokens that give no access: for idempotency, pages, versions."""
_OTHER_KEYS: Final = frozenset(
    (
        "bucket", "cache", "foreign", "hash", "idempotency", "index", "kms", "label", "lock", "object",
        "partition", "primary", "public", "range", "s3", "shard", "sort", "state", "tag",
    )
)
"""Words before `_KEY` in the names of variables that contain no secret."""
# fmt: on
_HARMLESS = re.compile(
    r"|…|\*+|\[.*|\(.*|<.*>|\$.+|\{\{.+|arn:aws[a-z-]*:.+|(/[\w.-]+)+|[0-9]{1,9}(ms|[smhd])?|true|false|none|null"
    r"|required|optional|enabled|disabled|seconds|minutes|hours|days",
    re.IGNORECASE,
)
# A word or a constant: `required`, `SECRETS_MANAGER`.
_COMMON = re.compile(r"[A-Za-z]{1,20}|[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
_SHORTEST = 6
"""Characters. Shorter values match parts of other texts."""
# An environment variable whose name says less than `API_KEY`.
_KEY_VARIABLE = re.compile(r"(?:[A-Z0-9]+_)*([A-Z0-9]+)_(?:KEY|CREDS)")
_HEXADECIMAL = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{48}|[0-9a-f]{64}|[0-9a-f]{128}")
_RANDOM = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?:[\w:!@#%^*+-]{16,}={0,2}|[\w+/-]{20,}={1,2})")
_LETTER_AND_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_FEWEST_CHANGES = 3
"""Changes between letters and digits in random text; `Build12` has one."""
# The key of a Kubernetes Secret, which `secretKey` of an ExternalSecret refers to: `password`.
_KEY_OF_SECRET = re.compile(r"[A-Za-z][A-Za-z_.-]{0,39}")
# Sentry's DSN: it contains a public key only (docs.sentry.io, "DSN Explainer").
_PUBLIC_DSN = re.compile(r"https?://[^\s/:@]+@\S+")
# The name of a Kubernetes object, which `existingSecret` refers to.
_OBJECT_NAME = re.compile(r"[a-z]([a-z0-9.-]{0,61}[a-z0-9])?")
_NUMBERS_TOO = re.compile(r"passw|passphrase|pwd|\bpin\b", re.IGNORECASE)
_OWN_SECRET = re.compile(r"(client|app|consumer|shared|webhook|jwt|session|hmac)[-_]?secret$", re.IGNORECASE)


def assigned_secrets(text: str) -> Iterator[Span]:
    """Find the values in a text whose name indicates a secret: `DB_PASSWORD=...`, `"apiKey": "..."`,
    `password: ...` on a line, `--token ...`."""
    if "=" in text or ":" in text:
        for name, start, end in (*_values(_ASSIGNED, text), *_values(_VARIABLE, text)):
            if is_plain_secret(name, text[start:end]):
                yield start, end
        for found in _LINE.finditer(text):
            group = "plain" if found["quoted"] is None else "quoted"
            is_word = group == "plain" and _WORDS.fullmatch(found[group])
            if not is_word and is_plain_secret(found["name"], found[group]):
                yield found.span(group)
    yield from _command_secrets(text)


def _values(pattern: re.Pattern[str], text: str) -> Iterator[tuple[str, int, int]]:
    """The values that a pattern finds, each with its name: up to the same quote in the same line."""
    closing = _Closing(text)
    at = 0
    while found := pattern.search(text, at):
        at = found.end()
        quote = found["quote"]
        if quote is None:
            yield found["name"], *found.span("plain")
        elif (end := closing(quote, at)) is not None:
            yield found["name"], at, end
            at = end + len(quote)


class _Closing:
    """Finds the quotes that close values of a text. The time is proportional to its length: a search from a
    later position returns the result of the former one, unless it is past that."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next: dict[str, int] = {}

    def __call__(self, quote: str, start: int) -> int | None:
        """Return the position of a quote after a value that starts here; None if its line has none."""
        end = self._find(quote, start)
        return end if end < self._find("\n", start) else None

    def _find(self, part: str, start: int) -> int:
        if self._next.get(part, -1) < start:
            found = self._text.find(part, start)
            self._next[part] = len(self._text) if found < 0 else found
        return self._next[part]


def _command_secrets(text: str) -> Iterator[Span]:
    """The secrets in the options of commands, and in headers for authorization."""
    if "--" in text:
        for found in _OPTION_AND_VALUE.finditer(text):
            prose = _PROSE.fullmatch(found["value"])  # "use --token to log in"
            if not prose and is_plain_secret(found["name"], found["value"]):
                yield found.span("value")
    if " -p" in text and ("mysql" in text or "mariadb" in text):
        for found in _MYSQL.finditer(text):
            if not _HARMLESS.fullmatch(found["value"]):
                yield found.span("value")
    if "earer " in text:
        yield from (found.span("value") for found in _BEARER.finditer(text))
    if "uthorization" in text or "UTHORIZATION" in text:
        for found in _AUTHORIZATION.finditer(text):
            if not _PROSE.fullmatch(found["value"]):
                yield found.span("value")


def secret_words(words: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """Find the words of a command that are a secret: `["--token", "..."]`; index, and start in the word."""
    mysql = False
    for index, word in enumerate(words):
        if not isinstance(word, str):
            continue
        if is_plain_secret(option_before(words, index), word):
            yield index, 0
        elif mysql and len(word) > len("-p") and word.startswith("-p"):
            yield index, len("-p")
        mysql = mysql or bool(_MYSQL_PROGRAM.fullmatch(word))


def option_before(words: Sequence[Any], index: int) -> str:
    """Return the name of the option whose value this word of a command is: `token` after `--token`."""
    before = words[index - 1] if index and not words[index].startswith("-") else None
    option = _OPTION.fullmatch(before) if isinstance(before, str) else None
    return option[1] if option else ""


def secret_items(value: Mapping[Any, Any]) -> Iterator[Any]:
    """Find the keys of a mapping whose values are secrets in plain text, by their names.

    The secret key of an AWS access key is recognized next to the ID of the access key.
    """
    variable = variable_name(value)
    pair = any(isinstance(item, str) and is_aws_key_id(item) for item in value.values())
    for key, item in value.items():
        name = variable if variable and key == "value" else str(key)
        if isinstance(item, str) and (is_plain_secret(name, item) or (pair and is_aws_secret_key(item))):
            yield key


def variable_name(value: Mapping[Any, Any]) -> str:
    """Return the name of the variable that an entry of a list describes, otherwise an empty text.

    Such an entry is `{"name": "DB_PASSWORD", "value": ...}`.
    """
    name = value.get("name", "") if "value" in value else ""
    return name if isinstance(name, str) else ""


def is_secret(name: str, value: str) -> bool:
    """Whether a string with this name is or contains a secret in plain text, by its name or its shape."""
    return is_plain_secret(name, value) or any(shaped_secrets(value)) or any(assigned_secrets(value))


def is_plain_secret(name: str, value: str) -> bool:
    """Whether a string with this name is a secret in plain text: not the name, path or ARN of one."""
    last = last_word(name)
    if last == "authorization":
        return _SCHEME.fullmatch(value) is not None
    if not is_sensitive_name(name):
        return _is_key(name, value)
    if _is_reference(name):
        return False
    if _HARMLESS.fullmatch(value):
        return bool(value.isdecimal() and _NUMBERS_TOO.search(name))
    if last == "auth" and value.isalpha():  # a method, such as `iam`
        return False
    if last == "dsn" and _PUBLIC_DSN.fullmatch(value):
        return False
    if _plain(name) == "secretkey" and _KEY_OF_SECRET.fullmatch(value):
        return False
    refers = last in ("secret", "secrets") and not _OWN_SECRET.search(name)
    return not (refers and _OBJECT_NAME.fullmatch(value))


def _is_reference(name: str) -> bool:
    """Whether a name describes a secret, or refers to one, without containing it: `passwordLength`."""
    if last_word(name) in _REFERRING:
        return "webhook" not in name.lower()
    return _plain(name) in _OTHER_TOKENS


def is_common(value: str) -> bool:
    """Whether a value also occurs in texts that have nothing to do with it: `required`, `HEADER`, `abc`.

    If only its name indicates that it is a secret, it is hidden in its place, but not everywhere.
    """
    return len(value) < _SHORTEST or _COMMON.fullmatch(value) is not None


def _plain(name: str) -> str:
    """The last part of a path, in the same spelling for each style: `httptokens`."""
    return re.sub(r"[^a-z0-9]", "", name.rpartition(".")[2].lower())


def _is_key(name: str, value: str) -> bool:
    """Whether it is a variable such as `ENCRYPTION_KEY` with a random value: not an ID, a path or words."""
    variable = _KEY_VARIABLE.fullmatch(name)
    if not variable or variable[1].lower() in _OTHER_KEYS or _HARMLESS.fullmatch(value):
        return False
    if _HEXADECIMAL.fullmatch(value):
        return True
    changes = len(_LETTER_AND_DIGIT.findall(value))
    return _RANDOM.fullmatch(value) is not None and changes >= _FEWEST_CHANGES
