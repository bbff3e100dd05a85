"""A project in its own repository, with the settings of its organization: previews and the real engine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from platform_components.base import InvalidInput
from platform_components.base.settings_source import settings_digest
from platform_components.engine.state.file import StateFile
from platform_components.testing import UNKNOWN
from platform_components.workspace.run import Run, evaluate_selection
from platform_components.workspace.selection import select
from platform_components.workspace.states import find_states
from tests.cli.conftest import write
from tests.elsewhere import PACKAGE, SETTINGS, install, write_copy, write_project
from tests.workspace.conftest import run_command


def run_of(root: Path, *stacks: str) -> Run:
    run = evaluate_selection(select(root, stacks, None))
    assert not run.failures
    return run


def test_its_stacks_have_the_owner_tier_and_sizes_of_the_organization(tmp_path: Path) -> None:
    """Only its own stacks are selected. Outputs of the other project's stacks are unknown."""
    write_copy(tmp_path)
    run = run_of(tmp_path)
    (orders,) = run.stacks
    assert (orders.name, run.selection.needed) == ("orders.dev", ("orders.dev",))
    assert orders.reads == (
        "organization/platform/foundation.dev",
        "organization/platform/platform-services.dev",
    )
    database = orders.graph.one("aws:rds/instance:Instance")
    assert database.inputs["allocatedStorage"] == 30
    tags = database.inputs["tags"]
    assert (tags["Owner"], tags["CostCenter"], tags["Environment"]) == ("orders-team", "42", "dev")
    assert database.inputs["vpcSecurityGroupIds"] == [UNKNOWN]


def test_production_is_protected_there_too(tmp_path: Path) -> None:
    """The tier is that of the environment in the organization's settings."""
    write_copy(tmp_path)
    (orders,) = run_of(tmp_path, "orders.prod").stacks
    assert orders.graph.one("aws:rds/instance:Instance").protect


def test_the_settings_of_an_installed_package_apply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is not imported."""
    install(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    write_project(tmp_path / "orders", f"{{package: {PACKAGE}>=3}}")
    run = run_of(tmp_path / "orders")
    assert run.stacks[0].graph.one("aws:rds/instance:Instance").inputs["allocatedStorage"] == 30
    assert run.selection.platform
    assert str(run.selection.platform.settings) == f"{PACKAGE} 3.2"


def test_a_preview_states_which_settings_hold(tmp_path: Path) -> None:
    """In its headline, and with the digest in the JSON document."""
    write_copy(tmp_path)
    done = run_command(tmp_path, "preview", "--policy-pack", "none")
    assert done.returncode == 0, done.stderr
    assert f"settings of {PACKAGE} 3.2" in done.stdout  # in a narrow terminal, on a line of its own
    document = json.loads(run_command(tmp_path, "preview", "--json", "--policy-pack", "none").stdout)
    assert (document["settings"]["source"], document["settings"]["version"]) == (PACKAGE, "3.2")
    assert document["settings"]["digest"] == settings_digest(SETTINGS)


def test_the_states_of_the_other_project_are_found(tmp_path: Path) -> None:
    """A directory of states, or an option, has them under the name of their project."""
    write_copy(tmp_path)
    directory = tmp_path / "states"
    for stack in ("orders.dev", "foundation.dev"):
        write(directory / f"{stack}.json", "{}")
    selection = select(tmp_path, ["orders.dev"], None)
    for options in ([str(directory)], [f"foundation.dev={directory / 'foundation.dev.json'}"]):
        (referenced,) = find_states(selection, options).referenced.values()
        file = referenced.files["organization/platform/foundation.dev"]
        assert isinstance(file, StateFile)
        assert (file.stack.project, file.stack.stack) == ("platform", "foundation.dev")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (SETTINGS.replace("project: platform\n", ""), "project  is required for projects elsewhere"),
        (SETTINGS.replace(", project: orders", ""), "has no layer with `project: orders`"),
        (
            SETTINGS.replace("owner: orders-team", "owner: nobody"),
            'stacks.orders.owner = "nobody"  unknown team',
        ),
        (SETTINGS.replace("tier: production", "tier: live"), "environments.prod.tier"),
    ],
)
def test_settings_that_do_not_fit_are_reported_with_their_file(
    tmp_path: Path, settings: str, message: str
) -> None:
    """The project, or its organization, must change them."""
    write_copy(tmp_path, settings)
    with pytest.raises(InvalidInput) as caught:
        select(tmp_path, [], None)
    assert message in str(caught.value)
    assert caught.value.subject == ".platform/platform.yaml"


def test_a_stack_of_another_project_is_rejected(tmp_path: Path) -> None:
    """It can't be evaluated here, and must not be deployed from here."""
    write_copy(tmp_path)
    with pytest.raises(InvalidInput, match="is a stack of project platform"):
        select(tmp_path, ["foundation.dev"], None)


def test_the_platform_project_leaves_its_stacks_out(tmp_path: Path) -> None:
    """In the repository of the organization, the stacks of projects elsewhere are not evaluated."""
    write(tmp_path / "Pulumi.yaml", "name: platform\nruntime: python\n")
    write(tmp_path / "__main__.py", "")
    write(tmp_path / "platform.yaml", SETTINGS)
    assert "orders.dev" not in select(tmp_path, [], "dev").shown
    with pytest.raises(InvalidInput, match="is a stack of project orders"):
        select(tmp_path, ["orders.dev"], None)


@pytest.mark.engine
def test_the_real_engine_accepts_the_key_and_finds_the_settings(tmp_path: Path) -> None:
    """`pulumi preview` resolves them as `platform preview` does; without an image, `pulumi up` fails."""
    root = tmp_path / "project"
    write_copy(root)
    program = """
        import pulumi
        from platform_components.base.stack import Stack

        stack = Stack.current()
        pulumi.export("facts", [stack.context.owner, stack.context.tier])
        pulumi.export("image", stack.image(None))
    """
    write(root / "__main__.py", program)
    (tmp_path / "backend").mkdir()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "USER": "someone",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'backend'}",
        "PULUMI_CONFIG_PASSPHRASE": "passphrase",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

    def pulumi(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(shutil.which("pulumi")), *words, "--non-interactive"]
        return subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    assert pulumi("stack", "init", "orders.dev").returncode == 0
    previewed = pulumi("preview", "--stack", "orders.dev")
    assert previewed.returncode == 0, previewed.stdout + previewed.stderr
    assert "orders-team" in previewed.stdout
    assert "orders:image is not set: the image is unknown" in previewed.stdout
    deployed = pulumi("up", "--stack", "orders.dev", "--skip-preview", "--yes")
    assert deployed.returncode != 0
    assert "config.orders:image  is required for a deployment" in deployed.stdout + deployed.stderr
    assert "Traceback" not in deployed.stdout + deployed.stderr
    (root / ".platform/platform.yaml").write_text(SETTINGS + "# changed\n")
    failed = pulumi("preview", "--stack", "orders.dev")
    assert failed.returncode != 0
    assert "is not the digest of .platform/platform.yaml" in failed.stdout + failed.stderr
