"""Bucket: private, encrypted, versioned and TLS-only; S3's constraints are validated."""

from __future__ import annotations

import json
from collections import UserDict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pulumi
import pytest

from platform_components.aws.bucket import Bucket, BucketArgs
from platform_components.base import TIERS, InvalidInput, Tier
from platform_components.engine import ProgramError
from platform_components.testing import UNKNOWN, Graph, render
from tests.deployed import arn_of, render_deployed
from tests.samples import KEY_ARN, Build, context_of

BUCKET = "aws:s3/bucket:Bucket"
KEY = "aws:kms/key:Key"
NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"

VARIANTS: Mapping[str, Build] = {
    "minimal": lambda context: Bucket("assets", context=context),
    "full": lambda context: Bucket(
        "assets",
        BucketArgs(
            kms_key_arn=KEY_ARN, archive_after_days=30, expire_after_days=90, access_log_bucket="live-logs"
        ),
        context=context,
    ),
}


def bucket(tier: Tier = "development", name: str = "assets", **args: Any) -> Graph:
    """Return the graph of a program with one bucket."""
    return render(lambda: Bucket(name, BucketArgs(**args), context=context_of(tier)))


def rules(**args: Any) -> dict[str, Any]:
    """Return the lifecycle rules of a bucket, by ID."""
    return {rule["id"]: rule for rule in bucket(**args).one(LIFECYCLE).inputs["rules"]}


def problems(tier: Tier = "development", **args: Any) -> str:
    """Return the error message for invalid args."""
    with pytest.raises(InvalidInput) as caught:
        BucketArgs(**args).resolve(context_of(tier), 'Bucket "assets"')
    return str(caught.value)


@pytest.mark.parametrize("tier", TIERS)
def test_a_bucket_is_private_in_every_tier(tier: Tier) -> None:
    """All four public access block settings are on, and ACLs are disabled."""
    graph = bucket(tier)
    block = graph.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
    for setting in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"):
        assert block[setting] is True
    ownership = graph.one("aws:s3/bucketOwnershipControls:BucketOwnershipControls").inputs
    assert ownership["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_requests_without_tls_are_denied() -> None:
    """The statement covers all principals and actions, for the bucket and its objects."""
    graph = render_deployed(lambda: Bucket("assets", context=context_of("development")))
    policy = graph.one("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"]
    (statement,) = json.loads(policy)["Statement"]
    arn = arn_of("aws:s3/bucket:Bucket", "assets-bucket")
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == [arn, f"{arn}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("tier", ["staging", "development"])
def test_objects_are_encrypted_with_keys_of_s3(tier: Tier) -> None:
    """The default of these tiers, SSE-S3, has no additional cost."""
    graph = bucket(tier)
    (rule,) = graph.one(ENCRYPTION).inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
    assert graph.of_type(KEY) == ()


def test_objects_of_production_are_encrypted_with_a_key_of_the_bucket() -> None:
    """The key is protected: without it, nobody can read the objects."""
    graph = bucket("production")
    assert graph.one(KEY).protect
    encryption = graph.one(ENCRYPTION)
    (rule,) = encryption.inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "aws:kms"
    assert rule["bucketKeyEnabled"] is True
    assert graph.one(KEY).urn in encryption.property_dependencies["rules"]


def test_clients_get_access_to_a_key_before_objects_require_it() -> None:
    """Clients in other stacks are deployed later; until then, they could not write or read new objects."""

    def program() -> None:
        args = BucketArgs(default_encryption="s3")
        assets = Bucket("assets", args, context=context_of("production"))
        assert assets.summary == "versioned · SSE-S3 · TLS only"
        (key,) = (each for each in assets.access().statements if each.sid == "ObjectKeys")
        pulumi.export("key", key.resources)

    graph = render(program)
    (rule,) = graph.one(ENCRYPTION).inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
    assert graph.outputs["key"] == [UNKNOWN]  # an empty ARN would be known


def test_a_key_that_is_given_replaces_the_own_one() -> None:
    """No other key is created, also in production."""
    graph = bucket("production", kms_key_arn=KEY_ARN)
    assert graph.of_type(KEY) == ()
    (rule,) = graph.one(ENCRYPTION).inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == KEY_ARN


@pytest.mark.parametrize(("tier", "sent"), [("production", 1), ("staging", 0), ("development", 0)])
def test_the_tier_decides_whether_events_are_sent(tier: Tier, sent: int) -> None:
    """Rules of EventBridge can report deletions; the events are charged. A bucket can do without."""
    notifications = bucket(tier).of_type(NOTIFICATION)
    assert [each.inputs["eventbridge"] for each in notifications] == [True] * sent
    assert bucket(tier, send_events=False).of_type(NOTIFICATION) == ()


def test_access_logs_are_written_where_asked() -> None:
    """Without a bucket for them, there are none. The default prefix is unique: the bucket's name."""
    assert bucket("production").of_type(LOGGING) == ()
    logging = bucket(access_log_bucket="logs-of-live").one(LOGGING)
    assert logging.inputs["targetBucket"] == "logs-of-live"
    assert logging.inputs["targetPrefix"] is UNKNOWN
    graph = bucket(access_log_bucket="logs-of-live", access_log_prefix="assets/")
    assert graph.one(LOGGING).inputs["targetPrefix"] == "assets/"


@pytest.mark.parametrize("args", [{}, {"kms_key_arn": KEY_ARN}])
def test_nobody_encrypts_objects_with_a_key_of_their_own(args: dict[str, Any]) -> None:
    """SSE-C is used in ransomware attacks. S3 disables it only in buckets created since April 2026."""
    (rule,) = bucket(**args).one(ENCRYPTION).inputs["rules"]
    assert rule["blockedEncryptionTypes"] == ["SSE-C"]


def test_objects_are_encrypted_with_a_key_that_is_given() -> None:
    """The bucket uses an S3 Bucket Key, which reduces requests to KMS."""
    (rule,) = bucket(kms_key_arn=KEY_ARN).one(ENCRYPTION).inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {
        "sseAlgorithm": "aws:kms",
        "kmsMasterKeyId": KEY_ARN,
    }
    assert rule["bucketKeyEnabled"] is True


def test_a_key_may_be_an_output() -> None:
    """An output is unknown before deployment, so it is not validated."""

    def program() -> None:
        args = BucketArgs(kms_key_arn=pulumi.Output.from_input(KEY_ARN))
        Bucket("assets", args, context=context_of("staging"))

    (rule,) = render(program).one(ENCRYPTION).inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == KEY_ARN


@pytest.mark.parametrize(
    ("tier", "days", "force"), [("production", 90, False), ("staging", 30, False), ("development", 7, True)]
)
def test_the_tier_decides_how_much_is_kept(tier: Tier, days: int, force: bool) -> None:
    """In production, versions are retained longer and a destroy is rejected."""
    graph = bucket(tier)
    assert graph.one(BUCKET).inputs["forceDestroy"] is force
    assert graph.one(BUCKET).protect is (tier == "production")
    expiry = graph.one(LIFECYCLE).inputs["rules"][1]
    assert expiry["noncurrentVersionExpiration"] == {"noncurrentDays": days}


def test_only_the_bucket_and_its_key_hold_data() -> None:
    """The bucket's settings can be recreated without data loss, so they are not protected."""
    assert [resource.name for resource in bucket("production").managed if resource.protect] == [
        "assets-bucket",
        "assets-key",
    ]


def test_what_nobody_can_see_does_not_cost_for_ever() -> None:
    """Incomplete uploads, noncurrent versions and expired delete markers are deleted automatically."""
    found = rules()
    assert found["abort-incomplete-uploads"]["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert found["expire-noncurrent-versions"]["noncurrentVersionExpiration"] == {"noncurrentDays": 7}
    assert found["expire-noncurrent-versions"]["expiration"] == {"expiredObjectDeleteMarker": True}
    assert set(found) == {"abort-incomplete-uploads", "expire-noncurrent-versions"}


def test_every_lifecycle_rule_has_a_filter() -> None:
    """S3 responds with MalformedXML if it is missing."""
    found = rules(expire_after_days=90, archive_after_days=30)
    assert len(found) == 4
    assert all(rule["filter"] == {"prefix": ""} for rule in found.values())
    assert all(rule["status"] == "Enabled" for rule in found.values())


def test_objects_are_archived_and_expire_where_asked() -> None:
    """Archiving comes before expiration."""
    found = rules(archive_after_days=30, archive_class="STANDARD_IA", expire_after_days=90)
    assert found["archive-objects"]["transitions"] == [{"days": 30, "storageClass": "STANDARD_IA"}]
    assert found["expire-objects"]["expiration"] == {"days": 90}


def test_a_bucket_without_versions_has_no_rule_for_them() -> None:
    """The versioning status is set explicitly."""
    graph = bucket(versioned=False)
    versioning = graph.one("aws:s3/bucketVersioning:BucketVersioning").inputs["versioningConfiguration"]
    assert versioning == {"status": "Suspended"}
    assert len(graph.one(LIFECYCLE).inputs["rules"]) == 1


def test_what_s3_takes_only_in_order_is_made_in_order() -> None:
    """The lifecycle depends on the versioning, the policy on the public access block."""
    graph = bucket()
    lifecycle, policy = graph.one(LIFECYCLE), graph.one("aws:s3/bucketPolicy:BucketPolicy")
    assert graph.one("aws:s3/bucketVersioning:BucketVersioning").urn in lifecycle.dependencies
    assert graph.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").urn in policy.dependencies


def test_the_longest_name_fits_s3() -> None:
    """S3 allows 63 characters, including the child type and the engine's random suffix."""
    assert Bucket.longest_name + len("-bucket") + len("-1234567") <= 63


@pytest.mark.parametrize("name", ["sthree", "sthree-logs", "amzn-s3-demo-x", "amzn-s3-demo"])
def test_beginnings_that_s3_keeps_for_itself_are_refused(name: str) -> None:
    """S3 would reject the bucket name, which starts with the component's name."""
    with pytest.raises(ProgramError, match="which S3 reserves"):
        bucket(name=name)


@pytest.mark.parametrize(
    "wrap", [dict, MappingProxyType, UserDict], ids=["dict", "MappingProxyType", "UserDict"]
)
def test_any_mapping_customizes(wrap: Any) -> None:
    """Limits are exact: values inside are accepted, values outside are rejected."""
    graph = bucket(customize=wrap({"bucket": wrap({"object_lock_enabled": True})}))
    assert graph.one(BUCKET).inputs["objectLockEnabled"] is True


@pytest.mark.parametrize(
    ("customize", "remedy"),
    [
        ({"buckets": {}}, "did you mean bucket?"),
        ({"bucket": {"object_lock": True}}, "did you mean object_lock_enabled?"),
    ],
)
def test_customize_knows_children_and_arguments(customize: Any, remedy: str) -> None:
    """A misspelt argument is an error."""
    with pytest.raises(ProgramError, match=remedy.rstrip("?")):
        bucket(customize=customize)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({}, "versioned · SSE-S3 · TLS only"),
        ({"versioned": False, "kms_key_arn": KEY_ARN}, "not versioned · SSE-KMS · TLS only"),
        ({"expire_after_days": 30}, "versioned · SSE-S3 · TLS only · objects expire after 30 days"),
    ],
)
def test_the_summary_has_the_decisive_facts(args: dict[str, Any], expected: str) -> None:
    """The summary shows the main settings on one line."""
    lines = []
    render(lambda: lines.append(Bucket("assets", BucketArgs(**args), context=context_of("staging")).summary))
    assert lines == [expected]


def test_explain_tells_where_each_size_came_from() -> None:
    """The origin is the sizing table, or the line that set the value."""
    args = BucketArgs(force_destroy=True).resolve(context_of("staging"), "bucket")
    assert args.origin("noncurrent_version_days") == "sizing table (staging tier)"
    assert args.origin("force_destroy").startswith("test_bucket.py:")


@pytest.mark.parametrize("tier", TIERS)
def test_the_same_args_give_the_same_graph(tier: Tier) -> None:
    """The graph does not depend on time or randomness, so a second preview shows no difference."""
    assert bucket(tier, kms_key_arn=KEY_ARN).to_dict() == bucket(tier, kms_key_arn=KEY_ARN).to_dict()


@pytest.mark.parametrize(
    ("tier", "args", "expected"),
    [
        ("staging", {"expire_after_days": 0}, "must be at least 1"),
        (
            "staging",
            {"expire_after_days": 30, "archive_after_days": 30},
            "must be less than expire_after_days",
        ),
        (
            "staging",
            {"archive_after_days": 29, "archive_class": "STANDARD_IA"},
            "must be at least 30 for STANDARD_IA",
        ),
        ("staging", {"archive_class": "ONEZONE_IA"}, 'must be "STANDARD_IA"'),
        ("staging", {"noncurrent_version_days": 0}, "must be at least 1 while versioned"),
        ("production", {"force_destroy": True}, "must be false in the production tier"),
        ("staging", {"kms_key_arn": "alias/assets"}, "must be the ARN of a KMS key"),
        ("staging", {"versioning": True}, "did you mean versioned?"),
        ("staging", {"default_encryption": "none"}, 'must be "kms"'),
        ("staging", {"access_log_bucket": "Logs"}, "must be the name of a bucket"),
        ("staging", {"access_log_prefix": "assets/"}, "requires access_log_bucket"),
    ],
)
def test_a_mistake_is_told_before_anything_is_made(tier: Tier, args: dict[str, Any], expected: str) -> None:
    """The message states the allowed values."""
    assert expected in problems(tier, **args)
