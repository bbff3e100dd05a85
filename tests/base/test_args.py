"""Args: immutable, validated together, sized by tier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi
import pytest

from platform_components.base import (
    Args,
    Context,
    Days,
    Flag,
    Gigabytes,
    Input,
    InvalidInput,
    Label,
    Port,
    Problem,
    Sizing,
    sized,
)
from platform_components.testing import render

DEV = Context(environment="dev", tier="development", region="eu-west-1", service="shop", owner="team")


class Disk(Args):
    storage_gb: Gigabytes = sized("database.storage_gb")
    """Size of the disk."""

    keep_days: Days = 3
    """How long snapshots are kept."""

    def problems(self, context: Context) -> Iterable[Problem]:
        if self.keep_days > self.storage_gb:
            yield Problem("keep_days", "must not exceed storage_gb", "keep less", self.keep_days)


class Server(Args):
    name: Label
    """What it is called. And more."""

    port: Port = 8080
    """Where it listens."""

    public: Flag = False
    """Whether the internet reaches it."""

    key_arn: Input[str] | None = None
    """Key of its disks."""

    disk: Disk = Disk()
    """Its first disk."""

    disks: tuple[Disk, ...] = ()
    """Further disks."""

    volumes: Mapping[Label, Disk] = {}
    """Disks by name."""

    environment: Mapping[str, Input[str]] = {}
    """Variables of the process."""


def problems(make: Any) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        make()
    return str(caught.value).splitlines()


def test_every_bad_field_is_reported_at_once() -> None:
    """One message lists all invalid fields, so that they can be corrected together."""
    assert problems(lambda: Server(name="Shop", port="80", public=1, prt=1)) == [  # type: ignore[call-arg,arg-type]
        "Server: 4 problems",
        '  name = "Shop"  must be at most 63 lowercase letters, digits and hyphens, and start with a letter',
        '  port = "80"    must be an integer     remove the quotes',
        "  public = 1     must be true or false  remove it to use the default, false",
        "  prt = 1        unknown field          did you mean port?",
    ]


def test_parse_points_at_the_full_path_of_nested_fields() -> None:
    """The path starts at the top level of the file, at any depth."""
    values = {
        "name": "shop",
        "disk": {"storage": 3},
        "disks": [{"keep_days": 1}, {"keep_days": -1}],
        "volumes": {"data": {"storage_gb": "8"}, "No": {}},
    }
    assert problems(lambda: Server.parse(values, "service.yaml")) == [
        "service.yaml: 4 problems",
        "  disk.storage = 3               unknown field       did you mean storage_gb?",
        "  disks[1].keep_days = -1        must be at least 0  remove it to use the default, 3",
        '  volumes.data.storage_gb = "8"  must be an integer  remove the quotes',
        (
            "  volumes.No                     key must be at most 63 lowercase letters, digits and hyphens,"
            " and start with a letter"
        ),
    ]


def test_a_missing_field_says_what_belongs_there() -> None:
    """The remedy is the first sentence of the field's documentation."""
    assert problems(lambda: Server.parse({}, "service.yaml"))[1:] == [
        "  name  is required  What it is called",
    ]


def test_text_that_yaml_reads_as_something_else_says_so() -> None:
    """YAML does not parse `name: 4711` and `name: false` as strings."""
    for value in (4711, False, 1.5):
        assert problems(lambda value=value: Server.parse({"name": value}, "f"))[1].endswith(
            "put it in quotes"
        )


def test_values_of_variables_are_never_shown() -> None:
    """A secret in `environment` is not printed."""
    text = "\n".join(problems(lambda: Server.parse({"name": "a", "environment": {"X": ["hunter2"]}}, "f")))
    assert "hunter2" not in text
    assert "environment.X = [not shown]" in text


def test_an_output_where_a_plain_value_is_needed_says_why() -> None:
    """Sizes and switches determine the resources, so their values are required before deployment."""

    def program() -> None:
        port: Any = pulumi.Output.from_input(80)
        assert problems(lambda: Server(name="a", port=port))[1] == (
            "  port = (Output)  must be an integer  pass a plain value; an Output is unknown until deployment"
        )

    render(program)


def test_args_are_frozen() -> None:
    """Validated args can't be modified."""
    with pytest.raises(
        AttributeError, match=r"Server.port is read-only; set it in the constructor: Server\(port="
    ):
        Server(name="a").port = 1  # type: ignore[misc] # which mypy says too


def test_fields_are_given_by_name() -> None:
    """A positional argument is rejected, and the message shows the correct form."""
    with pytest.raises(TypeError, match=r"Server accepts keyword arguments only: Server\(field=value\)"):
        Server("shop")  # type: ignore[call-arg]


def test_resolve_fills_sized_fields_for_the_tier_at_any_depth() -> None:
    """After `resolve()` every omitted field has a value, also in nested args."""
    server = Server(name="a", disks=(Disk(),), volumes={"data": Disk()}).resolve(DEV, "Server")
    assert [part.storage_gb for _, part in server.parts() if isinstance(part, Disk)] == [20, 20, 20]


class Rack(Args):
    groups: Mapping[Label, tuple[Disk, ...]] = {}
    """Disks by group."""


def test_resolve_reaches_args_in_nested_containers() -> None:
    """In a mapping of lists each one is sized, and its problems have the whole path."""
    rack = Rack(groups={"fast": (Disk(), Disk(storage_gb=7))}).resolve(DEV, "Rack")
    assert [disk.storage_gb for disk in rack.groups["fast"]] == [20, 7]
    assert [path for path, _ in rack.parts()] == ["", "groups.fast[0]", "groups.fast[1]"]
    assert rack.holds_args("groups")
    lines = problems(lambda: Rack(groups={"fast": (Disk(storage_gb=1, keep_days=2),)}).resolve(DEV, "Rack"))
    assert lines[1].split()[0] == "groups.fast[0].keep_days"


def test_resolve_keeps_what_was_given() -> None:
    """The table only sets omitted fields."""
    assert Disk(storage_gb=55).resolve(DEV, "Disk").storage_gb == 55


def test_resolving_twice_changes_nothing() -> None:
    """A component can pass resolved args to another component."""
    once = Server(name="a").resolve(DEV, "Server")
    twice = once.resolve(DEV, "Server")
    assert twice == once
    assert (
        twice.disk.origin("storage_gb") == once.disk.origin("storage_gb") == "sizing table (development tier)"
    )


def test_the_origin_of_a_value_is_a_line_a_table_or_a_default() -> None:
    """`explain` can show the origin of each value."""
    disk = Disk(keep_days=2).resolve(DEV, "Disk")
    assert disk.origin("keep_days").startswith("test_args.py:")
    assert disk.origin("storage_gb") == "sizing table (development tier)"
    assert Disk().origin("keep_days") == "default"
    assert Disk.parse({"keep_days": 2}, "service.yaml").origin("keep_days") == "service.yaml"


def test_cross_field_problems_of_all_parts_come_with_their_paths() -> None:
    """The problems of all parts are reported together."""
    bad = Disk(storage_gb=1, keep_days=2)
    lines = problems(lambda: Server(name="a", disk=bad, disks=(Disk(), bad)).resolve(DEV, "Server"))
    assert [line.split()[0] for line in lines[1:]] == ["disk.keep_days", "disks[1].keep_days"]


def test_an_invalid_value_of_the_sizing_table_is_reported_with_its_cell() -> None:
    """The value is not in the program, so the message names the file that contains it."""
    sizing = Sizing.parse({"development": {"database.storage_gb": 0}})
    context = Context(**{**dict(DEV), "sizing": sizing})
    assert problems(lambda: Server(name="a").resolve(context, 'Server "a"'))[1] == (
        "  platform.yaml sizing.development.database.storage_gb = 0  must be at least 1"
        "  correct it there; disk.storage_gb uses it"
    )


def test_input_takes_a_checked_value_or_any_output() -> None:
    """Plain values are validated, outputs are not."""

    def program() -> None:
        output = pulumi.Output.from_input("arn")
        assert Server(name="a", key_arn=output).key_arn is output

    render(program)
    assert Server(name="a", key_arn="arn").key_arn == "arn"
    assert problems(lambda: Server(name="a", key_arn=3))[1].startswith("  key_arn = 3")  # type: ignore[arg-type]
