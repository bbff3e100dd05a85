"""Coverage measures the command's processes, which end with `os._exit`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.cli.test_streams import COMMAND
from tests.tree import ROOT


def test_the_command_and_its_processes_are_measured(project: Path, tmp_path: Path) -> None:
    """The last lines of the command, the conductor and a worker are recorded, without pytest too."""
    script = tmp_path / "run.py"
    script.write_text(COMMAND[2])
    data = tmp_path / ".coverage"
    options = [f"--rcfile={ROOT / 'pyproject.toml'}", f"--data-file={data}"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}

    def coverage(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "coverage", *words],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    done = coverage("run", *options, str(script), "preview")
    assert done.returncode == 1, done.stderr
    assert coverage("combine", *options).returncode == 0
    report = tmp_path / "report.json"
    assert coverage("json", *options, "-o", str(report)).returncode == 0
    files = json.loads(report.read_text())["files"]
    measured = {Path(name).name: entry["executed_lines"] for name, entry in files.items()}
    assert _line_of("cli/main.py", "os._exit(code)") in measured["main.py"]
    assert _line_of("workspace/conductor.py", "leave(0)") in measured["conductor.py"]
    assert _line_of("workspace/worker.py", "self._leave(0)") in measured["worker.py"]


def _line_of(file: str, text: str) -> int:
    lines = (ROOT / "platform_components" / file).read_text(encoding="utf-8").splitlines()
    (number,) = [number for number, line in enumerate(lines, start=1) if line.strip() == text]
    return number
