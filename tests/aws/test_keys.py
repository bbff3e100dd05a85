"""Keys: the policy of a component's own KMS key."""

from __future__ import annotations

import json

from platform_components.aws.keys import key_policy
from platform_components.testing import render


def test_cloudwatch_logs_can_use_a_key_for_log_groups_of_its_account_and_region_alone() -> None:
    """`kms:EncryptionContext:aws:logs:arn` limits the service's use of the key."""
    documents: list[str] = []

    def program() -> None:
        key_policy("arn:aws:kms:eu-west-1:111122223333:key/1234").apply(documents.append)

    render(program)
    account, logs = json.loads(documents[0])["Statement"]
    assert account["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert logs["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    groups = "arn:aws:logs:eu-west-1:111122223333:log-group:*"
    assert logs["Condition"] == {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}}
