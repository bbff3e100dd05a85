"""Database: private, encrypted and backed up; sized and protected by tier; errors are found before AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from platform_components.aws.database import Database, DatabaseOutputs
from platform_components.aws.database_args import DatabaseArgs
from platform_components.aws.snapshots import final_snapshot_name
from platform_components.aws.suffixes import with_suffix_of
from platform_components.base import TIERS, InvalidInput, Sizing, Tier
from platform_components.testing import UNKNOWN, Graph, Resource, render
from tests.deployed import render_deployed
from tests.samples import ACCOUNT, KEY_ARN, Build, context_of, given_network

INSTANCE = "aws:rds/instance:Instance"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"

VARIANTS: Mapping[str, Build] = {
    "minimal": lambda context: Database("orders", context=context, network=given_network()),
    "full": lambda context: Database(
        "orders",
        DatabaseArgs(max_storage_gb=500, parameters={"log_min_duration_statement": "500"}),
        context=context,
        network=given_network(),
    ),
}


def database(tier: Tier = "development", name: str = "orders", **args: Any) -> Graph:
    """The graph of one database."""
    return render(
        lambda: Database(name, DatabaseArgs(**args), context=context_of(tier), network=given_network())
    )


def instance(tier: Tier = "development", name: str = "orders", **args: Any) -> Resource:
    return database(tier, name, **args).one(INSTANCE)


def problems(tier: Tier = "development", **args: Any) -> str:
    """Return the error message for invalid args."""
    with pytest.raises(InvalidInput) as caught:
        DatabaseArgs(**args).resolve(context_of(tier), 'Database "orders"')
    return str(caught.value)


@pytest.mark.parametrize("tier", TIERS)
def test_a_database_is_private_and_encrypted_in_every_tier(tier: Tier) -> None:
    """Security settings are the same in all tiers: only sizes and protections differ."""
    inputs = instance(tier).inputs
    assert inputs["storageEncrypted"] is True
    assert inputs["publiclyAccessible"] is False
    assert inputs["manageMasterUserPassword"] is True
    assert inputs["iamDatabaseAuthenticationEnabled"] is True
    assert inputs["copyTagsToSnapshot"] is True
    assert inputs["enabledCloudwatchLogsExports"] == ["postgresql", "upgrade", "iam-db-auth-error"]
    assert not {"password", "passwordWo"} & set(inputs)


@pytest.mark.parametrize("tier", TIERS)
def test_nobody_reaches_a_database_at_first(tier: Tier) -> None:
    """It is in the data subnets, with a security group without rules, to which clients add rules."""
    graph = database(tier)
    group = graph.one("aws:ec2/securityGroup:SecurityGroup")
    assert not {"ingress", "egress"} & set(group.inputs)
    assert group.inputs["vpcId"] == "vpc-1"
    subnets = graph.one("aws:rds/subnetGroup:SubnetGroup").inputs["subnetIds"]
    assert subnets == ["subnet-data-a", "subnet-data-b"]


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        ("production", ("db.t3.medium", 100, 30, True, True, False)),
        ("staging", ("db.t3.small", 20, 7, False, False, True)),
        ("development", ("db.t3.small", 20, 7, False, False, True)),
    ],
)
def test_the_tier_decides_size_and_protection(tier: Tier, expected: tuple[object, ...]) -> None:
    """The sizing table sets class, storage, backups, standby, deletion protection and final snapshot."""
    resource = instance(tier)
    inputs = resource.inputs
    names = (
        *("instanceClass", "allocatedStorage", "backupRetentionPeriod", "multiAz", "deletionProtection"),
        "skipFinalSnapshot",
    )
    assert tuple(inputs[name] for name in names) == expected
    assert resource.protect is (tier == "production")
    assert ("finalSnapshotIdentifier" in inputs) is (tier == "production")
    assert inputs["deleteAutomatedBackups"] is (tier != "production")


def test_only_what_holds_data_is_protected() -> None:
    """The other children can be recreated without data loss."""
    assert {resource.name for resource in database("production").managed if resource.protect} == {
        *("orders-instance", "orders-key"),
        *(f"orders-log-group-{log}" for log in ("postgresql", "upgrade", "iam-db-auth-error")),
    }


def test_a_final_snapshot_can_be_taken_more_than_once() -> None:
    """Its name has the random suffix of a sibling's physical name, which differs for each new deployment."""

    def program() -> None:
        pulumi.export("name", final_snapshot_name("orders", pulumi.Output.from_input("orders-x-1a2b3c4")))

    assert render(program).outputs["name"] == "orders-final-1a2b3c4"


def test_a_major_version_leaves_the_minor_to_aws() -> None:
    """The provider accepts a version prefix without a difference, so that no plan downgrades."""
    inputs = instance(engine_version="16").inputs
    assert inputs["engineVersion"] == "16"
    assert inputs["autoMinorVersionUpgrade"] is True


def test_a_minor_version_stays_where_it_is() -> None:
    """AWS does not upgrade a pinned minor version, so that no plan downgrades."""
    inputs = instance(engine_version="16.8").inputs
    assert inputs["engineVersion"] == "16.8"
    assert inputs["autoMinorVersionUpgrade"] is False


def test_a_major_upgrade_gets_a_parameter_group_of_its_own() -> None:
    """The old group can't be deleted while the instance uses it; with a new name, both can exist."""
    before, after = (database(engine_version=version) for version in ("16", "17"))
    assert before.one(PARAMETERS).name == "orders-parameters-postgres16"
    assert after.one(PARAMETERS).name == "orders-parameters-postgres17"
    assert after.one(PARAMETERS).inputs["family"] == "postgres17"
    assert before.one(INSTANCE).urn == after.one(INSTANCE).urn


def test_a_major_upgrade_does_not_wait() -> None:
    """Otherwise it would use the old parameter group until the window, and deleting the group would fail."""
    assert instance(allow_major_upgrade=True).inputs["applyImmediately"] is True
    assert instance().inputs["applyImmediately"] is False
    assert instance().inputs["allowMajorVersionUpgrade"] is False


def test_connections_without_tls_are_refused() -> None:
    """Other parameters do not change this."""
    sent = database(parameters={"work_mem": "65536"}).one(PARAMETERS).inputs["parameters"]
    assert {"name": "rds.force_ssl", "value": "1", "applyMethod": "pending-reboot"} in sent
    assert {"name": "work_mem", "value": "65536", "applyMethod": "immediate"} in sent


def test_a_parameter_that_needs_a_restart_waits_for_one() -> None:
    """RDS rejects `immediate` for a static parameter."""
    sent = database(parameters={"max_connections": "200"}).one(PARAMETERS).inputs["parameters"]
    assert sent[0] == {"name": "max_connections", "value": "200", "applyMethod": "pending-reboot"}


@pytest.mark.parametrize(("mode", "days"), [("standard", 7), ("advanced", 465)])
def test_insights_keep_what_their_mode_asks_for(mode: str, days: int) -> None:
    """AWS rejects the advanced mode with any other retention."""
    inputs = instance(insights=mode).inputs
    assert inputs["databaseInsightsMode"] == mode
    assert inputs["performanceInsightsEnabled"] is True
    assert inputs["performanceInsightsRetentionPeriod"] == days


def test_a_key_encrypts_storage_and_insights() -> None:
    """Both settings have the same value."""
    inputs = instance(kms_key_arn=KEY_ARN).inputs
    assert inputs["kmsKeyId"] == inputs["performanceInsightsKmsKeyId"] == KEY_ARN
    assert not {"kmsKeyId", "performanceInsightsKmsKeyId"} & set(instance().inputs)


@pytest.mark.parametrize(
    ("tier", "args", "expected"),
    [
        ("production", {}, 400),
        ("production", {"storage_gb": 500}, 2000),
        ("production", {"storage_gb": 30_000}, 65_536),
        ("production", {"storage_gb": 65_000}, 0),
        ("production", {"max_storage_gb": 110}, 110),
        ("production", {"max_storage_factor": 1}, 0),
        ("development", {}, 0),
        ("development", {"max_storage_gb": 100}, 100),
        ("development", {"max_storage_factor": 2}, 40),
    ],
)
def test_storage_grows_by_itself_in_production(tier: Tier, args: dict[str, Any], expected: int) -> None:
    """Up to four times the storage and the limit of a volume. Zero disables storage autoscaling; without it,
    the provider would not detect that it is on."""
    assert instance(tier, **args).inputs["maxAllocatedStorage"] == expected


def test_extended_support_is_disabled_unless_wanted() -> None:
    """RDS enables it by default. The provider can't change it later, so plans ignore it."""
    assert instance().inputs["engineLifecycleSupport"] == "open-source-rds-extended-support-disabled"
    wanted = instance(extended_support=True)
    assert wanted.inputs["engineLifecycleSupport"] == "open-source-rds-extended-support"
    assert "engineLifecycleSupport" in wanted.ignore_changes


def test_production_has_enhanced_monitoring() -> None:
    """With a role that only RDS can assume, only for the instances of this component."""
    graph = database("production")
    inputs = graph.one(INSTANCE).inputs
    assert inputs["monitoringInterval"] == 60
    assert inputs["monitoringRoleArn"] is UNKNOWN
    assert graph.one("aws:iam/role:Role").name == "orders-monitoring-role"
    policy = graph.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert policy.urn in graph.one(INSTANCE).dependencies  # RDS rejects a role without permissions
    assert (
        policy.inputs["policyArn"] == "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
    )
    assert not {"monitoringInterval", "monitoringRoleArn"} & set(instance().inputs)
    assert not database().of_type("aws:iam/role:Role")


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [(None, "db:orders-*"), ("orders-instance-1a2b3c4", "db:orders-instance-1a2b3c4")],
)
def test_only_rds_can_assume_the_monitoring_role(identifier: str | None, expected: str) -> None:
    """The conditions of the trust policy protect against the confused deputy problem."""
    args = DatabaseArgs(identifier=identifier)
    graph = render_deployed(
        lambda: Database("orders", args, context=context_of("production"), network=given_network())
    )
    trust = json.loads(graph.one("aws:iam/role:Role").inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
    assert trust["Action"] == "sts:AssumeRole"
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:rds:eu-west-1:{ACCOUNT}:{expected}"},
    }


@pytest.mark.parametrize(("tier", "days"), [("production", 365), ("staging", 30), ("development", 7)])
def test_logs_expire(tier: Tier, days: int) -> None:
    """The log groups exist before the instance; otherwise RDS would create them with unlimited retention."""
    graph = database(tier, identifier="orders-1")
    groups = graph.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert [group.inputs["name"] for group in groups] == [
        "/aws/rds/instance/orders-1/postgresql",
        "/aws/rds/instance/orders-1/upgrade",
        "/aws/rds/instance/orders-1/iam-db-auth-error",
    ]
    assert {group.inputs["retentionInDays"] for group in groups} == {days}
    assert {group.urn for group in groups} <= set(graph.one(INSTANCE).dependencies)
    assert database(tier, log_retention_days=90).of_type(groups[0].type)[0].inputs["retentionInDays"] == 90


def test_the_identifier_of_a_new_instance_is_unique() -> None:
    """It has the random suffix of a sibling's physical name, which a later component does not have."""

    def program() -> None:
        sibling = pulumi.Output.from_input("orders-subnet-group-1a2b3c4")
        pulumi.export("name", with_suffix_of(sibling, "orders"))

    assert render(program).outputs["name"] == "orders-1a2b3c4"
    graph = database()
    assert graph.one(INSTANCE).inputs["identifier"] is UNKNOWN
    assert graph.of_type("aws:cloudwatch/logGroup:LogGroup")[0].inputs["name"] is UNKNOWN


def test_an_existing_instance_keeps_its_identifier() -> None:
    """A rename changes its host name, so it takes an explicit identifier."""
    assert "identifier" in instance().ignore_changes
    named = instance(identifier="orders-instance-1a2b3c4")
    assert named.inputs["identifier"] == "orders-instance-1a2b3c4"
    assert "identifier" not in named.ignore_changes


def test_errors_of_iam_authentication_are_logged_if_it_is_enabled() -> None:
    """The reason of a rejected token is in no other log."""
    graph = database(iam_authentication=False)
    assert graph.one(INSTANCE).inputs["enabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
    groups = [group.name for group in graph.of_type("aws:cloudwatch/logGroup:LogGroup")]
    assert groups == ["orders-log-group-postgresql", "orders-log-group-upgrade"]


def test_log_groups_keep_their_names_as_long_as_the_instance_keeps_its_identifier() -> None:
    """Without `identifier`, also after it was removed. Other names would replace the groups with logs."""
    for group in database().of_type("aws:cloudwatch/logGroup:LogGroup"):
        assert group.ignore_changes == ("name",)
    for group in database(identifier="orders-1").of_type("aws:cloudwatch/logGroup:LogGroup"):
        assert group.ignore_changes == ()


def test_production_has_a_key_of_its_own() -> None:
    """It encrypts storage, insights and logs. A key in use can't be changed without replacing the instance,
    so an existing instance keeps the one it has."""
    graph = database("production")
    assert [key.name for key in graph.of_type("aws:kms/key:Key")] == ["orders-key"]
    assert [policy.name for policy in graph.of_type("aws:kms/keyPolicy:KeyPolicy")] == ["orders-key-policy"]
    resource = graph.one(INSTANCE)
    assert resource.inputs["kmsKeyId"] is resource.inputs["performanceInsightsKmsKeyId"] is UNKNOWN
    assert {"kmsKeyId", "performanceInsightsKmsKeyId"} <= set(resource.ignore_changes)
    assert {group.inputs["kmsKeyId"] for group in graph.of_type("aws:cloudwatch/logGroup:LogGroup")} == {
        UNKNOWN
    }
    without = database("production", create_kms_key=False)
    assert not without.of_type("aws:kms/key:Key")
    assert "kmsKeyId" not in without.one(INSTANCE).ignore_changes


def test_a_given_key_is_used_instead() -> None:
    """Another given key shows as the replacement that it is."""
    graph = database("production", kms_key_arn=KEY_ARN)
    assert not graph.of_type("aws:kms/key:Key")
    assert not {"kmsKeyId", "performanceInsightsKmsKeyId"} & set(graph.one(INSTANCE).ignore_changes)
    assert {group.inputs["kmsKeyId"] for group in graph.of_type("aws:cloudwatch/logGroup:LogGroup")} == {
        KEY_ARN
    }


@pytest.mark.parametrize(
    ("name", "expected"), [("orders", "orders"), ("orders-eu", "orders_eu"), ("order", "order_db")]
)
def test_the_database_is_called_like_the_component(name: str, expected: str) -> None:
    """The default name is a valid identifier, and not a reserved word."""
    assert instance(name=name).inputs["dbName"] == expected


def test_the_outputs_lead_to_the_password_without_telling_it() -> None:
    """The secret's ARN is an output; no output contains a password."""
    assert "secret_arn" in DatabaseOutputs.model_fields
    assert not [field for field in DatabaseOutputs.model_fields if "password" in field]

    def program() -> None:
        made = Database("orders", context=context_of("staging"), network=given_network())
        made.outputs.export("database_")

    outputs = render(program).outputs
    assert outputs["database_port"] == 5432
    assert outputs["database_database_name"] == "orders"
    assert set(outputs) == {f"database_{field}" for field in DatabaseOutputs.model_fields}


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        ("production", "postgres 17 · db.t3.medium · 100-400 GB · 30 days of backups · Multi-AZ"),
        ("development", "postgres 17 · db.t3.small · 20 GB · 7 days of backups"),
    ],
)
def test_the_summary_has_the_decisive_facts(tier: Tier, expected: str) -> None:
    """The summary shows the main settings on one line."""
    lines = []
    render(
        lambda: lines.append(Database("orders", context=context_of(tier), network=given_network()).summary)
    )
    assert lines == [expected]


def test_explain_tells_where_each_size_came_from() -> None:
    """The origin is the sizing table, an override of it, or the line that set the value."""
    context = context_of("production").model_copy(
        update={"sizing": Sizing.parse({"production": {"database.storage_gb": 200}})}
    )
    args = DatabaseArgs(instance_class="db.m6g.large").resolve(context, "database")
    assert args.storage_gb == 200
    assert args.origin("storage_gb") == "platform.yaml sizing.production.database.storage_gb"
    assert args.origin("backup_retention_days") == "sizing table (production tier)"
    assert args.origin("instance_class").startswith("test_database.py:")
    assert args.origin("engine_version") == "default"


@pytest.mark.parametrize("tier", TIERS)
def test_the_same_args_give_the_same_graph(tier: Tier) -> None:
    """The graph does not depend on time or randomness, so a second preview shows no difference."""
    arguments: dict[str, Any] = {"parameters": {"work_mem": "64", "jit": "0"}, "kms_key_arn": KEY_ARN}
    assert database(tier, **arguments).to_dict() == database(tier, **arguments).to_dict()


def test_a_provider_argument_can_be_overridden() -> None:
    """`customize` sets arguments of children that the args do not have."""
    assert instance(customize={"instance": {"monitoring_interval": 0}}).inputs["monitoringInterval"] == 0


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"engine_version": "12"}, "must be a major version (13, 14, 15, 16, 17, 18)"),
        ({"engine_version": "17."}, "must be a major version"),
        ({"engine_version": "17.x"}, "must be a major version"),
        ({"engine_version": 17}, "must be a string"),
        ({"instance_class": "db.t3.smal"}, "unknown size of db.t3; one of: micro, small,"),
        ({"storage_gb": 8}, "must be at least 20"),
        ({"storage_gb": 65537}, "must be at most 65536"),
        ({"storage_gb": 50, "max_storage_gb": 54}, "must be at least 10% more than storage_gb, which is 50"),
        ({"max_storage_gb": 20}, "must be at least 10% more than storage_gb, which is 20"),
        ({"max_storage_factor": 0}, "must be at least 1"),
        ({"identifier": "Orders"}, "must be lowercase letters, digits and single hyphens"),
        ({"identifier": "orders--1"}, "must be lowercase letters, digits and single hyphens"),
        ({"identifier": "o" * 64}, "must have at most 63 characters; has 64"),
        ({"monitoring_interval": 2}, "must be one of: 0, 1, 5, 10, 15, 30, 60"),
        ({"log_retention_days": 17}, "must be a retention period of CloudWatch Logs; the nearest is 14"),
        ({"parameters": {"wrkmem": "1"}}, "did you mean work_mem?"),
        ({"parameters": {"work_mem": "64MB"}}, "write 65536"),
        (
            {"engine_version": "16", "parameters": {"transaction_timeout": "1"}},
            "it exists in PostgreSQL 17, 18",
        ),
        ({"backup_retention_days": 36}, "must be at most 35"),
        ({"backup_retention_days": -1}, "must be at least 0"),
        ({"backup_window": "3-4"}, "such as 03:00-04:00"),
        ({"backup_window": "03:00-03:15"}, "must be at least 30 minutes long; is 15"),
        ({"maintenance_window": "03:00-04:00"}, "such as sun:04:30-sun:05:30"),
        ({"maintenance_window": "sun:03:00-sun:03:15"}, "must be at least 30 minutes long; is 15"),
        ({"backup_window": "03:00-04:00"}, "overlaps maintenance_window, which is sun:03:30-sun:04:30"),
        ({"database_name": "Orders"}, "must be lowercase letters, digits and underscores"),
        ({"database_name": "1st"}, "and start with a letter"),
        ({"database_name": "order"}, "is reserved by PostgreSQL or RDS"),
        ({"database_name": "rdsadmin"}, "is reserved by PostgreSQL or RDS"),
        ({"database_name": "o" * 64}, "must have at most 63 characters; has 64"),
        ({"username": "admin"}, "is reserved by PostgreSQL or RDS"),
        ({"username": "pg_dba"}, "must not start with pg_ or rds_"),
        ({"username": "u" * 17}, "must have at most 16 characters; has 17"),
        ({"parameters": {"rds.force_ssl": "0"}}, 'must be "1", so that connections require TLS'),
        ({"parameters": {"work mem": "1"}}, "must be a PostgreSQL parameter such as work_mem"),
        ({"parameters": {"work_mem": 4}}, "must be a string"),
        ({"insights": "full"}, 'must be "standard" or "advanced"'),
        ({"kms_key_arn": "alias/orders"}, "must be the ARN of a KMS key"),
        ({"multi_az": "yes"}, "must be true or false"),
        ({"backup_retention": 14}, "did you mean backup_retention_days?"),
    ],
)
def test_a_mistake_is_told_before_anything_is_made(args: dict[str, Any], expected: str) -> None:
    """The message states the allowed values."""
    assert expected in problems(**args)


def test_production_has_backups() -> None:
    """Zero days are rejected in production and accepted in other tiers."""
    assert "must be at least 1 in the production tier" in problems("production", backup_retention_days=0)
    assert instance("staging", backup_retention_days=0).inputs["backupRetentionPeriod"] == 0


def test_a_bad_cell_of_the_sizing_table_is_blamed() -> None:
    """The value is in the sizing table, so the message names its cell, not the program."""
    sizing = Sizing.parse({"development": {"database.instance_class": "db.t3.smal"}})
    context = context_of("development").model_copy(update={"sizing": sizing})
    with pytest.raises(
        InvalidInput, match=r"  platform\.yaml sizing\.development\.database\.instance_class = "
    ):
        DatabaseArgs().resolve(context, "database")
