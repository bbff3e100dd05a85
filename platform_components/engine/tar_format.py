"""Headers of tar files, byte for byte as Go's archive/tar writes them: Pulumi's engine hashes such a file.

Python's tarfile can't write them: it names PAX headers differently, writes one where Go divides a long name
into prefix and name, and leaves the device numbers empty.
"""

from __future__ import annotations

import posixpath

BLOCK = 512
END = bytes(2 * BLOCK)
MAX_SIZE = 8**11 - 1
"""Bytes that a member can have: their number has 11 octal digits."""

_NAME, _PREFIX = 100, 155
_REGULAR, _DIRECTORY, _EXTENDED = b"0", b"5", b"x"


def header(name: bytes, size: int) -> bytes:
    """Return the header of a file, preceded by a PAX header if the name doesn't fit.

    A name that ends in a slash is a directory.
    """
    type_ = _DIRECTORY if name.endswith(b"/") else _REGULAR
    if name.isascii() and len(name) <= _NAME:
        return _block(name, size, type_)
    if name.isascii() and (at := _division(name)):
        return _block(name[at + 1 :], size, type_, prefix=name[:at])
    record = _record(b"path", name)
    directory, file = posixpath.split(name)
    before = cleaned(b"/".join(part for part in (directory, b"PaxHeaders.0", file) if part))
    extended = _block(_ascii(before)[:_NAME].rstrip(b"/"), len(record), _EXTENDED)
    return extended + padded(record) + _block(_shortened(_ascii(name)), size, type_)


def padded(content: bytes) -> bytes:
    """Return the content, filled up to a whole number of blocks."""
    return content + bytes(-len(content) % BLOCK)


def cleaned(path: bytes) -> bytes:
    """Return the path as Go's path.Clean does: without `.`, `..` and empty parts."""
    clean = posixpath.normpath(path)
    return clean[1:] if clean.startswith(b"//") else clean  # POSIX keeps two leading slashes


def _block(name: bytes, size: int, type_: bytes, *, prefix: bytes = b"") -> bytes:
    extended = type_ == _EXTENDED
    block = b"".join(
        [
            name.ljust(_NAME, b"\0"),
            b"%07o\0" % (0 if extended else 0o600),
            b"%07o\0%07o\0" % (0, 0),  # user and group
            b"%011o\0%011o\0" % (size, 0),  # size and time
            b" " * 8,  # the checksum, which is computed with spaces in its place
            type_,
            bytes(100),  # target of a link
            b"ustar\x0000",
            bytes(64),  # names of user and group
            bytes(16) if extended else b"%07o\0%07o\0" % (0, 0),  # device numbers
            prefix.ljust(_PREFIX, b"\0"),
            bytes(12),
        ]
    )
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def _division(name: bytes) -> int:
    """The position of the slash between prefix and name; 0 if the two don't fit their fields."""
    end = _PREFIX + 1 if len(name) > _PREFIX + 1 else len(name.removesuffix(b"/"))
    at = name.rfind(b"/", 0, end)
    return at if at > 0 and 0 < len(name) - at - 1 <= _NAME else 0


def _record(key: bytes, value: bytes) -> bytes:
    """`LENGTH KEY=VALUE`; the length includes its own digits."""
    rest = b" %s=%s\n" % (key, value)
    length = len(rest) + len(str(len(rest)))
    return b"%d%s" % (len(rest) + len(str(length)), rest)


def _ascii(name: bytes) -> bytes:
    return bytes(byte for byte in name if byte < 0x80)


def _shortened(name: bytes) -> bytes:
    """The part of a name that fits, without a slash at its end: that would make it a directory."""
    if len(name) <= _NAME or name[_NAME - 1 : _NAME] != b"/":
        return name[:_NAME]
    kept = len(name[: _NAME - 1].rstrip(b"/"))
    return name[:kept] + b"\0" + name[kept + 1 : _NAME]
