"""A marked secret of a state is hidden wherever the state contains it a second time, without its mark."""

from __future__ import annotations

import base64
import json
from typing import Any

import pulumi
import pytest
from pulumi_aws import sqs

from platform_components.engine import evaluate
from platform_components.engine.plan.steps import Plan
from platform_components.engine.redacted import Redaction
from platform_components.engine.state.deployment import Deployment
from platform_components.engine.state.secrets import Unsealer
from platform_components.engine.values import Secret
from tests.engine import exports
from tests.engine.deployments import deployed, edited, step_of
from tests.engine.exports import PREFIX, PROVIDER, PROVIDER_ID, ROOT, STACK
from tests.engine.test_state_secrets import CLOUD, KEY, encrypted

TEXT = "an invented password 1"
OTHER = "an invented token 2"
PLAIN = exports.secret(plaintext=json.dumps(TEXT))


def resource(name: str, **fields: Any) -> dict[str, Any]:
    urn = f"{PREFIX}aws:sqs/queue:Queue::{name}"
    provider = f"{PROVIDER}::{PROVIDER_ID}"
    queue = {"urn": urn, "type": "aws:sqs/queue:Queue", "custom": True, "id": name, "provider": provider}
    return {**queue, "parent": ROOT, **fields}


def state_with(
    marked: object, *resources: dict[str, Any], provider: object = None, **fields: Any
) -> Deployment:
    """A state whose stack has this secret as output, and outputs with unmarked copies."""
    root, aws = exports.resources()[:2]
    root["outputs"] = {"marked": marked, "url": f"login with {TEXT} now", "json": json.dumps({"a": TEXT})}
    content = exports.export(resources=[root, aws, *resources], secrets_providers=provider, **fields)
    return exports.parsed_deployment(content, unsealing=Unsealer(lambda url, content: KEY))


def shown(state: Deployment, program: Any = lambda: None) -> tuple[Plan, str]:
    """The plan as it leaves the process, and all its text."""
    graph = Redaction(evaluate(program, project=STACK.project, stack=STACK.stack, state=state)).graph
    assert graph.plan is not None
    return graph.plan, f"{graph.plan.steps!r}" + repr(
        [vars(step) for step in graph.plan.steps]
        + [vars(change) for step in graph.plan.steps for change in step.changes]
        + [vars(change) for change in graph.plan.outputs]
        + list(graph.plan.pending)
        + list(graph.diagnostics)
    )


def test_a_copy_in_an_output_is_hidden() -> None:
    """Also in a JSON document, whose other text stays."""
    plan, text = shown(state_with(PLAIN))
    assert TEXT not in text
    assert {change.path: change.old for change in plan.outputs} == {
        "marked": Secret("[secret]"),
        "url": "login with [secret] now",
        "json": '{"a": "[secret]"}',
    }


def test_a_copy_of_an_encrypted_secret_is_hidden_once_the_key_was_needed() -> None:
    """The secret of a resource that is deleted, too: nothing compares it."""
    gone = resource("gone", inputs={"policy": encrypted(OTHER), "tags": {"Note": f"pre-{OTHER}"}})
    state = state_with(encrypted(TEXT), gone, provider=CLOUD)

    def program() -> None:
        pulumi.export("marked", pulumi.Output.secret("another"))

    _, text = shown(state, program)
    assert TEXT not in text
    assert OTHER not in text


def test_nothing_is_decrypted_for_the_copies() -> None:
    """Without a comparison, no key is requested."""

    def no_key(url: str, content: bytes) -> bytes:
        raise AssertionError("requested")

    gone = resource("gone", inputs={"policy": encrypted(OTHER)})
    root = {"urn": ROOT, "type": "pulumi:pulumi:Stack", "custom": False}
    content = exports.export(resources=[root, exports.resources()[1], gone], secrets_providers=CLOUD)
    plan, _ = shown(exports.parsed_deployment(content, unsealing=Unsealer(no_key)))
    assert step_of(plan, "gone").former == {"policy": Secret("[secret]")}


def test_a_copy_in_the_name_or_id_of_a_deleted_resource_is_hidden() -> None:
    """Resources that differ in this part only keep different URNs."""
    named = [resource(f"{text}-queue", tags={}) for text in (TEXT, OTHER)]
    marked = exports.secret(plaintext=json.dumps({"a": TEXT, "b": [OTHER]}))
    plan, text = shown(state_with(marked, *named))
    assert TEXT not in text
    assert OTHER not in text
    deleted = [step for step in plan.steps if step.type == "aws:sqs/queue:Queue"]
    assert {step.id for step in deleted} == {"[secret]-queue"}
    assert {step.name for step in deleted} == {"[secret]-queue", "[secret]-queue (2)"}


def test_a_copy_in_a_pending_operation_is_hidden() -> None:
    """In its URN and in its ID."""
    operation = {"type": "deleting", "resource": resource(f"q-{TEXT}")}
    plan, text = shown(state_with(PLAIN, pending_operations=[operation]))
    assert TEXT not in text
    assert plan.pending[0].id == "q-[secret]"


def test_a_copy_in_a_path_or_a_key_is_hidden() -> None:
    """Of tags and of outputs."""
    tags = {TEXT: "x", "plain": f"pre-{TEXT}"}
    queue = resource("orders", inputs={"policy": PLAIN, "tags": tags})
    plan, text = shown(state_with(PLAIN, queue), lambda: sqs.Queue("orders", tags={"kept": "y"}))
    assert TEXT not in text
    assert 'tags["[secret]"]' in {change.path for change in step_of(plan, "orders").changes}


def test_secrets_of_replacement_triggers_are_hidden() -> None:
    """They are in no property."""
    state = edited(
        deployed(lambda: sqs.Queue("gone", name=f"q-{TEXT}")), "gone", replacement_trigger=Secret(TEXT)
    )
    graph = evaluate(lambda: None, project="shop", stack="dev", state=state)
    plan = Redaction(graph).graph.plan
    assert plan is not None
    assert step_of(plan, "gone").former["name"] == "q-[secret]"


def test_diagnostics_contain_no_copies() -> None:
    """A program can get the copy as a known output of a resource."""
    queue = resource("orders", outputs={"arn": f"arn:{TEXT}", "policy": PLAIN})
    state = state_with(PLAIN, queue)

    def program() -> None:
        sqs.Queue("orders").arn.apply(pulumi.log.info)

    graph = evaluate(program, project=STACK.project, stack=STACK.stack, state=state)
    assert [line.message for line in graph.diagnostics] == ["arn:[secret]"]


@pytest.mark.parametrize("damaged", ["{", ""])
def test_a_damaged_secret_that_nothing_needs_is_no_error(damaged: str) -> None:
    """There is no text to hide."""
    gone = resource("gone", inputs={"policy": exports.secret(plaintext=damaged)})
    wrong = exports.secret(ciphertext=":".join(["v1", *[base64.b64encode(bytes(28)).decode()] * 2]))
    also = resource("too", inputs={"policy": wrong})
    plan, _ = shown(state_with(encrypted(TEXT), gone, also, provider=CLOUD))
    assert step_of(plan, "gone").operation == "delete"
