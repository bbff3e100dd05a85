"""A project with several stacks in a git repository."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from platform_components.workspace.record.record import RECORD_FILE
from platform_components.workspace.record.recording import Recording
from platform_components.workspace.run import Run, evaluate_selection
from platform_components.workspace.run_config import with_run_config
from platform_components.workspace.selection import select
from platform_components.workspace.states import NO_STATES, find_states

PLATFORM = """
    organization: acme
    regions: [eu-west-1]
    teams: [team, other]
    environments:
      dev: {tier: development, region: eu-west-1}
      prod: {tier: production, region: eu-west-1}
    stacks:
      base: {owner: team}
      mail: {owner: team}
      shop: {owner: team, reads: [base]}
      till: {owner: team, reads: [shop]}
    sizing:
      production:
        workload.min_replicas: 4
      development:
        workload.min_replicas: 2
"""
MAIN = """
    import importlib
    import pulumi

    importlib.import_module(f"{pulumi.get_stack().partition('.')[0]}_program")
"""
BASE = """
    from pathlib import Path
    import pulumi

    pulumi.export("name", Path("name.txt").read_text().strip())
    pulumi.export("size", len(Path("name.txt").read_text()) // 100)
    pulumi.export("key", pulumi.Output.secret("hunter2"))
"""
MAIL = """
    import pulumi

    pulumi.export("to", "all")
"""
SHOP = """
    import pulumi

    environment = pulumi.get_stack().rpartition(".")[2]
    base = pulumi.StackReference(f"acme/market/base.{environment}")
    pulumi.export("size", base.get_output("size"))
"""
TILL = """
    import pulumi

    environment = pulumi.get_stack().rpartition(".")[2]
    shop = pulumi.StackReference(f"acme/market/shop.{environment}")
    pulumi.export("size", shop.get_output("size"))
"""


def git(directory: Path, *words: str) -> str:
    """Run git with an identity of its own and without the user's configuration."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words]
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


@dataclass
class Estate:
    """A project with the stacks base, mail, shop (reads base) and till (reads shop)."""

    root: Path

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        # Python takes a compiled module for current if size and second are those of the source.
        later = path.stat().st_mtime + 2
        os.utime(path, (later, later))

    def commit(self) -> None:
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "--allow-empty", "-m", "c")

    @property
    def record(self) -> Path:
        return self.root / RECORD_FILE

    def preview(
        self,
        ref: str | None = None,
        *,
        environment: str = "dev",
        layers: tuple[str, ...] = (),
        images: tuple[str, ...] = (),
        config: tuple[str, ...] = (),
        answers: tuple[Path, ...] = (),
        states: tuple[str, ...] = (),
    ) -> Run:
        """Evaluate the stacks of an environment without policies, and update the record."""
        selection = with_run_config(select(self.root, layers, environment), images, config)
        assert selection.platform is not None
        recording = Recording(selection, selection.platform, self.record, ref, answers, None)
        found = find_states(selection, states) if states else NO_STATES
        run = evaluate_selection(selection, answers=answers, states=found, recording=recording)
        assert run.record is not None
        self.record.parent.mkdir(exist_ok=True)
        self.record.write_text(run.record.to_json(), encoding="utf-8")
        return run

    def affected(
        self, ref: str = "HEAD", *, environment: str = "dev", layers: tuple[str, ...] = ()
    ) -> list[str]:
        """The layers that changes since a revision affect. The record stays as it is."""
        before = self.record.read_bytes() if self.record.exists() else None
        run = self.preview(ref, environment=environment, layers=layers)
        assert run.since is not None
        assert not run.since.everything, run.since.everything
        if before is not None:
            self.record.write_bytes(before)
        shown = [stack.name.partition(".")[0] for stack in run.stacks]
        assert len(shown) + len(run.since.unchanged) == len(run.selection.shown)
        return shown

    def everything(self, ref: str = "HEAD") -> str:
        """Why all stacks are evaluated, after a check that they are."""
        run = self.preview(ref)
        assert run.since is not None
        assert len(run.stacks) == len(run.selection.shown)
        return run.since.everything


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    """The project, committed, without a record."""
    made = Estate(tmp_path / "market")
    made.write("Pulumi.yaml", "name: market\nruntime: python\n")
    made.write("platform.yaml", PLATFORM)
    made.write("__main__.py", MAIN)
    made.write("name.txt", "market\n")
    made.write(".gitignore", "__pycache__/\n.platform/\n")
    for layer, program in {"base": BASE, "mail": MAIL, "shop": SHOP, "till": TILL}.items():
        made.write(f"{layer}_program.py", program)
        for environment in ("dev", "prod"):
            made.write(f"Pulumi.{layer}.{environment}.yaml", "config: {}\n")
    git(made.root, "init", "-q", "-b", "main")
    made.commit()
    return made


@pytest.fixture
def recorded(estate: Estate) -> Estate:
    """The project with the record of a preview of `dev`."""
    assert not estate.preview().failures
    return estate


Change = Callable[[Estate], None]
