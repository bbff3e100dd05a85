"""The pack under Pulumi's own CLI."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from platform_components.engine import Project, evaluate_stack
from platform_components.policy import Facts, judge
from policies import RULES
from tests.engine.echo_provider import serving

ROOT = Path(__file__).parents[2]


@pytest.mark.engine
def test_a_real_preview_says_what_ours_says(tmp_path: Path) -> None:
    """On the shipped example both find the same violations, and both fail."""
    program = shutil.copytree(ROOT / "examples" / "policy-violation", tmp_path / "program")
    project = program / "Pulumi.yaml"
    project.write_text(project.read_text().replace("../../.venv", sys.prefix))
    with serving() as port:
        environment = {
            **os.environ,
            "PULUMI_DEBUG_PROVIDERS": f"aws:{port}",
            "PULUMI_HOME": str(tmp_path / "home"),
            "PULUMI_BACKEND_URL": tmp_path.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

        def pulumi(*arguments: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                ["pulumi", *arguments, "--non-interactive"],
                cwd=program,
                env=environment,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )

        assert pulumi("stack", "init", "dev").returncode == 0
        done = pulumi("preview", "--stack", "dev", "--policy-pack", str(ROOT / "policies"))

    report = judge(evaluate_stack(Project.load(program), "dev").resources, RULES, Facts.of("dev"))
    assert report.failed
    assert done.returncode != 0
    assert len(report.violations) == done.stdout.count("[mandatory]")
    for finding in report.violations:
        assert f"{finding.message}: {finding.remedy}" in done.stdout
