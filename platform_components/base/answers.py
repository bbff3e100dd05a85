"""Answers: recorded results of provider functions, such as `aws.ec2.get_ami`, for offline previews."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from platform_components.base.args import Args
from platform_components.base.context import EnvironmentName
from platform_components.base.errors import InvalidInput, Problem, join_path
from platform_components.base.secret_names import is_secret
from platform_components.base.values import AccountId, Region, matching
from platform_components.base.yaml_file import read_yaml

_MOST_PATHS = 3


def secret_fields(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields of JSON data that contain secrets, by name or shape: at most three paths."""
    paths = {
        path for path, name, value in _leaves(values) if isinstance(value, str) and is_secret(name, value)
    }
    return tuple(sorted(paths)[:_MOST_PATHS])


def _plain(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check that values are JSON data without secrets: they are stored in a file that people read."""
    for path, _, value in _leaves(values):
        if value is not None and not isinstance(value, str | int | float | bool):
            raise ValueError(f"must contain JSON data; put the value of {path} in quotes")
    if secret := secret_fields(values):
        raise ValueError(
            f"must not contain secrets; remove {', '.join(secret)}: it is then unknown in previews"
        )
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


def read_answers(path: Path, check: Callable[[Sequence[Answer]], Iterable[Problem]]) -> AnswersFile:
    """Read an answers file. `check` yields further problems of its answers.

    Raises:
        InvalidInput: the file is invalid; lists all problems.
    """
    subject = path.name
    content = AnswersFile.parse(read_yaml(path, subject), subject)
    problems = [*check(content.answers), *repeated_answers(content.answers)]
    if problems:
        raise InvalidInput(subject, problems)
    return content


def repeated_answers(answers: Iterable[Answer]) -> Iterator[Problem]:
    """Yield a problem for each answer to the same calls as an earlier one."""
    seen: dict[str, int] = {}
    for index, answer in enumerate(answers):
        if answer.key in seen:
            what = f"answers the same calls as answers[{seen[answer.key]}]"
            yield Problem(f"answers[{index}]", what, "remove one of them", answer.function)
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


def _leaves(value: Any, path: str = "", name: str = "") -> Iterator[tuple[str, str, Any]]:
    """Yield each key, and each value that is not a collection, with its path and the name that describes it.

    That is the path, except for `value` next to `name`, as in the result of a parameter: then it is `name`.
    """
    if isinstance(value, Mapping):
        described = value.get("name")
        for key, item in value.items():
            yield join_path(path, "…"), "", str(key)  # a key can be a secret, which messages must not show
            below = join_path(path, str(key))
            yield from _leaves(
                item, below, described if key == "value" and isinstance(described, str) else below
            )
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]", f"{name}[{index}]")
    else:
        yield path, name, value
