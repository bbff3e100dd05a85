"""The platform's stacks in the real engine: `pulumi preview -s payments.dev` in the project root."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from platform_components.engine import Project, evaluate_stack
from tests.engine.cli import Cli
from tests.engine.echo_provider import serving
from tests.engine.states import assert_equal_states, real_state

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[2]
FOUNDATION: dict[str, Any] = {
    "network_vpc_id": "vpc-1",
    "network_cidr": "10.20.0.0/16",
    "network_availability_zones": ["eu-west-1a", "eu-west-1b"],
    "network_public_subnet_ids": ["subnet-1", "subnet-2"],
    "network_private_subnet_ids": ["subnet-3", "subnet-4"],
    "network_data_subnet_ids": ["subnet-5", "subnet-6"],
    "network_data_subnet_cidrs": ["10.20.96.0/20", "10.20.112.0/20"],
    "cluster_cluster_name": "main-dev",
    "cluster_arn": "arn:aws:eks:eu-west-1:111122223333:cluster/main-dev",
    "cluster_endpoint": "https://example.gr7.eu-west-1.eks.amazonaws.com",
    "cluster_certificate_authority_data": "Y2VydGlmaWNhdGU=",
    "cluster_version": "1.34",
    "cluster_security_group_id": "sg-1",
}
PLATFORM_SERVICES: dict[str, Any] = {
    "network_policy": "kube-system/amazon-vpc-cni",
    "csi_driver": "secrets-store.csi.k8s.io",
    "sync_to_kubernetes": False,
}
DEPLOYED = {"foundation.dev": FOUNDATION, "platform-services.dev": PLATFORM_SERVICES}


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A copy of the project with deployed stacks that have the outputs of those that services read."""
    with serving() as port:
        cli = Cli(tmp_path_factory.mktemp("own"), port)
        (cli.project / "Pulumi.yaml").write_text("name: platform\nruntime: python\n")
        for stack, outputs in DEPLOYED.items():
            exports = "\n".join(f"pulumi.export({name!r}, {value!r})" for name, value in outputs.items())
            (cli.project / "__main__.py").write_text(f"import pulumi\n{exports}\n")
            cli.run("stack", "init", stack)
            cli.run("up", "--yes", "--skip-preview", "--stack", stack)
        (cli.project / "__main__.py").unlink()
        shutil.copytree(ROOT / "stacks", cli.project / "stacks")
        shutil.copy(ROOT / "platform.yaml", cli.project)
        settings = (ROOT / "Pulumi.yaml").read_text()
        # It uses the virtual environment of these tests.
        runtime = "runtime:\n  name: python\n  options:\n    virtualenv: .venv\n"
        assert runtime in settings
        (cli.project / "Pulumi.yaml").write_text(settings.replace(runtime, "runtime: python\n"))
        for stack in ("payments.dev", "notifications.dev"):
            cli.run("stack", "init", stack)
        yield cli


@pytest.mark.parametrize("stack", [*DEPLOYED, "payments.dev", "notifications.dev"])
def test_the_platforms_stacks_are_the_same_under_the_real_engine(cli: Cli, stack: str) -> None:
    """Every resource, with its inputs, options and dependencies, equals that of the embedded engine."""
    preview = json.loads(cli.run("preview", "--json", "--stack", stack))

    gone = {"delete", "read-discard"}  # the states have no resources of the deployed stacks
    states = {s["urn"]: real_state(s["newState"]) for s in preview["steps"] if s["op"] not in gone}
    references = {f"organization/platform/{name}": outputs for name, outputs in DEPLOYED.items()}
    assert_equal_states(evaluate_stack(Project.load(cli.project), stack, references=references), states)
