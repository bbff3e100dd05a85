"""The IAM policy that `platform answers record` needs, generated from the table of its functions.

`make generated` writes docs/recording-policy.json; `tests/test_inventory.py` checks that it is current.
"""

from __future__ import annotations

import json
from typing import Final

from botocore import xform_name
from botocore.session import Session

from platform_components.functions.recording.recorder import ROWS

_OTHER_ACTIONS: Final = {"s3:ListBuckets": "s3:ListAllMyBuckets"}
"""Actions with another name than the operation (Service Authorization Reference, "Actions for Amazon S3")."""


def policy() -> str:
    """The policy document: the operations of the rows, and no others."""
    session = Session()
    actions: set[str] = set()
    for row in ROWS.values():
        model = session.get_service_model(row.service)
        operations = {xform_name(name): name for name in model.operation_names}
        action = f"{model.signing_name}:{operations[row.operation]}"
        actions.add(_OTHER_ACTIONS.get(action, action))
    statement = {"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2) + "\n"
