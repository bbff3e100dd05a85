"""Access: what a client needs to use a component, such as a database, a cache or a bucket."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import pulumi
from pulumi_aws import iam, vpc

from platform_components.aws.iam import Statement, policy_document
from platform_components.base import Input, InvalidInput, Outputs, Problem

T = TypeVar("T")

_PREFIX = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True)
class GuardedPort:
    """A TCP port behind a security group, which must allow the client."""

    name: str
    """Suffix of the ingress rule's name, in lowercase with hyphens: `database`."""
    security_group_id: Input[str]
    port: Input[int]


@dataclass(frozen=True)
class Egress:
    """A TCP port that the client connects to."""

    port: Input[int]
    cidr: Input[str] | None = None
    """IPv4 CIDR block of the destination. Default: the client's VPC."""
    in_data_subnets: bool = False
    """Whether the default is only the data subnets of that VPC, where databases and caches are."""


@dataclass(frozen=True)
class Access:
    """What a client needs. Add several with `+`, then grant and connect.

    access = database.access() + bucket.access("BUCKET_RECEIPTS")
    access.grant("worker", role.name)
    access.connect("worker", security_group_id=workers.id)
    """

    environment: Mapping[str, Input[str]] = field(default_factory=dict)
    """Environment variables of the client. References, no secrets."""
    secrets: Mapping[str, Input[str]] = field(default_factory=dict)
    """ARNs of Secrets Manager secrets that the client reads, by environment variable:
    `DATABASE_SECRET_ARN`."""
    statements: tuple[Statement, ...] = ()
    """IAM statements for the client's role, with least privilege, in addition to reading the secrets."""
    ports: tuple[GuardedPort, ...] = ()
    """Ports whose security groups must allow the client."""
    egress: tuple[Egress, ...] = ()
    """Destinations of the client, other than HTTPS endpoints of AWS."""
    files: Mapping[str, Input[str]] = field(default_factory=dict)
    """Contents of files that the client reads, such as certificates, by the environment variable with the
    path of the file. The client chooses the paths. No secrets."""

    def __add__(self, other: Access) -> Access:
        """Return an access that includes both.

        Raises:
            ValueError: both set the same environment variable; pass another prefix to one of them.
        """
        both = sorted({*self.environment, *self.files} & {*other.environment, *other.files})
        if both:
            raise ValueError(f"two accesses set {', '.join(both)}; pass another prefix to one of them")
        return Access(
            {**self.environment, **other.environment},
            {**self.secrets, **other.secrets},
            self.statements + other.statements,
            # Of one port that is in both, a second rule would be refused as a duplicate.
            _distinct(self.ports + other.ports, lambda port: (port.security_group_id, port.port)),
            _distinct(
                self.egress + other.egress, lambda egress: (egress.port, egress.cidr, egress.in_data_subnets)
            ),
            {**self.files, **other.files},
        )

    def grant(
        self, name: str, role: Input[str], *, opts: pulumi.ResourceOptions | None = None
    ) -> iam.RolePolicy | None:
        """Grant a role the permissions of the client, as the inline policy `<name>-access`.

        `role` is the name of the role. Returns None if the client needs no permissions.
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
        outbound: bool = True,
        description: str = "",
        opts: pulumi.ResourceOptions | None = None,
    ) -> list[pulumi.CustomResource]:
        """Allow traffic from the client's security group: per port a rule `<name>-<port's name>-ingress` of
        the port's group and, with `outbound`, a rule `<name>-<port's name>-egress` of the client's group.

        Pulumi's AWS provider creates security groups without outbound rules. `outbound=False` is for a group
        that allows all outbound traffic, such as the one that EKS creates. A group connects to a port once
        per account: EC2 rejects a second rule for the same group and port, also from another stack.
        """
        rules: list[pulumi.CustomResource] = []
        for port in self.ports:
            rules.append(
                vpc.SecurityGroupIngressRule(
                    f"{name}-{port.name}-ingress",
                    description=description or f"Client {name}",
                    security_group_id=port.security_group_id,
                    referenced_security_group_id=security_group_id,
                    ip_protocol="tcp",
                    from_port=port.port,
                    to_port=port.port,
                    opts=opts,
                )
            )
            if outbound:
                rules.append(
                    vpc.SecurityGroupEgressRule(
                        f"{name}-{port.name}-egress",
                        description=description or f"Client {name}",
                        security_group_id=security_group_id,
                        referenced_security_group_id=port.security_group_id,
                        ip_protocol="tcp",
                        from_port=port.port,
                        to_port=port.port,
                        opts=opts,
                    )
                )
        return rules

    @classmethod
    def of(cls, accesses: Iterable[Access]) -> Access:
        """Return the sum of several accesses, which may be empty. Raises ValueError as `+` does."""
        return sum(accesses, start=cls())


def _distinct(items: Iterable[T], key: Callable[[T], tuple[object, ...]]) -> tuple[T, ...]:
    """Return the first item of each key. Outputs are the same if they are the same object."""
    seen: dict[tuple[object, ...], T] = {}
    for item in items:
        identity = tuple(id(part) if isinstance(part, pulumi.Output) else part for part in key(item))
        seen.setdefault(identity, item)
    return tuple(seen.values())


def port_name(prefix: str) -> str:
    """Return the name of the port in `access(prefix)`: `database` for `DATABASE`."""
    return prefix.lower().replace("_", "-")


def _read(variable: str, arn: Input[str]) -> Statement:
    """Return the statement that allows reading a secret. Its Sid is from the variable: `DatabaseSecret`."""
    sid = variable.removesuffix("_ARN").title().replace("_", "")
    return Statement(("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"), [arn], sid=sid)


class ClientOutputs(Outputs):
    """Outputs that declare what a client needs.

    `access()` works both for components of the same stack and for outputs imported from another stack.
    """

    prefix: ClassVar[str] = ""
    """Default prefix of the environment variables: `DATABASE`."""
    variables: ClassVar[Mapping[str, Callable[[Any], Input[str]]]] = {}
    """Environment variables: name without the prefix, and a function that returns the value from the
    outputs. With an empty name, the variable is the prefix itself."""
    files: ClassVar[Mapping[str, Callable[[Any], Input[str]]]] = {}
    """Environment variables with the path of a file: name without the prefix, and a function that returns the
    content from the outputs."""

    def access(self, prefix: str = "") -> Access:
        """Return what a client needs. Its environment variables start with `prefix`. Default: the prefix
        of the class, such as `DATABASE`; a client of two databases passes another one for one of them.

        Classes add statements, ports and destinations with `replace(super().access(prefix), ...)`, so that
        the variables are always those of `environment_names()`."""
        return Access(
            environment=self._values(self.variables, prefix), files=self._values(self.files, prefix)
        )

    @classmethod
    def environment_names(cls, prefix: str = "") -> tuple[str, ...]:
        """Return the variable names of `access(prefix)`. They don't depend on outputs.

        Raises:
            InvalidInput: the prefix is invalid.
        """
        return tuple(cls._names(cls.variables, prefix) + cls._names(cls.files, prefix))

    def _values(
        self, declared: Mapping[str, Callable[[Any], Input[str]]], prefix: str
    ) -> dict[str, Input[str]]:
        """Return the values of declared variables, by the variables' complete names."""
        values = (value(self) for value in declared.values())
        return dict(zip(self._names(declared, prefix), values, strict=True))

    @classmethod
    def _names(cls, declared: Iterable[str], prefix: str) -> list[str]:
        prefix = prefix or cls.prefix
        if not _PREFIX.fullmatch(prefix):
            what = "must be uppercase letters, digits and underscores, and start with a letter"
            raise InvalidInput("Access", [Problem("prefix", what, "such as LEDGER_DATABASE", prefix)])
        return [f"{prefix}_{name}" if name else prefix for name in declared]
