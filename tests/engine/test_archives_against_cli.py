"""Compares the hashes of archives with those of the real engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine.archives import PROGRAM, RECORDING, TYPE, write_files
from tests.engine.cli import Cli
from tests.engine.echo_provider import serving
from tests.engine.states import PROJECT

pytestmark = pytest.mark.engine


def test_the_recorded_hashes_are_the_real_engines(tmp_path: Path) -> None:
    """test_archives.py compares the embedded engine's hashes with this recording."""
    with serving() as port:
        cli = Cli(tmp_path, port)
        (cli.project / "Pulumi.yaml").write_text(PROJECT)
        (cli.project / "__main__.py").write_text(PROGRAM)
        write_files(cli.project)
        cli.run("stack", "init", "dev")
        preview = json.loads(cli.run("preview", "--json", "--stack", "dev"))
    states = [step["newState"] for step in preview["steps"] if step["newState"]["type"] == TYPE]
    hashes = {state["urn"].rsplit("::", 1)[1]: state["inputs"]["code"]["hash"] for state in states}
    if not RECORDING.exists():
        RECORDING.write_text(json.dumps(hashes, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    assert json.loads(RECORDING.read_text()) == hashes, f"remove {RECORDING.name} and run this again"
