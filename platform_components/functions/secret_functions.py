"""Functions whose results are never stored in a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from platform_components.base.answers import Answer
from platform_components.base.errors import Problem

SECRET_FUNCTIONS: Final = frozenset(
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
"""By token: their results contain secrets."""


def secret_answers(answers: Iterable[Answer]) -> Iterator[Problem]:
    """Yield a problem for each answer that is the result of such a function."""
    for index, answer in enumerate(answers):
        if answer.function in SECRET_FUNCTIONS:
            what = "returns secrets, which must not be stored in a file"
            yield Problem(f"answers[{index}].function", what, "remove the entry", answer.function)
