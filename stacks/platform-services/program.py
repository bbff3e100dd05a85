"""Platform services: what the cluster of an environment needs before the first service."""

from __future__ import annotations

from platform_components import (
    Args,
    FoundationOutputs,
    PlatformServices,
    PlatformServicesArgs,
    Stack,
)


class PlatformServicesConfig(Args):
    """Configuration of the stack, from `Pulumi.platform-services.<environment>.yaml`."""

    sync_to_kubernetes: bool = False
    """Support `as: env` for the secrets of services: see `PlatformServicesArgs`."""


def program(stack: Stack) -> None:
    config = stack.config(PlatformServicesConfig)
    services = PlatformServices(
        "main",
        PlatformServicesArgs(sync_to_kubernetes=config.sync_to_kubernetes),
        context=stack.context,
        cluster=FoundationOutputs.imported(stack.upstream("foundation")).cluster,
    )
    services.outputs.export()
