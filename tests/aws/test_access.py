"""Access: a component declares what a client needs; a client adds accesses, grants and connects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pulumi_aws import iam

from platform_components.aws.access import Access, GuardedPort
from platform_components.aws.bucket import Bucket, BucketArgs, BucketOutputs
from platform_components.aws.cache import Cache, CacheOutputs
from platform_components.aws.database import Database, DatabaseOutputs
from platform_components.aws.rds_certificates import rds_certificates
from platform_components.base import InvalidInput
from platform_components.testing import Graph, render
from tests.samples import KEY_ARN, full_context as context, given_network

EXPORTED: Mapping[str, Mapping[str, Any]] = {
    "organization/platform/ledger.dev": {
        "address": "ledger.example",
        "port": 5432,
        "database_name": "ledger",
        "username": "app_admin",
        "secret_arn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds-ledger",
        "security_group_id": "sg-ledger",
        "arn": "arn:aws:rds:eu-west-1:111122223333:db:ledger",
        "resource_id": "db-1",
        "owner": "application_owner",
        "runtime_user": "application_runtime",
    }
}
USERS = "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-1"
LOGIN = {
    "Sid": "DatabaseLogin",
    "Effect": "Allow",
    "Action": "rds-db:connect",
    "Resource": [f"{USERS}/application_runtime"],
}
READ_SECRET = {
    "Sid": "DatabaseSecret",
    "Effect": "Allow",
    "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
    "Resource": [EXPORTED["organization/platform/ledger.dev"]["secret_arn"]],
}


def of_another_stack() -> DatabaseOutputs:
    return DatabaseOutputs.imported(pulumi.StackReference("organization/platform/ledger.dev"))


def client(access: Access) -> None:
    """Create a role with the access, and the ingress rules for a security group."""
    access.grant("reports", iam.Role("reports", assume_role_policy="{}").name)
    access.connect("reports", "sg-reports")
    pulumi.export("environment", access.environment)


def statements(graph: Graph) -> Any:
    return json.loads(graph.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])["Statement"]


def test_imported_outputs_have_an_access() -> None:
    """Their access has the same policy, rule and variables as that of a component."""
    graph = render(lambda: client(of_another_stack().access()), references=EXPORTED)
    assert statements(graph) == [LOGIN]
    rule = graph.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "reports-database-ingress")
    assert rule.inputs["securityGroupId"] == "sg-ledger"
    assert rule.inputs["referencedSecurityGroupId"] == "sg-reports"
    assert (rule.inputs["fromPort"], rule.inputs["toPort"], rule.inputs["ipProtocol"]) == (5432, 5432, "tcp")
    assert graph.outputs["environment"] == {
        "DATABASE_HOST": "ledger.example",
        "DATABASE_PORT": "5432",
        "DATABASE_NAME": "ledger",
        "DATABASE_USER": "application_runtime",
        "DATABASE_SSLMODE": "verify-full",
    }


def test_the_client_of_a_database_gets_the_certificates_of_its_region() -> None:
    """Without them, it can't verify the server. The client chooses where the file is."""

    def program() -> None:
        access = of_another_stack().access()
        assert set(access.environment) | set(access.files) == set(DatabaseOutputs.environment_names())
        pulumi.export("files", access.files)

    outputs = render(program, references=EXPORTED).outputs
    assert outputs["files"] == {"DATABASE_SSLROOTCERT": rds_certificates("eu-west-1")}


def test_other_users_log_in_with_their_own_permission() -> None:
    """Migrations log in as the owner; only the administrator can read the secret of the master user."""

    def program() -> None:
        database = of_another_stack()
        client(database.login_access(database.owner) + database.master_access())

    graph = render(program, references=EXPORTED)
    assert statements(graph) == [READ_SECRET, {**LOGIN, "Resource": [f"{USERS}/application_owner"]}]
    assert graph.outputs["environment"]["DATABASE_USER"] == "application_owner"
    assert graph.outputs["environment"]["DATABASE_SECRET_ARN"] == READ_SECRET["Resource"][0]


def test_a_database_of_an_older_stack_has_no_users() -> None:
    """Until that stack is deployed again, the client has no permission, and a warning names the stack."""
    older = {
        stack: {name: value for name, value in outputs.items() if name not in ("owner", "runtime_user")}
        for stack, outputs in EXPORTED.items()
    }

    def program() -> None:
        bucket = Bucket("plain", context=context("development"))
        client(of_another_stack().access() + bucket.access("BUCKET"))

    graph = render(program, references=older)
    assert graph.outputs["environment"]["DATABASE_USER"] == ""
    assert any("deploy it again" in diagnostic.message for diagnostic in graph.diagnostics)


def test_a_component_has_its_outputs_access() -> None:
    """`database.access()` also works in the component's own stack, where its outputs are unknown."""

    def program() -> None:
        database = Database("orders", context=context("development"), network=given_network())
        client(database.access())

    graph = render(program)
    rule = graph.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert rule.inputs["fromPort"] == 5432
    assert set(graph.outputs["environment"]) < set(DatabaseOutputs.environment_names())


def test_accesses_can_be_added() -> None:
    """A client of a database and two buckets has one policy, and the variables of all three."""

    def program() -> None:
        dev = context("development")
        plain = Bucket("plain", context=dev)
        keyed = Bucket("keyed", BucketArgs(kms_key_arn=KEY_ARN), context=dev)
        access = of_another_stack().access() + plain.access("BUCKET_PLAIN") + keyed.access("BUCKET_KEYED")
        assert [statement.sid for statement in access.statements] == [
            "DatabaseLogin",
            *["ListBuckets", "Objects", "ObjectKeys"] * 2,
        ]
        client(access)

    graph = render(program, references=EXPORTED)
    assert len(graph.of_type("aws:iam/rolePolicy:RolePolicy")) == 1
    assert {"BUCKET_PLAIN", "BUCKET_KEYED", "DATABASE_HOST"} <= set(graph.outputs["environment"])


def test_two_databases_need_two_prefixes() -> None:
    """With one variable for two databases, one of the values would be lost."""

    def program() -> None:
        database = of_another_stack()
        with pytest.raises(ValueError, match=r"two accesses set DATABASE_HOST, .*; pass another prefix"):
            _ = database.access() + database.access()
        both = database.access() + database.access("LEDGER_2")
        assert both.environment.keys() >= {"DATABASE_HOST", "LEDGER_2_HOST"}
        assert [port.name for port in both.ports] == ["database"]  # EC2 rejects the same rule twice
        assert len(both.egress) == 1
        assert set(both.files) == {"DATABASE_SSLROOTCERT", "LEDGER_2_SSLROOTCERT"}
        assert [statement.sid for statement in both.statements] == ["DatabaseLogin", "Ledger2Login"]

    render(program, references=EXPORTED)


def test_without_permissions_there_is_no_policy() -> None:
    """IAM rejects an empty policy document."""

    def program() -> None:
        assert Access(ports=(GuardedPort("queue", "sg-queue", 5672),)).grant("reports", "role") is None
        assert Access.of([]).connect("reports", "sg-reports") == []

    assert render(program).managed == ()


@pytest.mark.parametrize("component", [Bucket, Cache, Database])
def test_a_component_with_files_includes_them(component: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each variable of `environment_names()` is in the environment or in the files."""
    monkeypatch.setattr(component.outputs_type, "files", {"CA": lambda _: "content"})

    def program() -> None:
        network = {} if component is Bucket else {"network": given_network()}
        access = component("orders", context=context("development"), **network).access("ORDERS")
        assert access.files == {"ORDERS_CA": "content"}
        assert {*access.environment, *access.files} == {*component.environment_names("ORDERS")}

    render(program)


@pytest.mark.parametrize(
    ("outputs", "prefix", "names"),
    [
        (BucketOutputs, "BUCKET_RECEIPTS", ("BUCKET_RECEIPTS",)),
        (BucketOutputs, "", ("BUCKET",)),
        (
            DatabaseOutputs,
            "LEDGER",
            tuple(f"LEDGER_{name}" for name in (*DatabaseOutputs.variables, *DatabaseOutputs.files)),
        ),
        (CacheOutputs, "", tuple(f"CACHE_{name}" for name in CacheOutputs.variables)),
    ],
)
def test_variable_names_do_not_depend_on_outputs(outputs: Any, prefix: str, names: tuple[str, ...]) -> None:
    """Conflicts with a service's own variables are therefore reported before any resource is registered."""
    assert outputs.environment_names(prefix) == names


def test_egress_is_to_the_clients_own_vpc() -> None:
    """Without a CIDR block, the client uses that of its VPC."""

    def program() -> None:
        (egress,) = of_another_stack().access().egress
        assert egress.cidr is None
        pulumi.export("port", egress.port)

    assert render(program, references=EXPORTED).outputs["port"] == 5432


@pytest.mark.parametrize("outbound", [True, False])
def test_both_ends_allow_the_connection(outbound: bool) -> None:
    """Pulumi creates a security group without outbound rules; EKS's own allows all outbound traffic."""

    def program() -> None:
        of_another_stack().access().connect("reports", "sg-reports", outbound=outbound)

    graph = render(program, references=EXPORTED)
    (ingress,) = graph.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    egress = graph.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert [rule.name for rule in egress] == ["reports-database-egress"] * outbound
    assert {rule.inputs["description"] for rule in (ingress, *egress)} == {"Client reports"}
    for rule in egress:
        assert rule.inputs["securityGroupId"] == ingress.inputs["referencedSecurityGroupId"]
        assert rule.inputs["referencedSecurityGroupId"] == ingress.inputs["securityGroupId"]
        assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (5432, 5432)


@pytest.mark.parametrize("prefix", ["my-db", "database", "2ND", "A B", "A=B"])
def test_a_prefix_is_that_of_environment_variables(prefix: str) -> None:
    """It is also part of a statement ID, for which IAM allows letters and digits only."""
    with pytest.raises(InvalidInput, match="must be uppercase letters, digits and underscores"):
        DatabaseOutputs.environment_names(prefix)
