"""Rows of the table of functions that can be recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from platform_components.aws.partitions import partition_of


class NotFound(Exception):  # noqa: N818 - an outcome of a lookup
    """The account does not have what the function looks up, or has several."""


class Unsupported(NotFound):
    """The row does not honour an argument of the call, or the provider rejects the arguments."""


class Account(Protocol):
    """Access to an AWS account, through boto3."""

    region: str

    def call(self, service: str, operation: str, **request: Any) -> Mapping[str, Any]:
        """Return the complete response of an operation, with all pages."""


Items = Sequence[Mapping[str, Any]]
Arguments = Mapping[str, Any]
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
    arguments: tuple[str, ...] = ()
    """The arguments that the row honours. A call with another one is not recorded.

    `region` is not listed: it selects the region of the account, before the row.
    """
    request: Callable[[Arguments], Mapping[str, Any]] = lambda arguments: {}
    """The request for the arguments of a call."""
    several: bool = False
    """Whether the items themselves are the result: the shape is that of the list `{"items": [...]}`."""
    chosen: Callable[[Account, Arguments, Items], Items] = field(
        default=lambda account, arguments, items: items
    )
    """Selects and orders items by arguments that the operation does not accept."""
    also: tuple[tuple[str, str], ...] = ()
    """Services and operations that `chosen` calls."""

    def result(self, account: Account, arguments: Arguments) -> dict[str, Any]:
        """Return the result of the function, without the fields that the response lacks.

        Raises:
            NotFound: no item matches, or several, or the row does not honour an argument.
        """
        import jmespath

        others = sorted(name for name, value in arguments.items() if _is_set(value))
        others = [name for name in others if name not in (*self.arguments, "region")]
        if others:
            raise Unsupported(
                f"this command does not support the argument {', '.join(others)} of the function; "
                "write its result manually"
            )
        response = account.call(self.service, self.operation, **self.request(arguments))
        found = jmespath.search(self.items, response)
        items = self.chosen(
            account, arguments, found if isinstance(found, list) else [found] if found else []
        )
        if self.several:
            item: Mapping[str, Any] = {"items": items}
        elif len(items) != 1:
            raise NotFound(f"{len(items)} results match" if items else "nothing matches")
        else:
            (item,) = items
        facts = {**item, "_region": account.region, "_partition": partition_of(account.region).name}
        result = {
            name: jmespath.search(shape, facts) if isinstance(shape, str) else shape(facts)
            for name, shape in self.shape.items()
        }
        return {name: _without_missing(value) for name, value in result.items() if value is not None}


def tags(item: Mapping[str, Any]) -> dict[str, str]:
    """The tags of an item, in either of the forms in which AWS returns them, without those that AWS sets."""
    entries = item.get("Tags") or item.get("TagList") or item.get("tags") or {}
    if not isinstance(entries, Mapping):
        entries = {entry["Key"]: entry["Value"] for entry in entries}
    return {key: value for key, value in sorted(entries.items()) if not key.startswith("aws:")}


def has_tags(arguments: Arguments, item: Mapping[str, Any]) -> bool:
    """Whether an item has the tags of a call, except those that AWS sets, which the provider ignores, too."""
    wanted = tags({"Tags": arguments.get("tags")})
    return wanted.items() <= tags(item).items()


def arn(pattern: str) -> Callable[[Mapping[str, Any]], str]:
    """Build an ARN from fields of the item, `_region` and `_partition`."""
    return lambda item: f"arn:{item['_partition']}:{pattern}".format_map(item)


def filters(
    ids: str = "", tagged: str = "tags", **by_argument: str
) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """Return a request with the EC2 filters for arguments: `filters`, tags, and those of `by_argument`.

    `ids`: parameter for the argument `id`. `tagged`: argument with the tags.
    """

    def request(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        listed = [{"Name": each["name"], "Values": each["values"]} for each in arguments.get("filters") or ()]
        listed += [
            {"Name": f"tag:{key}", "Values": [value]}
            for key, value in sorted((arguments.get(tagged) or {}).items())
        ]
        for argument, name in by_argument.items():
            value = arguments.get(argument)
            if _is_set(value):
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
            if _is_set(arguments.get(argument))
        }

    return request


def _without_missing(value: Any) -> Any:
    """A value without the null fields of its mappings: JMESPath has null for a field that is missing."""
    if isinstance(value, Mapping):
        return {name: _without_missing(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_missing(item) for item in value]
    return value


def _is_set(value: Any) -> bool:
    """Whether an argument has an effect: the provider can't distinguish zero values from absent arguments."""
    return value not in (None, "", False) and value not in ([], {})


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
