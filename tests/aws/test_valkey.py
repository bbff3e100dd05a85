"""Valkey parameters: names and values that ElastiCache rejects are found before it is called."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.aws.cache import CacheArgs
from platform_components.aws.valkey import VERSIONS, family_of
from platform_components.base import InvalidInput
from tests.samples import context_of


def problems(version: str, parameters: dict[str, str]) -> str:
    """Return the error message of a cache with these parameters; empty if they are valid."""
    args = CacheArgs(engine_version=version, parameters=parameters)
    try:
        args.resolve(context_of("development"), "Cache")
    except InvalidInput as error:
        return " ".join(str(error).split())
    return ""


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("timeoutt", "60", "unknown parameter of Valkey on ElastiCache did you mean timeout?"),
        ("bind", "0.0.0.0", "others can be set with customize.parameters"),
        ("appendonly", "yes", "can't be set on ElastiCache"),
        ("maxclients", "10", "can't be set on ElastiCache"),
        ("timeout", "abc", "must be 0 or an integer, at least 20"),
        ("timeout", "19", "must be 0 or an integer, at least 20"),
        ("timeout", "99999999999", "must be 0 or an integer, at least 20"),
        ("notify-keyspace-events", "QQ", "must consist of the letters K, E, g, $, l, s, h, z, x, e and A"),
        ("notify-keyspace-events", "gx", "must contain K or E"),
        ("maxmemory-samples", "65", "must be an integer, from 1 to 64"),
        ("maxmemory-samples", "5.0", "must be an integer, from 1 to 64"),
        ("maxmemory-samples", "", "must be an integer, from 1 to 64"),
        ("activedefrag", "true", "must be yes or no"),
        ("cluster-preferred-endpoint-type", "hostname", "must be ip or tls-dynamic"),
        ("reserved-memory-percent", "101", "must be an integer, from 0 to 100"),
        ("repl-backlog-size", "10mb", "must be an integer, at least 16384"),
        ("rename-commands", "KEYS", "must be pairs of a command and its new name"),
        ("search-default-timeout-ms", "100", "requires Valkey 8.2; engine_version is 8.0"),
        ("lazyfree-lazy-expire", "yes", "was removed in Valkey 8.0; engine_version is 8.0"),
    ],
)
def test_a_parameter_that_elasticache_rejects_is_reported(name: str, value: str, expected: str) -> None:
    """The message states what is allowed."""
    assert f"parameters.{name} =" in problems("8.0", {name: value})
    assert expected in problems("8.0", {name: value})


@pytest.mark.parametrize(
    ("version", "name", "value"),
    [
        ("8.0", "timeout", "0"),
        ("8.0", "timeout", "20"),
        ("8.0", "notify-keyspace-events", ""),
        ("8.0", "notify-keyspace-events", "Ex"),
        ("8.0", "notify-keyspace-events", "AKE"),
        ("8.0", "maxmemory-samples", "64"),
        ("8.0", "slowlog-log-slower-than", "-1"),
        ("8.0", "rename-commands", "KEYS keys-of-operators"),
        ("7.2", "lazyfree-lazy-expire", "yes"),
        ("8.2", "search-default-timeout-ms", "100"),
        ("9.1", "search-default-timeout-ms", "100"),
    ],
)
def test_a_parameter_of_the_version_is_accepted(version: str, name: str, value: str) -> None:
    """Limits are included, and parameters are those of the version."""
    assert problems(version, {name: value}) == ""


def test_all_problems_are_in_one_message() -> None:
    """One deployment of ElastiCache would report them one by one."""
    assert problems("8.0", {"timeout": "abc", "bind": "x"}).startswith("Cache: 2 problems")


def test_versions_are_those_of_the_engine_in_ascending_order() -> None:
    """Later versions have the parameters of earlier ones, and a family per major version."""
    numbers: Any = [tuple(map(int, version.split("."))) for version in VERSIONS]
    assert numbers == sorted(numbers)
    assert {family_of(version) for version in VERSIONS} == {"valkey7", "valkey8", "valkey9"}
