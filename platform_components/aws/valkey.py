"""Valkey on ElastiCache: supported versions, and the parameters that can be set, with their values.

Source of versions and parameters: ElastiCache user guide, "Engine versions and upgrading" and "Engine
specific parameters", 2026-11; of limits that the guide leaves open, `src/config.c` of Valkey 8. cfn-lint
1.58.0 has the same versions; neither it nor botocore has data on parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Protocol

from pydantic import AfterValidator

from platform_components.base import Problem
from platform_components.base.errors import nearest
from platform_components.base.values import InSchema, in_schema

VERSIONS: Final = ("7.2", "8.0", "8.1", "8.2", "9.0", "9.1")
"""Valkey versions that ElastiCache supports."""

_INT_MAX: Final = 2**31 - 1
_LONG_MAX: Final = 2**63 - 1

_PARAMETER = re.compile(r"[a-z][a-z0-9-]*")


def _version(value: str) -> str:
    if value not in VERSIONS:
        raise ValueError(f"must be a Valkey version that ElastiCache supports: {', '.join(VERSIONS)}")
    return value


def _parameter(value: str) -> str:
    if not _PARAMETER.fullmatch(value):
        raise ValueError("must be a Valkey parameter such as timeout or notify-keyspace-events")
    return value


ValkeyVersion = Annotated[str, AfterValidator(_version), InSchema({"enum": list(VERSIONS)})]
"""A version such as `8.0`."""
ParameterName = Annotated[str, AfterValidator(_parameter), in_schema(_PARAMETER)]
"""Name of a Valkey parameter."""


def family_of(version: str) -> str:
    """Return the parameter group family of a version: `valkey8` for `8.1`."""
    return f"valkey{version.partition('.')[0]}"


class _Values(Protocol):
    """The values of a parameter."""

    def problem(self, value: str) -> str:
        """Return what is allowed if the value is not; otherwise an empty string."""


@dataclass(frozen=True)
class _Integer:
    least: int = 0
    most: int = _LONG_MAX
    zero: bool = False
    """Whether 0 is allowed in addition to the range."""

    def problem(self, value: str) -> str:
        if re.fullmatch(r"-?(0|[1-9][0-9]{0,18})", value):
            number = int(value)
            if self.least <= number <= self.most or (self.zero and number == 0):
                return ""
        allowed = (
            f"at least {self.least}"
            if self.most in (_INT_MAX, _LONG_MAX)
            else f"from {self.least} to {self.most}"
        )
        return f"must be 0 or an integer, {allowed}" if self.zero else f"must be an integer, {allowed}"


@dataclass(frozen=True)
class _Choice:
    values: tuple[str, ...]

    def problem(self, value: str) -> str:
        return "" if value in self.values else f"must be {' or '.join(self.values)}"


class _KeyspaceEvents:
    def problem(self, value: str) -> str:
        if not re.fullmatch(r"[KEg$lshzxeA]*", value):
            return "must consist of the letters K, E, g, $, l, s, h, z, x, e and A"
        # ElastiCache accepts other values, and sends no notifications.
        return "" if not value or {"K", "E"} & set(value) else "must contain K or E"


class _Renames:
    def problem(self, value: str) -> str:
        words = value.split()
        paired = len(words) % 2 == 0 and re.fullmatch(r"[A-Za-z0-9_ -]*", value)
        return "" if paired else "must be pairs of a command and its new name, separated by spaces"


_NATURAL: Final = _Integer()
_SMALL: Final = _Integer(most=_INT_MAX)
_PERCENT: Final = _Integer(1, 100)
_YES_NO: Final = _Choice(("yes", "no"))
_BUFFERS: Final = tuple(
    f"client-output-buffer-limit-{clients}-{limit}"
    for clients in ("normal", "pubsub")
    for limit in ("hard-limit", "soft-limit", "soft-seconds")
)


@dataclass(frozen=True)
class _Parameter:
    values: _Values
    since: str = VERSIONS[0]
    before: str = ""
    """First version without the parameter."""


def _parameters(values: _Values, *names: str, since: str = VERSIONS[0], before: str = "") -> _Table:
    return dict.fromkeys(names, _Parameter(values, since, before))


_Table = dict[str, _Parameter]

# Changes take effect immediately. `databases` can only be set when the cache is created.
_PARAMETERS: Final[Mapping[str, _Parameter]] = {
    **_parameters(_Choice(("allchannels", "resetchannels")), "acl-pubsub-default"),
    **_parameters(_NATURAL, "acllog-max-len", "tracking-table-max-keys"),
    **_parameters(_Integer(1, 75), "active-defrag-cycle-max", "active-defrag-cycle-min"),
    **_parameters(_Integer(10485760, 104857600), "active-defrag-ignore-bytes"),
    **_parameters(_Integer(1, 1000000), "active-defrag-max-scan-fields"),
    **_parameters(_PERCENT, "active-defrag-threshold-lower", "active-defrag-threshold-upper"),
    **_parameters(_Integer(1, 10), "active-expire-effort"),
    **_parameters(_YES_NO, "activedefrag", "close-on-replica-write", "latency-tracking"),
    **_parameters(_NATURAL, *_BUFFERS),
    **_parameters(_Integer(1048576, 1073741824), "client-query-buffer-limit"),
    **_parameters(_YES_NO, "cluster-allow-pubsubshard-when-down", "cluster-allow-reads-when-down"),
    **_parameters(_Choice(("ip", "tls-dynamic")), "cluster-preferred-endpoint-type"),
    **_parameters(_YES_NO, "cluster-require-full-coverage"),
    **_parameters(_Integer(0, 1024), "commandlog-large-reply-max-len", since="8.1"),
    **_parameters(_Integer(0, 1024), "commandlog-large-request-max-len", since="8.1"),
    **_parameters(_Integer(-1), "commandlog-reply-larger-than", since="8.1"),
    **_parameters(_Integer(-1), "commandlog-request-larger-than", since="8.1"),
    **_parameters(_Integer(1, _INT_MAX), "databases"),
    **_parameters(_YES_NO, "extended-redis-compatibility", since="8.0"),
    **_parameters(_NATURAL, "hash-max-listpack-entries", "hash-max-listpack-value", "hll-sparse-max-bytes"),
    **_parameters(_YES_NO, "lazyfree-lazy-eviction", "lazyfree-lazy-expire", before="8.0"),
    **_parameters(_YES_NO, "lazyfree-lazy-server-del", "lazyfree-lazy-user-del", before="8.0"),
    **_parameters(_SMALL, "lfu-decay-time", "list-compress-depth"),
    **_parameters(_Integer(1, _INT_MAX), "lfu-log-factor"),
    **_parameters(_Integer(1, 64), "maxmemory-samples"),
    **_parameters(_SMALL, "min-replicas-max-lag", "min-replicas-to-write"),
    **_parameters(_KeyspaceEvents(), "notify-keyspace-events"),
    **_parameters(_Integer(1048576, 536870912), "proto-max-bulk-len"),
    **_parameters(_Renames(), "rename-commands"),
    **_parameters(_Integer(16384), "repl-backlog-size"),
    **_parameters(_NATURAL, "repl-backlog-ttl", "reserved-memory"),
    **_parameters(_Integer(0, 100), "reserved-memory-percent"),
    **_parameters(_Integer(1, 60000), "search-default-timeout-ms", since="8.2"),
    **_parameters(_YES_NO, "search-enable-partial-results", since="8.2"),
    **_parameters(_Choice(("client", "throughput")), "search-fanout-target-mode", since="8.2"),
    **_parameters(_NATURAL, "set-max-intset-entries", "slowlog-max-len"),
    **_parameters(_Integer(-1), "slowlog-log-slower-than"),
    **_parameters(_NATURAL, "stream-node-max-bytes", "stream-node-max-entries"),
    **_parameters(_SMALL, "tcp-keepalive"),
    **_parameters(_Integer(20, _INT_MAX, zero=True), "timeout"),
    **_parameters(_NATURAL, "zset-max-listpack-entries", "zset-max-listpack-value"),
}

_FIXED: Final = frozenset(
    """
    activerehashing appendfsync appendonly client-output-buffer-limit-replica-hard-limit
    client-output-buffer-limit-replica-soft-limit client-output-buffer-limit-replica-soft-seconds
    cluster-databases lua-time-limit maxclients maxmemory repl-timeout replica-allow-chaining
    replica-ignore-maxmemory replica-lazy-flush
    """.split()  # noqa: SIM905 - words without quotes are the readable form
)
"""Parameters that the guide lists as not modifiable or no longer supported."""


def parameter_problems(version: str, parameters: Mapping[str, str]) -> Iterator[Problem]:
    """Yield the problems of parameters for a version: unknown names and invalid values."""
    for name, value in parameters.items():
        where = f"parameters.{name}"
        known = _PARAMETERS.get(name)
        if name in _FIXED:
            yield Problem(where, "can't be set on ElastiCache", "remove it", value)
        elif known is None:
            similar = nearest(name, _PARAMETERS)
            remedy = f"did you mean {similar}?" if similar else "others can be set with customize.parameters"
            yield Problem(where, "unknown parameter of Valkey on ElastiCache", remedy, value)
        elif VERSIONS.index(version) < VERSIONS.index(known.since):
            what = f"requires Valkey {known.since}; engine_version is {version}"
            yield Problem(where, what, "remove it, or change engine_version", value)
        elif known.before and VERSIONS.index(version) >= VERSIONS.index(known.before):
            what = f"was removed in Valkey {known.before}; engine_version is {version}"
            yield Problem(where, what, "remove it", value)
        elif what := known.values.problem(value):
            yield Problem(where, what, "correct it, or remove it to use ElastiCache's default", value)
