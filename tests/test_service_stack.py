"""ServiceStack: a service gets the parts that it declares, and its pods access to those only."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from platform_components.aws.bucket import BucketArgs
from platform_components.aws.cache import CacheArgs
from platform_components.aws.database_args import DatabaseArgs
from platform_components.aws.network import NetworkOutputs
from platform_components.base import Component, InvalidInput, Tier, observed
from platform_components.engine import ProgramError
from platform_components.foundation import FoundationOutputs
from platform_components.service_secrets import ServiceSecret
from platform_components.service_stack import ServiceStack, ServiceStackArgs
from platform_components.testing import UNKNOWN, Graph, Resource, render
from tests.deployed import SUFFIX, arn_of, render_deployed
from tests.samples import (
    ACCOUNT,
    KEY_ARN,
    SECRET_ARN,
    Build,
    context_of,
    given_foundation,
    given_platform_services,
)

IMAGE = "registry.example/orders@sha256:" + "0" * 64
FULL: dict[str, Any] = {
    "database": DatabaseArgs(),
    "cache": CacheArgs(),
    "buckets": {"receipts": BucketArgs(), "month-ends": BucketArgs()},
}

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
PROVIDER = "pulumi:providers:kubernetes"

VARIANTS: Mapping[str, Build] = {
    "minimal": lambda context: ServiceStack(
        "shop",
        ServiceStackArgs(image=IMAGE),
        context=context,
        foundation=given_foundation(),
        platform_services=given_platform_services(),
    ),
    "full": lambda context: ServiceStack(
        "shop",
        ServiceStackArgs(
            image=IMAGE,
            database=DatabaseArgs(),
            cache=CacheArgs(),
            buckets={"receipts": BucketArgs(kms_key_arn=KEY_ARN)},
        ),
        context=context,
        foundation=given_foundation(),
        platform_services=given_platform_services(),
    ),
    "migrated": lambda context: ServiceStack(
        "shop",
        ServiceStackArgs(
            image=IMAGE,
            database=DatabaseArgs(),
            migration_command=("./migrate", "up"),
            database_password_file=True,
        ),
        context=context,
        foundation=given_foundation(),
        platform_services=given_platform_services(),
    ),
    "worker": lambda context: ServiceStack(
        "shop",
        ServiceStackArgs(image=IMAGE, kind="worker"),
        context=context,
        foundation=given_foundation(),
        platform_services=given_platform_services(),
    ),
    "secrets": lambda context: ServiceStack(
        "shop",
        ServiceStackArgs(
            image=IMAGE, secrets={"STRIPE_KEY": SECRET_ARN, "MAIL": ServiceSecret(arn=SECRET_ARN, as_="env")}
        ),
        context=context,
        foundation=given_foundation(),
        platform_services=given_platform_services(),
    ),
}


def build(tier: Tier = "development", name: str = "orders", **args: Any) -> ServiceStack:
    """Create a service. Call it in a program."""
    service_args = ServiceStackArgs(**({"image": IMAGE} | args))
    return ServiceStack(
        name,
        service_args,
        context=context_of(tier),
        foundation=given_foundation(),
        platform_services=given_platform_services(),
    )


def service(tier: Tier = "development", name: str = "orders", **args: Any) -> Graph:
    """Return the graph of a program with one service."""
    return render(lambda: build(tier, name, **args))


def variables(graph: Graph) -> dict[str, Any]:
    """Return the environment of the service's container."""
    (container,) = graph.one(DEPLOYMENT).inputs["spec"]["template"]["spec"]["containers"]
    return {entry["name"]: entry["value"] for entry in container["env"]}


def depends_on(resource: Resource) -> set[str]:
    return {urn.rpartition("::")[2] for urn in resource.dependencies}


def problems(tier: Tier = "development", name: str = "orders", **args: Any) -> str:
    """Return the error message for an invalid service."""
    with pytest.raises(ProgramError) as caught:
        service(tier, name, **args)
    return " ".join(str(caught.value).split())


def test_a_service_without_parts_has_only_a_workload() -> None:
    """There are no data stores and no ingress rules, and its role has no permissions."""
    graph = service()
    assert graph.of_type(ROLE_POLICY) == graph.of_type(INGRESS_RULE) == ()
    kinds = {resource.type for resource in graph.resources if resource.type.startswith("platform:")}
    assert kinds == {"platform:index:ServiceStack", "platform:index:Workload"}


def test_its_parts_are_named_after_it() -> None:
    """The names of parts are a public contract: changing one would replace the part and lose its data."""
    names = {
        (resource.type.rpartition(":")[2], resource.name)
        for resource in service(**FULL).resources
        if resource.type.startswith("platform:index:")
    }
    assert names == {
        ("ServiceStack", "orders"),
        ("Workload", "orders"),
        ("Database", "orders-db"),
        ("Cache", "orders-cache"),
        ("Bucket", "orders-receipts"),
        ("Bucket", "orders-month-ends"),
    }


def test_the_environment_of_the_workload_references_all_parts() -> None:
    """It contains hosts, ports, names and users, and no passwords."""
    found = variables(service(**FULL, environment={"LOG_LEVEL": "debug"}))
    known = {name: value for name, value in found.items() if value is not UNKNOWN}
    assert known == {
        "SERVICE": "shop",
        "ENVIRONMENT": "here",
        "AWS_REGION": "eu-west-1",
        "DATABASE_PORT": "5432",
        "DATABASE_NAME": "orders_db",
        "DATABASE_USER": "application_runtime",
        "DATABASE_SSLMODE": "verify-full",
        "DATABASE_SSLROOTCERT": "/etc/platform/database-sslrootcert",
        "CACHE_PORT": "6379",
        "CACHE_TLS": "true",
        "LOG_LEVEL": "debug",
    }
    assert set(found) - set(known) == {
        "DATABASE_HOST",
        "CACHE_HOST",
        "CACHE_NAME",
        "CACHE_USER",
        "CACHE_AUTHENTICATION",
        "BUCKET_RECEIPTS",
        "BUCKET_MONTH_ENDS",
    }
    assert set(variables(service())) == {"SERVICE", "ENVIRONMENT", "AWS_REGION"}


def test_only_its_own_pods_can_assume_its_role() -> None:
    """The trust policy allows one service account in one namespace of one cluster."""
    graph = service()
    (statement,) = json.loads(graph.one("aws:iam/role:Role").inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert statement["Condition"] == {
        "StringEquals": {
            "aws:RequestTag/eks-cluster-arn": "arn:aws:eks:eu-west-1:111122223333:cluster/main-live",
            "aws:RequestTag/kubernetes-namespace": "orders",
            "aws:RequestTag/kubernetes-service-account": "orders",
        }
    }
    association = graph.one("aws:eks/podIdentityAssociation:PodIdentityAssociation").inputs
    account = graph.one("kubernetes:core/v1:ServiceAccount").inputs["metadata"]
    assert association["clusterName"] == "main-live"
    assert (association["namespace"], association["serviceAccount"]) == (
        account["namespace"],
        account["name"],
    )


def statements_of(**args: Any) -> list[dict[str, Any]]:
    """Return the permissions of a service's role, with its parts deployed under known ARNs."""
    policy = render_deployed(lambda: build(**args)).one(ROLE_POLICY, "orders-access").inputs["policy"]
    statements: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return statements


def test_its_role_has_access_to_its_own_parts_only() -> None:
    """It allows logging in to its database and its cache as one user, and its buckets' objects, by ARN."""
    allowed = {statement["Sid"]: statement for statement in statements_of(**FULL)}
    assert set(allowed) == {"DatabaseLogin", "ConnectToCache", "ListBuckets", "Objects"}
    assert allowed["ConnectToCache"]["Resource"] == [
        arn_of("aws:elasticache/replicationGroup:ReplicationGroup", "orders-cache-group"),
        f"arn:aws:elasticache:eu-west-1:{ACCOUNT}:user:orders-cache-{SUFFIX}",
    ]
    assert allowed["DatabaseLogin"]["Resource"] == [
        "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-orders-db-instance/application_runtime"
    ]
    buckets = [arn_of("aws:s3/bucket:Bucket", f"orders-{name}-bucket") for name in ("receipts", "month-ends")]
    assert allowed["ListBuckets"]["Resource"] == buckets
    assert allowed["Objects"]["Resource"] == [f"{arn}/*" for arn in buckets]
    for statement in allowed.values():
        assert statement["Effect"] == "Allow"
        assert not [action for action in statement["Action"] if "*" in action]
        assert "*" not in statement["Resource"]
    assert "Database" not in json.dumps(statements_of(buckets={"receipts": BucketArgs()}))


def test_its_role_can_use_the_key_of_a_bucket_through_s3_only() -> None:
    """Objects of a bucket with its own key require it; the role can't decrypt other data with it."""
    allowed = {
        one["Sid"]: one for one in statements_of(buckets={"receipts": BucketArgs(kms_key_arn=KEY_ARN)})
    }
    keys = allowed["ObjectKeys"]
    assert (keys["Action"], keys["Resource"]) == (["kms:Decrypt", "kms:GenerateDataKey"], [KEY_ARN])
    assert keys["Condition"] == {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}


def test_it_can_connect_to_its_data_stores() -> None:
    """Their security groups allow the cluster on their ports, and its network policy allows the egress."""
    graph = service(**FULL)
    rules = {rule.name: rule.inputs for rule in graph.of_type(INGRESS_RULE)}
    ports = {name: (rule["fromPort"], rule["toPort"]) for name, rule in rules.items()}
    assert ports == {"orders-database-ingress": (5432, 5432), "orders-cache-ingress": (6379, 6379)}
    for rule in rules.values():
        assert (rule["referencedSecurityGroupId"], rule["ipProtocol"]) == ("sg-1", "tcp")
    egress = egress_of(graph)
    for port in (5432, 6379):
        assert egress[port] == ["10.20.2.0/24", "10.20.3.0/24"]


def egress_of(graph: Graph) -> dict[int, list[str]]:
    """Return the CIDR blocks that the service's network policy allows, by port."""
    (policy,) = (each for each in graph.of_type(NETWORK_POLICY) if each.name == "orders-network-policy")
    return {
        rule["ports"][0]["port"]: [peer["ipBlock"]["cidr"] for peer in rule["to"]]
        for rule in policy.inputs["spec"]["egress"]
        if any("ipBlock" in peer for peer in rule.get("to", ()))
    }


def test_a_network_that_was_deployed_earlier_has_no_blocks_of_data_stores() -> None:
    """The output was added later: without it, the destination is the VPC, as before."""

    def program() -> None:
        foundation = given_foundation()
        network = {**vars(foundation.network), "data_subnet_cidrs": pulumi.Output.from_input([])}
        earlier = FoundationOutputs(network=NetworkOutputs(**network), cluster=foundation.cluster)
        args = ServiceStackArgs(image=IMAGE, database=DatabaseArgs())
        ServiceStack(
            "orders",
            args,
            context=context_of("development"),
            foundation=earlier,
            platform_services=given_platform_services(),
        )

    assert egress_of(render(program))[5432] == ["10.20.0.0/16"]


def test_own_egress_is_in_addition_to_that_of_its_parts() -> None:
    """`egress` of a service does not replace the destinations of its data stores."""
    graph = service(cache=CacheArgs(), egress=[{"cidr": "203.0.113.0/24", "port": 587}])
    assert {port: blocks for port, blocks in egress_of(graph).items() if port in (587, 6379)} == {
        587: ["203.0.113.0/24"],
        6379: ["10.20.2.0/24", "10.20.3.0/24"],
    }


def test_pods_start_after_their_access_exists() -> None:
    """A pod that started earlier would have no credentials, and could not connect."""
    access = {"orders-identity", "orders-access", "orders-database-ingress", "orders-cache-ingress"}
    graph = service(**FULL)
    assert access <= depends_on(graph.one(DEPLOYMENT))
    # A new association takes some seconds to become effective, so even the namespace depends on it.
    assert access <= depends_on(graph.one("kubernetes:core/v1:Namespace"))


def test_its_objects_are_in_the_cluster_of_the_foundation() -> None:
    """They use one provider with server-side apply, whose kubeconfig contains no credentials."""
    graph = service()
    provider = graph.one(PROVIDER)
    assert provider.inputs["enableServerSideApply"] == "true"
    assert (
        json.loads(provider.inputs["kubeconfig"])["clusters"][0]["cluster"]["server"]
        == "https://main.example"
    )
    for resource in graph.managed:
        if resource.type.startswith("kubernetes:"):
            assert resource.provider.startswith(provider.urn)


def test_its_outputs_can_be_imported() -> None:
    """They are flat, for import in another stack, and contain no secrets."""
    registered = service(**FULL).one("platform:index:ServiceStack").outputs
    assert set(registered) == {"namespace", "service_account", "role_arn", "address", "connections"}
    assert registered["address"] == "orders.orders.svc.cluster.local:8080"
    assert service(kind="worker").one("platform:index:ServiceStack").outputs["address"] == ""


def test_values_keep_their_origin_in_the_workload() -> None:
    """`explain` shows the same origins for the service and for its workload."""
    components: list[Component[Any]] = []

    def program() -> None:
        with observed() as created:
            build(cpu="250m")
        components.extend(created)

    render(program)
    parent, workload = components
    for field in ("cpu", "min_replicas", "memory"):
        assert workload.args.origin(field) == parent.args.origin(field)
    assert workload.args.origin("min_replicas") == "sizing table (development tier)"
    assert re.fullmatch(r"test_service_stack\.py:\d+", workload.args.origin("cpu"))
    assert parent.summary == workload.summary != ""


def test_an_override_applies_to_the_workload() -> None:
    """`customize` of a service accepts its own children and those of its workload."""
    graph = service(
        customize={
            "role": {"max_session_duration": 7200},
            "service": {"metadata": {"annotations": {"team": "shop"}}},
        }
    )
    assert graph.one("aws:iam/role:Role").inputs["maxSessionDuration"] == 7200
    metadata = graph.one("kubernetes:core/v1:Service").inputs["metadata"]
    assert (metadata["annotations"], metadata["name"]) == ({"team": "shop"}, "orders")


@pytest.mark.parametrize("argument", ["namespace", "service_account", "serviceAccount"])
def test_the_identity_of_the_pods_stays_theirs(argument: str) -> None:
    """With another namespace or service account, the pods would have no permissions in AWS."""
    text = problems(customize={"identity": {argument: "other"}})
    assert f"customize.identity.{argument} is set by the component" in text


def test_all_errors_of_a_service_are_reported_together() -> None:
    """Errors of its fields and its parts have paths, and are raised before anything is registered."""
    text = problems(
        name="Orders",
        max_replicas=1,
        database=DatabaseArgs(storage_gb=100, max_storage_gb=100, customize={"instanc": {}}),
        buckets={"receipts": BucketArgs(archive_after_days=90, expire_after_days=30)},
        environment={"DATABASE_HOST": "db.example", "API_TOKEN": "abcdef"},
        customize={"deploymnet": {}},
    )
    assert 'ServiceStack "Orders": 8 problems' in text
    for expected in (
        'name = "Orders"',
        "customize.deploymnet unknown child did you mean deployment?",
        "database.customize.instanc unknown child did you mean instance?",
        "database.max_storage_gb = 100",
        "buckets.receipts.archive_after_days = 90",
        "max_replicas = 1",
        "environment.DATABASE_HOST is set by the platform",
        "environment.API_TOKEN looks like a secret in plain text",
    ):
        assert expected in text


@pytest.mark.parametrize(
    ("name", "args", "where"),
    [
        ("a" * 21, {"cache": CacheArgs()}, "cache.name"),
        ("a" * 38, {"database": DatabaseArgs()}, "database.name"),
        ("a" * 30, {"buckets": {"b" * 10: BucketArgs()}}, f"buckets.{'b' * 10}.name"),
        ("orders", {"buckets": {"a--b": BucketArgs()}}, "buckets.a--b.name"),
    ],
)
def test_a_name_must_leave_room_for_those_of_parts(name: str, args: dict[str, Any], where: str) -> None:
    """A long name is rejected only if a part's name becomes too long, with the path of the part."""
    assert where in problems(name=name, **args)
    service(name=name)


def test_variables_of_parts_that_do_not_exist_are_available() -> None:
    """A service without its own database can set DATABASE_HOST."""
    assert variables(service(environment={"DATABASE_HOST": "db.example"}))["DATABASE_HOST"] == "db.example"


def test_an_unknown_field_of_a_part_is_reported_with_its_path() -> None:
    """The same applies to a part that is a mapping."""
    with pytest.raises(InvalidInput, match=r"database\.storage .*did you mean storage_gb\?"):
        ServiceStackArgs.parse({"image": IMAGE, "database": {"storage": 20}}, "service.yaml")


@pytest.mark.parametrize("name", ["default", "kube-system"])
def test_a_namespace_of_kubernetes_is_rejected_as_a_name(name: str) -> None:
    """The namespace of a service has its name, and Kubernetes reserves these."""
    assert f'name = "{name}" is a namespace that Kubernetes reserves' in problems(name=name)


def test_a_prefix_that_s3_reserves_is_rejected_with_the_other_errors() -> None:
    """Errors of a bucket's name are raised before anything is registered, with those of other parts."""
    text = problems(name="sthree", buckets={"invoices": BucketArgs()}, customize={"rolle": {}})
    assert 'ServiceStack "sthree": 2 problems' in text
    assert "buckets.invoices.name" in text
    assert "which S3 reserves" in text
