"""Graphs with ARNs and suffixes as after a deployment, so that policies and names show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from platform_components.engine.monitor import ResourceMonitor
from platform_components.testing import Graph, render
from tests.samples import ACCOUNT

SUFFIX = "1a2b3c4"
"""The random suffix of physical names in such a graph."""


def arn_of(type_: str, name: str) -> str:
    """The ARN that a resource has in such a graph."""
    service = type_.split(":")[1].split("/", maxsplit=1)[0]
    return f"arn:aws:{service}:eu-west-1:{ACCOUNT}:{name}"


def render_deployed(program: Callable[[], object], **options: Any) -> Graph:
    """Like `render`, with ARNs that look like AWS's in place of unknown ones."""

    def answer(monitor: ResourceMonitor, request: Any, response: Any) -> None:
        # An EKS cluster's ARN stands for all that EKS decides: with it, the rest would have to be known too.
        if request.custom and request.type.startswith("aws:") and request.type != "aws:eks/cluster:Cluster":
            arn = arn_of(request.type, request.name)
            response.object.update({"arn": arn, "masterUserSecrets": [{"secretArn": f"{arn}/secret"}]})
            if request.type == "aws:rds/instance:Instance":
                response.object.update({"resourceId": f"db-{request.name}"})
            if request.type.endswith("SubnetGroup"):  # other physical names get their suffix from its name
                response.object["name"] = f"{request.name}-{SUFFIX}"

    with answering(answer):
        return render(program, **options)


@contextmanager
def answering(answer: Callable[[ResourceMonitor, Any, Any], None]) -> Iterator[None]:
    """Let `answer(monitor, request, response)` change what the engine answers to each declared resource."""
    original = ResourceMonitor.RegisterResource

    async def register(self: ResourceMonitor, request: Any) -> Any:
        response = await original(self, request)
        answer(self, request, response)
        return response

    with patch.object(ResourceMonitor, "RegisterResource", register):
        yield
