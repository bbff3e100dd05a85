"""Orders: a web service with a database and a bucket, on the foundation of the platform team."""

import pulumi

from platform_components import (
    BucketArgs,
    Context,
    DatabaseArgs,
    FoundationOutputs,
    PlatformServicesOutputs,
    ServiceStack,
    ServiceStackArgs,
    tier_of,
)

environment = pulumi.get_stack()
context = Context(
    environment=environment,
    tier=tier_of(environment),
    region=pulumi.Config("aws").require("region"),
    service="orders",
    owner="orders-team",
)
foundation = pulumi.StackReference(f"organization/platform/foundation.{environment}")
platform_services = pulumi.StackReference(f"organization/platform/platform-services.{environment}")
orders = ServiceStack(
    "orders",
    ServiceStackArgs(
        image="111122223333.dkr.ecr.eu-west-1.amazonaws.com/orders:1.4.2",
        health_path="/healthz",
        database=DatabaseArgs(),
        buckets={"invoices": BucketArgs()},
    ),
    context=context,
    foundation=FoundationOutputs.imported(foundation),
    platform_services=PlatformServicesOutputs.imported(platform_services),
)
orders.outputs.export()
