"""Secrets in environment variables: hidden in messages, without an effect on the graph."""

from __future__ import annotations

import os

import pulumi
import pytest
from pulumi_aws import sqs

from platform_components.engine import Graph, ProgramError, evaluate
from platform_components.engine.redacted import Redaction

SECRET = "payments"
"""Also the name of a resource: a laptop's password for a local database can be a common word."""


def program() -> None:
    sqs.Queue("payments-queue", tags={"payments": "the payments service"})
    pulumi.export("payments", "payments")
    print(f"printed {SECRET}")  # noqa: T201 - the program's
    pulumi.log.warn(f"logged {SECRET}")


def previewed(program: object = program) -> Graph:
    assert callable(program)
    return evaluate(program, project="shop", stack="dev")


@pytest.fixture(autouse=True)
def variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", SECRET)


def test_the_graph_is_the_same_with_and_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A preview in CI and one on a laptop show the same names, URNs, inputs and outputs."""
    shown = previewed().to_dict()
    monkeypatch.delenv("DB_PASSWORD")
    without = previewed().to_dict()
    assert {**shown, "diagnostics": []} == {**without, "diagnostics": []}
    assert shown["outputs"] == {"payments": "payments"}


def test_printed_and_logged_text_does_not_contain_them() -> None:
    """Programs print their environment by mistake."""
    messages = [each.message for each in Redaction(previewed()).graph.diagnostics]
    assert messages == ["printed [secret]", "logged [secret]"]


def test_printed_lines_of_which_they_span_two_do_not_contain_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A printed secret can be wrapped."""
    monkeypatch.setenv("DB_PASSWORD", "Tr0ub4dor&3/horse")
    graph = previewed(lambda: print("Tr0ub4dor\n&3/horse"))  # noqa: T201 - the program's
    assert [each.message for each in graph.diagnostics] == ["[secret]", "[secret]"]


def test_errors_and_tracebacks_do_not_contain_them() -> None:
    """Also of a variable that the program itself sets."""

    def failing() -> None:
        os.environ["SMTP_PASSWORD"] = "set-by-the-program"
        raise ValueError(f"{SECRET} set-by-the-program")

    with pytest.raises(ProgramError) as raised:
        previewed(failing)
    assert "ValueError: [secret] [secret]" in str(raised.value)
    assert SECRET not in raised.value.debug.replace('f"{SECRET} set-by-the-program"', "")


def test_a_marked_secret_with_the_same_value_is_hidden_in_the_graph() -> None:
    """The variable does not make a secret of the program public."""

    def marking() -> None:
        sqs.Queue("queue", kms_master_key_id=pulumi.Output.secret(SECRET), name=f"is {SECRET}")

    inputs = previewed(marking).to_dict()["resources"][-1]["inputs"]
    assert inputs == {"kmsMasterKeyId": "[secret]", "name": "is [secret]"}
