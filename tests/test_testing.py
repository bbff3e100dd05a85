"""`render()`, with which service teams test their stacks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest
from pulumi_aws import s3

from platform_components.engine import ProgramError
from platform_components.testing import UNKNOWN, Graph, Secret, render


def test_render_returns_the_graph_of_a_program(render: Callable[..., Graph]) -> None:
    """It requires no cloud, CLI or stack; values that depend on a deployment are unknown."""

    def program() -> None:
        bucket = s3.Bucket("assets", force_destroy=False, opts=pulumi.ResourceOptions(protect=True))
        pulumi.export("arn", bucket.arn)

    graph = render(program)
    bucket = graph.one("aws:s3/bucket:Bucket")
    assert bucket.protect
    assert bucket.inputs["forceDestroy"] is False
    assert graph.outputs["arn"] is UNKNOWN


def test_configuration_and_other_stacks_can_be_passed(render: Callable[..., Graph]) -> None:
    """Keys and stack names are those that the program uses; secrets stay marked."""

    def program() -> None:
        pulumi.export("size", pulumi.Config().require_int("size"))
        pulumi.export("vpc", pulumi.StackReference("organization/test/network").require_output("id"))
        pulumi.export("token", pulumi.Config().require_secret("token"))

    graph = render(
        program,
        config={"size": 3, "token": Secret("hunter2!")},
        references={"organization/test/network": {"id": "vpc-1"}},
    )
    assert graph.outputs == {"size": 3, "vpc": "vpc-1", "token": Secret("hunter2!")}


def test_a_stacks_program_is_rendered_from_its_file(tmp_path: Path) -> None:
    """The graph has the given project and stack names."""
    (tmp_path / "__main__.py").write_text("import pulumi\npulumi.export('stack', pulumi.get_stack())\n")
    assert render(tmp_path, project="orders", stack="orders.prod").outputs == {"stack": "orders.prod"}


def test_a_path_can_be_a_string(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path can be a string, as in `render(".")`."""
    (tmp_path / "__main__.py").write_text("import pulumi\npulumi.export('stack', pulumi.get_stack())\n")
    monkeypatch.chdir(tmp_path)
    assert render(".") == render(tmp_path) == render("__main__.py")


def test_no_file_of_a_stack_is_read(tmp_path: Path) -> None:
    """A test passes the configuration itself, and a stack needs no file."""
    (tmp_path / "Pulumi.yaml").write_text("name: orders\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  size: 3\n")
    (tmp_path / "__main__.py").write_text(
        "import pulumi\npulumi.export('size', pulumi.Config().get('size') or 'none')\n"
    )
    assert render(tmp_path, project="orders", stack="dev").outputs == {"size": "none"}
    assert render(tmp_path, project="orders", stack="nope", config={"size": 4}).outputs == {"size": "4"}


def test_a_failure_shows_where_it_is() -> None:
    """A failing test names the line of the program."""
    with pytest.raises(ProgramError, match=r"tests/test_testing.py:\d+\n  ValueError: too small"):
        render(_failing)


def _failing() -> None:
    raise ValueError("too small")


def test_logged_errors_are_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """As in a preview. A test asserts that there are none."""

    def logging() -> None:
        pulumi.log.warn("nearly")
        pulumi.log.error("the licence has expired")

    graph = render(logging)
    assert [each.message for each in graph.errors] == ["the licence has expired"]
    assert capsys.readouterr().err == "the licence has expired\n"
    assert not render(lambda: pulumi.log.warn("nearly")).errors


def test_printed_output_is_captured(capsys: pytest.CaptureFixture[str]) -> None:
    """Output of `print` appears in the captured output of pytest."""

    def failing() -> None:
        sys.stdout.write("look there\n")
        raise ValueError

    render(lambda: sys.stdout.write("look here\n"))
    with pytest.raises(ProgramError):
        render(failing)
    assert capsys.readouterr().err == "look here\nlook there\n"
