"""`--changed-since` together with the other options of a preview: images, configuration, answers, states."""

from __future__ import annotations

import json
from typing import Any

import pytest

from platform_components.functions import Answers
from platform_components.workspace.run import Run
from tests.engine import exports
from tests.workspace.record.conftest import Estate

IMAGE = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/mail@sha256:{'a' * 64}"
OTHER_IMAGE = IMAGE.replace("a" * 64, "b" * 64)
READS_IMAGE = """
    import pulumi

    pulumi.export("image", pulumi.Config().get("image"))
"""
QUEUES = """
    import pulumi
    from pulumi_aws import sqs

    queue = sqs.Queue("jobs", name="jobs-1")
    pulumi.export("arn", queue.arn)
"""
READS_ARN = """
    import pulumi
    from pulumi_aws import sqs

    environment = pulumi.get_stack().rpartition(".")[2]
    base = pulumi.StackReference(f"acme/market/base.{environment}")
    sqs.Queue("errors", redrive_policy=base.get_output("arn"))
"""


def evaluated(run: Run) -> list[str]:
    """The layers that were evaluated, after a check that the record was used."""
    assert not run.failures
    assert run.since is not None
    assert not run.since.everything, run.since.everything
    return [stack.name.partition(".")[0] for stack in run.stacks]


def reason(run: Run, stack: str) -> str:
    assert run.since is not None
    return run.since.reasons[stack]


@pytest.fixture
def with_image(estate: Estate) -> Estate:
    """The project, in which `mail` exports its image."""
    estate.write("mail_program.py", READS_IMAGE)
    estate.commit()
    return estate


def test_another_image_affects_its_stack(with_image: Estate) -> None:
    """The same image as in the record does not; the reason names the option."""
    with_image.preview(images=(f"mail={IMAGE}",))
    assert evaluated(with_image.preview("HEAD", images=(f"mail={IMAGE}",))) == []
    run = with_image.preview("HEAD", images=(f"mail={OTHER_IMAGE}",))
    assert evaluated(run) == ["mail"]
    assert run.stacks[0].graph.outputs == {"image": OTHER_IMAGE}
    assert reason(run, "mail.dev") == "--image differs from the record"


def test_an_image_that_only_one_of_both_runs_has(with_image: Estate) -> None:
    """In either direction: the record is not of the same program and configuration."""
    with_image.preview()
    assert evaluated(with_image.preview("HEAD", images=(f"mail={IMAGE}",))) == ["mail"]
    assert evaluated(with_image.preview("HEAD")) == ["mail"]


def test_an_image_affects_readers_through_outputs_only(with_image: Estate) -> None:
    """As with other changes, the outputs of a stack with another image are compared with the record."""
    with_image.edit("base_program.py", "import pulumi", "import pulumi; pulumi.Config().get('image')")
    with_image.commit()
    with_image.preview(images=(f"base={IMAGE}",))
    assert evaluated(with_image.preview("HEAD", images=(f"base={OTHER_IMAGE}",))) == ["base"]


def test_configuration_of_a_run_is_not_compared(with_image: Estate) -> None:
    """Its values can be secret, so no digest is stored: the stacks are evaluated, also by the next run."""
    everything = ["base", "mail", "shop", "till"]
    with_image.preview(config=("token=hunter4",))
    content = json.loads(with_image.record.read_text())
    assert content["stacks"]["mail.dev"]["configured"] is None
    same = with_image.preview("HEAD", config=("token=hunter4",))
    assert evaluated(same) == everything
    assert reason(same, "mail.dev") == "values of --config are not in the record"
    assert evaluated(with_image.preview("HEAD")) == everything
    assert evaluated(with_image.preview("HEAD")) == []
    assert evaluated(with_image.preview("HEAD", config=("token=hunter4",))) == everything


def test_an_image_through_the_configuration_is_an_image(with_image: Estate) -> None:
    """`--config image=...` is the same as `--image`; another value for the key can be anything."""
    with_image.preview(layers=("mail",), images=(f"mail={IMAGE}",))
    assert evaluated(with_image.preview("HEAD", layers=("mail",), config=(f"image={IMAGE}",))) == []
    with_image.preview(layers=("mail",), config=("image=hunter4",))
    assert json.loads(with_image.record.read_text())["stacks"]["mail.dev"]["configured"] is None


def write_states(estate: Estate) -> str:
    """Write the states of `base` and `shop`, whose queues are deployed; return their directory."""
    for layer, name, inputs, outputs in (
        ("base", "jobs", {"name": "jobs-1"}, {"arn": "arn:jobs"}),
        ("shop", "errors", {"redrivePolicy": "arn:jobs"}, {}),
    ):
        prefix = f"urn:pulumi:{layer}.dev::market::"
        root = f"{prefix}pulumi:pulumi:Stack::market-{layer}.dev"
        provider = f"{prefix}pulumi:providers:aws::default"
        queue: dict[str, Any] = {
            "urn": f"{prefix}aws:sqs/queue:Queue::{name}",
            "type": "aws:sqs/queue:Queue",
            "custom": True,
            "id": name,
            "parent": root,
            "provider": f"{provider}::0d5f5f7c-6d3e-4a63-9f2c-1f1f6a9c5d10",
            "inputs": inputs,
            "outputs": {**inputs, **outputs},
        }
        stack = {"urn": root, "type": "pulumi:pulumi:Stack", "custom": False}
        if layer == "base":
            stack["outputs"] = {"arn": "arn:jobs"}
        provider_resource = {
            "urn": provider,
            "type": "pulumi:providers:aws",
            "custom": True,
            "id": "0d5f5f7c-6d3e-4a63-9f2c-1f1f6a9c5d10",
        }
        content = exports.export(resources=[stack, provider_resource, queue])
        estate.write(f"states/{layer}.dev.json", json.dumps(content))
    return str(estate.root / "states")


@pytest.fixture
def with_queues(estate: Estate) -> Estate:
    """The project, in which `shop` has the ARN of a queue of `base`."""
    estate.write("base_program.py", QUEUES)
    estate.write("shop_program.py", READS_ARN)
    estate.write("till_program.py", "")
    estate.edit("platform.yaml", "  till: {owner: team, reads: [shop]}", "  till: {owner: team}")
    estate.write(".gitignore", "__pycache__/\n.platform/\nstates/\n")
    estate.commit()
    return estate


@pytest.mark.parametrize("recorded_with", ["a state", "an empty state", "no state"])
def test_a_replacement_affects_those_that_read_its_outputs(with_queues: Estate, recorded_with: str) -> None:
    """An output that was unknown when it was recorded is not the same as one that is unknown now."""
    empty = str(with_queues.root / "empty")
    for layer in ("base", "mail", "shop", "till"):
        with_queues.write(f"empty/{layer}.dev.json", '{"version": 3}')
    options = {"a state": (write_states(with_queues),), "an empty state": (empty,), "no state": ()}
    with_queues.write(".gitignore", "__pycache__/\n.platform/\nstates/\nempty/\n")
    with_queues.commit()
    with_queues.preview(states=options[recorded_with])
    with_queues.edit("base_program.py", "jobs-1", "jobs-2")
    run = with_queues.preview("HEAD", states=(write_states(with_queues),))
    plans = [stack.graph.plan for stack in run.stacks]
    steps = {step.name: step.operation for plan in plans if plan for step in plan.steps}
    assert (steps.get("jobs"), steps.get("errors")) == ("replace", "update")


def test_without_states_unknown_outputs_are_equal(with_queues: Estate) -> None:
    """Nothing is compared, so the reader has the same result."""
    with_queues.preview()
    with_queues.edit("base_program.py", "jobs-1", "jobs-2")
    assert evaluated(with_queues.preview("HEAD")) == ["base"]


def test_a_record_without_a_state_does_not_describe_a_preview_with_one(with_queues: Estate) -> None:
    """With the outputs of a state, a program can read more files. The reverse is no problem."""
    with_queues.write(
        "base_program.py", QUEUES + '\n    queue.arn.apply(lambda arn: open("rules.txt").read())\n'
    )
    with_queues.write("rules.txt", "a")
    with_queues.commit()
    states = write_states(with_queues)
    with_queues.preview()
    with_queues.write("rules.txt", "b")
    run = with_queues.preview("HEAD", layers=("base",), states=(states,))
    assert evaluated(run) == ["base"]
    assert reason(run, "base.dev") == "the record is of a preview without states"
    with_queues.write("rules.txt", "a")
    with_queues.preview(states=(states,))
    assert evaluated(with_queues.preview("HEAD")) == []
    with_queues.write("rules.txt", "b")
    assert evaluated(with_queues.preview("HEAD", states=(states,))) == ["base"]


def test_answers_are_read_once(recorded: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the run and for the comparison, however many stacks there are."""
    answers = recorded.root / "answers.yaml"
    recorded.write("answers.yaml", "answers:\n- function: aws:index/getRegion:getRegion\n  result: {a: b}\n")
    recorded.commit()
    recorded.preview(answers=(answers,))
    loads: list[Any] = []
    load = Answers.load

    def counted(*arguments: Any) -> Answers:
        loads.append(arguments)
        return load(*arguments)

    monkeypatch.setattr(Answers, "load", counted)
    assert evaluated(recorded.preview("HEAD", answers=(answers,))) == []
    assert len(loads) == 2
