"""Keys: how a KMS key is named where a component encrypts with it."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+")


def _key_arn(value: str) -> str:
    if not _ARN.fullmatch(value):
        raise ValueError("must be the ARN of a KMS key: arn:aws:kms:<region>:<account>:key/<id>, no alias")
    return value


KmsKeyArn = Annotated[str, AfterValidator(_key_arn)]
"""ARN of a KMS key. Aliases are refused: re-pointing one would not re-encrypt anything."""
