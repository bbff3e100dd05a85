"""Account: whether there are AWS credentials, and whether they are for the environment's account."""

from __future__ import annotations

from typing import Any

from platform_components.base.errors import InvalidInput
from platform_components.doctor.check import Check
from platform_components.functions.recording.session import account_of

_NAME = "credentials"


def check_account(session: Any, region: str, environment: str, account: str) -> Check:
    """Check the credentials of a boto3 session.

    `account` is the environment's account ID in platform.yaml, empty if it has none.
    """
    try:
        found = account_of(session, region, _NAME)
    except InvalidInput as error:
        (problem,) = error.problems
        return Check(_NAME, region, "failed", problem.what, problem.remedy)
    if account and found != account:
        detail = f"are for account {found}; environments.{environment}.account is {account}"
        remedy = "sign in to that account and set AWS_PROFILE, or correct platform.yaml"
        return Check(_NAME, region, "failed", detail, remedy)
    return Check(_NAME, region, "ok", f"account {found}")
