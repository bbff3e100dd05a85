"""Interface endpoints: the AWS services that can be reached from inside a VPC through AWS PrivateLink."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator

from platform_components.base import did_you_mean

WITHOUT_NAT: Final = ("ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "logs", "secretsmanager", "sts")
"""Services that EKS nodes require if the VPC has no NAT gateway."""

BESIDE_NAT: Final = ("ecr.api", "ecr.dkr", "logs", "secretsmanager", "sts")
"""Services for images, logs, secrets and tokens, which account for most of the traffic to AWS."""

_ENDPOINTS: Final = frozenset(WITHOUT_NAT) | {
    *("acm-pca", "athena", "autoscaling", "backup", "bedrock-runtime", "cloudformation", "cloudtrail"),
    *("ec2messages", "elasticache", "elasticfilesystem", "elasticloadbalancing", "email-smtp", "events"),
    *("execute-api", "glue", "guardduty-data", "kinesis-firehose", "kinesis-streams", "kms", "lambda"),
    *("monitoring", "rds", "rds-data", "sns", "sqs", "ssm", "ssmmessages", "states", "xray"),
}


def _endpoint_service(service: str) -> str:
    if service not in _ENDPOINTS:
        raise ValueError(f"must be a supported endpoint service; {did_you_mean(service, _ENDPOINTS)}")
    return service


EndpointService = Annotated[str, AfterValidator(_endpoint_service)]
"""An AWS service, as in the name of its VPC endpoint service: `ecr.api`, `secretsmanager`."""
