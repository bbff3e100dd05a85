"""platform.yaml: the organisation, validated as one document."""

# ruff: noqa: E501 - messages stand here as people see them

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from platform_components.base import InvalidInput
from platform_components.base.settings import Platform

GOOD = """\
organization: acme
project: platform
version: "3.2"
regions: [eu-west-1, eu-central-1]
teams: [core, shop-team]
environments:
  dev: { tier: development, region: eu-west-1, account: "012345678901" }
  prod-eu: { tier: production, region: eu-central-1 }
stacks:
  shop: { owner: shop-team, reads: [foundation], cost_center: "42" }
  foundation: { owner: core }
  tools: { owner: core, environments: [dev] }
namespaces: [gateway]
sizing:
  development: { database.storage_gb: 30 }
answers:
  - { function: "aws:ec2/getVpc:getVpc", environment: dev, result: { id: vpc-1 } }
"""


def load(directory: Path, text: str) -> Platform:
    (directory / "platform.yaml").write_text(text)
    return Platform.load(directory)


def refusal(directory: Path, text: str) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        load(directory, text)
    return [line.strip() for line in str(caught.value).splitlines()]


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return load(tmp_path, GOOD)


def test_stacks_come_after_what_they_read(platform: Platform) -> None:
    """The order of deployment depends on `reads`, not on the order in the file."""
    order = platform.order()
    assert order.index("foundation") < order.index("shop")
    assert sorted(order) == ["foundation", "shop", "tools"]


def test_an_environment_has_the_stacks_that_exist_in_it(platform: Platform) -> None:
    """A layer can omit environments."""
    assert platform.stack_names("prod-eu") == ["foundation.prod-eu", "shop.prod-eu"]
    assert "tools.dev" in platform.stack_names("dev")


def test_a_context_joins_the_facts_of_layer_and_environment(platform: Platform) -> None:
    """The context has all values of platform.yaml that components use."""
    context = platform.context("shop", "prod-eu")
    assert (context.environment, context.tier, context.region) == ("prod-eu", "production", "eu-central-1")
    assert (context.service, context.owner, context.cost_center) == ("shop", "shop-team", "42")
    assert context.data_classification is None
    assert context.callers == ("shop", "foundation", "tools", "gateway")
    assert context.sizing.cell("database.storage_gb", "development").value == 30


@pytest.mark.parametrize(
    ("layer", "environment", "lines"),
    [
        ("shopp", "dev", ['stacks  has no "shopp"  did you mean shop?']),
        ("shop", "prod", ['environments  has no "prod"  did you mean prod-eu?']),
        ("x", "y", ['stacks        has no "x"', 'environments  has no "y"']),
        ("tools", "prod-eu", ['stacks.tools.environments  does not list "prod-eu"  add it there']),
    ],
)
def test_an_unknown_stack_is_refused(
    platform: Platform, layer: str, environment: str, lines: list[str]
) -> None:
    """A misspelt stack name does not create a new stack."""
    with pytest.raises(InvalidInput) as caught:
        platform.context(layer, environment)
    found = [line.strip() for line in str(caught.value).splitlines()[1:]]
    assert len(found) == len(lines)
    assert all(line.startswith(expected) for line, expected in zip(found, lines, strict=True))


def test_every_contradiction_of_the_file_is_reported(tmp_path: Path) -> None:
    """Unknown names, cycles and invalid sizes are reported in one message."""
    text = (
        GOOD.replace("region: eu-central-1 }", "region: eu-north-1 }")
        .replace("owner: core }", "owner: cor, reads: [shop, sho] }")
        .replace("environments: [dev]", "environments: [deu]")
        .replace("database.storage_gb", "database.storage")
    )
    assert refusal(tmp_path, text) == [
        "platform.yaml: 6 problems",
        'environments.prod-eu.region = "eu-north-1"  must be an allowed region                                    one of: eu-west-1, eu-central-1',
        'stacks.foundation.owner = "cor"             unknown team                                                 did you mean core? or add it to `teams`',
        'stacks.foundation.reads = "sho"             unknown stack                                                did you mean shop? or add it to `stacks`',
        'stacks.tools.environments = "deu"           unknown environment                                          did you mean dev? or add it to `environments`',
        "stacks                                      reference each other in a cycle: shop -> foundation -> shop  remove one of them from `reads`",
        "sizing.development.database.storage         unknown row                                                  did you mean database.storage_gb?",
    ]


def test_a_stack_can_only_read_what_exists_in_its_environment(tmp_path: Path) -> None:
    """Otherwise the first deployment in that environment would fail."""
    text = GOOD.replace("foundation: { owner: core }", "foundation: { owner: core, environments: [dev] }")
    assert refusal(tmp_path, text)[1:] == [
        'stacks.shop  references "foundation", which has no stack in prod-eu  add prod-eu to stacks.foundation.environments'
    ]


def test_the_message_for_an_empty_file_lists_all_required_fields(tmp_path: Path) -> None:
    """The message contains all information needed to write the file."""
    lines = refusal(tmp_path, "")
    assert [line.split()[0] for line in lines[1:]] == [
        "organization",
        "regions",
        "teams",
        "environments",
        "stacks",
    ]
    assert all("is required  " in line for line in lines[1:])


def test_the_example_in_this_test_is_yaml() -> None:
    """Ensures that the tests above do not pass for the wrong reason."""
    assert set(yaml.safe_load(GOOD)) == set(Platform.model_fields)


def test_a_directory_is_the_same_by_any_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command has a relative path, a program an absolute one; parsing for each stack is quadratic."""
    (tmp_path / "platform.yaml").write_text(GOOD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert Platform.load(Path()) is Platform.load(tmp_path)


def test_the_same_text_is_parsed_once(tmp_path: Path) -> None:
    """Every stack of a run asks for the file. One that was changed, or another project's, is another text."""
    first = load(tmp_path, GOOD)
    assert load(tmp_path, GOOD) is first
    assert load(tmp_path, GOOD.replace("acme", "other")).organization == "other"
    assert load(tmp_path, GOOD).context("shop", "dev").sizing is first.sizes


def test_a_wrong_file_is_refused_each_time(tmp_path: Path) -> None:
    """With all of its mistakes."""
    for _ in range(2):
        with pytest.raises(InvalidInput, match="unknown team"):
            load(tmp_path, GOOD.replace("owner: core }", "owner: nobody }", 1))


@pytest.mark.parametrize("account", ["12345678901", "1234-5678-9012", '"arn:aws:iam::123456789012:root"'])
def test_an_account_id_has_12_digits(tmp_path: Path, account: str) -> None:
    """An account ID that starts with 0 requires quotes, as in all tools that read YAML."""
    message = refusal(tmp_path, GOOD.replace('"012345678901"', account))
    assert "environments.dev.account" in message[1]


def test_answers_are_checked_with_the_rest(tmp_path: Path) -> None:
    """An unknown environment, or a field that is not in the schema, is reported with its position."""
    message = refusal(tmp_path, GOOD.replace("environment: dev", "environment: dve"))
    assert "answers[0].environment" in message[1]
    assert "did you mean dev?" in message[1]
