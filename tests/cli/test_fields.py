"""`platform fields`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

import platform_components
from platform_components.cli.fields import args_by_name
from tests.cli.conftest import Run

PLATFORM = """
organization: acme
regions: [eu-west-1]
teams: [team]
environments:
  dev: {tier: development, region: eu-west-1}
stacks:
  shop: {owner: team}
sizing:
  staging: {database.storage_gb: 35}
"""


def test_every_field_has_its_type_default_and_description(platform: Run) -> None:
    """The list contains what is needed to write a service.yaml."""
    shown = platform("fields", "database").stdout
    assert "storage_gb  integer, 20 to 65536  by tier: production 100, staging 20, development 20" in shown
    assert "insights  one of standard, advanced  standard" in shown
    assert "It can be increased, not decreased." in shown


def test_defaults_are_those_of_the_directorys_platform_yaml(platform: Run, tmp_path: Path) -> None:
    """It can override cells of the sizing table; an invalid file is reported."""
    file = tmp_path / "platform.yaml"
    file.write_text(PLATFORM)
    shown = platform("fields", "database", "-C", tmp_path).stdout
    assert "by tier: production 100, staging 35, development 20" in shown
    file.write_text(PLATFORM.replace("database.storage_gb", "database.storage"))
    done = platform("fields", "database", "-C", tmp_path)
    assert done.exit_code == 2
    assert "sizing.staging.database.storage  unknown row" in done.stderr


def test_the_platform_yaml_of_a_parent_directory_applies(platform: Run, tmp_path: Path) -> None:
    """As in a preview: the project is the nearest one upwards."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\n")
    (tmp_path / "platform.yaml").write_text(PLATFORM)
    below = tmp_path / "services" / "shop"
    below.mkdir(parents=True)
    assert "staging 35" in platform("fields", "database", "-C", below).stdout


def test_the_default_is_service_yaml(platform: Run) -> None:
    """Required fields come first; a part names the command that lists its fields."""
    lines = platform("fields").stdout.splitlines()
    assert any(line.startswith("service  string  required") for line in lines)
    assert "database  Database (platform fields Database)  none" in lines
    assert "buckets  mapping of names to Bucket (platform fields Bucket)  none" in lines


@pytest.mark.parametrize("name", args_by_name())
def test_the_fields_of_every_component_are_listed(platform: Run, name: str) -> None:
    """This applies to all public args, and to every part that a list of fields refers to."""
    result = platform("fields", name)
    assert result.exit_code == 0
    referenced = re.findall(r"platform fields (\w+)", platform("fields").stdout + result.stdout)
    assert referenced
    assert set(referenced) <= set(args_by_name())


def test_args_are_components_or_their_parts() -> None:
    """Parts such as EgressRule have no component; the context and platform.yaml are neither."""
    names = {name.removesuffix("Args") for name in dir(platform_components) if name.endswith("Args")}
    assert set(args_by_name()) == names - {"", "Component"} | {"EgressRule", "Permission", "ServiceSecret"}


def test_the_fields_of_a_part_are_listed(platform: Run) -> None:
    """`platform fields ServiceStack` refers to `platform fields EgressRule`."""
    assert (
        "egress  list of EgressRule (platform fields EgressRule)" in platform("fields", "ServiceStack").stdout
    )
    assert "port  integer, 1 to 65535  required" in platform("fields", "egressrule").stdout


def test_the_json_schema_checks_a_service_yaml(platform: Run) -> None:
    """Editors complete with it, and accept and reject what the CLI does."""
    schema = json.loads(platform("fields", "--json").stdout)
    service = {"service": "shop", "image": "shop:1", "database": {"storage_gb": 30}}
    jsonschema.validate(service, schema)
    invalid: list[dict[str, object]] = [
        {"databse": {}},
        {"database": {"storage_gb": "30"}},
        {"kind": "batch"},
        {"port": 0},
    ]
    for fields in invalid:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**service, **fields}, schema)


def test_an_unknown_component_is_rejected(platform: Run) -> None:
    """The message suggests the most similar name."""
    result = platform("fields", "databse")
    assert result.exit_code == 2
    assert '"databse"  no such component  did you mean Database?' in result.stderr
