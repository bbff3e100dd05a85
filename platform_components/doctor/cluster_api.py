"""Cluster API: whether the Kubernetes API of an EKS cluster can be reached, and accepts the credentials."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from platform_components.doctor.check import Check
from platform_components.doctor.web import Unreachable, status_of
from platform_components.functions.recording.session import code_of, remedy_of

_NAME: Final = "API"
_PRIVATE: Final = (
    "a private endpoint answers only inside the VPC: use the VPN or a runner there, and see "
    "private_endpoint_cidrs of Cluster"
)


def check_cluster_api(session: Any, region: str, cluster: str) -> Check:
    """Check the API of a cluster with the credentials of a boto3 session."""
    from botocore.exceptions import BotoCoreError, ClientError

    target = f"{cluster} in {region}"
    try:
        found = session.client("eks", region_name=region).describe_cluster(name=cluster)["cluster"]
        token = _token(session, region, cluster)
    except ClientError as error:
        code = code_of(error)
        remedy = "deploy the stack of the cluster first, or correct the region"
        if code != "ResourceNotFoundException":
            remedy = "use credentials with eks:DescribeCluster for the cluster"
        return Check(_NAME, target, "failed", f"EKS answers {code}", remedy)
    except BotoCoreError as error:
        return Check(_NAME, target, "failed", f"EKS can't be called: {code_of(error)}", remedy_of(error))
    if found.get("status") not in ("ACTIVE", "UPDATING"):
        detail = f"the cluster is {found.get('status')}"
        return Check(_NAME, target, "failed", detail, "wait until it is ACTIVE")
    try:
        authority = base64.b64decode(found["certificateAuthority"]["data"], validate=True).decode("ascii")
        status = status_of(f"{found['endpoint']}/version", {"Authorization": f"Bearer {token}"}, authority)
    except (KeyError, binascii.Error, UnicodeDecodeError):
        return Check(
            _NAME, target, "failed", "EKS states no endpoint or certificate authority", "try again later"
        )
    except Unreachable as reason:
        return Check(_NAME, target, "failed", f"{found['endpoint']}: {reason}", _PRIVATE)
    if status == 200:
        return Check(_NAME, target, "ok", f"{found['endpoint']} accepts the credentials")
    if status in (401, 403):
        remedy = "add an access entry for the role of the credentials: administrators or viewers of Cluster"
        return Check(_NAME, target, "failed", f"the API rejects the credentials ({status})", remedy)
    return Check(
        _NAME, target, "failed", f"the API answers {status}", "try again; then see the cluster's logs"
    )


_TOKEN_SECONDS: Final = 60


def _token(session: Any, region: str, cluster: str) -> str:
    """A token like that of `aws eks get-token`: a signed URL (aws-cli, customizations/eks/get_token.py)."""
    sts = session.client("sts", region_name=region)

    def add_header(request: Any, **_: Any) -> None:
        request.headers["x-k8s-aws-id"] = cluster

    sts.meta.events.register("before-sign.sts.GetCallerIdentity", add_header)
    url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=_TOKEN_SECONDS, HttpMethod="GET")
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
