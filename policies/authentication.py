"""Authentication: clients of caches and databases authenticate, without passwords that a program knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from platform_components.policy import Example, PolicyContext, ResourceView, Rule, Undetermined

from .flags import is_on

Findings = Iterator[str | Undetermined]

_CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
_USER = "aws:elasticache/user:User"
_USER_GROUP = "aws:elasticache/userGroup:UserGroup"
_MEMORYDB = "aws:memorydb/cluster:Cluster"
_DB = "aws:rds/instance:Instance"
_DB_CLUSTER = "aws:rds/cluster:Cluster"

_WITH_IAM: Final = ("postgres", "mysql", "mariadb", "aurora-postgresql", "aurora-mysql")
"""Engines with IAM authentication (RDS user guide, "IAM database authentication")."""


def _cache_clients(view: ResourceView, context: PolicyContext) -> Findings:
    if view.type == _CACHE:
        yield from _group_or_token(view)
    elif view.type == _USER:
        yield from _without_password(view)
    elif view.get("aclName") == "open-access":
        yield "aclName is open-access, whose user has no password"


def _group_or_token(cache: ResourceView) -> Findings:
    groups = list(cache.each("userGroupIds"))  # IDs of new groups are unknown
    if groups or cache.has("authToken") or cache.has("authTokenWo"):
        return
    if cache.has("globalReplicationGroupId"):
        yield Undetermined("userGroupIds", "is that of globalReplicationGroupId")
    else:
        yield "has neither userGroupIds nor authToken: connections need no authentication"


def _without_password(user: ResourceView) -> Findings:
    if str(user.get("accessString")).split()[:1] == ["off"]:
        return  # the user is disabled
    if user.get("authenticationMode", "type") == "no-password-required":
        yield "authenticationMode is no-password-required"
    elif is_on(user.get("noPasswordRequired")):
        yield "noPasswordRequired is on"


def _default_user(view: ResourceView, context: PolicyContext) -> Findings:
    users = [user.peek() for user in view.each("userIds")]
    if "default" in users:
        yield "userIds contains default, which has no password and can run all commands"
    elif view.get("engine") != "valkey":  # ElastiCache rejects users without authentication for `valkey`
        yield from [user for user in users if isinstance(user, Undetermined)][:1]


def _master_password(view: ResourceView, context: PolicyContext) -> Findings:
    if is_on(view.get("manageMasterUserPassword")):
        return
    name = "password" if view.type == _DB else "masterPassword"
    if view.has(name):
        yield f"{name} is set by the program, and is not rotated"


def _iam_authentication(view: ResourceView, context: PolicyContext) -> Findings:
    if view.get("engine") in _WITH_IAM and not is_on(view.get("iamDatabaseAuthenticationEnabled")):
        yield "iamDatabaseAuthenticationEnabled is not on"


AUTHENTICATION: Final = (
    Rule(
        id="cache-authentication",
        title="Connections to a cache must authenticate",
        why="Without it, everything that reaches the port reads and changes all sessions.",
        remedy="use a Cache, or set user_group_ids with users that authenticate with IAM",
        severity="high",
        controls=("AWS FSBP ElastiCache.6", "NIST 800-53 AC-3"),
        types=(_CACHE, _USER, _MEMORYDB),
        general=True,
        check=_cache_clients,
        passing=(
            Example(_CACHE, {"userGroupIds": ["orders"]}),
            Example(_CACHE, {"authToken": "a token of at least 16 characters"}),
            Example(_USER, {"authenticationMode": {"type": "iam"}}),
            Example(_USER, {"accessString": "off ~keys* -@all", "noPasswordRequired": True}),
            Example(_MEMORYDB, {"aclName": "orders"}),
        ),
        failing=(
            Example(_CACHE, {}, says="has neither userGroupIds nor authToken"),
            Example(_CACHE, {"userGroupIds": []}, "prod"),
            Example(
                _USER,
                {"accessString": "on ~* +@all", "authenticationMode": {"type": "no-password-required"}},
                says="is no-password-required",
            ),
            Example(_USER, {"noPasswordRequired": True}, says="noPasswordRequired is on"),
            Example(_MEMORYDB, {"aclName": "open-access"}, says="aclName is open-access"),
        ),
    ),
    Rule(
        id="cache-default-user",
        title="No user group of a cache contains the user default",
        why="Connections without a user and a password are those of this user.",
        remedy="remove it; for a Cache, when all clients authenticate, remove authentication: preferred",
        severity="high",
        enforcement="advisory",  # the migration of a cache without users needs it
        controls=("NIST 800-53 AC-3",),
        types=(_USER_GROUP,),
        check=_default_user,
        passing=(Example(_USER_GROUP, {"engine": "valkey", "userIds": ["orders"]}),),
        failing=(Example(_USER_GROUP, {"engine": "redis", "userIds": ["default", "orders"]}),),
    ),
    Rule(
        id="database-master-password",
        title="RDS manages the password of a database's master user",
        why="A password of the program is in its state, and stays valid when somebody leaves.",
        remedy="set manage_master_user_password, and remove password",
        severity="medium",
        enforcement="advisory",
        controls=("NIST 800-53 IA-5",),
        types=(_DB, _DB_CLUSTER),
        check=_master_password,
        passing=(
            Example(_DB, {"manageMasterUserPassword": True}),
            Example(_DB, {"snapshotIdentifier": "orders"}),
        ),
        failing=(
            Example(_DB, {"password": "secret", "manageMasterUserPassword": False}, says="password is set"),
            Example(_DB_CLUSTER, {"masterPassword": "secret", "manageMasterUserPassword": False}),
        ),
    ),
    Rule(
        id="database-iam-authentication",
        title="Databases accept IAM authentication",
        why="Clients otherwise need passwords, which have to be stored and rotated.",
        remedy="use a Database, or set iam_database_authentication_enabled",
        severity="medium",
        enforcement="advisory",
        controls=("AWS FSBP RDS.10", "AWS FSBP RDS.12", "NIST 800-53 AC-3"),
        types=(_DB, _DB_CLUSTER),
        check=_iam_authentication,
        passing=(
            Example(_DB, {"engine": "postgres", "iamDatabaseAuthenticationEnabled": True}),
            Example(_DB, {"engine": "oracle-ee"}),
        ),
        failing=(
            Example(_DB, {"engine": "postgres"}),
            Example(_DB_CLUSTER, {"engine": "aurora-mysql", "iamDatabaseAuthenticationEnabled": False}),
        ),
    ),
)
