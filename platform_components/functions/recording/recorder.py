"""Recording: a stack is evaluated until the results of all its function calls are recorded."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import yaml

from platform_components.base.answers import Answer, AnswersFile, Recorded, secret_fields, without_nulls
from platform_components.base.errors import InvalidInput, Problem, is_sensitive_name
from platform_components.base.markers import MARK
from platform_components.engine.functions import FunctionUse
from platform_components.engine.values import Secret, Unknown, is_unknown
from platform_components.functions.answers import Answers, Entry
from platform_components.functions.recording.ec2 import EC2
from platform_components.functions.recording.row import NotFound, Row
from platform_components.functions.recording.services import SERVICES
from platform_components.functions.recording.session import account_of, code_of, session
from platform_components.functions.recording.zones import ZONES
from platform_components.functions.secret_functions import SECRET_FUNCTIONS

ROWS: Final[Mapping[str, Row]] = {**EC2, **ZONES, **SERVICES}
"""The functions that can be recorded, by token."""

_COMMAND: Final = "platform answers record"
_PARAMETER: Final = "aws:ssm/getParameter:getParameter"

_MOST_ROUNDS = 20
"""Each round can reveal calls whose arguments depend on earlier results; programs need two or three."""


@dataclass(frozen=True)
class NotRecorded:
    """A call that was not recorded."""

    use: FunctionUse
    reason: str


@dataclass(frozen=True)
class Recording:
    """The results of a stack's function calls."""

    content: AnswersFile
    account: str
    missing: tuple[NotRecorded, ...]


def record(
    stack: str,
    region: str,
    evaluate: Callable[[Answers], Sequence[FunctionUse]],
    *,
    environment: str = "",
    account: str = "",
    today: str = "",
) -> Recording:
    """Record the functions that a stack calls, from the account of the current AWS credentials.

    `evaluate` runs the stack with these answers, in addition to the project's, and returns its calls. A call
    is recorded if its result is assumed or unknown. Only read-only operations are called.

    `environment` and `account` are those of the stack in platform.yaml; empty if it does not have them.

    Raises:
        InvalidInput: boto3 is not installed, there are no valid credentials, or they are for another account.
    """
    accounts = _Accounts(region)
    identity = accounts.identity()
    if account and identity != account:
        what = f"is {account}, but the credentials are for account {identity}"
        remedy = "sign in to that account and set AWS_PROFILE, or correct the account in platform.yaml"
        raise InvalidInput(_COMMAND, [Problem(f"environments.{environment}.account", what, remedy)])
    recorded: dict[str, Answer] = {}
    missing: dict[str, NotRecorded] = {}
    for _ in range(_MOST_ROUNDS):
        uses = evaluate(Answers(tuple(Entry.of(answer, "recorded") for answer in recorded.values())))
        new = {_key(use): use for use in uses if use.origin in ("assumed", "unknown")}
        new = {key: use for key, use in new.items() if key not in recorded and key not in missing}
        if not new:
            break
        for key, use in new.items():
            try:
                recorded[key] = _recorded(accounts, use, environment)
            except _Skipped as skipped:
                missing[key] = NotRecorded(use, str(skipped))
    answers = tuple(sorted(recorded.values(), key=lambda answer: answer.key))
    date = today or datetime.now(UTC).date().isoformat()
    about = Recorded(stack=stack, account=identity, region=region, date=date)
    return Recording(AnswersFile(recorded=about, answers=answers), identity, tuple(missing.values()))


def as_yaml(content: AnswersFile) -> str:
    """Return the text of an answers file. The same content has the same text."""
    plain = content.model_dump(mode="json", exclude_none=False)
    for answer in plain["answers"]:
        for name in ("arguments", "region", "environment"):
            if answer[name] is None:
                del answer[name]
    header = "# Results of provider functions, recorded from an AWS account. Review it like any other file."
    return f"{header}\n" + yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=110)


class _Skipped(Exception):  # noqa: N818 - an outcome
    """A call can't be recorded; the message is the reason."""


def _recorded(accounts: _Accounts, use: FunctionUse, environment: str) -> Answer:
    if is_unknown(use.arguments):
        raise _Skipped("its arguments are unknown until deployment")
    assert not isinstance(use.arguments, Unknown)
    if use.token in SECRET_FUNCTIONS:
        raise _Skipped("it returns secrets, which are never recorded")
    if _contains_secret(use.arguments) or secret_fields(use.arguments):
        raise _Skipped("its arguments contain a secret")
    if use.token == _PARAMETER and is_sensitive_name(str(use.arguments.get("name"))):
        raise _Skipped("the name of the parameter indicates a secret")
    if use.token not in ROWS:
        raise _Skipped("this command can't record it; write its result manually")
    result = _result(accounts.at(use.region or accounts.region), use)
    if secret := secret_fields(result):
        raise _Skipped(f"its result contains a secret: {', '.join(secret)}")
    try:
        return Answer(
            function=use.token,
            arguments=without_nulls(use.arguments),
            region=use.region or None,
            # The region of the stack's environment, which a preview does not know as that of the call.
            environment=None if use.region else environment or None,
            result=result,
        )
    except InvalidInput as error:
        raise _Skipped(error.problems[0].what) from None


def _result(account: _Account, use: FunctionUse) -> dict[str, Any]:
    from botocore.exceptions import BotoCoreError, ClientError

    assert not isinstance(use.arguments, Unknown)
    arguments = {name: value for name, value in use.arguments.items() if value is not None}
    try:
        return {name: _plain(value) for name, value in ROWS[use.token].result(account, arguments).items()}
    except NotFound as error:
        kind = " that is not a SecureString" if use.token == _PARAMETER else ""
        raise _Skipped(f"{error}{kind}") from None
    except KeyError as error:
        raise _Skipped(f"the response of AWS has no field {error.args[0]}") from None
    except ClientError as error:
        raise _Skipped(f"AWS answered {code_of(error)}") from None
    except BotoCoreError as error:
        raise _Skipped(f"the call failed: {type(error).__name__}") from None


def _contains_secret(value: Any) -> bool:
    """Whether a value contains a marked secret, or text from which one was removed."""
    if isinstance(value, Mapping):
        return any(_contains_secret(part) for item in value.items() for part in item)
    if isinstance(value, list | tuple):
        return any(map(_contains_secret, value))
    return isinstance(value, Secret) or (isinstance(value, str) and MARK in value)


class _Accounts:
    """The account of the current credentials, by region."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._session = session(_COMMAND)
        self._by_region: dict[str, _Account] = {}

    def at(self, region: str) -> _Account:
        return self._by_region.setdefault(region, _Account(self._session, region))

    def identity(self) -> str:
        """The account ID. Raises InvalidInput if there are no valid credentials."""
        return account_of(self._session, self.region, _COMMAND)


@dataclass
class _Account:
    session: Any
    region: str

    def call(self, service: str, operation: str, **request: Any) -> Mapping[str, Any]:
        """Return the complete response of an operation, with all pages."""
        client = self.session.client(service, region_name=self.region)
        if client.can_paginate(operation):
            pages: Mapping[str, Any] = client.get_paginator(operation).paginate(**request).build_full_result()
            return pages
        response: dict[str, Any] = getattr(client, operation)(**request)
        response.pop("ResponseMetadata", None)
        return response


def _key(use: FunctionUse) -> str:
    return json.dumps([use.token, without_nulls(use.arguments), use.region], sort_keys=True, default=repr)


def _plain(value: Any) -> Any:
    """The value as JSON data; times have the format of AWS."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value
