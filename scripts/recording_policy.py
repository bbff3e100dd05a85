"""The IAM policy that `platform answers record` needs, generated from the table of its functions.

`make generated` writes docs/recording-policy.json; `tests/test_inventory.py` checks that it is current.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Final

from botocore import xform_name
from botocore.session import Session

from platform_components.functions.recording.recorder import ROWS

_ACCOUNT: Final = ("sts", "get_caller_identity")
_OTHER_ACTIONS: Final = {"s3:ListBuckets": "s3:ListAllMyBuckets"}
"""Actions with another name than the operation (Service Authorization Reference, "Actions for Amazon S3")."""


def policy() -> str:
    """The policy document: the operations of the rows and of the check of the account, and no others."""
    called = {operation for row in ROWS.values() for operation in ((row.service, row.operation), *row.also)}
    actions = sorted({_action(*operation) for operation in {*called, _ACCOUNT}})
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2) + "\n"


def _action(service: str, operation: str) -> str:
    model = _models().get_service_model(service)
    operations = {xform_name(name): name for name in model.operation_names}
    action = f"{model.signing_name}:{operations[operation]}"
    return _OTHER_ACTIONS.get(action, action)


@cache
def _models() -> Session:
    return Session()
