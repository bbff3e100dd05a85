"""An AWS account for tests, which moto emulates, with the credentials of a user in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import boto3
from moto import mock_aws

ACCOUNT = "123456789012"


@contextmanager
def emulated_account() -> Iterator[None]:
    """The account of the credentials. Without a user, moto returns the ID of an access key as the user's."""
    credentials = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    with patch.dict(os.environ, credentials), mock_aws():
        iam = boto3.client("iam")
        iam.create_user(UserName="recorder")
        key = iam.create_access_key(UserName="recorder")["AccessKey"]
        os.environ["AWS_ACCESS_KEY_ID"] = key["AccessKeyId"]
        os.environ["AWS_SECRET_ACCESS_KEY"] = key["SecretAccessKey"]
        yield
