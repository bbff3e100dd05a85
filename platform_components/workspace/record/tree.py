"""The directory tree that a record is about: the git repository of a project, and digests of its files."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

ABSENT: Final = ""
"""The digest of what does not exist, or is not a regular file."""
LIBRARY: Final = Path(__file__).parents[2]
_SYSTEM: Final = ("/dev", "/proc", "/sys", "/etc", "/usr", "/lib", "/lib64", "/bin", "/opt")
_CHUNK: Final = 2**20


def digest_of(content: bytes) -> str:
    """The SHA-256 of bytes, in hexadecimal."""
    return sha256(content).hexdigest()


@dataclass(frozen=True)
class Tree:
    """A directory tree. Digests are computed once."""

    root: Path
    """The directory of the git repository; without one, that of the project. Without symbolic links."""
    _contents: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, project: Path) -> Tree:
        """The tree of a project: the nearest directory with a `.git`, which in a worktree is a file."""
        here = project.resolve()
        return cls(next((each for each in (here, *here.parents) if (each / ".git").exists()), here))

    def relative(self, path: str) -> str | None:
        """A path relative to the tree, with slashes; None if it is outside."""
        relative = os.path.relpath(path, self.root)
        return None if relative.split(os.sep)[0] == os.pardir else relative.replace(os.sep, "/")

    def content(self, path: str) -> str:
        """The digest of a file of the tree."""
        if path not in self._contents:
            self._contents[path] = _content(self.root / path)
        return self._contents[path]

    def listing(self, path: str) -> str:
        """The digest of the names in a directory."""
        return _names(self.root / path, None)

    def modules(self, path: str, names: Collection[str]) -> str:
        """The digest of the names in a directory that can be imported as modules of these names."""
        return _names(self.root / path, names)


def directory_digest(directory: Path) -> str:
    """The digest of all files of a directory, without compiled modules."""
    files = sorted(file for file in _files(directory) if "__pycache__" not in file.parts)
    lines = [f"{file.relative_to(directory).as_posix()} {_content(file)}\n" for file in files]
    return digest_of("".join(lines).encode())


def library_digest() -> str:
    """The digest of this library; empty for an installed package, whose version is in `packages_digest`."""
    return ABSENT if str(LIBRARY.parent) in _packages() else directory_digest(LIBRARY)


def packages_digest() -> str:
    """The digest of the interpreter's version, and of the names and versions of installed packages."""
    names = [sys.version, sys.platform]
    for place in _packages():
        names += sorted(name for name in _listed(place) if name.endswith((".dist-info", ".egg-info", ".pth")))
    return digest_of("\n".join(names).encode())


def is_installed(path: str) -> bool:
    """Whether a file belongs to the interpreter, an installed package, this library or the system."""
    return path.startswith(_INSTALLED)


def is_temporary(path: str) -> bool:
    """Whether a file is in the directory of temporary files."""
    return path.startswith(os.path.realpath(tempfile.gettempdir()) + os.sep)


def module_stem(name: str) -> str:
    """The module that a file or directory name can be imported as: `base` for `base.py`."""
    return name.partition(".")[0]


def _packages() -> list[str]:
    return list(dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib")))


def _prefixes() -> Iterator[str]:
    interpreter = (sys.prefix, sys.base_prefix, sys.exec_prefix, sysconfig.get_path("stdlib"))
    for place in (*interpreter, *_packages(), site.getusersitepackages(), str(LIBRARY), *_SYSTEM):
        yield place.rstrip(os.sep) + os.sep
        yield os.path.realpath(place).rstrip(os.sep) + os.sep


_INSTALLED: Final = tuple(dict.fromkeys(_prefixes()))


def _content(file: Path) -> str:
    try:
        if not file.is_file():  # reading a named pipe may never end
            return ABSENT
        digest = sha256()
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return ABSENT
    return digest.hexdigest()


def _names(directory: Path, stems: Collection[str] | None) -> str:
    names = sorted(name for name in _listed(directory) if name != "__pycache__")
    if stems is not None:
        names = [name for name in names if module_stem(name) in stems]
    return digest_of("\0".join(names).encode()) if directory.is_dir() else ABSENT


def _listed(directory: Path | str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError:
        return []


def _files(directory: Path) -> Iterator[Path]:
    return (file for file in directory.rglob("*") if file.is_file())
