"""Extract Check calls from the gRPC logs of real providers.

    python -m tests.real_states.record REPOSITORY@COMMIT=DIRECTORY ...

Each directory is a checkout with `grpc.json` files. README.md describes which calls are left out and what
is replaced; equal calls are written once.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from platform_components.engine.urn import name_of, type_of
from tests.real_states.facts import FACTS, Call, write

_LEFT_OUT: Final = (
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # an unknown
    "c44067f5952c0a294b673a41bacd8c17",  # an asset
    "0def7320c3a5731c473e5ecbe6d01bc7",  # an archive
    "REDACTED BY PROVIDERTEST",  # a key, in the tests of the provider
)
"""Texts in calls that are left out. Marks: pulumi/pulumi, sdk/go/common/resource/{plugin/rpc,sig/sig}.go."""

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
"""The mark of a secret: sdk/go/common/resource/sig/sig.go in pulumi/pulumi."""

_INVENTED: Final = re.compile(
    r"(?P<pem>-----BEGIN [^-]+-----[^-]+-----END [^-]+-----\n?)"
    r"|(?P<long>[A-Za-z0-9+/=]{48,})"
    r"|(?P<id>(?<=-)[0-9a-f]{17}\b|(?<=-)[0-9a-f]{8}\b)"
    r"|(?P<oidc>\b[0-9A-F]{32}\b)"
    r"|(?P<account>\b\d{12}\b)"
    r"|(?P<suffix>(?<=[-_])[0-9a-f]{7}\b)"
    r"|(?P<project>\bpulumi-development\b)"
    r"|(?P<host>\bp-it-[a-z]+-mac\b)"
    r"|(?P<mail>[\w.+-]+@[\w-]+\.[\w.-]+)"
)
"""What is replaced: keys, certificates, ids, accounts, random parts of names, projects, hosts, addresses."""


def calls(directory: Path) -> Iterator[Call]:
    for path in sorted(directory.rglob("grpc.json")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.strip() or any(text in line for text in _LEFT_OUT):
                continue
            if (call := _check(json.loads(line))) is not None:
                yield call


def _check(entry: dict[str, Any]) -> Call | None:
    request, response = entry.get("request") or {}, entry.get("response") or {}
    if entry["method"] != "/pulumirpc.ResourceProvider/Check" or "inputs" not in response:
        return None
    if response.get("failures") or type_of(request["urn"]).startswith("kubernetes:"):
        return None
    checked = response["inputs"]
    old = _marked(request["olds"], checked) if request.get("olds") else checked
    values = _Invented()
    return Call(
        type=type_of(request["urn"]),
        name=values.replace(name_of(request["urn"])),
        given=values.replace(request.get("news") or {}),
        old=values.replace(old),
        checked=values.replace(checked),
    )


def _marked(old: Any, checked: Any) -> Any:
    """Return old inputs with the marks of secrets that the state has, and the call hasn't."""
    if not isinstance(checked, dict) or (isinstance(old, dict) and _SIGNATURE in old):
        return old
    if checked.get(_SIGNATURE) == _SECRET:
        return {**checked, "value": old}
    return {key: _marked(item, checked.get(key)) for key, item in old.items()}


class _Invented:
    """Invented values for one call: equal ones stay equal."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._counts: Counter[str] = Counter()

    def replace(self, value: Any) -> Any:
        if isinstance(value, dict):
            if value.get(_SIGNATURE) == _SECRET:
                return {"secret": self.replace(value["value"])}
            return {self.replace(key): self.replace(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.replace(item) for item in value]
        return _INVENTED.sub(self._invent, value) if isinstance(value, str) else value

    def _invent(self, match: re.Match[str]) -> str:
        kind = str(match.lastgroup)
        found = match[0]
        if (kind, found) not in self._known:
            self._counts[kind] += 1
            self._known[kind, found] = _value(kind, self._counts[kind], len(found))
        return self._known[kind, found]


def _value(kind: str, number: int, length: int) -> str:
    if kind == "pem":
        return f"example PEM {number}\n"
    if kind == "long":
        return "example" + hashlib.sha256(str(number).encode()).hexdigest()[:8]
    if kind == "account":
        return f"1111222233{number:02}"
    if kind == "project":
        return "example-project"
    if kind == "host":
        return f"host{number}"
    if kind == "mail":
        return f"person{number}@example.com"
    return f"{number:0{length}x}"


def main(arguments: list[str]) -> None:
    if not arguments:
        raise SystemExit(__doc__)
    found: dict[Call, None] = {}
    counts: Counter[str] = Counter()
    sources = []
    for argument in arguments:
        source, _, directory = argument.partition("=")
        sources.append(source)
        for call in calls(Path(directory)):
            counts[call.package] += 1
            found[call] = None
    write(sources, dict(counts), list(found))
    print(f"{len(found)} of {sum(counts.values())} calls, {FACTS.stat().st_size} bytes")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
