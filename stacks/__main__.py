"""Runs the program of the layer that the selected stack names: `payments.dev` runs `payments/`.

A layer is a folder here with a `program.py`, whose `program(stack)` makes its components, or with
just a `service.yaml`.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from platform_components import (
    Args,
    FoundationOutputs,
    InvalidInput,
    Problem,
    ServiceStack,
    Stack,
    load_service,
)


class ServiceConfig(Args):
    """What differs between the environments of a service that is only a `service.yaml`."""

    image: str
    """Container image to run; by digest, so that what was tested is what runs."""


def deploy_service(stack: Stack, file: Path) -> None:
    config = stack.config(ServiceConfig)
    service = load_service(file, stack.context, image=config.image)
    deployed = ServiceStack(
        service.name,
        service.args,
        context=stack.context,
        foundation=FoundationOutputs.imported(stack.upstream("foundation")),
    )
    deployed.outputs.export()


def main() -> None:
    stack = Stack.current()
    layer = Path(__file__).parent / stack.layer
    if (layer / "program.py").is_file():
        import_module(f"{stack.layer}.program").program(stack)
    elif (layer / "service.yaml").is_file():
        deploy_service(stack, layer / "service.yaml")
    else:
        what = "has neither program.py nor service.yaml"
        raise InvalidInput(
            f'Stack "{stack.name}"', [Problem(f"stacks/{stack.layer}", what, "add one of them")]
        )


main()
