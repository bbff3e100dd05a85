"""Access: what a client needs in order to use a database, a cache, a bucket or anything else with outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pulumi
from pulumi_aws import iam, vpc

from platform_components.aws.iam import Statement, policy_document
from platform_components.base import Input, Outputs


@dataclass(frozen=True)
class GuardedPort:
    """A TCP port behind a security group, which has to let the client in."""

    name: str
    """What is behind it, in lowercase with hyphens: `database`. Names the rule that lets a client in."""
    security_group_id: Input[str]
    port: Input[int]


@dataclass(frozen=True)
class Egress:
    """A TCP port that the client connects to."""

    port: Input[int]
    cidr: Input[str] | None = None
    """IPv4 network of the addresses. Default: the client's own VPC."""


@dataclass(frozen=True)
class Access:
    """What a client needs: add several up with `+`, then grant and connect.

    access = database.access() + bucket.access("BUCKET_RECEIPTS")
    access.grant("worker", role)
    access.connect("worker", security_group_id=workers.id)
    """

    environment: Mapping[str, Input[str]] = field(default_factory=dict)
    """Environment variables that tell the client where everything is. References, no secrets."""
    secrets: Mapping[str, Input[str]] = field(default_factory=dict)
    """ARNs of Secrets Manager secrets that the client reads, by environment variable:
    `DATABASE_SECRET_ARN`."""
    statements: tuple[Statement, ...] = ()
    """IAM statements for the client's role, besides reading the secrets: the least that it needs."""
    ports: tuple[GuardedPort, ...] = ()
    """Security groups that have to let the client in."""
    egress: tuple[Egress, ...] = ()
    """What the client connects to, other than HTTPS endpoints of AWS."""

    def __add__(self, other: Access) -> Access:
        """Both accesses as one.

        Raises:
            ValueError: both set the same environment variable; give one of them another prefix.
        """
        both = sorted(set(self.environment) & set(other.environment))
        if both:
            raise ValueError(f"two accesses set {', '.join(both)}: give one of them another prefix")
        return Access(
            {**self.environment, **other.environment},
            {**self.secrets, **other.secrets},
            self.statements + other.statements,
            self.ports + other.ports,
            self.egress + other.egress,
        )

    def grant(
        self, name: str, role: Input[str], *, opts: pulumi.ResourceOptions | None = None
    ) -> iam.RolePolicy | None:
        """Let a role do what the client needs to: an inline policy `<name>-access`.

        `role` is the name of the role. None when the client needs no permissions.
        """
        statements = [*(_read(variable, arn) for variable, arn in self.secrets.items()), *self.statements]
        if not statements:
            return None
        return iam.RolePolicy(f"{name}-access", role=role, policy=policy_document(statements), opts=opts)

    def connect(
        self,
        name: str,
        security_group_id: Input[str],
        *,
        description: str = "",
        opts: pulumi.ResourceOptions | None = None,
    ) -> list[vpc.SecurityGroupIngressRule]:
        """Let a security group's members in: an ingress rule `<name>-<port's name>-ingress` for each port."""
        return [
            vpc.SecurityGroupIngressRule(
                f"{name}-{port.name}-ingress",
                description=description or f"Clients of {name}",
                security_group_id=port.security_group_id,
                referenced_security_group_id=security_group_id,
                ip_protocol="tcp",
                from_port=port.port,
                to_port=port.port,
                opts=opts,
            )
            for port in self.ports
        ]

    @classmethod
    def of(cls, accesses: Iterable[Access]) -> Access:
        """Several accesses as one; none of them is the access to nothing. Raises as `+` does."""
        return sum(accesses, start=cls())


def port_name(prefix: str) -> str:
    """The name of the port that `access(prefix)` guards: `database` for `DATABASE`."""
    return prefix.lower().replace("_", "-")


def _read(variable: str, arn: Input[str]) -> Statement:
    """The statement for a secret, which is named after its variable: `DatabaseSecret`."""
    sid = variable.removesuffix("_ARN").title().replace("_", "")
    return Statement(("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"), [arn], sid=sid)


class ClientOutputs(Outputs):
    """Outputs that clients use: they know what a client needs.

    So `access()` serves a component of this stack, and what another stack exported, alike.
    """

    prefix: ClassVar[str] = ""
    """What the environment variables start with unless the client asks for another prefix: `DATABASE`."""
    variables: ClassVar[Mapping[str, Callable[[Any], Input[str]]]] = {}
    """Environment variables without the prefix, each with how its value follows from the outputs. The
    variable of an empty name is the prefix itself."""

    def access(self, prefix: str = "") -> Access:
        """What a client needs. Its environment variables start with `prefix`. Default: the prefix of the
        class, such as `DATABASE`; a client of two databases gives one of them another."""
        return Access(environment=self._environment(prefix))

    @classmethod
    def environment_names(cls, prefix: str = "") -> tuple[str, ...]:
        """The names of the environment variables of `access(prefix)`; known before anything is deployed."""
        prefix = prefix or cls.prefix
        return tuple(f"{prefix}_{name}" if name else prefix for name in cls.variables)

    def _environment(self, prefix: str) -> dict[str, Input[str]]:
        values = (value(self) for value in self.variables.values())
        return dict(zip(self.environment_names(prefix), values, strict=True))
