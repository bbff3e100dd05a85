"""Backend: whether Pulumi's state can be reached.

The URL is that of the environment in platform.yaml, otherwise chosen as in Pulumi (pulumi/pulumi,
pkg/workspace/creds.go, GetCurrentCloudURLWithSource): PULUMI_BACKEND_URL, then `backend.url` in Pulumi.yaml,
then the backend of the last `pulumi login`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, urlsplit

from platform_components.base.backends import chosen_backend, directory_of, shown_url
from platform_components.doctor.check import Check
from platform_components.doctor.web import Unreachable, status_of
from platform_components.functions.recording.session import code_of, remedy_of

_NAME: Final = "state"
_LARGEST: Final = 1_000_000
"""Bytes of the largest file of credentials that is read; it has some hundred for each backend."""
_LOG_IN: Final = "run `pulumi login`, or set PULUMI_BACKEND_URL or `backend.url` in Pulumi.yaml"


def check_backend(project_url: str, session: Any, environment_url: str = "") -> Check:
    """Check the backend of the state. `project_url` is `backend.url` of Pulumi.yaml, empty if it has none.

    `environment_url` is `backend` of the environment in platform.yaml. `session` is a boto3 session, for a
    backend in S3; None if boto3 is not installed.
    """
    stored = _stored_credentials()
    url = chosen_backend(environment_url, project_url) or str(stored.get("current") or "")
    if not url:
        return Check(_NAME, "", "failed", "no backend is set", _LOG_IN)
    try:
        parts = urlsplit(url)
    except ValueError:
        return Check(_NAME, "", "failed", "the URL of the backend is invalid", _LOG_IN)
    shown = shown_url(parts)
    if parts.scheme == "file":
        return _directory(url, shown)
    if parts.scheme == "s3":
        return _bucket(parts, shown, session)
    if parts.scheme == "https":
        url = url.removesuffix("/")  # as in Pulumi (pkg/backend/httpstate/backend.go, ValueOrDefaultURL)
        tokens = stored.get("accessTokens")
        stored_token = tokens.get(url) if isinstance(tokens, Mapping) else None
        return _service(url, shown, os.environ.get("PULUMI_ACCESS_TOKEN") or str(stored_token or ""))
    detail = f"a backend of type {parts.scheme or 'unknown'} is not checked"
    return Check(_NAME, shown, "not checked", detail, "run `pulumi whoami --verbose`")


def _stored_credentials() -> Mapping[str, Any]:
    """What `pulumi login` wrote; empty if there is nothing that can be read."""
    home = os.environ.get("PULUMI_HOME") or "~/.pulumi"
    try:
        path = Path(home).expanduser() / "credentials.json"
        # Opening a pipe waits for a process that writes to it.
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return {}
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RuntimeError):
        return {}
    return content if isinstance(content, Mapping) else {}


def _directory(url: str, shown: str) -> Check:
    try:
        path = directory_of(url, Path())
    except RuntimeError:
        return Check(_NAME, shown, "failed", "the home directory is not known", "set HOME, or a full path")
    if not path.is_dir():
        return Check(_NAME, shown, "failed", "is not a directory", "create it, or correct the backend's URL")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return Check(_NAME, shown, "failed", "can't be read and written", "change its permissions")
    return Check(_NAME, shown, "ok", "can be read and written")


def _bucket(url: SplitResult, shown: str, session: Any) -> Check:
    if session is None:
        remedy = "pip install 'platform-components[cli,record]'"
        return Check(_NAME, shown, "not checked", "a backend in S3 requires boto3", remedy)
    from botocore.exceptions import BotoCoreError, ClientError

    options = {name: values[-1] for name, values in parse_qs(url.query).items()}
    if "profile" in options:
        detail = "a backend with its own AWS profile is not checked"
        return Check(_NAME, shown, "not checked", detail, "run `pulumi whoami --verbose`")
    try:
        client = session.client("s3", region_name=options.get("region"))
        client.list_objects_v2(
            Bucket=url.netloc, Prefix=f"{url.path.strip('/')}/.pulumi/".lstrip("/"), MaxKeys=1
        )
    except ClientError as error:
        remedies = {"NoSuchBucket": "create the bucket, or correct the backend's URL"}
        remedy = remedies.get(code_of(error), "use credentials that can read and write the bucket")
        return Check(_NAME, shown, "failed", f"S3 answers {code_of(error)}", remedy)
    except (BotoCoreError, ValueError) as error:
        return Check(_NAME, shown, "failed", f"S3 can't be called: {code_of(error)}", remedy_of(error))
    return Check(_NAME, shown, "ok", "can be read")


def _service(url: str, shown: str, token: str) -> Check:
    """Pulumi Cloud, or a self-hosted one: its API returns the owner of a token."""
    if not token:
        return Check(_NAME, shown, "failed", "there is no access token for it", _LOG_IN)
    try:
        status = status_of(f"{url}/api/user", {"Authorization": f"token {token}"})
    except Unreachable as reason:
        return Check(_NAME, shown, "failed", str(reason), "check the network, the proxy and the URL")
    if status == 200:
        return Check(_NAME, shown, "ok", "accepts the access token")
    if status in (401, 403):
        return Check(_NAME, shown, "failed", f"rejects the access token ({status})", "run `pulumi login`")
    return Check(_NAME, shown, "failed", f"answers {status}", "check the URL of the backend")
