"""Keys: ARNs of the KMS keys that components encrypt with."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from platform_components.base.values import in_schema

_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+")


def _key_arn(value: str) -> str:
    if not _ARN.fullmatch(value):
        raise ValueError(
            "must be the ARN of a KMS key, not of an alias: arn:aws:kms:<region>:<account>:key/<id>"
        )
    return value


KmsKeyArn = Annotated[str, AfterValidator(_key_arn), in_schema(_ARN)]
"""ARN of a KMS key. Aliases are rejected: updating an alias does not re-encrypt existing data."""
