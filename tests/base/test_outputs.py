"""Outputs: exported by a stack with flat names, and imported by another stack with the same names."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from platform_components.base import Outputs
from platform_components.engine import ProgramError
from platform_components.testing import render


class PartOutputs(Outputs):
    """Outputs of a part."""

    arn: pulumi.Output[str]
    """Its ARN."""


class WholeOutputs(Outputs):
    """Outputs of the parent."""

    url: pulumi.Output[str]
    """Where it is."""
    part: PartOutputs
    """Its part."""
    other: PartOutputs
    """Another part."""


def whole() -> WholeOutputs:
    return WholeOutputs(
        url=pulumi.Output.from_input("http://x"),
        part=PartOutputs(arn=pulumi.Output.from_input("a")),
        other=PartOutputs(arn=pulumi.Output.secret("b")),
    )


def test_export_makes_one_stack_output_a_field() -> None:
    """Nested outputs are exported with the name of their part as prefix, so that names are unique."""
    graph = render(lambda: whole().export("shop_"))
    assert set(graph.outputs) == {"shop_url", "shop_part_arn", "shop_other_arn"}


def test_imported_reads_what_export_wrote() -> None:
    """The consumer gets the same model, with the same prefix."""
    exported = {"shop_url": "http://x", "shop_part_arn": "a", "shop_other_arn": "b"}

    def consumer() -> None:
        WholeOutputs.imported(pulumi.StackReference("o/p/s"), "shop_").export()

    graph = render(consumer, references={"o/p/s": exported})
    assert dict(graph.outputs) == {"url": "http://x", "part_arn": "a", "other_arn": "b"}


def test_a_missing_upstream_output_fails_and_is_named() -> None:
    """A missing output is an error in the consumer."""

    def consumer() -> None:
        WholeOutputs.imported(pulumi.StackReference("o/p/s")).export()

    given: dict[str, Any] = {"url": "http://x", "part_arn": "a"}
    with pytest.raises(ProgramError, match="other_arn"):
        render(consumer, references={"o/p/s": given})
