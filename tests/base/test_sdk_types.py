"""What the SDKs say of a type and its arguments."""

from __future__ import annotations

import pytest

from platform_components.base.sdk_types import UnknownName, find_property, find_type

BUCKET = "aws:s3/bucket:Bucket"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


@pytest.mark.parametrize(
    "token", [BUCKET, DEPLOYMENT, "pulumi:providers:aws", "kubernetes:helm.sh/v3:Release"]
)
def test_a_type_of_an_installed_sdk_is_found(token: str) -> None:
    """Resources and providers."""
    assert find_type(token) is None


@pytest.mark.parametrize(
    ("token", "similar"),
    [("aws:s3/buckt:Bucket", BUCKET), ("kubernetes:app/v1:Deployment", DEPLOYMENT), ("aws:x/y:Z", "")],
)
def test_a_type_that_does_not_exist_has_a_suggestion(token: str, similar: str) -> None:
    """The most similar token of the same package, if one is near."""
    assert find_type(token) == UnknownName(token, similar)


def test_a_package_that_is_not_installed_is_told_apart_from_an_unknown_type() -> None:
    """Nothing can be said of its types."""
    with pytest.raises(LookupError):
        find_type("awsx:ec2:Vpc")
    with pytest.raises(LookupError):
        find_property("awsx:ec2:Vpc", ("cidrBlock",))


@pytest.mark.parametrize(
    ("token", "path"),
    [
        (BUCKET, "forceDestroy"),
        (BUCKET, "tags.Owner"),
        (DEPLOYMENT, "spec.template.spec.containers.[].resources.limits.cpu"),
        (DEPLOYMENT, "metadata.labels.app"),
        ("aws:s3/bucketPolicy:BucketPolicy", "policy.Statement.[].Effect"),
        ("aws:autoscaling/group:Group", "tags.[].key"),
        ("pulumi:providers:aws", "region"),
    ],
)
def test_an_argument_is_found_at_any_depth(token: str, path: str) -> None:
    """Through objects, lists, maps with free keys, and alternatives of several types."""
    assert find_property(token, path.split(".")) is None


@pytest.mark.parametrize(
    ("token", "path", "missing"),
    [
        (BUCKET, "force_destroy", UnknownName("force_destroy", "forceDestroy")),
        (BUCKET, "arn", UnknownName("arn", is_output=True)),
        (DEPLOYMENT, "spec.replica", UnknownName("replica", "replicas")),
        (DEPLOYMENT, "spec.template.spec.containers.[].imag", UnknownName("imag", "image")),
        (DEPLOYMENT, "spec.template.spec.containers.image", UnknownName("image")),
        ("aws:s3/bucketPolicy:BucketPolicy", "policy.Statment", UnknownName("Statment", "Statement")),
    ],
)
def test_an_unknown_argument_is_named_with_a_suggestion(token: str, path: str, missing: UnknownName) -> None:
    """The first name of the path that the type doesn't have, or that is an output."""
    assert find_property(token, path.split(".")) == missing
