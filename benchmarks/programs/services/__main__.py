"""About 1,000 resources of mixed types: whole services, each with database, cache and bucket."""

import pulumi

from platform_components import (
    BucketArgs,
    CacheArgs,
    Context,
    DatabaseArgs,
    FoundationOutputs,
    PlatformServicesOutputs,
    ServiceStack,
    ServiceStackArgs,
)

foundation = FoundationOutputs.imported(pulumi.StackReference("organization/platform/foundation.dev"))
platform_services = PlatformServicesOutputs.imported(
    pulumi.StackReference("organization/platform/platform-services.dev")
)
for index in range(pulumi.Config().require_int("count")):
    name = f"shop-{index}"
    ServiceStack(
        name,
        ServiceStackArgs(
            image="registry.example/shop:1.4.2",
            database=DatabaseArgs(),
            cache=CacheArgs(),
            buckets={"files": BucketArgs()},
        ),
        context=Context(
            environment="dev", tier="development", region="eu-west-1", service=name, owner="shop-team"
        ),
        foundation=foundation,
        platform_services=platform_services,
    )
