"""A project with several stacks on disk, and the command as a separate process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

COMMAND = (sys.executable, "-c", "from platform_components.cli.main import main; main()")

Write = Callable[..., Path]
Preview = Callable[..., dict[str, Any]]

DISPATCH = """
import runpy
import pulumi

runpy.run_path(f"{pulumi.get_stack().partition('.')[0]}.py")
"""

PACK = """
from platform_components.policy import Example, Rule


def check(queue, context):
    {check}
    return ()


NAME = "demo"
RULES = (
    Rule(
        id="quiet-queues", title="t", why="w", remedy="r", severity="low", types=("aws:sqs/queue:Queue",),
        check=check,
        passing=(Example("aws:sqs/queue:Queue", {{}}),),
        failing=(Example("aws:sqs/queue:Queue", {{}}),),
    ),
)
"""


@pytest.fixture
def project(tmp_path: Path) -> Write:
    """Write a project: a program for each stack, the references between stacks, and a pack."""

    def write(
        programs: Mapping[str, str],
        *,
        reads: Mapping[str, str] | None = None,
        check: str = "pass",
        pack: str = "",
    ) -> Path:
        (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        (tmp_path / "__main__.py").write_text(DISPATCH)
        lines = ["organization: acme", "regions: [eu-west-1]", "teams: [team]"]
        lines += ["environments:", "  dev: {tier: development, region: eu-west-1}", "stacks:"]
        for name, program in programs.items():
            (tmp_path / f"{name}.py").write_text(dedent(program))
            (tmp_path / f"Pulumi.{name}.dev.yaml").write_text("config: {}\n")
            lines.append(f"  {name}: {{owner: team, reads: [{(reads or {}).get(name, '')}]}}")
        (tmp_path / "platform.yaml").write_text("\n".join(lines) + "\n")
        (tmp_path / "policies").mkdir(exist_ok=True)
        (tmp_path / "policies" / "PulumiPolicy.yaml").write_text('runtime: python\nversion: "1.0.0"\n')
        (tmp_path / "policies" / "__init__.py").write_text(pack + PACK.format(check=check))
        return tmp_path

    return write


def run_command(directory: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `platform WORDS` in a directory."""
    return subprocess.run(
        [*COMMAND, *words],
        cwd=directory,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def previewed(directory: Path, *words: str, code: int = 0) -> dict[str, Any]:
    """The JSON document of `platform preview`, after a check of its exit code."""
    done = run_command(directory, "preview", "--json", *words)
    assert done.returncode == code, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def printed(document: Mapping[str, Any], stack: str) -> list[str]:
    """The lines that the program of a stack printed."""
    (found,) = [item for item in document["stacks"] if item["stack"] == stack]
    return [line["message"] for line in found["diagnostics"] if line["severity"] == "print"]
