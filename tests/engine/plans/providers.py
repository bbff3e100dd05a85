"""Changes of providers."""

from __future__ import annotations

from typing import Any

import pulumi_aws as aws
from pulumi import Alias, ResourceOptions
from pulumi_aws import ec2, sqs

from tests.engine.plans.pairs import edited, pair


def _provider(name: str, region: str = "eu-west-1", opts: ResourceOptions | None = None) -> aws.Provider:
    return aws.Provider(name, region=region, opts=opts)


@pair
def provider_is_unchanged(after: bool) -> None:
    sqs.Queue("queue", opts=ResourceOptions(provider=_provider("eu")))


@pair
def provider_replaced(after: bool) -> None:
    """All resources of a provider are replaced with it."""
    provider = _provider("eu", "eu-central-1" if after else "eu-west-1")
    queue = sqs.Queue("queue", opts=ResourceOptions(provider=provider))
    sqs.Queue("other", tags={"Upstream": queue.name})


@pair
def provider_updated(after: bool) -> None:
    provider = aws.Provider("eu", region="eu-west-1", profile="b" if after else "a")
    sqs.Queue("queue", opts=ResourceOptions(provider=provider))


@pair
def provider_renamed(after: bool) -> None:
    provider = _provider("ireland" if after else "eu")
    sqs.Queue("queue", opts=ResourceOptions(provider=provider))


@pair
def provider_renamed_with_alias(after: bool) -> None:
    provider = _provider("ireland" if after else "eu", opts=ResourceOptions(aliases=[Alias(name="eu")]))
    sqs.Queue("queue", opts=ResourceOptions(provider=provider))


@pair
def provider_became_explicit(after: bool) -> None:
    provider = _provider("eu")
    sqs.Queue("queue", opts=ResourceOptions(provider=provider if after else None))


@pair
def provider_became_default(after: bool) -> None:
    provider = _provider("eu")
    sqs.Queue("queue", opts=ResourceOptions(provider=None if after else provider))


@pair
def provider_removed(after: bool) -> None:
    sqs.Queue("kept")
    if not after:
        sqs.Queue("queue", opts=ResourceOptions(provider=_provider("eu")))


def _older_default_provider(resources: list[dict[str, Any]]) -> None:
    """Let the state have the default provider of an older SDK."""
    (provider,) = (item for item in resources if item["type"] == "pulumi:providers:aws")
    urn = provider["urn"]
    older = urn.partition("::default")[0] + "::default_7_0_0"
    provider["urn"] = older
    for properties in ("inputs", "outputs"):
        provider[properties]["version"] = "7.0.0"
    for item in resources:
        if "provider" in item:
            item["provider"] = item["provider"].replace(f"{urn}::", f"{older}::")


@edited(_older_default_provider)
def default_provider_has_another_version(after: bool) -> None:
    """The SDK was upgraded: no resource is replaced or updated for it."""
    sqs.Queue("queue")


@pair
def provider_renamed_with_alias_and_replaced(after: bool) -> None:
    """Its resources are not replaced: the alias takes precedence."""
    opts = ResourceOptions(aliases=[Alias(name="eu")])
    region = "eu-central-1" if after else "eu-west-1"
    provider = _provider("ireland" if after else "eu", region, opts)
    sqs.Queue("queue", opts=ResourceOptions(provider=provider))


@pair
def provider_of_a_named_resource_replaced(after: bool) -> None:
    provider = _provider("eu", "eu-central-1" if after else "eu-west-1")
    queue = sqs.Queue("queue", name="orders", opts=ResourceOptions(provider=provider))
    ec2.Subnet("dependent", vpc_id=queue.name, cidr_block="10.0.0.0/24")


@pair
def configuration_of_a_provider_becomes_unknown(after: bool) -> None:
    """Without configuration a provider can't compare: all of its resources are updated."""
    profile = sqs.Queue("profile", fifo_queue=after or None)
    provider = aws.Provider("eu", region="eu-west-1", profile=profile.arn)
    queue = sqs.Queue("queue", opts=ResourceOptions(provider=provider))
    options = ResourceOptions(provider=provider, replace_on_changes=["*"])
    sqs.Queue("replaces", delay_seconds=2 if after else 1, opts=options)
    sqs.Queue("dependent", tags={"Upstream": queue.arn})
