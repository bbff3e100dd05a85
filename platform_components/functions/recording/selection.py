"""Selection of items by arguments that the operations of AWS don't accept, as the provider does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from platform_components.functions.recording.row import (
    Account,
    Arguments,
    Items,
    Unsupported,
    has_tags,
    parameters,
    tags,
)


def where(**by_argument: str) -> Callable[[Account, Arguments, Items], Items]:
    """Select the items whose fields equal the arguments that are set."""

    def chosen(account: Account, arguments: Arguments, items: Items) -> Items:
        wanted = {name: arguments.get(argument) for argument, name in by_argument.items()}
        return [
            item for item in items if all(value in (None, item.get(name)) for name, value in wanted.items())
        ]

    return chosen


def _tagged(
    arguments: Arguments, items: Items, tags_of: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> Items:
    """Select the items that have the tags of a call; `tags_of` returns the response with the tags of an item.

    Without tags to compare, it is not called.
    """
    if not tags({"Tags": arguments.get("tags")}):
        return items
    return [item for item in items if has_tags(arguments, tags_of(item))]


def with_balancer_tags(field: str) -> Callable[[Account, Arguments, Items], Items]:
    """Select load balancers or target groups, which have their ARN in this field, by tags."""

    def chosen(account: Account, arguments: Arguments, items: Items) -> Items:
        def tags_of(item: Mapping[str, Any]) -> Mapping[str, Any]:
            (described,) = account.call("elbv2", "describe_tags", ResourceArns=[item[field]])[
                "TagDescriptions"
            ]
            return dict(described)

        return _tagged(arguments, items, tags_of)

    return chosen


def arn_or_name(arn: str) -> Callable[[Arguments], Mapping[str, Any]]:
    """Request by ARN, with this parameter; by name without one: AWS accepts only one of them."""
    by_arn, by_name = parameters(arn=f"{arn}[]"), parameters(name="Names[]")
    return lambda arguments: by_arn(arguments) or by_name(arguments)


def certificates(account: Account, arguments: Arguments, items: Items) -> Items:
    """Select certificates by domain, types and tags, and the newest of them."""
    domain, types, newest = (arguments.get(name) for name in ("domain", "types", "mostRecent"))
    if not domain and not arguments.get("tags"):
        raise Unsupported("the function requires domain or tags")
    matching = _tagged(
        arguments,
        [
            item
            for item in items
            if (not domain or item["DomainName"] == domain) and (not types or item.get("Type") in types)
        ],
        lambda item: account.call("acm", "list_tags_for_certificate", CertificateArn=item["CertificateArn"]),
    )
    if not newest:
        return matching
    if len({item.get("Status") for item in matching}) > 1:
        raise Unsupported("mostRecent requires certificates of one status")
    ordered = sorted(
        matching,
        key=lambda item: str(item.get("NotBefore" if item.get("Status") == "ISSUED" else "CreatedAt")),
        reverse=True,
    )
    return ordered[:1]


def cluster_as_named(account: Account, arguments: Arguments, items: Items) -> Items:
    """ECS cluster with its name as in the call, which can be an ARN."""
    return [{**item, "clusterName": arguments["clusterName"]} for item in items]


def with_tags(account: Account, arguments: Arguments, items: Items) -> Items:
    """Select the items, which contain their tags, by tags."""
    return _tagged(arguments, items, lambda item: item)


def topics(account: Account, arguments: Arguments, items: Items) -> Items:
    """Select topics by name, which is the last part of their ARN."""
    name = arguments.get("name")
    return [item for item in items if item["TopicArn"].rpartition(":")[2] == name]


def hosted_zones(account: Account, arguments: Arguments, items: Items) -> Items:
    """Select hosted zones by ID alone, or private or public ones by name, VPC and tags."""
    wanted, name, vpc = arguments.get("zoneId"), arguments.get("name"), arguments.get("vpcId")
    # A VPC implies a private zone.
    private = bool(arguments.get("privateZone") or vpc)
    if wanted and name:
        raise Unsupported("the function accepts only one of zoneId and name")
    if wanted:
        return [item for item in items if zone_id(item) == wanted.rpartition("/")[2]]

    def is_in_vpc(item: Mapping[str, Any]) -> bool:
        zone = account.call("route53", "get_hosted_zone", Id=zone_id(item))
        return any(each.get("VPCId") == vpc for each in zone.get("VPCs") or ())

    found = [
        item
        for item in items
        if (not name or domain_name(item["Name"]) == domain_name(name))
        and item["Config"]["PrivateZone"] == private
        and (not vpc or is_in_vpc(item))
    ]
    return _tagged(
        arguments,
        found,
        lambda item: account.call(
            "route53", "list_tags_for_resource", ResourceType="hostedzone", ResourceId=zone_id(item)
        )["ResourceTagSet"],
    )


def zone_id(item: Mapping[str, Any]) -> str:
    """The ID of a hosted zone, without `/hostedzone/`."""
    return str(item["Id"]).rpartition("/")[2]


def domain_name(name: str) -> str:
    """A domain name as the provider compares it."""
    return name.removesuffix(".").lower()
