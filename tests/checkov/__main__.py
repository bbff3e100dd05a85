"""Run Checkov on the smallest use of each AWS component in production.

python -m tests.checkov          # compare the failed checks with result.json
python -m tests.checkov --write  # record them; docs/checkov.md explains each

Checkov is installed in .cache/checkov, because its requirements conflict with those of the project.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.checkov.recorded import RESULT, read_result
from tests.checkov.terraform import configuration
from tests.inventory import COMPONENTS, Case, deployed_graph_of
from tests.tree import ROOT

_HOME: Final = ROOT / ".cache" / "checkov"
_REQUIREMENTS: Final = Path(__file__).with_name("requirements.txt")


def main(*arguments: str) -> None:
    if arguments not in ((), ("--write",)):
        raise SystemExit(__doc__)
    found = run()
    text = json.dumps(found, indent=2) + "\n"
    sys.stdout.write(text)
    if arguments:
        RESULT.write_text(text, encoding="utf-8")
    elif found != read_result():
        raise SystemExit(
            "The failed checks are not those of tests/checkov/result.json: run"
            " python -m tests.checkov --write, and explain them in docs/checkov.md"
        )


def run() -> dict[str, Any]:
    """Return the version of Checkov, and per component the failed checks, each with its resources."""
    components = [
        each.__name__ for each in COMPONENTS if each.__module__.startswith("platform_components.aws.")
    ]
    failed: dict[str, dict[str, list[str]]] = {name: {} for name in sorted(components)}
    with tempfile.TemporaryDirectory() as directory:
        for component in COMPONENTS:
            if component.__name__ in failed:
                path = Path(directory, f"{component.__name__}.tf")
                path.write_text(
                    configuration(deployed_graph_of(Case(component, "minimal", "production"))),
                    encoding="utf-8",
                )
        # One by one: resources of different components can have the same address.
        for name, checks in failed.items():
            for check in _failed_checks(Path(directory, f"{name}.tf")):
                checks.setdefault(check["check_id"], []).append(check["resource"])
    return {
        "checkov": _version(),
        "failed": {
            name: {check: sorted(resources) for check, resources in sorted(checks.items())}
            for name, checks in failed.items()
        },
    }


def _failed_checks(path: Path) -> list[Mapping[str, Any]]:
    arguments = ("--framework", "terraform", "--output", "json", "--quiet", "--soft-fail", "--skip-download")
    report = json.loads(_checkov("--file", str(path), *arguments))
    if report.get("summary", {}).get("parsing_errors", 1):
        raise SystemExit(f"Checkov could not read the configuration of {path.stem}")
    failed: list[Mapping[str, Any]] = report["results"]["failed_checks"]
    return failed


def _version() -> str:
    return _checkov("--version").strip()


def _checkov(*arguments: str) -> str:
    command = _HOME / "bin" / "checkov"
    if not command.exists():
        _install()
    return subprocess.run([command, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def _install() -> None:
    uv, python = str(ROOT / "scripts" / "uv"), str(_HOME / "bin" / "python")
    for command in (
        [uv, "--quiet", "venv", "--clear", "--python", sys.executable, str(_HOME)],
        [uv, "--quiet", "pip", "install", "--python", python, "-r", str(_REQUIREMENTS)],
    ):
        if subprocess.run(command, check=False).returncode:
            raise SystemExit(f"Checkov can't be installed: {' '.join(command)} failed")


if __name__ == "__main__":
    main(*sys.argv[1:])
