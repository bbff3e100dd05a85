"""What a container is made of: value types for its image and for the CPU and memory that it asks for."""

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
        raise ValueError("must end in @sha256: and 64 hexadecimal digits, where it has a digest")
    if not found["digest"] and not found["tag"]:
        raise ValueError("must name a digest (…@sha256:…) or at least a tag: else it means latest")
    if found["tag"] == "latest" and not found["digest"]:
        raise ValueError("must not use the tag latest, which names another image tomorrow: pin a digest")
    return value


def _written(value: object) -> object:
    """YAML reads `cpu: 2` as a number, which Kubernetes takes too."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _cpu(value: str) -> str:
    if not _CPU.fullmatch(value):
        raise ValueError("must be a Kubernetes CPU quantity such as 250m or 2")
    if not 1 <= millicores(value) <= _MOST_CORES * 1000:
        raise ValueError(f"must be from 1m to {_MOST_CORES} cores; 100m is a tenth of a core")
    return value


def _memory(value: str) -> str:
    if not _MEMORY.fullmatch(value):
        raise ValueError("must be a Kubernetes memory quantity such as 256Mi or 2Gi")
    if not _LEAST_MEMORY <= memory_bytes(value) <= _MOST_MEMORY:
        raise ValueError("must be from 16Mi to 512Gi")
    return value


Image = Annotated[str, AfterValidator(_image)]
"""A container image: `registry/name@sha256:…`, or `registry/name:tag` with a tag other than `latest`."""
Cpu = Annotated[str, BeforeValidator(_written), AfterValidator(_cpu)]
"""An amount of CPU as Kubernetes writes it: `250m` is a quarter of a core, `2` is two cores."""
Memory = Annotated[str, BeforeValidator(_written), AfterValidator(_memory)]
"""An amount of memory as Kubernetes writes it: `256Mi`, `2Gi`."""


def millicores(cpu: str) -> float:
    """The thousandths of a core in a `Cpu`."""
    return float(cpu[:-1]) if cpu.endswith("m") else float(cpu) * 1000


def memory_bytes(memory: str) -> float:
    """The bytes in a `Memory`. Raises ValueError for what is none."""
    found = _MEMORY.fullmatch(memory)
    if not found:
        raise ValueError(f"no memory quantity: {memory}")
    return float(found[1]) * _BYTES[found[2]]


def short_image(image: str) -> str:
    """An image as people tell it from others: `ledger@sha256:8c1f…`, `ledger:1.4.2`."""
    name = image.rpartition("/")[2]
    base, at, digest = name.partition("@")
    return f"{base.partition(':')[0]}@{digest[:11]}…" if at else name
