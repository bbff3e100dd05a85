"""`platform explain`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import PROGRAM, Run, write

FORCE_DESTROY = """
    Allow `destroy` to delete a bucket that contains objects. They can't be restored.
"""


def test_each_value_is_shown_with_its_origin(platform: Run, project: Path) -> None:
    """The origin is a line of code, the sizing table or a default."""
    lines = [" ".join(line.split()) for line in platform("explain", "dev", "-C", project).stdout.splitlines()]
    assert lines[:2] == ["dev", "Bucket assets"]
    assert "expire_after_days 30 __main__.py:9" in lines
    assert "noncurrent_version_days 7 sizing table (development tier)" in lines
    assert "versioned true default" in lines


def test_one_field_is_explained_in_full(platform: Run, project: Path) -> None:
    """The output has its value, its origin, the defaults of all tiers, and its description."""
    result = platform("explain", "dev", "assets.force_destroy", "-C", project)
    assert result.stdout.splitlines() == [
        "Bucket assets: force_destroy = true",
        "  from         sizing table (development tier)",
        "  by default   production false, staging false, development true (sizing row bucket.force_destroy)",
        f"  means        {' '.join(FORCE_DESTROY.split())}",
    ]


def test_a_component_can_be_named_by_its_kind(platform: Run, project: Path) -> None:
    """`bucket.versioned` works if there is one bucket."""
    by_name = platform("explain", "dev", "assets.versioned", "-C", project).stdout
    assert platform("explain", "dev", "bucket.versioned", "-C", project).stdout == by_name


def test_values_are_available_as_json(platform: Run, project: Path) -> None:
    """The document has one object per field."""
    values = json.loads(platform("explain", "dev", "assets.versioned", "--json", "-C", project).stdout)[
        "values"
    ]
    assert [(value["component"], value["field"], value["value"]) for value in values] == [
        ("assets", "versioned", True)
    ]


def test_each_override_is_a_value(platform: Run, project: Path) -> None:
    """It has the path in the child; the document also has the complete field."""
    custom = """expire_after_days=30, customize={
        "versioning": {"versioningConfiguration": {"status": "Suspended"}},
        "bucket": {"object_lock_enabled": None, "tags": {"Token": "planted-4711"}},
    }"""
    write(project / "__main__.py", PROGRAM.replace("expire_after_days=30", custom))
    shown = platform("explain", "dev", "-C", project).stdout
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "customize.versioning.versioning_configuration.status Suspended __main__.py:9" in lines
    assert "customize.bucket.object_lock_enabled - __main__.py:9" in lines
    assert "customize.bucket.tags.Token [not shown] __main__.py:9" in lines
    assert not any(line.startswith("customize {") for line in lines)
    path = "assets.customize.versioning.versioning_configuration.status"
    (line, *_) = platform("explain", "dev", path, "-C", project).stdout.splitlines()
    assert line == "Bucket assets: customize.versioning.versioning_configuration.status = Suspended"
    (value,) = json.loads(platform("explain", "dev", "assets.customize", "--json", "-C", project).stdout)[
        "values"
    ]
    assert value["value"]["versioning"] == {"versioningConfiguration": {"status": "Suspended"}}


def test_unknown_names_are_rejected_with_suggestions(platform: Run, project: Path) -> None:
    """This applies to stack, component and field."""
    for words, message in (
        (["dve"], '"dve"  unknown stack  did you mean dev?'),
        (["dev", "asset.x"], '"asset"  no such component  did you mean assets?'),
        (["dev", "buckt"], '"buckt"  no such component  did you mean bucket?'),
        (["dev", "nope"], '"nope"  no such component  one of: assets'),
        (["dev", "nope.versioned"], '"nope"  no such component  one of: assets'),
        (["dev", "versioned"], '"versioned"  is a field, not a component  did you mean assets.versioned?'),
        (["dev", "versiond"], '"versiond"  no such component  did you mean assets.versioned?'),
        (["dev", "assets.versiond"], "assets has no such field  did you mean versioned?"),
    ):
        result = platform("explain", *words, "-C", project)
        assert result.exit_code == 2
        assert message in result.stderr


def test_a_field_of_several_components_is_listed_with_each(platform: Run, project: Path) -> None:
    """The message has the paths to choose from."""
    second = '    Bucket("more", context=context)\n'
    write(project / "__main__.py", PROGRAM + second)
    result = platform("explain", "dev", "versioned", "-C", project)
    assert "is a field, not a component  one of: assets.versioned, more.versioned" in result.stderr


def test_a_stack_without_components_is_reported(platform: Run, project: Path) -> None:
    """The exit code is 0, unless a component is requested."""
    write(project / "__main__.py", "print('no component')\n")
    result = platform("explain", "dev", "-C", project)
    assert (result.exit_code, result.stdout) == (0, "dev: no components of this library\n")
    assert json.loads(platform("explain", "dev", "--json", "-C", project).stdout)["values"] == []
    result = platform("explain", "dev", "assets", "-C", project)
    assert result.exit_code == 2
    assert '"assets"  the stack has no components of this library  remove it' in result.stderr


def test_a_program_that_fails_is_reported_as_in_a_preview(platform: Run, project: Path) -> None:
    """The error has the line and the message; the exit code is 2."""
    write(project / "__main__.py", "raise ValueError('no such shop')\n")
    result = platform("explain", "dev", "-C", project)
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "dev: the program failed at __main__.py:1",
        "  ValueError: no such shop",
    ]
