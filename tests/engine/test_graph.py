"""Queries of a graph, whose errors list its resources."""

from __future__ import annotations

import json

import pulumi
import pytest
from pulumi_aws import s3, sqs

from platform_components.engine import UNKNOWN, Graph, Secret
from platform_components.testing import render


class Store(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("test:index:Store", name)
        inside = pulumi.ResourceOptions(parent=self)
        self.bucket = s3.Bucket(f"{name}-bucket", force_destroy=False, opts=inside)
        self.register_outputs({"arn": self.bucket.arn})


@pytest.fixture(scope="module")
def graph() -> Graph:
    def program() -> None:
        Store("assets")
        sqs.Queue("orders", name=pulumi.Output.secret("hunter2!"))
        sqs.Queue("events", opts=pulumi.ResourceOptions(protect=True))
        pulumi.export("key", pulumi.Output.secret("hunter2!"))

    return render(program)


def test_resources_are_found_by_type_name_and_urn(graph: Graph) -> None:
    """Queries return one, several or all resources."""
    assert graph.one("aws:s3/bucket:Bucket").inputs == {"forceDestroy": False}
    assert graph.one("aws:sqs/queue:Queue", "events").protect
    assert [queue.name for queue in graph.of_type("aws:sqs/queue:Queue")] == ["orders", "events"]
    assert [resource.type for resource in graph.named("orders")] == ["aws:sqs/queue:Queue"]
    assert graph.find(graph.one("test:index:Store").urn) is graph.one("test:index:Store")
    assert graph.types["aws:sqs/queue:Queue"] == 2


def test_what_is_not_there_is_answered_with_what_is(graph: Graph) -> None:
    """Errors list the resources, so that a failing test shows its cause."""
    with pytest.raises(LookupError) as raised:
        graph.one("aws:s3/bucket:Buckett")
    assert 'aws:s3/bucket:Bucket "assets-bucket"' in str(raised.value)
    with pytest.raises(LookupError, match='2 resources match aws:sqs/queue:Queue: "orders", "events"'):
        graph.one("aws:sqs/queue:Queue")
    with pytest.raises(LookupError, match="no resource urn:x in dev, which has:"):
        graph.find("urn:x")


def test_the_tree_leads_from_the_stack_to_the_leaves(graph: Graph) -> None:
    """Components are distinguished from managed resources; providers are neither."""
    assert [root.name for root in graph.roots] == ["assets", "orders", "events"]
    assert [child.name for child in graph.children(graph.roots[0].urn)] == ["assets-bucket"]
    assert [resource.name for resource in graph.managed] == ["assets-bucket", "orders", "events"]


def test_a_component_has_the_outputs_that_it_registers(graph: Graph) -> None:
    """Unknown outputs are included; those of a resource contain its inputs."""
    assert graph.one("test:index:Store").outputs == {"arn": UNKNOWN}
    assert graph.one("aws:sqs/queue:Queue", "orders").outputs == {"name": Secret("hunter2!")}


def test_as_json_it_is_stable_and_has_no_secrets(graph: Graph) -> None:
    """Default values are omitted; unknown and secret values are marked as such."""
    data = json.loads(json.dumps(graph.to_dict()))
    assert data["outputs"] == {"key": "[secret]"}
    bucket = next(item for item in data["resources"] if item["name"] == "assets-bucket")
    assert bucket["inputs"] == {"forceDestroy": False}
    assert "protect" not in bucket
    assert "hunter2!" not in json.dumps(data)
    component = next(item for item in data["resources"] if item["name"] == "assets")
    assert component["outputs"] == {"arn": "[unknown]"}


def test_it_is_short_when_a_test_prints_it(graph: Graph) -> None:
    """The repr is short, so that a failing assertion is readable."""
    assert repr(graph) == "<Graph organization/test/dev: 6 resources>"
    assert repr(graph.one("aws:s3/bucket:Bucket")) == '<Resource aws:s3/bucket:Bucket "assets-bucket">'
