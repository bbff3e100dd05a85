"""ServiceStack: one service with all it needs. Workload, database, cache, buckets, and the rights between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_aws import eks, iam, vpc
from pydantic import Field

from platform_components.aws.bucket import Bucket, BucketArgs
from platform_components.aws.cache import Cache, CacheArgs, CacheOutputs
from platform_components.aws.database import Database, DatabaseArgs, DatabaseOutputs
from platform_components.aws.kubeconfig import kubeconfig
from platform_components.base import Component, ComponentArgs, Context, Input, Label, Outputs, Problem
from platform_components.foundation import FoundationOutputs
from platform_components.kubernetes.network_policy import EgressRule
from platform_components.kubernetes.workload import Workload, WorkloadArgs, reserved_name

_DATABASE_VARIABLES: Final[Mapping[str, Callable[[DatabaseOutputs], Input[str]]]] = {
    "DATABASE_HOST": lambda database: database.address,
    "DATABASE_PORT": lambda database: database.port.apply(str),
    "DATABASE_NAME": lambda database: database.database_name,
    "DATABASE_SECRET_ARN": lambda database: database.secret_arn,
    # Not verify-full: images don't carry the certificates of RDS.
    "DATABASE_SSLMODE": lambda _: "require",
}
_CACHE_VARIABLES: Final[Mapping[str, Callable[[CacheOutputs], Input[str]]]] = {
    "CACHE_HOST": lambda cache: cache.primary_endpoint,
    "CACHE_PORT": lambda cache: cache.port.apply(str),
    "CACHE_TLS": lambda _: "true",
}
_CONTEXT_VARIABLES: Final[Mapping[str, Callable[[Context], str]]] = {
    "SERVICE": lambda context: context.service,
    "ENVIRONMENT": lambda context: context.environment,
    "AWS_REGION": lambda context: context.region,
}


class ServiceStackArgs(WorkloadArgs):
    """What a service is told: its workload's fields, and what it keeps data in. Only `image` is required."""

    also_known_as = MappingProxyType(
        {
            **WorkloadArgs.also_known_as,
            **dict.fromkeys(("db", "postgres"), "database"),
            **dict.fromkeys(("redis", "valkey"), "cache"),
            **dict.fromkeys(("bucket", "s3"), "buckets"),
        }
    )

    database: DatabaseArgs | None = None
    """A PostgreSQL database of its own. Left out: none."""

    cache: CacheArgs | None = None
    """A Valkey cache of its own. Left out: none."""

    buckets: Mapping[Label, BucketArgs] = Field(default_factory=dict)
    """Buckets of its own, by name. Left out: none."""

    def problems(self, context: Context) -> Iterable[Problem]:
        yield from super().problems(context)
        wired = set(_CONTEXT_VARIABLES)
        wired |= set(_DATABASE_VARIABLES if self.database else ())
        wired |= set(_CACHE_VARIABLES if self.cache else ())
        wired |= {_bucket_variable(bucket) for bucket in self.buckets}
        for variable in self.environment:
            if variable in wired:
                yield Problem(f"environment.{variable}", "is set by the platform", "remove it, or rename it")


class ServiceStackOutputs(Outputs):
    """What a service gives."""

    namespace: pulumi.Output[str]
    """Kubernetes namespace that holds its workload."""
    service_account: pulumi.Output[str]
    """Service account that its pods run as."""
    role_arn: pulumi.Output[str]
    """ARN of the IAM role that its pods have."""
    address: pulumi.Output[str]
    """Host and port that other services call it at; empty for a worker."""
    connections: pulumi.Output[Mapping[str, str]]
    """The environment variables that the platform sets in its containers. References, no secrets."""


class ServiceStack(
    Component[ServiceStackArgs, ServiceStackOutputs], ServiceStackOutputs, kind="ServiceStack"
):
    """One service: its workload in the cluster, its data stores, and what lets the one use the others.

    Its pods get an IAM role of their own through EKS Pod Identity, which may read its database's secret
    and use the objects of its buckets, and nothing else. The security groups of the data stores let in
    the cluster's security group, which all pods on Auto Mode nodes share: what narrows that to this
    service are the network policies, in which only a service with a database reaches database ports.

    Containers find `DATABASE_HOST`, `_PORT`, `_NAME`, `_SECRET_ARN`, `_SSLMODE`, `CACHE_HOST`, `_PORT`,
    `_TLS`, `BUCKET_<NAME>`, `SERVICE`, `ENVIRONMENT` and `AWS_REGION` in their environment.

    `customize` reaches the workload's children too.
    """

    child_types = MappingProxyType(
        {
            "role": iam.Role,
            "access": iam.RolePolicy,
            "identity": eks.PodIdentityAssociation,
            "database-ingress": vpc.SecurityGroupIngressRule,
            "cache-ingress": vpc.SecurityGroupIngressRule,
            "kubernetes": kubernetes.Provider,
            **Workload.child_types,
        }
    )

    workload: Workload
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

        # Parts that hold data.
        self.database = self.cache = None
        if args.database:
            self.database = Database(
                f"{name}-db", args.database, context=context, network=network, opts=self.child()
            )
        if args.cache:
            self.cache = Cache(
                f"{name}-cache", args.cache, context=context, network=network, opts=self.child()
            )
        self.buckets = {
            bucket: Bucket(f"{name}-{bucket}", its_args, context=context, opts=self.child())
            for bucket, its_args in args.buckets.items()
        }

        # What its pods may do in AWS.
        role = iam.Role(
            f"{name}-role",
            description=f"Pods of the service {name}",
            assume_role_policy=_trust(name, foundation),
            opts=self.child(),
        )
        before_pods: list[pulumi.Resource] = [
            eks.PodIdentityAssociation(
                f"{name}-identity",
                cluster_name=cluster.cluster_name,
                namespace=name,
                service_account=name,
                role_arn=role.arn,
                opts=self.child(),
            )
        ]
        if statements := _statements(self.database, self.buckets, context.region):
            before_pods.append(
                iam.RolePolicy(
                    f"{name}-access", role=role.name, policy=_policy(statements), opts=self.child()
                )
            )

        # What its pods may connect to.
        egress = list(args.egress)
        for part, store in (("database", self.database), ("cache", self.cache)):
            if store:
                egress.append(EgressRule(cidr=network.cidr, port=store.port))
                before_pods.append(
                    vpc.SecurityGroupIngressRule(
                        f"{name}-{part}-ingress",
                        description=f"Pods of the cluster, for the service {name}",
                        security_group_id=store.security_group_id,
                        referenced_security_group_id=cluster.security_group_id,
                        ip_protocol="tcp",
                        from_port=store.port,
                        to_port=store.port,
                        opts=self.child(),
                    )
                )

        connections = self._connections()
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
                egress=tuple(egress),
                customize={
                    role: args.customize[role] for role in args.customize if role in Workload.child_types
                },
            ),
            context=context,
            first=before_pods,
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
        own_name_is_wrong = any(problem.where == "name" for problem in own)
        for path, kind, part, its_args in _parts(name, args):
            for problem in kind.input_errors(part, its_args):
                if problem.where != "name" or not own_name_is_wrong:
                    yield problem.under(path)

    def _connections(self) -> dict[str, Input[str]]:
        """The environment variables that tell the workload where everything is."""
        found: dict[str, Input[str]] = {
            variable: value(self.context) for variable, value in _CONTEXT_VARIABLES.items()
        }
        if self.database:
            found |= {key: value(self.database.outputs) for key, value in _DATABASE_VARIABLES.items()}
        if self.cache:
            found |= {key: value(self.cache.outputs) for key, value in _CACHE_VARIABLES.items()}
        return found | {_bucket_variable(name): bucket.bucket_name for name, bucket in self.buckets.items()}


def _parts(
    name: str, args: ServiceStackArgs
) -> Iterator[tuple[str, type[Component[Any]], str, ComponentArgs]]:
    """The components that a service is made of: path of the args, class, name, args."""
    if args.database:
        yield "database", Database, f"{name}-db", args.database
    if args.cache:
        yield "cache", Cache, f"{name}-cache", args.cache
    for bucket, its_args in args.buckets.items():
        yield f"buckets.{bucket}", Bucket, f"{name}-{bucket}", its_args


def _bucket_variable(bucket: str) -> str:
    return f"BUCKET_{bucket.upper().replace('-', '_')}"


def _trust(name: str, foundation: FoundationOutputs) -> pulumi.Output[str]:
    """Who may take the role: pods of this service's account in this cluster, through Pod Identity."""
    return pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "PodIdentity",
                    "Effect": "Allow",
                    "Principal": {"Service": "pods.eks.amazonaws.com"},
                    "Action": ["sts:AssumeRole", "sts:TagSession"],
                    "Condition": {
                        "StringEquals": {
                            "aws:RequestTag/eks-cluster-arn": foundation.cluster.arn,
                            "aws:RequestTag/kubernetes-namespace": name,
                            "aws:RequestTag/kubernetes-service-account": name,
                        }
                    },
                }
            ],
        }
    )


def _statements(
    database: Database | None, buckets: Mapping[str, Bucket], region: str
) -> list[dict[str, Any]]:
    """What the role may do: exactly what its own data stores take, and none where there are none."""
    statements = []
    if database:
        actions = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
        statements.append(_allow("DatabaseSecret", actions, [database.secret_arn]))
    if buckets:
        arns = [bucket.arn for bucket in buckets.values()]
        objects = [bucket.arn.apply(lambda arn: f"{arn}/*") for bucket in buckets.values()]
        on_objects = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
        statements.append(_allow("ListBuckets", ["s3:ListBucket", "s3:GetBucketLocation"], arns))
        statements.append(_allow("Objects", on_objects, objects))
    keys = [bucket.args.kms_key_arn for bucket in buckets.values() if bucket.args.kms_key_arn is not None]
    if keys:
        through_s3 = {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}}
        allow = _allow("ObjectKeys", ["kms:Decrypt", "kms:GenerateDataKey"], keys)
        statements.append({**allow, "Condition": through_s3})
    return statements


def _allow(sid: str, actions: list[str], resources: list[Any]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def _policy(statements: list[dict[str, Any]]) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": statements})
