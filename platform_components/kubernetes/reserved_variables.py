"""Reserved variables: environment variables that EKS, Kubernetes or the dynamic linker use."""

from __future__ import annotations

import re
from typing import Final

_OF_CREDENTIALS: Final = re.compile(
    r"AWS_(CONTAINER_\w+|WEB_IDENTITY_\w+|ROLE_ARN|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)"
)
"""Where the AWS SDKs find credentials (source: AWS SDKs and Tools reference guide, Environment variables
list, and Container credential provider: EKS Pod Identity sets `AWS_CONTAINER_*`)."""
_OF_KUBERNETES: Final = re.compile(r"KUBERNETES_\w*")
_OF_LINKER: Final = re.compile(r"LD_\w*|PATH")


def reserved_variable(name: str) -> tuple[str, str] | None:
    """Return the problem and the remedy if an environment variable is reserved, otherwise None."""
    if _OF_CREDENTIALS.fullmatch(name):
        what = "must not be a variable of AWS credentials: the pods have those of their own role"
        return what, "remove it, and list what the pods need in `permissions`"
    if _OF_KUBERNETES.fullmatch(name):
        return "must not be a variable that Kubernetes sets", "choose another name"
    return None


def reserved_for_processes(name: str) -> tuple[str, str] | None:
    """Return the problem and the remedy if a secret must not be an environment variable with this name."""
    if _OF_LINKER.fullmatch(name):
        what = "must not be a variable that determines which programs and libraries are run"
        return what, "choose another name, or mount the secret as a file"
    return reserved_variable(name)
