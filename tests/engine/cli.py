"""The real CLI, for tests that compare with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path


class Cli:
    """The real CLI, with its own project and backend in a directory."""

    def __init__(self, directory: Path, port: int, packages: Iterable[str] = ("aws", "kubernetes")) -> None:
        """`port`: of the provider that serves the packages."""
        self.project = directory / "project"
        self.project.mkdir()
        (directory / "backend").mkdir()
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "USER": os.environ.get("USER", "someone"),
            "PULUMI_HOME": str(directory / "home"),
            "PULUMI_BACKEND_URL": f"file://{directory / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "passphrase",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_PROVIDERS": ",".join(f"{package}:{port}" for package in packages),
        }

    def run(self, *arguments: str) -> str:
        done = self._done(*arguments)
        if done.returncode:  # a preview as JSON reports its errors there
            lines = [line for line in done.stdout.splitlines() if '"message"' in line] or [done.stdout]
            raise AssertionError("\n".join([*lines, done.stderr]))
        return done.stdout

    def preview(self, *arguments: str) -> str:
        """Return the result of a preview, also of one that fails."""
        done = self._done("preview", *arguments)
        if not done.stdout.startswith("{"):
            raise AssertionError(f"{done.stdout}\n{done.stderr}")
        return done.stdout

    def _done(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.project,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
