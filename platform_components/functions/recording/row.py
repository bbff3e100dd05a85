"""Rows of the table of functions that can be recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from platform_components.aws.partitions import partition_of


class NotFound(Exception):  # noqa: N818 - an outcome of a lookup
    """The account does not have what the function looks up, or has several."""


class Account(Protocol):
    """Access to an AWS account, through boto3."""

    region: str

    def call(self, service: str, operation: str, **request: Any) -> Mapping[str, Any]:
        """Return the complete response of an operation, with all pages."""


Shape = Mapping[str, str | Callable[[Mapping[str, Any]], Any]]
"""Fields of a result: each a JMESPath expression over an item of the response, or a function of it."""


@dataclass(frozen=True)
class Row:
    """One function: the operation that it calls, and the shape of its result."""

    service: str
    operation: str
    items: str
    """JMESPath expression of the items in the response."""
    shape: Shape
    request: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda arguments: {}
    """The request for the arguments of a call."""
    several: bool = False
    """Whether the items themselves are the result: the shape is that of the list `{"items": [...]}`."""
    chosen: Callable[[Mapping[str, Any], Sequence[Mapping[str, Any]]], Sequence[Mapping[str, Any]]] = field(
        default=lambda arguments, items: items
    )
    """Selects and orders items by arguments that the operation does not accept."""

    def result(self, account: Account, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the result of the function.

        Raises:
            NotFound: no item matches, or several.
        """
        import jmespath

        response = account.call(self.service, self.operation, **self.request(arguments))
        found = jmespath.search(self.items, response)
        items = self.chosen(arguments, found if isinstance(found, list) else [found] if found else [])
        if self.several:
            item: Mapping[str, Any] = {"items": items}
        elif len(items) != 1:
            raise NotFound(f"{len(items)} results match" if items else "nothing matches")
        else:
            (item,) = items
        facts = {**item, "_region": account.region, "_partition": partition_of(account.region).name}
        return {
            name: jmespath.search(shape, facts) if isinstance(shape, str) else shape(facts)
            for name, shape in self.shape.items()
        }


def tags(item: Mapping[str, Any]) -> dict[str, str]:
    """The tags of an item, in either of the forms in which AWS returns them."""
    entries = item.get("Tags") or item.get("TagList") or item.get("tags") or {}
    if isinstance(entries, Mapping):
        return dict(sorted(entries.items()))
    return dict(sorted((entry["Key"], entry["Value"]) for entry in entries))


def arn(pattern: str) -> Callable[[Mapping[str, Any]], str]:
    """Build an ARN from fields of the item, `_region` and `_partition`."""
    return lambda item: f"arn:{item['_partition']}:{pattern}".format_map(item)


def filters(ids: str = "", **by_argument: str) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """Return a request with the EC2 filters for arguments: `filters`, `tags`, and those of `by_argument`.

    `ids`: parameter for the argument `id`.
    """

    def request(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        listed = [{"Name": each["name"], "Values": each["values"]} for each in arguments.get("filters") or ()]
        listed += [
            {"Name": f"tag:{key}", "Values": [value]}
            for key, value in sorted((arguments.get("tags") or {}).items())
        ]
        for argument, name in by_argument.items():
            value = arguments.get(argument)
            if value not in (None, "", []):
                values = value if isinstance(value, list) else [value]
                listed.append({"Name": name, "Values": [_text(each) for each in values]})
        chosen = {ids: [arguments["id"]]} if ids and arguments.get("id") else {}
        return {**chosen, **({"Filters": listed} if listed else {})}

    return request


def parameters(**by_argument: str) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """Return a request with these parameters for the arguments that are set.

    A name such as `Names[]` wraps the argument in a list.
    """

    def request(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        return {
            name.removesuffix("[]"): [arguments[argument]] if name.endswith("[]") else arguments[argument]
            for argument, name in by_argument.items()
            if arguments.get(argument) not in (None, "", [])
        }

    return request


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
