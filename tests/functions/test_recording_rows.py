"""The table of functions that can be recorded."""

from __future__ import annotations

import importlib
import re

import botocore.session
import jmespath
import pytest
from botocore import xform_name
from pulumi import _types

from platform_components.functions.recording.recorder import ROWS

SESSION = botocore.session.get_session()


@pytest.mark.parametrize("token", ROWS)
def test_rows_have_operations_that_read_and_fields_of_the_sdk(token: str) -> None:
    """The operations exist and change nothing; the shape has only fields of the SDK's result class."""
    row = ROWS[token]
    assert re.match("describe_|list_|get_", row.operation)
    operations = map(xform_name, SESSION.get_service_model(row.service).operation_names)
    assert row.operation in operations
    for expression in (row.items, *(each for each in row.shape.values() if isinstance(each, str))):
        jmespath.compile(expression)
    assert set(row.shape) - set(_types.output_type_types(_result_class(token))) == set()


def _result_class(token: str) -> type:
    module, function = token.split(":")[1].split("/")
    package = "pulumi_aws" if module == "index" else f"pulumi_aws.{module}"
    found = getattr(importlib.import_module(package), f"{function[0].upper()}{function[1:]}Result")
    assert isinstance(found, type)
    return found
