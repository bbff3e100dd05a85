"""PostgreSQL on RDS: names of databases, users and parameters."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Annotated, Final

from pydantic import AfterValidator

from platform_components.base.values import in_schema

# Reserved key words of PostgreSQL (appendix C of its documentation); below, names that RDS or PostgreSQL use.
_KEYWORDS: Final = frozenset(
    """
    all analyse analyze and any array as asc asymmetric both case cast check collate column constraint
    create current_catalog current_date current_role current_time current_timestamp current_user default
    deferrable desc distinct do else end except false fetch for foreign from grant group having in initially
    intersect into lateral leading limit localtime localtimestamp not null offset on only or order placing
    primary references returning select session_user some symmetric system_user table then to trailing true
    union unique user using variadic when where window with
    """.split()  # noqa: SIM905 - words without quotes are the readable form
)
_RESERVED_DATABASES: Final = _KEYWORDS | {"db", "rdsadmin", "template0", "template1"}
_RESERVED_USERS: Final = _KEYWORDS | {"admin", "public", "none", "rdsadmin", "rdsrepladmin", "rdstopmgr"}

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_PARAMETER = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?")


def database_name_of(name: str) -> str:
    """Return the default database name of the component `name`: `orders_eu` for `orders-eu`.

    A reserved word gets the suffix `_db`.
    """
    database = name.replace("-", "_")
    return f"{database}_db" if database in _RESERVED_DATABASES else database


def _identifier(value: str, longest: int, reserved: Set[str]) -> str:
    if not _IDENTIFIER.fullmatch(value):
        raise ValueError("must be lowercase letters, digits and underscores, and start with a letter")
    if len(value) > longest:
        raise ValueError(f"must have at most {longest} characters; has {len(value)}")
    if value in reserved:
        raise ValueError("is reserved by PostgreSQL or RDS; choose another name")
    return value


def _database_name(value: str) -> str:
    return _identifier(value, 63, _RESERVED_DATABASES)


def _username(value: str) -> str:
    if value.startswith(("pg_", "rds_")):
        raise ValueError("must not start with pg_ or rds_, which PostgreSQL and RDS reserve")
    return _identifier(value, 16, _RESERVED_USERS)


def _parameter(value: str) -> str:
    if not _PARAMETER.fullmatch(value):
        raise ValueError("must be a PostgreSQL parameter such as work_mem or rds.logical_replication")
    return value


DatabaseName = Annotated[str, AfterValidator(_database_name), in_schema(_IDENTIFIER)]
"""Name of a database: an unquoted identifier that is not reserved, at most 63 characters long."""
Username = Annotated[str, AfterValidator(_username), in_schema(_IDENTIFIER)]
"""Name of the master user: as `DatabaseName`, but at most 16 characters long."""
ParameterName = Annotated[str, AfterValidator(_parameter), in_schema(_PARAMETER)]
"""Name of a parameter of PostgreSQL or of one of its extensions."""
