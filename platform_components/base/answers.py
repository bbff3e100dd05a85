"""Answers: recorded results of provider functions, such as `aws.ec2.get_ami`, for offline previews."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from platform_components.base.args import Args
from platform_components.base.context import EnvironmentName
from platform_components.base.errors import InvalidInput, Problem, is_sensitive_name, join_path
from platform_components.base.values import AccountId, Region, matching
from platform_components.base.yaml_file import read_yaml

SECRET_FUNCTIONS = frozenset(
    {
        "aws:codeartifact/getAuthorizationToken:getAuthorizationToken",
        "aws:cognito/getUserPoolClient:getUserPoolClient",
        "aws:ecr/getAuthorizationToken:getAuthorizationToken",
        "aws:ecr/getCredentials:getCredentials",
        "aws:ecrpublic/getAuthorizationToken:getAuthorizationToken",
        "aws:eks/getClusterAuth:getClusterAuth",
        "aws:kms/getSecrets:getSecrets",
        "aws:lambda/getInvocation:getInvocation",
        "aws:redshift/getClusterCredentials:getClusterCredentials",
        "aws:redshiftserverless/getCredentials:getCredentials",
        "aws:secretsmanager/getRandomPassword:getRandomPassword",
        "aws:secretsmanager/getSecretVersion:getSecretVersion",
        "aws:ssm/getParametersByPath:getParametersByPath",
    }
)
"""Functions whose results contain secrets. A file never contains their results."""

_MOST_PATHS = 3


def _plain(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check that values are JSON data without secrets: they are stored in a file that people read."""
    for path, value in _leaves(values):
        if value is not None and not isinstance(value, str | int | float | bool):
            raise ValueError(f"must contain JSON data; put the value of {path} in quotes")
    secret = sorted({path for path, value in _leaves(values) if _may_be_secret(path, value)})
    if secret:
        names = ", ".join(secret[:_MOST_PATHS])
        raise ValueError(f"must not contain secrets; remove {names}: it is then unknown in previews")
    return values


JsonObject = Annotated[Mapping[str, Any], AfterValidator(_plain)]

FunctionToken = Annotated[
    str,
    matching(
        r"[a-zA-Z][\w-]*:[\w./-]+:[\w-]+",
        "the token of a function, such as aws:ec2/getAmi:getAmi",
    ),
]
"""Token of a provider function: `package:module/function:function`."""


class Answer(Args):
    """One entry of `answers`: the result of a provider function."""

    function: FunctionToken
    """Token of the function, such as `aws:ec2/getAmi:getAmi`."""

    arguments: JsonObject | None = Field(default=None, repr=False)
    """Arguments of the call, with the provider's names. Default: matches calls with any arguments."""

    region: Region | None = None
    """AWS region of the call. Default: matches every region."""

    environment: EnvironmentName | None = None
    """Environment of the stack. Default: matches every environment."""

    result: JsonObject = Field(repr=False)
    """Result, with the provider's names. Fields that it does not contain are unknown."""

    @property
    def key(self) -> str:
        """The calls that it matches, as text."""
        arguments = None if self.arguments is None else without_nulls(self.arguments)
        return json.dumps([self.function, arguments, self.region, self.environment], sort_keys=True)


class Recorded(Args):
    """The origin of a recorded answers file."""

    stack: str
    """Stack whose function calls were recorded."""

    account: AccountId
    """AWS account that answered."""

    region: str
    """AWS region of the stack."""

    date: str
    """Day of the recording in UTC, such as 2026-11-21."""


class AnswersFile(Args):
    """The content of an answers file."""

    recorded: Recorded | None = None
    """Origin of the answers. Default: written manually."""

    answers: tuple[Answer, ...]
    """Results of functions."""


def read_answers(path: Path) -> AnswersFile:
    """Read an answers file.

    Raises:
        InvalidInput: the file is invalid; lists all problems.
    """
    subject = path.name
    content = AnswersFile.parse(read_yaml(path, subject), subject)
    problems = list(answer_problems(content.answers))
    if problems:
        raise InvalidInput(subject, problems)
    return content


def answer_problems(answers: Iterable[Answer]) -> Iterator[Problem]:
    """Yield the problems of a list of answers: entries for the same calls, and results that are secret."""
    seen: dict[str, int] = {}
    for index, answer in enumerate(answers):
        where = f"answers[{index}]"
        if answer.function in SECRET_FUNCTIONS:
            what = "returns secrets, which must not be stored in a file"
            yield Problem(f"{where}.function", what, "remove the entry", answer.function)
        if answer.key in seen:
            what = f"answers the same calls as answers[{seen[answer.key]}]"
            yield Problem(where, what, "remove one of them", answer.function)
        seen.setdefault(answer.key, index)


def without_nulls(value: Any) -> Any:
    """Return JSON data without null fields, which the SDKs omit from calls; 1.0 becomes 1."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [without_nulls(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _may_be_secret(path: str, value: object) -> bool:
    """Whether a field may contain a secret. ARNs and flags only refer to secrets."""
    return isinstance(value, str) and bool(value) and not value.startswith("arn:") and is_sensitive_name(path)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, join_path(path, str(key)))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]")
    else:
        yield path, value
