"""Tests of the client's access, without a cloud: `pytest examples/client`."""

import json
from pathlib import Path
from typing import Any

from platform_components import DatabaseOutputs, FoundationOutputs
from platform_components.testing import render

PROGRAM = Path(__file__).parent
REFERENCES: dict[str, dict[str, Any]] = {
    "organization/platform/foundation.dev": dict.fromkeys(FoundationOutputs.exported_names(), "known"),
    "organization/ledger/dev": dict.fromkeys(DatabaseOutputs.exported_names("database_"), "known")
    | {
        "database_arn": "arn:aws:rds:eu-west-1:111122223333:db:ledger",
        "database_resource_id": "db-1",
        "database_runtime_user": "application_runtime",
        "database_security_group_id": "sg-ledger",
        "database_port": 5432,
    },
}


def test_the_function_can_connect_to_the_database() -> None:
    """Both security groups allow the connection, only on the database's port."""
    graph = render(PROGRAM, config={"aws:region": "eu-west-1"}, references=REFERENCES)
    ingress = graph.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert ingress.inputs["securityGroupId"] == "sg-ledger"
    egress = graph.one("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "reports-database-egress")
    assert egress.inputs["referencedSecurityGroupId"] == "sg-ledger"
    for rule in (ingress, egress):
        assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (5432, 5432)


def test_the_function_knows_where_everything_is() -> None:
    """Its variables contain references, and no password."""
    graph = render(PROGRAM, config={"aws:region": "eu-west-1"}, references=REFERENCES)
    variables = graph.one("aws:lambda/function:Function").inputs["environment"]["variables"]
    assert variables["DATABASE_USER"] == "application_runtime"
    assert variables["DATABASE_SSLMODE"] == "verify-full"
    assert {"DATABASE_HOST", "DATABASE_PORT", "DATABASE_SSLROOTCERT", "BUCKET_FILES"} <= set(variables)


def test_only_lambda_can_assume_the_role() -> None:
    """The trust policy allows one principal."""
    graph = render(PROGRAM, config={"aws:region": "eu-west-1"}, references=REFERENCES)
    trust = json.loads(graph.one("aws:iam/role:Role").inputs["assumeRolePolicy"])
    assert [each["Principal"] for each in trust["Statement"]] == [{"Service": "lambda.amazonaws.com"}]
