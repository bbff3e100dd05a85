"""Containers: value types for images and for CPU and memory quantities."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

_IMAGE = re.compile(
    r"(?:[A-Za-z0-9.-]+(?::[0-9]+)?/)?"  # registry
    r"(?:[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>.+))?"
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_CPU = re.compile(r"[0-9]+m|[0-9]+(?:\.[0-9]{1,3})?")
_MEMORY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(Ki|Mi|Gi|k|M|G)?")
_BYTES = {None: 1, "k": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
_MOST_CORES = 96
_LEAST_MEMORY, _MOST_MEMORY = 2**24, 2**39


def _image(value: str) -> str:
    found = _IMAGE.fullmatch(value)
    if not found:
        raise ValueError("must be an image reference such as registry.example/orders@sha256:…")
    if found["digest"] and not _DIGEST.fullmatch(found["digest"]):
        raise ValueError("must have a digest of @sha256: and 64 hexadecimal digits, or none")
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
        raise ValueError("must be a Kubernetes CPU quantity such as 250m or 2")
    if not 1 <= millicores(value) <= _MOST_CORES * 1000:
        raise ValueError(f"must be between 1m and {_MOST_CORES} cores; 100m is 0.1 cores")
    return value


def _memory(value: str) -> str:
    if not _MEMORY.fullmatch(value):
        raise ValueError("must be a Kubernetes memory quantity such as 256Mi or 2Gi")
    if not _LEAST_MEMORY <= memory_bytes(value) <= _MOST_MEMORY:
        raise ValueError("must be between 16Mi and 512Gi")
    return value


Image = Annotated[str, AfterValidator(_image)]
"""A container image: `registry/name@sha256:…`, or `registry/name:tag` with a tag other than `latest`."""
Cpu = Annotated[str, BeforeValidator(_number_to_string), AfterValidator(_cpu)]
"""A Kubernetes CPU quantity: `250m` is 0.25 cores, `2` is two cores."""
Memory = Annotated[str, BeforeValidator(_number_to_string), AfterValidator(_memory)]
"""A Kubernetes memory quantity: `256Mi`, `2Gi`."""


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


def short_image(image: str) -> str:
    """Return a short form of an image reference: `ledger@sha256:8c1f…`, `ledger:1.4.2`."""
    name = image.rpartition("/")[2]
    base, at, digest = name.partition("@")
    return f"{base.partition(':')[0]}@{digest[:11]}…" if at else name
