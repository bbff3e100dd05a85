"""Outputs: exported by a stack with flat names, and imported by another stack with the same names."""

from __future__ import annotations

from typing import Annotated, Any

import pulumi
import pydantic
import pytest

from platform_components.base import Component, ComponentArgs, Context, Outputs
from platform_components.base.outputs import IfMissing
from platform_components.engine import ProgramError
from platform_components.testing import render


class PartOutputs(Outputs):
    """Outputs of a part."""

    arn: pulumi.Output[str]
    """Its ARN."""


class WholeOutputs(Outputs):
    """Outputs of the parent."""

    url: pulumi.Output[str]
    """Its address."""
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


class LaterOutputs(Outputs):
    """Outputs to which one was added."""

    arn: pulumi.Output[str]
    """Its ARN."""
    key: Annotated[pulumi.Output[str], IfMissing("none")]
    """Its key, which stacks deployed before don't export."""


@pytest.mark.parametrize(("exported", "key"), [({"arn": "a"}, "none"), ({"arn": "a", "key": "k"}, "k")])
def test_an_output_that_was_added_later_is_no_order_of_upgrades(exported: dict[str, str], key: str) -> None:
    """A stack can be upgraded before the one that it references: it uses the default, with a warning."""
    graph = render(
        lambda: LaterOutputs.imported(pulumi.StackReference("o/p/s")).export(), references={"o/p/s": exported}
    )
    assert graph.outputs == {"arn": "a", "key": key}
    warnings = [item.message for item in graph.diagnostics if item.severity == "warning"]
    expected = ['stack "o/p/s" has no output key yet, so "none" is used: deploy it again']
    assert warnings == ([] if "key" in exported else expected)


def test_an_output_that_was_added_later_is_still_exported() -> None:
    """The mark is for imports alone: a component sets every output."""

    def program() -> None:
        with pytest.raises(pydantic.ValidationError):
            LaterOutputs(arn=pulumi.Output.from_input("a"))  # type: ignore[call-arg] # which mypy reports too

    render(program)
    assert LaterOutputs.exported_names() == ["arn", "key"]


class ShelfArgs(ComponentArgs):
    """Arguments of `Shelf`."""


class Shelf(Component[ShelfArgs, WholeOutputs], WholeOutputs, kind="Shelf"):
    """A component with all kinds of outputs."""

    def __init__(self, name: str, *, context: Context) -> None:
        super().__init__(name, ShelfArgs(), context, None)
        self.finish(whole())


CONTEXT = Context(environment="dev", tier="development", region="eu-west-1", service="shop", owner="eve")


def test_a_component_has_its_outputs_as_attributes() -> None:
    """Each output is declared once, the same Output on the component and its outputs, and read-only."""

    def program() -> None:
        shelf = Shelf("one", context=CONTEXT)
        assert shelf.url is shelf.outputs.url
        assert shelf.part is shelf.outputs.part
        assert isinstance(shelf.outputs, WholeOutputs)
        assert not isinstance(shelf.outputs, Shelf)
        for holder in (shelf, shelf.outputs):
            with pytest.raises(AttributeError, match="cannot assign to field 'url'"):
                holder.url = pulumi.Output.from_input("other")

    render(program)


def test_a_component_can_stand_for_its_outputs() -> None:
    """Components that accept the outputs of a sibling accept the sibling too: `Cluster(network=network)`."""

    class StreetOutputs(Outputs):
        """Outputs of a street."""

        shelf: WholeOutputs
        """Its shelf."""

    graph = render(lambda: StreetOutputs(shelf=Shelf("one", context=CONTEXT)).export())
    assert set(graph.outputs) == {"shelf_url", "shelf_part_arn", "shelf_other_arn"}


def test_a_component_is_neither_compared_nor_imported_as_its_outputs() -> None:
    """Components with equal outputs are not equal; an import returns outputs, not a component."""

    def program() -> None:
        one, two = Shelf("one", context=CONTEXT), Shelf("two", context=CONTEXT)
        assert one != two
        assert len({one, two, one}) == 2
        with pytest.raises(TypeError, match=r"call WholeOutputs\.imported"):
            Shelf.imported(pulumi.StackReference("o/p/s"))

    render(program)


@pytest.mark.parametrize("values", [{}, {"arn": "plain"}, {"arn": None, "other": 1}])
def test_outputs_are_complete_and_are_outputs(values: dict[str, Any]) -> None:
    """A missing, unknown or plain value is an error when the outputs are created."""
    with pytest.raises(pydantic.ValidationError):
        PartOutputs(**values)


@pytest.mark.parametrize("name", ["name", "args", "parent", "summary", "export", "urn", "child"])
def test_an_output_takes_no_name_of_the_component(name: str) -> None:
    """It would hide what every component has, or be hidden by it."""
    outputs = type("BoxOutputs", (Outputs,), {"__annotations__": {name: pulumi.Output[str]}})
    with pytest.raises(TypeError, match=f"BoxOutputs.{name} can't be an output: .*; choose another name"):

        class Box(Component[ShelfArgs, outputs], outputs, kind="Box"):  # type: ignore[valid-type,misc] # made at run time
            """A box."""


@pytest.mark.parametrize(("old", "new"), [("roles", "child_types"), ("misuse", "input_errors")])
def test_a_former_name_is_not_ignored(old: str, new: str) -> None:
    """A validation that is never called would be lost in silence."""
    with pytest.raises(TypeError, match=f"Box.{old} is now {new}: rename it"):
        type("Box", (Shelf,), {old: {}}, kind="Box")
