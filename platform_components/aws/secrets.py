"""Secrets: ARNs of secrets in Secrets Manager."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from platform_components.base.values import InvalidValueError, in_schema

_ARN = re.compile(
    r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]+-[A-Za-z0-9]{6}"
)
_WITHOUT_SUFFIX = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:\S+")
_PARAMETER = re.compile(r"arn:aws[a-z-]*:ssm:.*")


def secret_arn(value: str) -> str:
    """Return the ARN if it is the complete one of a secret; raises InvalidValueError otherwise."""
    if _ARN.fullmatch(value):
        return value
    if _WITHOUT_SUFFIX.fullmatch(value):
        # IAM compares complete ARNs: a policy for a part of one does not match.
        what = "must end with the hyphen and the six characters that Secrets Manager adds to the name"
        raise InvalidValueError(what, "copy the ARN: aws secretsmanager describe-secret --secret-id <name>")
    if _PARAMETER.fullmatch(value):
        raise InvalidValueError(
            "must be the ARN of a secret, not of a parameter", "store the value in Secrets Manager"
        )
    what = "must be the ARN of a secret in Secrets Manager"
    raise InvalidValueError(
        what, "store the value there, and pass the ARN: `aws secretsmanager list-secrets`"
    )


SecretArn = Annotated[str, AfterValidator(secret_arn), in_schema(_ARN)]
"""Complete ARN of a secret in Secrets Manager, with its suffix of six characters."""
