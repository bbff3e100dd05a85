"""Settings that make a resource public, or weaken what keeps it private."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from platform_components.report.subject import Fact
from platform_components.report.transition import Transition, at, incomparable, is_hidden


@dataclass(frozen=True)
class _Setting:
    path: str
    values: tuple[Any, ...]
    default: Any
    """Value of a resource that does not set it, according to the provider's schema."""
    text: str
    is_broad: bool = True


_PUBLIC_ACCESS_BLOCK: Final = tuple(
    _Setting(name, (False,), False, f"turns off {name}")
    for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
)
_ACL: Final = (
    _Setting(
        "acl",
        ("public-read", "public-read-write", "authenticated-read"),
        "private",
        "the ACL allows public access",
    ),
)
_PUBLIC_ENDPOINT: Final = (
    _Setting("publiclyAccessible", (True,), False, "gets an endpoint with a public address"),
)
_METADATA: Final = (
    # Without a value it depends on the account and the AMI: InstanceMetadataOptionsRequest of the EC2 API.
    _Setting(
        "metadataOptions.httpTokens",
        ("optional", None),
        None,
        "instance credentials can be read without a session token (IMDSv1)",
        is_broad=False,
    ),
)

_SETTINGS: Final[Mapping[str, tuple[_Setting, ...]]] = {
    "aws:apigateway/method:Method": (
        _Setting("authorization", ("NONE",), "", "anyone can call the method without authorization"),
    ),
    "aws:apigatewayv2/route:Route": (
        _Setting("authorizationType", ("NONE",), "NONE", "anyone can call the route without authorization"),
    ),
    "aws:dms/replicationInstance:ReplicationInstance": _PUBLIC_ENDPOINT,
    "aws:ec2/instance:Instance": (
        _Setting("associatePublicIpAddress", (True,), False, "gets a public IP address"),
        *_METADATA,
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": _METADATA,
    "aws:ec2/subnet:Subnet": (
        _Setting("mapPublicIpOnLaunch", (True,), False, "assigns new instances a public IP address"),
    ),
    "aws:lambda/functionUrl:FunctionUrl": (
        _Setting("authorizationType", ("NONE",), "", "anyone can call the function's URL"),
    ),
    "aws:lb/loadBalancer:LoadBalancer": (_Setting("internal", (False,), False, "becomes internet-facing"),),
    "aws:mq/broker:Broker": _PUBLIC_ENDPOINT,
    "aws:msk/cluster:Cluster": (
        _Setting(
            "brokerNodeGroupInfo.connectivityInfo.publicAccess.type",
            ("SERVICE_PROVIDED_EIPS",),
            "DISABLED",
            "the brokers get public addresses",
        ),
    ),
    "aws:neptune/clusterInstance:ClusterInstance": _PUBLIC_ENDPOINT,
    "aws:rds/clusterInstance:ClusterInstance": _PUBLIC_ENDPOINT,
    "aws:rds/instance:Instance": _PUBLIC_ENDPOINT,
    "aws:redshift/cluster:Cluster": _PUBLIC_ENDPOINT,
    "aws:redshiftserverless/workgroup:Workgroup": _PUBLIC_ENDPOINT,
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": _PUBLIC_ACCESS_BLOCK,
    "aws:s3/bucket:Bucket": _ACL,
    "aws:s3/bucketAcl:BucketAcl": _ACL,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": (
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
        _Setting(
            "rule.objectOwnership",
            ("ObjectWriter", "BucketOwnerPreferred"),
            "BucketOwnerEnforced",
            "ACLs of the bucket and its objects take effect",
            is_broad=False,
        ),
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _PUBLIC_ACCESS_BLOCK,
    "aws:s3/bucketV2:BucketV2": _ACL,
}
"""Settings by type."""

_REMOVED: Final[Mapping[str, str]] = {
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": "no longer blocks public access to buckets",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "no longer blocks public access to the bucket",
}
"""What a deletion opens up, by type."""


def weakened_settings(transition: Transition) -> Iterator[Fact]:
    """Yield the settings that were not public before."""
    before, after = transition.before, transition.after
    if after is None:
        if transition.type in _REMOVED:
            yield Fact("exposure", _REMOVED[transition.type])
        return
    for setting in _SETTINGS.get(transition.type, ()):
        new = _value(after, setting)
        if before is None:
            if new in setting.values and new is not None:
                yield Fact("exposure", setting.text, is_broad=setting.is_broad)
            continue
        old = _value(before, setting)
        if is_hidden(new):
            if transition.differs(setting.path.partition(".")[0]):
                yield Fact("exposure", incomparable(setting.path, new))
        elif new in setting.values and old not in setting.values:
            yield Fact("exposure", setting.text, is_broad=setting.is_broad)


def _value(inputs: Mapping[str, Any], setting: _Setting) -> Any:
    value = at(inputs, setting.path)
    return setting.default if value is None else value
