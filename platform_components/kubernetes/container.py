"""Containers: value types for images and for CPU and memory quantities."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from platform_components.base.values import Input, InSchema, InvalidValueError, as_ecmascript, in_schema

# The grammar of references (distribution/reference, regexp.go), without IPv6 addresses. Of the digests, only
# SHA-256 in its canonical form, which is lowercase (OCI image-spec, descriptor.md, "SHA-256").
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_NAME = rf"(?:{_LABEL}(?:\.{_LABEL})*(?::[0-9]+)?/)?{_COMPONENT}(?:/{_COMPONENT})*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_IMAGE = re.compile(rf"(?P<repository>{_NAME})(?::(?P<tag>{_TAG}))?(?:@(?P<digest>.+))?")
_CPU = re.compile(r"[0-9]+m|[0-9]+(?:\.[0-9]{1,3})?")
_MEMORY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(Ki|Mi|Gi|k|M|G)?")
_BYTES = {None: 1, "k": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
_MISTYPED_MEMORY = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([kmg])?i?b?", re.IGNORECASE)
"""Memory with a unit as other tools write it: `512`, `512m`, `1g`, `2GB`."""
_MISTYPED_CPU = re.compile(r"([0-9]+)(?: ?[mM])?")
_MOST_CORES = 96
_LEAST_MEMORY, _MOST_MEMORY = 2**24, 2**39


def _image(value: str) -> str:
    found = _IMAGE.fullmatch(value)
    if not found:
        raise ValueError("must be an image reference such as registry.example/orders@sha256:…")
    if found["digest"]:
        checked_digest(found["digest"])
    if not found["digest"] and not found["tag"]:
        raise ValueError("must have a digest (…@sha256:…) or a tag; without either, the tag is latest")
    if found["tag"] == "latest" and not found["digest"]:
        raise ValueError("must not use the tag latest, which can move; use a digest or another tag")
    return value


def _number_to_string(value: object) -> object:
    """Convert a number to a string: YAML parses `cpu: 2` as a number, which Kubernetes accepts too."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _cpu(value: str) -> str:
    if not _CPU.fullmatch(value):
        raise InvalidValueError("must be a Kubernetes CPU quantity such as 250m or 2", _meant_cpu(value))
    if not _is_cpu(value):
        raise InvalidValueError(
            f"must be between 1m and {_MOST_CORES} cores; 100m is 0.1 cores", _meant_cpu(value)
        )
    return value


def _memory(value: str) -> str:
    if not _MEMORY.fullmatch(value):
        raise InvalidValueError(
            "must be a Kubernetes memory quantity such as 256Mi or 2Gi", _meant_memory(value)
        )
    if not _is_memory(value):
        raise InvalidValueError("must be between 16Mi and 512Gi", _meant_memory(value))
    return value


def _is_cpu(text: str) -> bool:
    return _CPU.fullmatch(text) is not None and 1 <= millicores(text) <= _MOST_CORES * 1000


def _is_memory(text: str) -> bool:
    return _MEMORY.fullmatch(text) is not None and _LEAST_MEMORY <= memory_bytes(text) <= _MOST_MEMORY


def _meant_cpu(value: str) -> str:
    """The remedy for millicores without their unit, such as `500`; empty if nothing is likely."""
    found = _MISTYPED_CPU.fullmatch(value)
    meant = f"{found[1]}m" if found else ""
    return f"did you mean {meant}?" if _is_cpu(meant) else ""


def _meant_memory(value: str) -> str:
    """The remedy for memory without unit or with another tool's, such as `1g`; empty if nothing is likely."""
    found = _MISTYPED_MEMORY.fullmatch(value)
    if not found:
        return ""
    units = [f"{found[2].upper()}i"] if found[2] else ["Mi", "Gi"]
    likely = (f"{found[1]}{unit}" for unit in units)
    meant = next((text for text in likely if _is_memory(text)), "")
    return f"did you mean {meant}?" if meant else ""


def _or_number(pattern: re.Pattern[str], limits: Mapping[str, float]) -> InSchema:
    """The JSON Schema of a quantity, which can also be a number: of cores, or of bytes."""
    return InSchema({"type": ["string", "number"], "pattern": as_ecmascript(pattern), **limits})


Image = Annotated[
    str,
    AfterValidator(_image),
    in_schema(rf"{_NAME}(?:(?::{_TAG})?@{_DIGEST.pattern}|:(?!latest$){_TAG})"),
]
"""A container image: `registry/name@sha256:…`, or `registry/name:tag` with a tag other than `latest`."""
Cpu = Annotated[
    str,
    BeforeValidator(_number_to_string),
    AfterValidator(_cpu),
    _or_number(_CPU, {"minimum": 0.001, "maximum": _MOST_CORES}),
]
"""A Kubernetes CPU quantity: `250m` is 0.25 cores, `2` is two cores."""
Memory = Annotated[
    str,
    BeforeValidator(_number_to_string),
    AfterValidator(_memory),
    _or_number(_MEMORY, {"minimum": _LEAST_MEMORY, "maximum": _MOST_MEMORY}),
]
"""A Kubernetes memory quantity: `256Mi`, `2Gi`."""


def checked_digest(digest: str) -> str:
    """Return the digest of an image, after a check of its form.

    Raises:
        InvalidValueError: it is not `sha256:` and 64 lowercase hexadecimal digits.
    """
    if not _DIGEST.fullmatch(digest):
        lower = digest.lower()
        remedy = f"write {lower}" if _DIGEST.fullmatch(lower) else "copy it from the registry or the build"
        raise InvalidValueError("must have a digest of sha256: and 64 lowercase hexadecimal digits", remedy)
    return digest


def checked_image(image: str) -> str:
    """Return an image reference with a digest, after a check of its form.

    Raises:
        ValueError: it has another form, or no digest.
    """
    if "@" not in _image(image):
        raise InvalidValueError("must have a digest, because a tag can move", "append @sha256:...")
    return image


def repository_of(image: str) -> str:
    """Return the repository of an image reference, with its registry; empty if it is not a reference."""
    found = _IMAGE.fullmatch(image)
    return found["repository"] if found else ""


def millicores(cpu: str) -> float:
    """Return a CPU quantity in millicores."""
    return float(cpu[:-1]) if cpu.endswith("m") else float(cpu) * 1000


def memory_bytes(memory: str) -> float:
    """Return a memory quantity in bytes.

    Raises:
        ValueError: `memory` is not a memory quantity.
    """
    found = _MEMORY.fullmatch(memory)
    if not found:
        raise ValueError(f"not a memory quantity: {memory}")
    return float(found[1]) * _BYTES[found[2]]


def short_image(image: Input[str]) -> str:
    """Return a short form of an image reference: `ledger@sha256:8c1f…`, `ledger:1.4.2`."""
    if not isinstance(image, str):
        return "unknown image"
    name = image.rpartition("/")[2]
    base, at, digest = name.partition("@")
    return f"{base.partition(':')[0]}@{digest[:11]}…" if at else name
