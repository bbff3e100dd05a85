"""Session: boto3 and the account of the current AWS credentials, for commands that call AWS."""

from __future__ import annotations

from typing import Any

from platform_components.base.errors import InvalidInput, Problem

SIGN_IN = "sign in, for example with `aws sso login`, and set AWS_PROFILE"
"""The remedy for missing and rejected credentials."""


def session(command: str, *, timeout: float | None = None, profile: str | None = None) -> Any:
    """Return a boto3 session with the credentials of the environment, or of a profile.

    With `timeout`, its clients make one attempt, and wait that number of seconds for the connection and for
    each part of the answer. Default: those of botocore, a minute for each of several attempts.

    Raises:
        InvalidInput: boto3 is not installed, or the profile does not exist; `command` is the subject.
    """
    try:
        import boto3
        import botocore.session
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ModuleNotFoundError:
        what = "requires the extra [record]"
        remedy = "pip install 'platform-components[cli,record]'"
        raise InvalidInput(command, [Problem("boto3", what, remedy)]) from None
    core = botocore.session.Session(profile=profile)
    if timeout is not None:
        attempts = {"total_max_attempts": 1}
        core.set_default_client_config(
            Config(connect_timeout=timeout, read_timeout=timeout, retries=attempts)
        )
    try:
        return boto3.session.Session(botocore_session=core)
    except BotoCoreError as error:
        raise InvalidInput(command, [_rejected(type(error).__name__)]) from None


def account_of(session: Any, region: str, command: str) -> str:
    """Return the account ID of a session's credentials.

    Raises:
        InvalidInput: there are no valid credentials; `command` is the subject.
    """
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

    try:
        return str(session.client("sts", region_name=region).get_caller_identity()["Account"])
    except HTTPClientError as error:
        what = f"AWS can't be called: {code_of(error)}"
        raise InvalidInput(command, [Problem("credentials", what, remedy_of(error))]) from None
    except (BotoCoreError, ClientError) as error:
        raise InvalidInput(command, [_rejected(code_of(error))]) from None


def code_of(error: Exception) -> str:
    """The error code of AWS, or the name of an error that is not AWS's answer."""
    response = getattr(error, "response", None)
    return str(response["Error"]["Code"]) if response else type(error).__name__


def remedy_of(error: Exception) -> str:
    """The remedy for an error that is not AWS's answer: of the network, or missing credentials."""
    from botocore.exceptions import HTTPClientError

    return "check the network and the proxy" if isinstance(error, HTTPClientError) else SIGN_IN


def _rejected(code: str) -> Problem:
    return Problem("credentials", f"AWS rejects the credentials, or there are none: {code}", SIGN_IN)
