"""ARNs of secrets: complete ones, because IAM compares complete ARNs."""

from __future__ import annotations

import pytest

from platform_components.aws.secrets import SecretArn
from platform_components.base import Args, InvalidInput

PREFIX = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:"


class Holder(Args):
    """Args with one ARN."""

    arn: SecretArn
    """ARN of a secret."""


@pytest.mark.parametrize(
    "arn",
    [
        f"{PREFIX}stripe-AbCdEf",
        f"{PREFIX}team/stripe_key+1=2.3@4-AbC123",
        f"{PREFIX}rds!db-0a1b2c3d-0000-1111-2222-333344445555-AbCdEf",
        "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:stripe-AbCdEf",
        "arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:stripe-AbCdEf",
    ],
)
def test_complete_arns_are_accepted(arn: str) -> None:
    """Names can have paths, and secrets that RDS manages have an exclamation mark."""
    assert Holder(arn=arn).arn == arn


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        (f"{PREFIX}stripe", "must end with the hyphen and the six characters"),
        (f"{PREFIX}stripe-key", "must end with the hyphen and the six characters"),
        (f"{PREFIX}stripe-??????", "must end with the hyphen and the six characters"),
        (f"{PREFIX}*", "must end with the hyphen and the six characters"),
        (
            "arn:aws:ssm:eu-west-1:111122223333:parameter/stripe",
            "must be the ARN of a secret, not of a param",
        ),
        ("stripe", "must be the ARN of a secret"),
        ("sk_live_0123456789", "must be the ARN of a secret"),
    ],
)
def test_other_texts_are_rejected(arn: str, message: str) -> None:
    """A policy for an ARN without its suffix matches no secret, and a name has no region."""
    with pytest.raises(InvalidInput) as caught:
        Holder(arn=arn)
    assert message in str(caught.value)
