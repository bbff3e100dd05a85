"""URLs of the backends in which Pulumi keeps states, and of the secrets providers of stacks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from pydantic import AfterValidator, WithJsonSchema

from platform_components.base.values import InvalidValueError

VARIABLE: Final = "PULUMI_BACKEND_URL"
_SCHEMES: Final = ("file", "s3", "gs", "azblob", "https", "http")
_SECRETS_PROVIDERS: Final = ("default", "passphrase", "awskms", "azurekeyvault", "gcpkms", "hashivault")


def chosen_backend(environment: str, project: str) -> str:
    """Return the URL of the backend; empty if none is set.

    `environment` is `backend` of the environment in platform.yaml, `project` is `backend.url` of Pulumi.yaml.
    Between them is PULUMI_BACKEND_URL, which takes precedence over Pulumi.yaml in Pulumi, too
    (pulumi/pulumi, pkg/workspace/creds.go, GetCurrentCloudURLWithSource).
    """
    return environment or os.environ.get(VARIABLE) or project


def directory_of(url: str, relative_to: Path) -> Path:
    """Return the directory of a `file://` URL as Pulumi reads it (pkg/backend/diy, massageBlobPath).

    Raises:
        RuntimeError: it is in the home directory, which is not known.
    """
    text = unquote(url.removeprefix("file://").partition("?")[0])
    path = Path(text).expanduser() if text == "~" or text.startswith("~/") else Path(text)
    return Path(os.path.normpath(relative_to.absolute() / path))


def shown_url(parts: SplitResult) -> str:
    """Return a URL without a user, a password and parameters, which can be credentials."""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _backend(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise InvalidValueError("must be a URL", "such as s3://my-states?region=eu-west-1") from None
    if parts.scheme not in _SCHEMES or "://" not in url:
        schemes = ", ".join(f"{scheme}://" for scheme in _SCHEMES[:-1])
        raise InvalidValueError(f"must start with one of: {schemes}", "such as s3://my-states")
    if "@" in parts.netloc:
        raise InvalidValueError(
            "must not contain a user or password", "set credentials in the environment of the command"
        )
    if parts.scheme != "file" and not parts.netloc:
        raise InvalidValueError("must contain a bucket or host", "such as s3://my-states")
    return url


def _secrets_provider(text: str) -> str:
    kind, separator, rest = text.partition("://")
    if kind not in _SECRETS_PROVIDERS:
        raise InvalidValueError(f"must be one of: {', '.join(_SECRETS_PROVIDERS)}", "such as passphrase")
    if kind in ("default", "passphrase"):
        if separator:
            raise InvalidValueError(f"must be {kind} only", "remove the rest")
    elif not rest:
        raise InvalidValueError("must be the URL of a key", f"such as {kind}://alias/my-key")
    return text


BackendUrl = Annotated[
    str,
    AfterValidator(_backend),
    WithJsonSchema({"type": "string", "pattern": f"^({'|'.join(_SCHEMES)})://"}),
]
"""URL of a backend, without credentials: `s3://my-states?region=eu-west-1`, `file://~`."""
SecretsProvider = Annotated[
    str,
    AfterValidator(_secrets_provider),
    WithJsonSchema(
        {"type": "string", "pattern": f"^(default|passphrase|({'|'.join(_SECRETS_PROVIDERS[2:])})://.+)$"}
    ),
]
"""A secrets provider, as `pulumi stack init --secrets-provider` accepts it (pkg/cmd/pulumi/stack/secrets.go,
ValidateSecretsProvider)."""
