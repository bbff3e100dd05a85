"""The check of a declaration: name, type and version of a resource, as in Pulumi's engine."""

from __future__ import annotations

import re
from typing import Any

from platform_components.engine.errors import DeclarationError
from platform_components.engine.graph import Resource
from platform_components.engine.journal import COMPLAINT
from platform_components.engine.urn import is_resource_type

_VERSION = re.compile(
    r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}"
    r"(-(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?"
    r"(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
)
"""A semantic version; Pulumi's engine rejects others (parseProviderRequest in source_eval.go)."""


def check_declaration(request: Any, existing: Resource | None, *, custom: bool) -> None:
    """Check a RegisterResourceRequest or ReadResourceRequest. `existing`: the resource with the same URN.

    Raises:
        DeclarationError: the name, type or version is invalid, or the URN exists already.
    """
    shown = f'{request.type} "{request.name}"'
    if COMPLAINT in request.name:
        raise DeclarationError(
            f"the name of a {request.type} contains an Output, which has no value yet",
            remedy="use plain values for names, such as constants or configuration",
        )
    if custom and not is_resource_type(request.type):
        raise DeclarationError(
            f"the type of {shown} must have three parts",
            remedy="use PACKAGE:MODULE:NAME, such as aws:sqs/queue:Queue",
        )
    if custom and request.version and not _VERSION.fullmatch(request.version):
        raise DeclarationError(
            f'the version "{request.version}" of {shown} is not a semantic version',
            remedy="use MAJOR.MINOR.PATCH, such as 7.1.0",
        )
    if existing is not None:
        first = existing.source
        raise DeclarationError(
            f"{shown} is already declared" + (f" at {first}" if first else ""),
            remedy="names must be unique per type and parent",
        )
