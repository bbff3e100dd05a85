"""A self-managed backend in S3, read with the credentials of boto3.

The parameters of the URL are those of gocloud.dev (blob/s3blob and aws.V2ConfigFromURLParams), with which
Pulumi opens it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs

from platform_components.base.backends import shown_url
from platform_components.base.errors import InvalidInput, Problem
from platform_components.engine.state.backend import Entry
from platform_components.engine.state.content import LARGEST, too_large
from platform_components.functions.recording.session import code_of, remedy_of, session

_OTHERWISE: Final = "or pass --state STACK=FILE or --no-state"
_CONNECT_TIMEOUT: Final = 10.0
"""Seconds."""
_TRUE: Final = frozenset({"1", "t", "T", "TRUE", "true", "True"})
"""As strconv.ParseBool in Go."""
_UNSUPPORTED: Final = frozenset({"role", "anonymous"})
"""Parameters that select other credentials than those of boto3's environment or profile."""


@dataclass(frozen=True)
class S3Store:
    """The files of a backend in a bucket: `s3://BUCKET/PREFIX?region=...&profile=...&endpoint=...`."""

    bucket: str
    prefix: str
    """Ends with a slash; empty for the bucket's root."""
    shown: str
    options: tuple[tuple[str, str], ...] = ()
    """The parameters of the URL."""

    @classmethod
    def of(cls, url: SplitResult) -> S3Store:
        """Return the store of a URL.

        Raises:
            InvalidInput: the URL names no bucket, or has a parameter that is not supported.
        """
        options = {name: values[-1] for name, values in parse_qs(url.query).items()}
        shown = shown_url(url)
        problems = [
            Problem(name, "is not supported", f"use AWS_PROFILE, {_OTHERWISE}")
            for name in sorted(_UNSUPPORTED & options.keys())
        ]
        if not url.netloc:
            problems.append(Problem("URL", "has no bucket", "such as s3://my-states"))
        if problems:
            raise InvalidInput(shown, problems)
        path = url.path.strip("/")
        return cls(url.netloc, f"{path}/" if path else "", shown.rstrip("/"), (*options.items(),))

    def read(self, key: str) -> bytes | None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = _client(self).get_object(Bucket=self.bucket, Key=self.prefix + key)
            content = bytes(answer["Body"].read(LARGEST + 1))
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                return None
            raise _refused(self, error) from None
        except BotoCoreError as error:
            raise _unreachable(self, error) from None
        if len(content) > LARGEST:
            raise InvalidInput(f"{self.shown}/{key}", [too_large().problem])
        return content

    def listed(self, prefix: str) -> Iterable[Entry]:
        from botocore.exceptions import BotoCoreError, ClientError

        pages = _client(self).get_paginator("list_objects_v2")
        try:
            return [
                Entry(item["Key"].removeprefix(self.prefix), item["LastModified"])
                for page in pages.paginate(Bucket=self.bucket, Prefix=self.prefix + prefix, Delimiter="/")
                for item in page.get("Contents", ())
            ]
        except ClientError as error:
            raise _refused(self, error) from None
        except BotoCoreError as error:
            raise _unreachable(self, error) from None


@lru_cache(maxsize=8)
def _client(store: S3Store) -> Any:
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    options = dict(store.options)
    path_style = options.get("use_path_style", options.get("s3ForcePathStyle"))
    try:
        return session(store.shown, profile=options.get("profile")).client(
            "s3",
            region_name=options.get("region"),
            endpoint_url=_endpoint(options),
            config=Config(
                connect_timeout=_CONNECT_TIMEOUT,
                retries={"mode": "standard"},
                s3={"addressing_style": "path" if path_style in _TRUE else "auto"},
                use_dualstack_endpoint=options.get("dualstack") in _TRUE,
                use_fips_endpoint=options.get("fips") in _TRUE,
            ),
        )
    except (BotoCoreError, ValueError) as error:  # an invalid region or endpoint
        raise _unreachable(store, error) from None


def _endpoint(options: Mapping[str, str]) -> str | None:
    """The endpoint; its scheme is optional (pulumi/pulumi, pkg/backend/diy, translateLegacyS3Params)."""
    endpoint = options.get("endpoint")
    if not endpoint or "://" in endpoint:
        return endpoint or None
    plain = options.get("disableSSL", options.get("disable_https")) in _TRUE
    return f"{'http' if plain else 'https'}://{endpoint}"


def _refused(store: S3Store, error: Exception) -> InvalidInput:
    code = code_of(error)
    missing = code == "NoSuchBucket"
    remedy = "correct the backend's URL" if missing else "use credentials that can read the bucket"
    return InvalidInput(store.shown, [Problem("backend", f"S3 answers {code}", f"{remedy}, {_OTHERWISE}")])


def _unreachable(store: S3Store, error: Exception) -> InvalidInput:
    what = f"S3 can't be called: {type(error).__name__}"
    return InvalidInput(store.shown, [Problem("backend", what, f"{remedy_of(error)}, {_OTHERWISE}")])
