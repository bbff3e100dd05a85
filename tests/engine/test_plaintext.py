"""Secrets in plain text: hidden, and reported with their path, without their value."""

from __future__ import annotations

import json
from dataclasses import replace

import pulumi
import pytest
from pulumi_aws import sqs

from platform_components.engine import ProgramError
from platform_components.engine.functions import FunctionUse
from platform_components.engine.redacted import Redaction
from platform_components.engine.values import Archive, ResourceReference
from platform_components.testing import render

TOKEN = "ghp_016C7869b4a1d2e3F4567890abcdefABCDEF"
REMEDY = "pass pulumi.Output.secret(...), or encrypt it in the configuration and read it with require_secret"


class Shop(pulumi.ComponentResource):
    def __init__(self) -> None:
        super().__init__("my:index:Shop", "shop", {"password": "plain-p4ssword", "secretName": "orders"})


def test_a_value_that_looks_like_a_secret_is_reported() -> None:
    """The warning has path, resource, line and remedy; the value is hidden everywhere."""

    def program() -> None:
        sqs.Queue("orders", tags={"Note": TOKEN, "Marked": pulumi.Output.secret(f"{TOKEN}2")})
        pulumi.export("token", {"a": [TOKEN]})

    graph = render(program)
    problem = f"looks like a secret, but is not marked as one; {REMEDY}"
    assert [(line.severity, line.message) for line in graph.diagnostics] == [
        ("warning", f'tags.Note of aws:sqs/queue:Queue "orders" {problem}'),
        ("warning", f"token.a[0] of the stack's outputs {problem}"),
    ]
    assert graph.diagnostics[0].urn == graph.one("aws:sqs/queue:Queue").urn
    assert str(graph.diagnostics[0].source).startswith("tests/engine/test_plaintext.py:")
    assert TOKEN not in json.dumps(graph.to_dict())


def test_a_plain_password_of_a_component_is_hidden() -> None:
    """The name of a secret is not."""
    shown = render(Shop).to_dict()["resources"]
    (inputs,) = [item["inputs"] for item in shown if item["name"] == "shop"]
    assert inputs == {"password": "[secret]", "secretName": "orders"}


def test_a_failing_program_shows_no_plain_secret() -> None:
    """This includes values of resources that it declared before."""

    def program() -> None:
        Shop()
        raise ValueError("can't log in with plain-p4ssword")

    with pytest.raises(ProgramError) as raised:
        render(program)
    assert raised.value.message == "ValueError: can't log in with [secret]"
    assert "plain-p4ssword" not in raised.value.debug


def test_environment_variables_with_telling_names_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short values and paths are not: they would match parts of most messages."""
    monkeypatch.setenv("DB_PASSWORD", "from-the-shell")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "test")
    monkeypatch.setenv("TOKEN_FILE", "/run/token")
    graph = render(lambda: print("from-the-shell in a test with /run/token"))  # noqa: T201 - the program's
    assert [line.message for line in graph.diagnostics] == ["[secret] in a test with /run/token"]


def test_resources_whose_names_are_secret_keep_different_urns() -> None:
    """A URN is the same wherever the document refers to the resource; no name is visible."""

    def program() -> None:
        queues = []
        for name in ("hunter2-a", "hunter2-b"):
            shop = pulumi.ComponentResource("my:index:Shop", name)
            queues.append(sqs.Queue(f"{name}-queue", opts=pulumi.ResourceOptions(parent=shop)))
        sqs.Queue("last", opts=pulumi.ResourceOptions(depends_on=queues))
        pulumi.Output.secret(["hunter2-a", "hunter2-b"])

    graph = render(program)
    document = graph.to_dict()
    assert "hunter2" not in json.dumps(document)
    shops = [item["urn"] for item in document["resources"] if item["type"] == "my:index:Shop"]
    assert shops == [
        "urn:pulumi:dev::test::my:index:Shop::[secret]",
        "urn:pulumi:dev::test::my:index:Shop::[secret] (2)",
    ]
    *queues, last = (item for item in document["resources"] if item["type"] == "aws:sqs/queue:Queue")
    assert [queue["parent"] for queue in queues] == shops
    assert last["dependencies"] == [queue["urn"] for queue in queues]
    assert len({item["urn"] for item in document["resources"]}) == len(graph.resources)


def test_a_secret_that_is_a_short_word_stays_in_types_and_keys() -> None:
    """The types of a document stay readable; in names and values the word is hidden."""

    def program() -> None:
        sqs.Queue("the-queue", tags={"Queue": "a queue"})
        pulumi.Output.secret("queue")

    queue = render(program).to_dict()["resources"][-1]
    assert queue["type"] == "aws:sqs/queue:Queue"
    assert queue["urn"] == "urn:pulumi:dev::test::aws:sqs/queue:Queue::the-[secret]"
    assert queue["inputs"]["tags"] == {"Queue": "a [secret]"}


def test_a_redacted_graph_keeps_its_marks() -> None:
    """Secrets stay secret and unknowns unknown; redacting it again changes nothing."""

    def program() -> None:
        queue = sqs.Queue("orders", name=pulumi.Output.secret("hunter2"))
        pulumi.export("url", queue.url)
        pulumi.export("name", queue.name)

    graph = render(program)
    shown = Redaction(graph).graph
    assert "hunter2" not in f"{vars(shown)}{[vars(item) for item in shown.resources]}"
    assert Redaction(shown).graph is shown
    assert shown.to_dict() == graph.to_dict()
    assert shown.outputs["url"] is graph.outputs["url"]


def test_a_secret_in_the_name_of_a_resource_is_hidden_elsewhere() -> None:
    """Also where nothing but the name shows that it is one."""

    def program() -> None:
        sqs.Queue("db_password=correct-horse")
        print("read correct-horse")  # noqa: T201 - the program's

    graph = render(program)
    assert [line.message for line in graph.diagnostics] == ["read [secret]"]


def test_addresses_ids_and_functions_are_redacted() -> None:
    """The URI of an archive, the ID of a referenced resource, and the token of a function."""
    graph = render(lambda: pulumi.Output.secret("hunter2"))
    use = FunctionUse("my:index:hunter2", {"name": "hunter2"}, "unknown")
    redaction = Redaction(replace(graph, functions=(use,)))
    assert redaction.value(Archive(uri="https://host/hunter2.zip")) == Archive(
        uri="https://host/[secret].zip"
    )
    reference = ResourceReference("urn:pulumi:dev::test::my:index:Shop::shop", "hunter2")
    assert redaction.value(reference) == replace(reference, id="[secret]")
    assert redaction.graph.functions == (FunctionUse("my:index:[secret]", {"name": "[secret]"}, "unknown"),)
