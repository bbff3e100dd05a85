"""`platform fields`."""

from __future__ import annotations

import json

import jsonschema
import pytest

import platform_components
from tests.cli.conftest import Run


def test_every_field_says_what_it_takes_its_default_and_its_meaning(platform: Run) -> None:
    """What a newcomer needs to write a service.yaml."""
    shown = platform("fields", "database").stdout
    assert (
        "storage_gb  whole number, 20 to 65536  by tier: production 100, staging 20, development 20" in shown
    )
    assert "insights  one of standard, advanced  standard" in shown
    assert "It can be increased, not decreased." in shown


def test_left_out_it_is_service_yaml(platform: Run) -> None:
    """Required fields first, and where to find those of the parts."""
    lines = platform("fields").stdout.splitlines()
    assert any(line.startswith("service  text  required") for line in lines)
    assert "database  fields of Database (platform fields Database)  none" in lines
    assert "buckets  name to: fields of Bucket (platform fields Bucket)  none" in lines


@pytest.mark.parametrize("name", [name for name in dir(platform_components) if name.endswith("Args")])
def test_every_component_has_its_fields_told(platform: Run, name: str) -> None:
    """Of each class of args that the library shows."""
    if name not in ("Args", "ComponentArgs"):
        assert platform("fields", name.removesuffix("Args")).exit_code == 0


def test_the_json_schema_checks_a_service_yaml(platform: Run) -> None:
    """Editors complete and check with it what the CLI accepts and refuses."""
    schema = json.loads(platform("fields", "--json").stdout)
    service = {"service": "shop", "image": "shop:1", "database": {"storage_gb": 30}}
    jsonschema.validate(service, schema)
    mistakes: list[dict[str, object]] = [
        {"databse": {}},
        {"database": {"storage_gb": "30"}},
        {"kind": "batch"},
        {"port": 0},
    ]
    for wrong in mistakes:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**service, **wrong}, schema)


def test_an_unknown_component_is_refused(platform: Run) -> None:
    """With the one that was meant."""
    result = platform("fields", "databse")
    assert result.exit_code == 2
    assert '"databse"  no such component  did you mean Database?' in result.stderr
