"""Overrides: the configuration of one run, with the paths and the precedence of `pulumi preview --config`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from platform_components.base import InvalidInput
from platform_components.engine import Project, Secret
from platform_components.engine.overrides import parse_override
from tests.cli.conftest import write

DECLARED = """
    name: shop
    runtime: python
    config:
      replicas: {type: integer, default: 1}
      zones: {type: array, items: {type: string}}
      token: {type: string, secret: true}
"""


@pytest.fixture(name="project")
def declared_project(tmp_path: Path) -> Project:
    write(tmp_path / "__main__.py", "")
    write(tmp_path / "Pulumi.yaml", DECLARED)
    write(
        tmp_path / "Pulumi.dev.yaml", "config:\n  shop:zones: [a, b]\n  shop:size: {cpu: 1}\n  aws:region:\n"
    )
    return Project.load(tmp_path)


def overridden(project: Project, *texts: str) -> Project:
    overrides = [parse_override(text, project.name) for text in texts]
    return replace(project, overrides={"dev": overrides})


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("replicas=3", "shop:replicas", "3"),
        ("shop:config:replicas=3", "shop:replicas", "3"),
        ("size.cpu=2", "shop:size", {"cpu": 2}),
        ("size.more[0]=x", "shop:size", {"cpu": 1, "more": ["x"]}),
        ("zones[1]=c", "shop:zones", ["a", "c"]),
        ('["a.b"]=x', "shop:a.b", "x"),
        ("labels.a:b=x", "shop:labels", {"a:b": "x"}),
        ("aws:region=eu-west-1", "aws:region", "eu-west-1"),
        ("empty=", "shop:empty", ""),
        ("query=a=b", "shop:query", "a=b"),
    ],
)
def test_a_value_replaces_that_of_the_file(project: Project, text: str, key: str, value: Any) -> None:
    """The key is a path, as with `pulumi config set --path`; the rest of a structured value stays."""
    config = overridden(project, text, "token=invented").config("dev")
    assert config.values[key] == value


def test_a_value_precedes_a_default_and_a_file_without_a_value(project: Project) -> None:
    """The warning about a key without a value does not apply either."""
    config = overridden(project, "replicas=3", "aws:region=eu-west-1", "token=invented").config("dev")
    assert (config.values["shop:replicas"], config.values["aws:region"]) == ("3", "eu-west-1")
    assert config.empty == ()
    assert overridden(project, "token=invented").config("dev").empty == ("aws:region",)


def test_the_items_before_an_index_of_a_new_list_are_null(project: Project) -> None:
    """As in Pulumi (newContainer in sdk/go/common/resource/config/object.go)."""
    values = overridden(project, "hosts[999]=c", "token=invented").config("dev").values
    assert values["shop:hosts"] == [*[None] * 999, "c"]


def test_other_stacks_keep_their_values(project: Project) -> None:
    """The values are those of one stack."""
    write(project.root / "Pulumi.prod.yaml", "config: {}\n")
    with pytest.raises(InvalidInput, match="shop:zones"):
        overridden(project, "zones[0]=a", "token=invented").config("prod")


def test_a_value_that_is_declared_as_secret_is_one(project: Project) -> None:
    """It need not be encrypted, because it is not stored."""
    assert overridden(project, "token=invented").config("dev").values["shop:token"] == Secret("invented")


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("replicas=many", ("--config shop:replicas", "must be of type integer, as Pulumi.yaml declares")),
        ("zones[5]=c", ("--config shop:zones[5]", "has no item 5, and only 2 items")),
        (
            "hosts[1000]=c",
            ("--config shop:hosts[1000]", "is a new list, in which an index must be less than 1000"),
        ),
        (
            "hosts[0][99999999999]=c",
            (
                "--config shop:hosts[0][99999999999]",
                "is a new list, in which an index must be less than 1000",
            ),
        ),
        ("size.cpu.x=1", ("--config shop:size.cpu.x", "must be a mapping")),
    ],
)
def test_a_value_that_does_not_fit_is_reported_with_the_option(
    project: Project, text: str, row: tuple[str, str]
) -> None:
    """The file is not where it can be corrected."""
    with pytest.raises(InvalidInput) as caught:
        overridden(project, text, "token=invented").config("dev")
    (problem,) = caught.value.problems
    assert (problem.where, problem.what) == row


@pytest.mark.parametrize(
    "text",
    ["", "hunter2", "=hunter2", ".a=hunter2", "a:b:c=hunter2", "shop:=hunter2", ":=hunter2", "[=hunter2"],
)
def test_text_of_another_form_is_rejected_without_its_value(text: str) -> None:
    """The value may be a secret, also if the key is missing."""
    with pytest.raises(InvalidInput) as caught:
        parse_override(text, "shop")
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(parse_override("a=hunter2", "shop"))
