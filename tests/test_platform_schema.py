"""The JSON Schema of platform.yaml accepts what the parser accepts, so that editors do not mislead."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml

from tests.tree import ROOT

SCHEMA = json.loads((ROOT / "docs/schemas/platform.json").read_text(encoding="utf-8"))
PLATFORM: dict[str, Any] = yaml.safe_load((ROOT / "platform.yaml").read_text(encoding="utf-8"))


def is_valid(document: object) -> bool:
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


def with_environment(**fields: object) -> dict[str, Any]:
    dev = {**PLATFORM["environments"]["dev"], **fields}
    return {**PLATFORM, "environments": {"dev": dev}}


def test_the_schema_is_valid_and_accepts_the_file_of_this_project() -> None:
    """The file names the schema for editors."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert is_valid(PLATFORM)
    first = (ROOT / "platform.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=docs/schemas/platform.json"


@pytest.mark.parametrize(
    ("fields", "valid"),
    [
        ({"backend": "s3://states?region=eu-west-1", "secrets_provider": "passphrase"}, True),
        ({"backend": "file://~", "secrets_provider": "awskms://alias/pulumi"}, True),
        ({"backend": None, "account": "123456789012"}, True),
        ({"backend": "states"}, False),
        ({"secrets_provider": "kms"}, False),
        ({"secrets_provider": "awskms://"}, False),
        ({"backends": "file://~"}, False),
        ({"region": "eu-west-9"}, False),
    ],
)
def test_fields_of_an_environment(fields: dict[str, object], valid: bool) -> None:
    """An editor reports unknown fields and values of the wrong form."""
    assert is_valid(with_environment(**fields)) == valid
