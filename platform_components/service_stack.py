"""ServiceStack: a service with its workload, its data stores, and the access of one to the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, cast

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_aws import eks, iam, vpc
from pulumi_kubernetes.core import v1 as core
from pydantic import Field

from platform_components.aws.access import Access, ClientOutputs, Egress
from platform_components.aws.bucket import Bucket, BucketArgs
from platform_components.aws.cache import Cache, CacheArgs
from platform_components.aws.database import Database
from platform_components.aws.kubeconfig import kubeconfig
from platform_components.aws.network import NetworkOutputs
from platform_components.aws.permissions import Permission, permission_statements
from platform_components.aws.pod_identity import PodIdentity
from platform_components.base import Component, Context, Input, Label, Outputs, Problem
from platform_components.foundation import FoundationOutputs
from platform_components.kubernetes.network_policy import Destinations
from platform_components.kubernetes.pod import PodAdditions
from platform_components.kubernetes.secret_provider_class import SecretProviderClass
from platform_components.kubernetes.workload import Workload, reserved_name
from platform_components.kubernetes.workload_args import WorkloadArgs
from platform_components.platform_services import PlatformServicesOutputs
from platform_components.service_database import (
    CHILD_TYPES as DATABASE_CHILD_TYPES,
    ServiceDatabase,
    ServiceDatabaseArgs,
    database_variables,
)
from platform_components.service_files import ServiceFiles
from platform_components.service_parts import INGRESS_RULES, parts_of
from platform_components.service_secrets import (
    SUFFIX,
    Secrets,
    checked_secrets,
    driver_problems,
    reserved_names,
    secret_access,
    secret_additions,
    secret_paths,
    secret_variables,
)

_CONTEXT_VARIABLES: Final[Mapping[str, Callable[[Context], str]]] = {
    "SERVICE": lambda context: context.service,
    "ENVIRONMENT": lambda context: context.environment,
    "AWS_REGION": lambda context: context.region,
}


class ServiceStackArgs(ServiceDatabaseArgs):
    """Arguments of `ServiceStack`: those of its workload, and its data stores. Only `image` is required."""

    also_known_as = MappingProxyType(
        {
            **WorkloadArgs.also_known_as,
            **dict.fromkeys(("db", "postgres"), "database"),
            **dict.fromkeys(("redis", "valkey"), "cache"),
            **dict.fromkeys(("bucket", "s3"), "buckets"),
        }
    )

    cache: CacheArgs | None = None
    """Its own Valkey cache. Default: none."""

    buckets: Mapping[Label, BucketArgs] = Field(default_factory=dict)
    """Its own buckets, by name. Default: none."""

    secrets: Secrets = Field(default_factory=dict, repr=False)
    """Secrets of Secrets Manager, by name: `STRIPE_KEY: <arn>` mounts the secret as a file, and the variable
    `STRIPE_KEY_FILE` is its path. Default: none."""

    permissions: tuple[Permission, ...] = ()
    """Further permissions of the pods in AWS: actions, and the resources on which to allow them. Default:
    none."""

    def problems(self, context: Context) -> Iterable[Problem]:
        yield from super().problems(context)
        yield from reserved_names(self.secrets)
        owners = dict.fromkeys(_CONTEXT_VARIABLES, "the platform")
        for variable, path in self._variables():
            if owner := owners.get(variable):
                yield Problem(
                    path, f"sets {variable}, as {owner} does", "choose another name for one of them"
                )
            owners[variable] = path
        for variable in self.environment:
            if variable in owners:
                yield Problem(f"environment.{variable}", "is set by the platform", "remove it, or rename it")

    @property
    def requires_platform_services(self) -> tuple[str, ...]:
        """The fields that are set and require the parameter `platform_services` of `ServiceStack`."""
        return tuple(field for field in ("database", "secrets") if getattr(self, field))

    def _variables(self) -> Iterator[tuple[str, str]]:
        """Yield the environment variables of parts and secrets, each with the path of its field."""
        for part in parts_of(self):
            for variable in part.outputs.environment_names(part.prefix):
                yield variable, part.path
        for variable in database_variables(self):
            yield variable, "database"
        yield from secret_variables(self.secrets)


class ServiceStackOutputs(Outputs):
    """Outputs of `ServiceStack`."""

    namespace: pulumi.Output[str]
    """Name of the Kubernetes namespace of the workload."""
    service_account: pulumi.Output[str]
    """Name of the service account of the pods."""
    role_arn: pulumi.Output[str]
    """ARN of the IAM role of the pods."""
    address: pulumi.Output[str]
    """Host and port of the service inside the cluster; empty for a worker."""
    connections: pulumi.Output[Mapping[str, str]]
    """Environment variables that the platform sets in the containers. References, no secrets."""


class ServiceStack(
    Component[ServiceStackArgs, ServiceStackOutputs], ServiceStackOutputs, kind="ServiceStack"
):
    """A service: its workload in the cluster, its data stores, and the access of one to the other.

    Its pods have their own IAM role through EKS Pod Identity. It allows only logging in to the service's
    database as its runtime user and to its cache, using the objects of its buckets, reading `secrets`, and
    `permissions`. Before pods are replaced, a Job creates the users of the database, and another one migrates
    it with `migration_command`. The security groups of the data stores allow the cluster's security group,
    which all pods on Auto Mode nodes share. Network policies restrict this further: only services with a
    database can connect to database ports.

    Containers have the environment variables `DATABASE_HOST`, `_PORT`, `_NAME`, `_USER`, `_SSLMODE` and
    `_SSLROOTCERT`, with `database_password_file` also `_PASSWORD_FILE`, `CACHE_HOST`, `_PORT`, `_TLS`,
    `_NAME`, `_USER`, `_AUTHENTICATION`, `BUCKET_<NAME>`, `SERVICE`, `ENVIRONMENT` and `AWS_REGION`, and
    one for each of `secrets`. A database and `secrets` require `platform_services`.

    `customize` applies to the children of the workload too; those of the parts have their own.
    """

    child_types = MappingProxyType(
        {
            "role": iam.Role,
            "access": iam.RolePolicy,
            "identity": eks.PodIdentityAssociation,
            **dict.fromkeys(INGRESS_RULES, vpc.SecurityGroupIngressRule),
            "kubernetes": kubernetes.Provider,
            "files": core.ConfigMap,
            **DATABASE_CHILD_TYPES,
            SUFFIX: SecretProviderClass,
            **Workload.child_types,
        }
    )
    owned = MappingProxyType(
        {
            "identity": {
                **dict.fromkeys(
                    ("namespace", "service_account"), "remove it: they are those of the pods of the workload"
                ),
                "role_arn": "remove it, and add what the pods need to permissions",
            },
            **Workload.owned,
        }
    )

    workload: Workload
    parts: Mapping[str, Component[Any]]
    """The data stores, by the path of their args: `database`, `buckets.receipts`."""
    database: Database | None
    cache: Cache | None
    buckets: Mapping[str, Bucket]

    def __init__(
        self,
        name: str,
        args: ServiceStackArgs,
        *,
        context: Context,
        foundation: FoundationOutputs,
        platform_services: PlatformServicesOutputs | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        missing = driver_problems(args.requires_platform_services, platform_services)
        super().__init__(name, args, context, opts, missing)
        args = self.args
        network, cluster = foundation.network, foundation.cluster
        subject = f'{type(self).__name__} "{name}"'

        # Data stores.
        self.parts = {
            part.path: part.create(name, context, foundation, self.child()) for part in parts_of(args)
        }
        self.database = cast("Database | None", self.parts.get("database"))
        self.cache = cast("Cache | None", self.parts.get("cache"))
        self.buckets = {bucket: cast(Bucket, self.parts[f"buckets.{bucket}"]) for bucket in args.buckets}
        accesses = {
            part.path: cast(ClientOutputs, self.parts[part.path].outputs).access(part.prefix)
            for part in parts_of(args)
        }
        others = Access.of(each for path, each in accesses.items() if path != "database")
        secrets = checked_secrets(args.secrets, context, subject)
        others += secret_access(secrets)
        others += Access(statements=permission_statements(args.permissions, context, subject, cluster.arn))
        access = accesses.get("database", Access()) + others

        provider = kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=kubeconfig(cluster, context.region),
            enable_server_side_apply=True,
            opts=self.child(),
        )
        files = ServiceFiles(self, access.files, provider)
        jobs = self.database and ServiceDatabase(
            self,
            args,
            self.database.outputs,
            cluster,
            provider,
            _egress(accesses["database"], network),
            others,
        )
        if jobs:
            access += jobs.access

        # Permissions of the pods in AWS.
        identity = PodIdentity.of(self, cluster, name, description=f"Pods of the service {name}")
        granted = access.grant(name, identity.role.name, opts=self.child())

        # Network access of the pods.
        connected = access.connect(
            name,
            cluster.security_group_id,
            outbound=False,
            description=f"Pods of the cluster, for the service {name}",
            opts=self.child(),
        )
        first = [identity.association, *connected, *([granted] if granted else [])]

        connections: dict[str, Input[str]] = {
            variable: value(context) for variable, value in _CONTEXT_VARIABLES.items()
        }
        connections |= {**access.environment, **files.environment, **secret_paths(args.secrets)}
        additions = PodAdditions(egress=_egress(access, network)) + files.additions
        additions += secret_additions(self, secrets, platform_services, provider)
        if jobs:
            connections = jobs.environment(connections)
            environment = {**connections, **args.environment}
            additions += jobs.additions(files, additions, environment, connected)
        self.workload = Workload(
            name,
            args.narrowed(
                WorkloadArgs,
                environment={**connections, **args.environment},
                customize={
                    child: args.customize[child] for child in args.customize if child in Workload.child_types
                },
            ),
            context=context,
            first=first,
            additions=additions,
            opts=self.child(providers=[provider]),
        )

        self.finish(
            ServiceStackOutputs(
                namespace=self.workload.namespace,
                service_account=self.workload.service_account,
                role_arn=identity.role.arn,
                address=self.workload.address,
                connections=pulumi.Output.all(**connections),
            )
        )

    @property
    def summary(self) -> str:
        return self.workload.summary

    @classmethod
    def input_errors(cls, name: str, args: ServiceStackArgs) -> Iterator[Problem]:
        own = [*super().input_errors(name, args), *reserved_name(name)]
        yield from own
        name_is_invalid = any(problem.where == "name" for problem in own)
        for part in parts_of(args):
            for problem in part.kind.component.input_errors(part.name(name), part.args):
                if problem.where != "name" or not name_is_invalid:
                    yield problem.under(part.path)


def _egress(access: Access, network: NetworkOutputs) -> list[Destinations]:
    """Return the destinations of an access."""
    return [Destinations(_blocks(each, network), each.port) for each in access.egress]


def _blocks(egress: Egress, network: NetworkOutputs) -> pulumi.Output[list[str]]:
    """The CIDR blocks of a destination."""
    if egress.in_data_subnets and not egress.cidr:
        return network.data_cidrs
    return pulumi.Output.all(egress.cidr or network.cidr)
