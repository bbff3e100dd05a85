"""A graph as Terraform configuration, which is what Checkov reads.

A value that is unknown before a deployment becomes a reference to the resource that it depends on, so that
Checkov connects the two as in a real configuration.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from platform_components.engine import UNKNOWN
from platform_components.testing import Graph, Resource

_TYPES: Final = {
    "aws:rds/instance:Instance": "aws_db_instance",
    "aws:rds/parameterGroup:ParameterGroup": "aws_db_parameter_group",
    "aws:rds/subnetGroup:SubnetGroup": "aws_db_subnet_group",
}
"""Types whose name in Terraform is not that of the module and the resource."""

_MODULES_WITHOUT_PREFIX: Final = frozenset({"ec2"})
_MAPS: Final = frozenset({"tags"})
"""Properties with arbitrary keys; other mappings are blocks."""


def configuration(graph: Graph) -> str:
    """Return the managed resources of AWS in a graph as Terraform configuration."""
    by_urn = {resource.urn: resource for resource in graph.managed}
    return "\n".join(
        _resource(resource, by_urn) for resource in by_urn.values() if resource.type.startswith("aws:")
    )


def terraform_type(type_: str) -> str:
    """Return the type in Terraform: `aws_s3_bucket` for `aws:s3/bucket:Bucket`."""
    if type_ in _TYPES:
        return _TYPES[type_]
    _, path, _ = type_.split(":")
    module, _, name = path.partition("/")
    words = ["aws", *([] if module in _MODULES_WITHOUT_PREFIX else [module]), _snake(name)]
    return "_".join(words)


def address(resource: Resource) -> str:
    """Return the address in Terraform: `aws_s3_bucket.assets-bucket`."""
    return f"{terraform_type(resource.type)}.{resource.name}"


def _resource(resource: Resource, by_urn: Mapping[str, Resource]) -> str:
    def reference(name: str) -> str:
        """Return what an unknown value of a property refers to; a variable if that is not in the graph."""
        known = [by_urn[urn] for urn in resource.property_dependencies.get(name, ()) if urn in by_urn]
        return f"{address(known[0])}.id" if known else "var.unknown"

    lines = [
        line
        for name, value in sorted(resource.inputs.items())
        for line in _property(name, value, reference(name))
    ]
    return "\n".join(
        [f'resource "{terraform_type(resource.type)}" "{resource.name}" {{', *_indented(lines), "}", ""]
    )


def _property(name: str, value: Any, reference: str) -> Iterator[str]:
    """Yield the lines of a property: an attribute, or one or more blocks."""
    if isinstance(value, Mapping) and name not in _MAPS:
        yield from _block(_snake(name), value, reference)
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        for item in value:
            yield from _block(_singular(_snake(name)), item, reference)
    else:
        yield f"{_snake(name)} = {_value(value, reference)}"


def _block(name: str, values: Mapping[str, Any], reference: str) -> Iterator[str]:
    yield f"{name} {{"
    for key, value in sorted(values.items()):
        yield from _indented(_property(key, value, reference))
    yield "}"


def _value(value: Any, reference: str) -> str:
    if value is UNKNOWN:
        return reference
    if isinstance(value, str):
        return json.dumps(value).replace("${", "$${")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item, reference) for item in value) + "]"
    if isinstance(value, Mapping):
        return (
            "{"
            + ", ".join(f"{json.dumps(key)} = {_value(item, reference)}" for key, item in value.items())
            + "}"
        )
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value)


def _indented(lines: Any) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _singular(name: str) -> str:
    return f"{name[:-3]}y" if name.endswith("ies") else name.removesuffix("s")
