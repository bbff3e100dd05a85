"""Providers whose configuration is unknown until deployment: so are all outputs of their resources."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions
from pulumi_aws import sqs

first = sqs.Queue("first", name="known")
unknown = aws.Provider("unknown", region=first.arn)
secret = aws.Provider("secret", region=pulumi.Output.secret(first.arn))  # type: ignore[arg-type]  # the SDK accepts it
nested = aws.Provider("nested", region="eu-west-1", default_tags={"tags": {"Queue": first.arn}})
known = aws.Provider("known", region=first.name, default_tags={"tags": {"Queue": "known"}})


class Group(pulumi.ComponentResource):
    def __init__(self, name: str, provider: aws.Provider) -> None:
        super().__init__("test:index:Group", name, None, ResourceOptions(providers={"aws": provider}))
        self.queue = sqs.Queue(f"{name}-inherits", name="known", opts=ResourceOptions(parent=self))


for name, provider in {"unknown": unknown, "secret": secret, "nested": nested, "known": known}.items():
    options = ResourceOptions(provider=provider)
    queue = sqs.Queue(f"{name}-of", name="known", opts=options)
    queue.name.apply(lambda text, name=name: sqs.Queue(f"{name}-in-apply-{text}"))  # type: ignore[misc]
    sqs.Queue(
        f"{name}-dependent",
        name=queue.name,
        tags={
            "Inherited": Group(name, provider).queue.name,
            "Read": sqs.Queue.get(f"{name}-read", "id", name="known", opts=options).name,
        },
    )
