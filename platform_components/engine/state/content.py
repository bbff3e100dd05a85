"""The bytes of a state: decompressed within a limit, and parsed as JSON."""

from __future__ import annotations

import json
import zlib
from typing import Any, Final, NoReturn

from platform_components.engine.state.fields import InvalidState

LARGEST: Final = 256 * 2**20
"""Bytes of the largest state, compressed or not. One of 100 MB has some 50,000 resources."""

_GZIP = b"\x1f\x8b\x08"
_ZSTD = b"\x28\xb5\x2f\xfd"
_AGAIN = "export the state again"


def parse_json(content: bytes) -> Any:
    """Parse the content of a state, which can be compressed with gzip.

    Raises:
        InvalidState: the content is not JSON, damaged or too large.
    """
    if content.startswith(_ZSTD):
        raise InvalidState("file", "is compressed with Zstandard", "pass the output of `pulumi stack export`")
    plain = _decompressed(content) if content.startswith(_GZIP) else content
    if len(plain) > LARGEST:
        raise too_large()
    if not plain.strip():
        raise InvalidState("file", "is empty", _AGAIN)
    try:
        return json.loads(plain, parse_constant=_reject_constant)
    except UnicodeDecodeError:
        raise InvalidState("file", "is neither JSON nor gzip", _AGAIN) from None
    except json.JSONDecodeError as error:
        what = "is truncated" if _ends_early(error) else "is not valid JSON"
        raise InvalidState(f"line {error.lineno}, column {error.colno}", what, _AGAIN) from None
    except RecursionError:
        raise InvalidState("file", "is nested too deeply", _AGAIN) from None
    except ValueError:  # an integer with thousands of digits
        raise InvalidState("file", "has a number that is too large", _AGAIN) from None


def _ends_early(error: json.JSONDecodeError) -> bool:
    """Whether the text is the beginning of a JSON object. The position of an open string is its start."""
    text = error.doc.strip()
    is_open = error.msg.startswith("Unterminated string") or not text.endswith("}")
    return error.pos >= len(error.doc.rstrip()) or (text.startswith("{") and is_open)


def too_large() -> InvalidState:
    """The problem of a state above the limit."""
    return InvalidState("file", f"must be at most {LARGEST // 2**20} MiB uncompressed")


def _decompressed(content: bytes) -> bytes:
    """Decompress gzip, which can have several members. Checks its checksum and length."""
    parts, size, rest = [], 0, content
    try:
        while rest:
            stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
            part = stream.decompress(rest, LARGEST - size + 1)
            size += len(part)
            if size > LARGEST:
                raise too_large()
            if not stream.eof:
                raise InvalidState("file", "is truncated gzip", _AGAIN)
            parts.append(part)
            rest = stream.unused_data
    except zlib.error:
        raise InvalidState("file", "is damaged gzip", _AGAIN) from None
    return b"".join(parts)


def _reject_constant(name: str) -> NoReturn:
    raise InvalidState("file", f"contains {name}, which is not JSON", _AGAIN)
