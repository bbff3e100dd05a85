"""Selection of stacks by the arguments of a command, in projects with and without a platform.yaml."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from platform_components.base.errors import InvalidInput
from platform_components.functions import Answers
from platform_components.workspace.selection import Selection, select


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the stacks orders.dev and orders.prod."""
    (tmp_path / "__main__.py").touch()
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    for stack in ("orders.dev", "orders.prod"):
        (tmp_path / f"Pulumi.{stack}.yaml").touch()
    return tmp_path


def selected(
    directory: Path, *stacks: str, environment: str | Sequence[str] | None = None
) -> tuple[str, ...]:
    return select(directory, stacks, environment).shown


def refusal(directory: Path, *stacks: str, environment: str | Sequence[str] | None = None) -> str:
    with pytest.raises(InvalidInput) as raised:
        select(directory, stacks, environment)
    return str(raised.value)


def test_stacks_are_the_configuration_files(project: Path) -> None:
    """All, those of an environment, or the named ones."""
    assert selected(project) == ("orders.dev", "orders.prod")
    assert selected(project, environment="prod") == ("orders.prod",)
    assert selected(project, "orders", environment="prod") == ("orders.prod",)
    assert selected(project, "orders.dev", "orders.dev") == ("orders.dev",)


def test_a_stack_without_a_file_can_be_named(project: Path) -> None:
    """Pulumi accepts it too. It is not among all stacks."""
    assert selected(project, "scratch", "orders.dev") == ("orders.dev", "scratch")
    for file in project.glob("Pulumi.*.yaml"):
        file.unlink()
    assert selected(project, "dev") == ("dev",)
    assert "a stack is a file Pulumi.<stack>.yaml, or a name that you pass" in refusal(project)


def test_a_misspelt_name_is_not_a_new_stack(project: Path) -> None:
    """The message suggests the similar stack, and the file that makes the name a stack."""
    message = refusal(project, "order.dev")
    assert '"order.dev"  unknown stack  did you mean orders.dev?' in message
    assert "for a stack without configuration, create Pulumi.order.dev.yaml" in message


def test_a_stack_of_another_environment_is_reported(project: Path) -> None:
    """The stack exists, but contradicts --env."""
    message = refusal(project, "orders.dev", environment="prod")
    assert "is not in environment prod, which --env sets" in message


def test_the_project_is_found_in_parent_directories(project: Path) -> None:
    """As in Pulumi, commands work in any directory of the project."""
    (project / "app" / "src").mkdir(parents=True)
    selection: Selection = select(project / "app" / "src", [], None)
    assert selection.project.root == project
    (project / "Pulumi.yaml").rename(project / "Pulumi.yml")
    assert selected(project / "app", "scratch") == ("scratch",)


def test_without_a_project_the_remedy_names_the_option(tmp_path: Path) -> None:
    """Neither the directory nor a parent has a project file."""
    assert "pass it with -C" in refusal(tmp_path)


def test_functions_have_account_and_region_of_the_environment(project: Path) -> None:
    """As platform.yaml states them; without the file, neither is known."""
    functions = select(project, ["orders.dev"], None).functions("orders.dev", Answers())
    assert (functions.account, functions.region) == ("", "")
    environment = '{ tier: development, region: eu-west-1, account: "123456789012" }'
    (project / "platform.yaml").write_text(
        "organization: acme\nregions: [eu-west-1]\nteams: [team]\n"
        f"environments: {{ dev: {environment} }}\nstacks: {{ orders: {{ owner: team }} }}\n"
    )
    functions = select(project, ["orders.dev"], None).functions("orders.dev", Answers())
    assert (functions.account, functions.region) == ("123456789012", "eu-west-1")


PLATFORM = """
organization: acme
regions: [eu-west-1]
teams: [team]
environments:
  dev: {tier: development, region: eu-west-1}
  test: {tier: development, region: eu-west-1}
  prod: {tier: production, region: eu-west-1}
stacks:
  payments: {owner: team, reads: [foundation], environments: [dev, prod]}
  foundation: {owner: team}
"""


@pytest.fixture
def estate(project: Path) -> Path:
    """A project with a platform.yaml: foundation in three environments, payments in two of them."""
    (project / "platform.yaml").write_text(PLATFORM)
    return project


@pytest.mark.parametrize(
    ("stacks", "environments", "shown"),
    [
        ((), None, "foundation.dev payments.dev"),
        ((), "prod", "foundation.prod payments.prod"),
        ((), ["prod", "dev", "prod"], "foundation.dev payments.dev foundation.prod payments.prod"),
        ((), "all", "foundation.dev payments.dev foundation.test foundation.prod payments.prod"),
        ((), ["dev", "all"], "foundation.dev payments.dev foundation.test foundation.prod payments.prod"),
        (("payments",), "all", "payments.dev payments.prod"),
        (("payments", "foundation.test"), "all", "payments.dev foundation.test payments.prod"),
    ],
)
def test_stacks_of_several_environments(
    estate: Path, stacks: Sequence[str], environments: str | Sequence[str] | None, shown: str
) -> None:
    """In the order of platform.yaml. A layer is selected in each environment that has a stack of it."""
    assert selected(estate, *stacks, environment=environments) == tuple(shown.split())


def test_several_environments_have_no_common_one(estate: Path) -> None:
    """`environment` is empty, as for stacks of several environments that are passed by name."""
    several = select(estate, [], "all")
    assert (several.environment, several.environments) == ("", ("dev", "test", "prod"))
    assert select(estate, ["payments"], "prod").environment == "prod"


def test_an_environment_can_have_the_name_all(estate: Path) -> None:
    """It was possible before the value `all` existed, so the environment has precedence."""
    (estate / "platform.yaml").write_text(PLATFORM.replace("test:", "all:"))
    assert selected(estate, environment="all") == ("foundation.all",)


def test_unknown_environments_are_reported_together(estate: Path) -> None:
    """With the ones that exist, and `all`."""
    message = refusal(estate, environment=["prd", "dev", "qa"])
    assert '"prd"  unknown environment  did you mean prod?' in message
    assert '"qa"   unknown environment' in message
    assert "all" in message


def test_a_stack_must_be_in_one_of_the_environments(estate: Path) -> None:
    """A stack of another one contradicts --env; `all` contradicts none."""
    message = refusal(estate, "foundation.prod", environment=["dev", "test"])
    assert "is not in environment dev or test, which --env sets" in message
    assert '"payments"  unknown stack' in refusal(estate, "payments", environment="test")


def test_every_environment_without_a_platform_file(project: Path) -> None:
    """The environments are those in the names of the configuration files."""
    assert selected(project, environment="all") == ("orders.dev", "orders.prod")
    assert selected(project, "orders", environment=["prod", "dev"]) == ("orders.dev", "orders.prod")
