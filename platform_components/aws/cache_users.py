"""Cache users: the users of a cache, which authenticate with IAM tokens, and its user group.

Sources: ElastiCache user guide, "Role-Based Access Control (RBAC)" and "Authenticating with IAM", 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

import pulumi
from pulumi_aws import elasticache

from platform_components.aws.suffixes import with_suffix_of
from platform_components.base import Component, InvalidInput, Problem
from platform_components.base.values import matching

# An ID of ElastiCache must not end with a hyphen or contain two consecutive ones.
ClientName = Annotated[
    str,
    matching(
        r"[a-z][a-z0-9]*(-[a-z0-9]+)*",
        "lowercase letters, digits and single hyphens, and start with a letter",
    ),
]
"""Name of a client of a cache."""

Authentication = Literal["required", "preferred"]

DangerousCommand = Literal["flushall", "flushdb", "keys", "restore", "sort", "sort_ro", "swapdb"]
"""A command of the category `dangerous` that is neither administrative nor restricted by ElastiCache (source:
`src/commands/*.json` of Valkey 8; ElastiCache user guide, "Restricted commands")."""

# All keys, channels and commands, without the category `dangerous`, which includes every administrative
# command. INFO is in that category too, but only reads, and many clients send it when they connect.
_ACCESS: Final = "on ~* &* +@all -@dangerous +info"

# A user of the engine `valkey` can't be in a group of the engine `redis`. One of the engine `redis` with IAM
# authentication can be in both, so the users stay when the group changes.
_USER_ENGINE: Final = "redis"

LONGEST_ID: Final = 40
"""Maximum length of the ID of a user group (source: aws/aws-cdk, pull request 36459). AWS does not document
that of a user; it is assumed to be the same."""
_SUFFIX: Final = len("-1234567")  # of the physical name of a sibling


def client_problems(name: str, clients: Sequence[str]) -> Iterator[Problem]:
    """Yield the problems of clients whose user would have too long an ID, for the cache `name`."""
    longest = LONGEST_ID - len(f"{name}-") - _SUFFIX
    for index, client in enumerate(clients):
        if len(client) > longest:
            what = f"must have at most {longest} characters for a cache named {name}; has {len(client)}"
            remedy = f"shorten it: ElastiCache limits the ID of its user to {LONGEST_ID} characters"
            yield Problem(f"clients[{index}]", what, remedy, client)


def user_of(users: Mapping[str, str], client: str) -> str:
    """Return the user of a client.

    Raises:
        InvalidInput: it is not a client of the cache.
    """
    if client not in users:
        what = "is not a client of the cache"
        remedy = "add it to clients of the cache, and deploy the cache's stack"
        raise InvalidInput("Access", [Problem("client", what, remedy, client)])
    return users[client]


def user_arn(arn: str, user: str) -> str:
    """Return the ARN of a user, next to that of the cache; empty if there is none."""
    return ":".join([*arn.split(":")[:5], "user", user]) if user else ""


@dataclass(frozen=True)
class CacheUsers:
    """The users of a cache, and its user group."""

    group_id: pulumi.Output[str]
    owner: pulumi.Output[str]
    """User name for the service that owns the cache."""
    clients: pulumi.Output[Mapping[str, str]]
    """User names for further clients, by the client's name."""

    @classmethod
    def of(
        cls,
        component: Component[Any],
        *,
        clients: Sequence[str],
        commands: Sequence[str],
        authentication: Authentication,
        sibling: pulumi.Output[str],
    ) -> CacheUsers:
        """Create the children `user`, `client-<name>` and `user-group` of a component.

        IDs of users are unique in an account and region, so they end with the suffix of the physical name of
        a `sibling`.
        """
        name = component.name

        def user(child: str, prefix: str) -> elasticache.User:
            # Users with IAM authentication must have the same ID and name.
            user_id = with_suffix_of(sibling, prefix)
            return elasticache.User(
                f"{name}-{child}",
                user_id=user_id,
                user_name=user_id,
                engine=_USER_ENGINE,
                access_string=" ".join([_ACCESS, *(f"+{command}" for command in sorted(commands))]),
                authentication_mode={"type": "iam"},
                opts=component.child(),
            )

        owner = user("user", name)
        others = {client: user(f"client-{client}", f"{name}-{client}") for client in clients}
        ids = [each.user_id for each in (owner, *others.values())]
        if authentication == "required":
            # Without a user `default`, which ElastiCache disables: connections have to authenticate.
            group = elasticache.UserGroup(
                f"{name}-user-group",
                user_group_id=with_suffix_of(sibling, name),
                engine="valkey",
                user_ids=ids,
                opts=component.child(),
            )
        else:
            # Another group, because only groups of the engine `redis` can contain the user `default`, which
            # connections without authentication have.
            group = elasticache.UserGroup(
                f"{name}-user-group-preferred",
                user_group_id=with_suffix_of(sibling, f"{name}-redis"),
                engine="redis",
                user_ids=["default", *ids],
                opts=component.child(),
            )
        return cls(
            group.user_group_id,
            owner.user_name,
            pulumi.Output.all(**{client: each.user_name for client, each in others.items()}),
        )
