"""ServiceStack: a service with its workload, its data stores, and the access of one to the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, cast

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_aws import eks, iam, vpc
from pydantic import Field

from platform_components.aws.access import Access, ClientOutputs
from platform_components.aws.bucket import Bucket, BucketArgs
from platform_components.aws.cache import Cache, CacheArgs
from platform_components.aws.cluster import ClusterOutputs
from platform_components.aws.database import Database, DatabaseArgs
from platform_components.aws.iam import Statement, policy_document
from platform_components.aws.kubeconfig import kubeconfig
from platform_components.base import Component, Context, Input, Label, Outputs, Problem
from platform_components.foundation import FoundationOutputs
from platform_components.kubernetes.network_policy import EgressRule
from platform_components.kubernetes.workload import Workload, WorkloadArgs, reserved_name
from platform_components.service_parts import INGRESS_RULES, parts_of

_CONTEXT_VARIABLES: Final[Mapping[str, Callable[[Context], str]]] = {
    "SERVICE": lambda context: context.service,
    "ENVIRONMENT": lambda context: context.environment,
    "AWS_REGION": lambda context: context.region,
}


class ServiceStackArgs(WorkloadArgs):
    """Arguments of `ServiceStack`: those of its workload, and its data stores. Only `image` is required."""

    also_known_as = MappingProxyType(
        {
            **WorkloadArgs.also_known_as,
            **dict.fromkeys(("db", "postgres"), "database"),
            **dict.fromkeys(("redis", "valkey"), "cache"),
            **dict.fromkeys(("bucket", "s3"), "buckets"),
        }
    )

    database: DatabaseArgs | None = None
    """Its own PostgreSQL database. Default: none."""

    cache: CacheArgs | None = None
    """Its own Valkey cache. Default: none."""

    buckets: Mapping[Label, BucketArgs] = Field(default_factory=dict)
    """Its own buckets, by name. Default: none."""

    def problems(self, context: Context) -> Iterable[Problem]:
        yield from super().problems(context)
        owners = dict.fromkeys(_CONTEXT_VARIABLES, "")
        for part in parts_of(self):
            for variable in part.outputs.environment_names(part.prefix):
                if owner := owners.get(variable):
                    what = f"sets {variable}, as {owner} does"
                    yield Problem(part.path, what, "choose another name for one of them")
                owners[variable] = part.path
        for variable in self.environment:
            if variable in owners:
                yield Problem(f"environment.{variable}", "is set by the platform", "remove it, or rename it")


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

    Its pods have their own IAM role through EKS Pod Identity. It allows only reading the secret of the
    service's database, connecting to its cache as its own user, and using the objects of its buckets. The
    security groups of the data stores allow the cluster's security group, which all pods on Auto Mode nodes
    share. Network policies restrict this further: only services with a database can connect to database
    ports.

    Containers have the environment variables `DATABASE_HOST`, `_PORT`, `_NAME`, `_SECRET_ARN`, `_SSLMODE`,
    `CACHE_HOST`, `_PORT`, `_TLS`, `_NAME`, `_USER`, `_AUTHENTICATION`, `BUCKET_<NAME>`, `SERVICE`,
    `ENVIRONMENT` and `AWS_REGION`.

    `customize` applies to the children of the workload too.
    """

    child_types = MappingProxyType(
        {
            "role": iam.Role,
            "access": iam.RolePolicy,
            "identity": eks.PodIdentityAssociation,
            **dict.fromkeys(INGRESS_RULES, vpc.SecurityGroupIngressRule),
            "kubernetes": kubernetes.Provider,
            **Workload.child_types,
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
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, args, context, opts)
        args = self.args
        network, cluster = foundation.network, foundation.cluster

        # Data stores.
        self.parts = {
            part.path: part.create(name, context, foundation, self.child()) for part in parts_of(args)
        }
        self.database = cast("Database | None", self.parts.get("database"))
        self.cache = cast("Cache | None", self.parts.get("cache"))
        self.buckets = {bucket: cast(Bucket, self.parts[f"buckets.{bucket}"]) for bucket in args.buckets}
        access = Access.of(
            cast(ClientOutputs, self.parts[part.path].outputs).access(part.prefix) for part in parts_of(args)
        )

        # Permissions of the pods in AWS.
        role = iam.Role(
            f"{name}-role",
            description=f"Pods of the service {name}",
            assume_role_policy=_trust(name, cluster),
            opts=self.child(),
        )
        identity = eks.PodIdentityAssociation(
            f"{name}-identity",
            cluster_name=cluster.cluster_name,
            namespace=name,
            service_account=name,
            role_arn=role.arn,
            opts=self.child(),
        )
        granted = access.grant(name, role.name, opts=self.child())

        # Network access of the pods.
        connected = access.connect(
            name,
            cluster.security_group_id,
            outbound=False,
            description=f"Pods of the cluster, for the service {name}",
            opts=self.child(),
        )
        egress = [EgressRule(cidr=each.cidr or network.cidr, port=each.port) for each in access.egress]

        connections: dict[str, Input[str]] = {
            variable: value(context) for variable, value in _CONTEXT_VARIABLES.items()
        }
        connections |= access.environment
        provider = kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=kubeconfig(cluster, context.region),
            enable_server_side_apply=True,
            opts=self.child(),
        )
        self.workload = Workload(
            name,
            args.narrowed(
                WorkloadArgs,
                environment={**connections, **args.environment},
                egress=(*args.egress, *egress),
                customize={
                    child: args.customize[child] for child in args.customize if child in Workload.child_types
                },
            ),
            context=context,
            first=[identity, *connected, *([granted] if granted else [])],
            opts=self.child(providers=[provider]),
        )

        self.finish(
            ServiceStackOutputs(
                namespace=self.workload.namespace,
                service_account=self.workload.service_account,
                role_arn=role.arn,
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


def _trust(name: str, cluster: ClusterOutputs) -> pulumi.Output[str]:
    """Trust policy that allows only pods with the service's service account in this cluster."""
    pods = {
        "aws:RequestTag/eks-cluster-arn": cluster.arn,
        "aws:RequestTag/kubernetes-namespace": name,
        "aws:RequestTag/kubernetes-service-account": name,
    }
    return policy_document(
        [
            Statement(
                sid="PodIdentity",
                principal={"Service": "pods.eks.amazonaws.com"},
                actions=("sts:AssumeRole", "sts:TagSession"),
                condition={"StringEquals": pods},
            )
        ]
    )
