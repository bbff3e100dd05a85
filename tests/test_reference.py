"""Reference pages: what a user needs to declare a component, from the models alone."""

from __future__ import annotations

from platform_components import Database, ServiceStack
from scripts.reference import index, page
from tests.inventory import COMPONENTS


def test_a_page_shows_the_call_and_every_field_with_its_defaults() -> None:
    """Those of each tier, where the tier decides."""
    shown = page(Database, COMPONENTS)
    assert "    network: NetworkOutputs,\n" in shown
    for name, field in Database.args_type.model_fields.items():
        assert f"| `{name}` | " in shown
        assert " ".join((field.description or "").split()) in shown
    assert "by tier: production 100, staging 20, development 20" in shown


def test_a_page_shows_outputs_and_children() -> None:
    """By the names that are public."""
    shown = page(Database, COMPONENTS)
    assert "| `address` | `pulumi.Output[str]` | " in shown
    assert "| `instance` | `aws:rds/instance:Instance` |" in shown


def test_nested_args_are_described_once() -> None:
    """On the page of their component, which is linked, or in a table of their own."""
    shown = page(ServiceStack, COMPONENTS)
    assert "[Database](Database.md)" in shown
    assert "`storage_gb`" not in shown
    assert "### `EgressRule`" in shown


def test_the_index_links_every_page() -> None:
    """With the first line of the component's docstring."""
    shown = index(COMPONENTS)
    for component in COMPONENTS:
        assert f"| [{component.__name__}]({component.__name__}.md) | " in shown
