"""Cache: private and encrypted; replicas and protection by tier; errors are found before AWS is called."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

import pulumi
import pytest

from platform_components.aws.cache import Cache, CacheArgs, CacheOutputs, _log_group_name
from platform_components.aws.cache_users import Authentication
from platform_components.aws.valkey import VERSIONS
from platform_components.base import TIERS, InvalidInput, Tier
from platform_components.base.sizing import SIZING
from platform_components.engine import ProgramError
from platform_components.testing import UNKNOWN, Graph, Resource, render
from tests.deployed import SUFFIX, arn_of, render_deployed
from tests.samples import ACCOUNT, KEY_ARN, Build, context_of, given_network
from tests.tree import ROOT

OTHER_KEY_ARN = KEY_ARN.replace("key/", "key/f")
USER = "aws:elasticache/user:User"
USER_GROUP = "aws:elasticache/userGroup:UserGroup"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
KEY = "aws:kms/key:Key"
GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
PARAMETERS = "aws:elasticache/parameterGroup:ParameterGroup"

VARIANTS: Mapping[str, Build] = {
    "minimal": lambda context: Cache("sessions", context=context, network=given_network()),
    "full": lambda context: Cache(
        "sessions",
        CacheArgs(
            nodes=3,
            kms_key_arn=KEY_ARN,
            log_kms_key_arn=KEY_ARN,
            parameters={"timeout": "60"},
            clients=("reports",),
            dangerous_commands=("flushdb",),
        ),
        context=context,
        network=given_network(),
    ),
}


def cache(tier: Tier = "development", **args: Any) -> Graph:
    """The graph of one cache."""
    return render(
        lambda: Cache("sessions", CacheArgs(**args), context=context_of(tier), network=given_network())
    )


def group(tier: Tier = "development", **args: Any) -> Resource:
    return cache(tier, **args).one(GROUP)


def problems(**args: Any) -> str:
    """Return the error message for invalid args."""
    with pytest.raises(InvalidInput) as caught:
        CacheArgs(**args).resolve(context_of("development"), 'Cache "sessions"')
    return str(caught.value)


@pytest.mark.parametrize("tier", TIERS)
def test_a_cache_is_encrypted_in_every_tier(tier: Tier) -> None:
    """Data is encrypted at rest and in transit, TLS is required, and the state contains no password."""
    inputs = group(tier).inputs
    assert inputs["engine"] == "valkey"
    assert inputs["atRestEncryptionEnabled"] is True
    assert inputs["transitEncryptionEnabled"] is True
    assert inputs["transitEncryptionMode"] == "required"
    assert not {"authToken", "authTokenWo"} & set(inputs)


def deployed(**args: Any) -> Graph:
    """Return the graph of a cache with physical names as after a deployment."""
    return render_deployed(
        lambda: Cache(
            "sessions", CacheArgs(**args), context=context_of("development"), network=given_network()
        )
    )


@pytest.mark.parametrize("tier", TIERS)
def test_clients_authenticate_with_iam_in_every_tier(tier: Tier) -> None:
    """The cache has one user per client, without a password, and connections without a user are rejected."""
    graph = cache(tier, clients=("reports",))
    users = graph.of_type(USER)
    assert [user.name for user in users] == ["sessions-user", "sessions-client-reports"]
    for user in users:
        assert user.inputs["authenticationMode"] == {"type": "iam"}
        assert not {"passwords", "passwordsWo", "noPasswordRequired"} & set(user.inputs)
    assert graph.one(USER_GROUP).inputs["engine"] == "valkey"
    assert set(graph.one(USER_GROUP).dependencies) == {user.urn for user in users} | {
        graph.one("aws:elasticache/subnetGroup:SubnetGroup").urn
    }
    assert graph.one(USER_GROUP).urn in graph.one(GROUP).dependencies


def test_ids_and_names_of_users_are_equal_and_unique() -> None:
    """ElastiCache requires it for users with IAM authentication, and unique IDs in an account and region."""
    graph = deployed(clients=("reports",))
    ids = [f"sessions-{SUFFIX}", f"sessions-reports-{SUFFIX}"]
    assert [user.inputs["userId"] for user in graph.of_type(USER)] == ids
    assert [user.inputs["userName"] for user in graph.of_type(USER)] == ids
    assert graph.one(USER_GROUP).inputs["userIds"] == ids
    assert graph.one(USER_GROUP).inputs["userGroupId"] == f"sessions-{SUFFIX}"
    assert graph.one(GROUP).inputs["userGroupIds"] == [f"sessions-{SUFFIX}"]


def test_users_have_no_dangerous_commands() -> None:
    """Of the category dangerous, which includes administrative commands, only those that args list."""
    (user,) = cache().of_type(USER)
    assert user.inputs["accessString"] == "on ~* &* +@all -@dangerous +info"
    (user,) = cache(dangerous_commands=("keys", "flushdb")).of_type(USER)
    assert user.inputs["accessString"] == "on ~* &* +@all -@dangerous +info +flushdb +keys"


def test_a_cache_can_be_migrated_to_authentication() -> None:
    """The user default of the transitional group has no password. The other users keep their names."""
    before, after = deployed(authentication="preferred"), deployed()
    transitional = before.one(USER_GROUP)
    assert transitional.name == "sessions-user-group-preferred"
    assert transitional.inputs["engine"] == "redis"  # the only engine whose groups can contain this user
    assert transitional.inputs["userIds"] == ["default", f"sessions-{SUFFIX}"]
    assert transitional.inputs["userGroupId"] != after.one(USER_GROUP).inputs["userGroupId"]
    (user,), (same,) = before.of_type(USER), after.of_type(USER)
    assert dict(user.inputs) == dict(same.inputs)
    # A user of the engine valkey could not be in the transitional group.
    assert user.inputs["engine"] == "redis"


def test_a_client_can_connect_as_its_own_user_only() -> None:
    """Its access allows elasticache:Connect on the cache and on its user, and names the user."""

    def program() -> None:
        args = CacheArgs(clients=("reports",))
        made = Cache("sessions", args, context=context_of("development"), network=given_network())
        for client in ("", "reports"):
            access = made.access(client=client)
            (statement,) = access.statements
            pulumi.export(f"actions{client}", list(statement.actions))
            pulumi.export(f"resources{client}", statement.resources)
            pulumi.export(f"environment{client}", access.environment)

    outputs = render_deployed(program).outputs
    arn = arn_of(GROUP, "sessions-group")
    users = arn.rpartition(":")[0] + ":user"
    assert outputs["actions"] == outputs["actionsreports"] == ["elasticache:Connect"]
    assert outputs["resources"] == [arn, f"{users}:sessions-{SUFFIX}"]
    assert outputs["resourcesreports"] == [arn, f"{users}:sessions-reports-{SUFFIX}"]
    environment = outputs["environment"]
    assert environment["CACHE_USER"] == f"sessions-{SUFFIX}"
    assert outputs["environmentreports"]["CACHE_USER"] == f"sessions-reports-{SUFFIX}"
    assert (environment["CACHE_NAME"], environment["CACHE_AUTHENTICATION"]) == ("sessions-group", "iam")


EXPORTED: dict[str, Any] = {
    "primary_endpoint": "sessions.example",
    "reader_endpoint": "sessions-ro.example",
    "port": 6379,
    "security_group_id": "sg-1",
    "arn": f"arn:aws:elasticache:eu-west-1:{ACCOUNT}:replicationgroup:sessions",
}


def imported(client: str, **exported: Any) -> Graph:
    """Return the graph of a client of a cache in another stack."""

    def program() -> None:
        cache = CacheOutputs.imported(pulumi.StackReference("organization/shop/sessions"))
        access = cache.access(client=client)
        pulumi.export("environment", access.environment)
        access.grant("reports", "reports-role")

    return render(program, references={"organization/shop/sessions": EXPORTED | exported})


def test_a_client_of_another_stack_has_its_own_user() -> None:
    """Users are outputs, so that the other stack needs no names from elsewhere."""
    graph = imported("reports", user_name="sessions-1", client_user_names={"reports": "sessions-reports-1"})
    assert graph.outputs["environment"]["CACHE_USER"] == "sessions-reports-1"
    policy = json.loads(graph.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    user = f"arn:aws:elasticache:eu-west-1:{ACCOUNT}:user:sessions-reports-1"
    assert policy["Statement"][0]["Resource"] == [EXPORTED["arn"], user]


def test_a_cache_that_was_deployed_without_users_has_clients() -> None:
    """Stacks can be upgraded in any order: until the cache has users, clients connect without one."""
    graph = imported("")
    environment = graph.outputs["environment"]
    assert (environment["CACHE_USER"], environment["CACHE_AUTHENTICATION"]) == ("", "none")
    policy = json.loads(graph.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    assert policy["Statement"][0]["Resource"] == [EXPORTED["arn"]]


def test_an_unknown_client_is_reported_with_the_remedy() -> None:
    """Its user does not exist, so it could not connect."""
    expected = r'client = "reports"  is not a client of the cache .* add it to clients'
    with pytest.raises(ProgramError, match=expected):
        imported("reports", user_name="sessions-1", client_user_names={})


@pytest.mark.parametrize(("tier", "days"), [("production", 365), ("staging", 30), ("development", 7)])
def test_the_tier_decides_the_retention_of_logs(tier: Tier, days: int) -> None:
    """In production, logs are retained for a year, and protected. The tiers are those of a database."""
    logs = cache(tier).one(LOGS)
    assert logs.inputs["retentionInDays"] == days
    assert SIZING["cache.log_retention_days"] == SIZING["database.log_retention_days"]
    assert logs.protect is (tier == "production")


def test_a_production_cache_has_its_own_key() -> None:
    """It encrypts nodes, snapshots and logs, and is protected. Its changes never replace the cache."""
    graph = cache("production")
    (key,) = graph.of_type(KEY)
    assert key.protect
    for resource in (graph.one(GROUP), graph.one(LOGS)):
        assert key.urn in resource.property_dependencies["kmsKeyId"]
    assert graph.one(GROUP).ignore_changes == ("kmsKeyId",)


def test_a_key_that_is_given_is_used() -> None:
    """No other key is created, and changing it is a replacement that a preview shows."""
    graph = cache("production", kms_key_arn=KEY_ARN, log_kms_key_arn=KEY_ARN)
    assert graph.of_type(KEY) == ()
    assert graph.one(GROUP).inputs["kmsKeyId"] == graph.one(LOGS).inputs["kmsKeyId"] == KEY_ARN
    assert graph.one(GROUP).ignore_changes == ()


@pytest.mark.parametrize("tier", TIERS)
def test_a_key_that_is_given_encrypts_the_logs_too(tier: Tier) -> None:
    """Another one can be set if its policy doesn't allow CloudWatch Logs to use it."""
    assert cache(tier, kms_key_arn=KEY_ARN).one(LOGS).inputs["kmsKeyId"] == KEY_ARN
    graph = cache(tier, kms_key_arn=KEY_ARN, log_kms_key_arn=OTHER_KEY_ARN)
    assert graph.one(LOGS).inputs["kmsKeyId"] == OTHER_KEY_ARN
    assert graph.one(GROUP).inputs["kmsKeyId"] == KEY_ARN


@pytest.mark.parametrize("tier", ["staging", "development"])
def test_other_caches_have_no_key_of_their_own(tier: Tier) -> None:
    """A key costs 1 USD per month."""
    graph = cache(tier)
    assert graph.of_type(KEY) == ()
    assert "kmsKeyId" not in {**graph.one(GROUP).inputs, **graph.one(LOGS).inputs}


@pytest.mark.parametrize("tier", TIERS)
def test_nobody_reaches_a_cache_at_first(tier: Tier) -> None:
    """It is in the data subnets, with a security group without rules, to which clients add rules."""
    graph = cache(tier)
    security_group = graph.one("aws:ec2/securityGroup:SecurityGroup")
    assert not {"ingress", "egress"} & set(security_group.inputs)
    subnets = graph.one("aws:elasticache/subnetGroup:SubnetGroup").inputs["subnetIds"]
    assert subnets == ["subnet-data-a", "subnet-data-b"]


@pytest.mark.parametrize(
    ("tier", "nodes", "snapshot_days"), [("production", 2, 7), ("staging", 1, 1), ("development", 1, 0)]
)
def test_the_tier_decides_replicas_and_snapshots(tier: Tier, nodes: int, snapshot_days: int) -> None:
    """In production, the cache fails over to a replica, is protected, and has a final snapshot."""
    resource = group(tier)
    inputs = resource.inputs
    assert inputs["numCacheClusters"] == nodes
    assert inputs["automaticFailoverEnabled"] is inputs["multiAzEnabled"] is (nodes > 1)
    assert inputs["snapshotRetentionLimit"] == snapshot_days
    assert resource.protect is (tier == "production")
    assert ("finalSnapshotIdentifier" in inputs) is (tier == "production")


def test_a_cache_without_snapshots_is_not_protected() -> None:
    """A cache without snapshots needs no protection, not even in production."""
    assert not group("production", snapshot_retention_days=0, final_snapshot=False).protect
    assert group("production", snapshot_retention_days=0).protect


@pytest.mark.parametrize(("nodes", "failover"), [(1, False), (2, True), (6, True)])
def test_a_replica_takes_over_where_there_is_one(nodes: int, failover: bool) -> None:
    """AWS rejects automatic failover with a single node."""
    inputs = group(nodes=nodes).inputs
    assert inputs["automaticFailoverEnabled"] is failover
    assert inputs["multiAzEnabled"] is failover


def test_aws_does_not_move_the_version() -> None:
    """The provider would replace the cache, and lose its data, to downgrade to the program's version."""
    assert group().inputs["autoMinorVersionUpgrade"] is False


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_has_the_parameters_of_its_family(version: str) -> None:
    """The child name contains the family, so that a group in use does not block an upgrade."""
    family = f"valkey{version[0]}"
    graph = cache(engine_version=version)
    assert graph.one(PARAMETERS).inputs["family"] == family
    assert graph.one(PARAMETERS).name == f"sessions-parameters-{family}"
    assert graph.one(GROUP).inputs["engineVersion"] == version


def test_eviction_is_a_parameter() -> None:
    """They are set in addition to the parameters from the args."""
    sent = cache(eviction="allkeys-lru", parameters={"timeout": "300"}).one(PARAMETERS).inputs["parameters"]
    assert sent == [{"name": "maxmemory-policy", "value": "allkeys-lru"}, {"name": "timeout", "value": "300"}]


def test_the_default_eviction_is_left_to_elasticache() -> None:
    """The provider does not read back a parameter with its default value, so each plan would set it again."""
    assert cache().one(PARAMETERS).inputs.get("parameters") == []


def test_logs_go_where_the_account_has_room_for_them() -> None:
    """Log groups with this prefix need no statements in the size-limited CloudWatch Logs resource policy."""

    def program() -> None:
        pulumi.export("name", _log_group_name("sessions", pulumi.Output.from_input("sessions-x-1a2b3c4")))

    assert render(program).outputs["name"] == "/aws/vendedlogs/sessions-1a2b3c4"
    assert cache().one("aws:cloudwatch/logGroup:LogGroup").inputs["name"] is UNKNOWN


def test_logs_are_kept_for_a_while() -> None:
    """The slow log and the engine log go to a log group with a retention period."""
    graph = cache(log_retention_days=90)
    assert graph.one("aws:cloudwatch/logGroup:LogGroup").inputs["retentionInDays"] == 90
    deliveries = graph.one(GROUP).inputs["logDeliveryConfigurations"]
    assert [delivery["logType"] for delivery in deliveries] == ["slow-log", "engine-log"]


def test_the_longest_name_fits_a_replication_group() -> None:
    """AWS allows 40 characters, including the child type and the engine's random suffix."""
    assert Cache.longest_name + len("-group") + len("-1234567") == 40
    with pytest.raises(ProgramError, match="must have at most 26 characters"):
        render(lambda: Cache("s" * 27, context=context_of("development"), network=given_network()))


@pytest.mark.parametrize("authentication", get_args(Authentication))
def test_the_ids_of_a_cache_with_the_longest_name_fit(authentication: Authentication) -> None:
    """ElastiCache rejects IDs of more than 40 characters, also of users and of both user groups."""
    name, args = "s" * Cache.longest_name, CacheArgs(clients=("c" * 5,), authentication=authentication)
    graph = render_deployed(
        lambda: Cache(name, args, context=context_of("development"), network=given_network())
    )
    ids = [graph.one(USER_GROUP).inputs["userGroupId"]]
    ids += [user.inputs["userId"] for user in graph.of_type(USER)]
    assert len(ids) == 3
    assert max(map(len, ids)) == 40, ids


def test_a_client_whose_user_id_would_be_too_long_is_reported() -> None:
    """The limit depends on the name of the cache. All such clients are reported."""
    args = CacheArgs(clients=("reports", "ledgers", "jobs"))
    found = [*Cache.input_errors("s" * Cache.longest_name, args)]
    assert [problem.where for problem in found] == ["clients[0]", "clients[1]"]
    assert found[0].what.startswith("must have at most 5 characters")
    assert [*Cache.input_errors("sessions", args)] == []
    # A name that is too long is the only problem.
    assert [problem.where for problem in Cache.input_errors("s" * 27, args)] == ["name"]


def test_the_outputs_say_where_to_connect() -> None:
    """The outputs are a primary and a reader endpoint, and no password."""

    def program() -> None:
        Cache("sessions", context=context_of("staging"), network=given_network()).outputs.export("cache_")

    outputs = render(program).outputs
    assert outputs["cache_port"] == 6379
    assert set(outputs) == {f"cache_{field}" for field in CacheOutputs.model_fields}


@pytest.mark.parametrize(
    ("tier", "args", "expected"),
    [
        ("production", {}, "valkey 8.0 · cache.t3.micro · 2 nodes, failover · IAM authentication"),
        ("development", {}, "valkey 8.0 · cache.t3.micro · IAM authentication"),
        (
            "development",
            {"customize": {"group": {"user_group_ids": []}}},
            "valkey 8.0 · cache.t3.micro",
        ),
        (
            "development",
            {"authentication": "preferred"},
            "valkey 8.0 · cache.t3.micro · authentication optional",
        ),
    ],
)
def test_the_summary_has_the_decisive_facts(tier: Tier, args: dict[str, Any], expected: str) -> None:
    """The summary shows the main settings on one line."""
    lines = []

    def program() -> None:
        cache = Cache("sessions", CacheArgs(**args), context=context_of(tier), network=given_network())
        lines.append(cache.summary)

    render(program)
    assert lines == [expected]


def test_explain_tells_where_each_size_came_from() -> None:
    """The origin is the sizing table, or the line that set the value."""
    args = CacheArgs(nodes=3).resolve(context_of("staging"), "cache")
    assert args.origin("node_type") == "sizing table (staging tier)"
    assert args.origin("final_snapshot") == "sizing table (staging tier)"
    assert args.origin("nodes").startswith("test_cache.py:")


@pytest.mark.parametrize("tier", TIERS)
def test_the_same_args_give_the_same_graph(tier: Tier) -> None:
    """The graph does not depend on time or randomness, so a second preview shows no difference."""
    assert cache(tier, kms_key_arn=KEY_ARN).to_dict() == cache(tier, kms_key_arn=KEY_ARN).to_dict()


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (
            {"engine_version": "8"},
            "must be a Valkey version that ElastiCache supports: 7.2, 8.0, 8.1, 8.2, 9.0, 9.1",
        ),
        ({"engine_version": "6.2"}, "must be a Valkey version"),
        ({"engine_version": 8.0}, "must be a string"),
        ({"node_type": "cache.3t.micro"}, "did you mean cache.t3.micro?"),
        ({"node_type": "cache.r6gd.xlarge"}, "requires data tiering"),
        ({"nodes": 0}, "must be at least 1"),
        ({"nodes": 7}, "must be at most 6"),
        ({"snapshot_retention_days": 36}, "must be at most 35"),
        ({"snapshot_window": "02:00-02:30"}, "must be at least 60 minutes long; is 30"),
        ({"maintenance_window": "sun:03:30-sun:04:00"}, "must be at least 60 minutes long; is 30"),
        ({"snapshot_window": "03:00-04:00"}, "overlaps maintenance_window, which is sun:03:30-sun:04:30"),
        ({"eviction": "lru"}, 'must be "volatile-lru"'),
        ({"parameters": {"maxmemory-policy": "noeviction"}}, "set eviction"),
        ({"parameters": {"cluster-enabled": "yes"}}, "can't be set here"),
        ({"clients": ["re--ports"]}, "must be lowercase letters, digits and single hyphens"),
        ({"clients": ["reports", "reports"]}, 'clients = "reports"  is listed twice'),
        ({"dangerous_commands": ["debug"]}, 'must be "flushall"'),
        ({"authentication": "none"}, 'must be "required"'),
        ({"parameters": {"Time Out": "1"}}, "must be a Valkey parameter such as timeout"),
        ({"log_retention_days": 31}, "the nearest is 30"),
        ({"kms_key_arn": "1234abcd"}, "must be the ARN of a KMS key"),
        ({"node": 2}, "did you mean nodes?"),
    ],
)
def test_a_mistake_is_told_before_anything_is_made(args: dict[str, Any], expected: str) -> None:
    """The message states the allowed values."""
    assert expected in problems(**args)


def test_the_documented_token_is_what_elasticache_expects(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a URL without a scheme, signed for the cache and the user, and valid for 15 minutes."""
    page = (ROOT / "docs" / "services.md").read_text(encoding="utf-8")
    (code,) = (
        block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "def cache_token" in block
    )
    for name, value in {
        "CACHE_NAME": "sessions-1",
        "CACHE_USER": "sessions-user",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
    }.items():
        monkeypatch.setenv(name, value)
    scope: dict[str, Any] = {}
    exec(code, scope)
    token = urlsplit(f"http://{scope['cache_token']()}")
    query = parse_qs(token.query)
    assert (token.netloc, token.path) == ("sessions-1", "/")
    assert (query["Action"], query["User"]) == (["connect"], ["sessions-user"])
    assert query["X-Amz-Expires"] == ["900"]
    assert query["X-Amz-Credential"][0].endswith("/eu-west-1/elasticache/aws4_request")
