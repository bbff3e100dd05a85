"""Payments: a web service with a database, a cache and a bucket for receipts."""

from __future__ import annotations

from platform_components import (
    Args,
    BucketArgs,
    CacheArgs,
    DatabaseArgs,
    FoundationOutputs,
    Image,
    PlatformServicesOutputs,
    ServiceStack,
    ServiceStackArgs,
    Stack,
)


class PaymentsConfig(Args):
    """Configuration of the stack, from `Pulumi.payments.<environment>.yaml`."""

    image: Image | None = None
    """Container image to run. With a digest, the deployed image is the tested one. Default: not built yet."""


def program(stack: Stack) -> None:
    config = stack.config(PaymentsConfig)
    payments = ServiceStack(
        "payments",
        ServiceStackArgs(
            image=stack.image(config.image),
            port=8080,
            database=DatabaseArgs(database_name="ledger"),
            cache=CacheArgs(),
            buckets={"receipts": BucketArgs(archive_after_days=90)},
        ),
        context=stack.context,
        foundation=FoundationOutputs.imported(stack.upstream("foundation")),
        platform_services=PlatformServicesOutputs.imported(stack.upstream("platform-services")),
    )
    payments.outputs.export()
