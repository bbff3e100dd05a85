"""The outputs of a resource, with one future for each instead of the SDK's four futures and a task.

A program declares all of its resources before the first one is registered, so the outputs of all of them wait
at the same time: with the SDK's, three quarters of the memory of a preview.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from pulumi import output


class _Resolver:
    """Sets an output of a resource. The SDK calls it once, with the engine's response."""

    __slots__ = ("_future", "_resource")

    def __init__(self, resource: Any, future: asyncio.Future[Any]) -> None:
        self._resource = resource
        self._future = future

    def __call__(
        self,
        value: Any,
        is_known: bool,
        is_secret: bool,
        deps: Iterable[Any] | None,
        failed: Exception | None,
    ) -> None:
        if failed is not None:
            self._future.set_exception(failed)
            return
        resources = {*(deps or ()), self._resource}
        self._future.set_result(
            output._OutputData(resources=resources, value=value, is_known=is_known, is_secret=is_secret)
        )


def transfer_properties(resource: Any, names: Iterable[str], custom: bool) -> dict[str, _Resolver]:
    """Give a resource an output for each property, and return what sets them. Replaces the SDK's function."""
    loop = asyncio.get_event_loop()
    resolvers = {}
    for name in names:
        if name == "urn" or (name == "id" and custom):
            continue  # the SDK sets these two itself
        future: asyncio.Future[Any] = loop.create_future()
        resolvers[name] = _Resolver(resource, future)
        resource.__dict__[name] = output.Output._from_data(future)
    return resolvers
