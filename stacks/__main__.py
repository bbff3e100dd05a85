"""Run the program of the selected stack's layer: `payments/` for `payments.dev`.

A layer is a folder with either a `program.py`, whose `program(stack)` creates the components, or a
`service.yaml`.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from platform_components import (
    Args,
    FoundationOutputs,
    Image,
    InvalidInput,
    PlatformServicesOutputs,
    Problem,
    ServiceStack,
    ServiceStackArgs,
    Stack,
    load_service,
)

PROGRAM, SERVICE = "program.py", "service.yaml"
PLATFORM_SERVICES = "platform-services"


class ServiceConfig(Args):
    """Configuration of the stack of a service that is only a `service.yaml`."""

    image: Image | None = None
    """Container image to run. With a digest, the deployed image is the tested one. Default: not built yet."""


def run_program(stack: Stack) -> None:
    program = getattr(import_module(f"{stack.layer}.program"), "program", None)
    if not callable(program):
        what, remedy = "has no function `program`", "add `def program(stack: Stack)`"
        raise invalid_stack(stack, f"stacks/{stack.layer}/{PROGRAM}", what, remedy)
    program(stack)


def deploy_service(stack: Stack, file: Path) -> None:
    config = stack.config(ServiceConfig)
    service = load_service(file, stack.context, image=stack.image(config.image), platform=stack.platform)
    deployed = ServiceStack(
        service.name,
        service.args,
        context=stack.context,
        foundation=FoundationOutputs.imported(stack.upstream("foundation")),
        platform_services=platform_services(stack, service.args),
    )
    deployed.outputs.export()


def platform_services(stack: Stack, args: ServiceStackArgs) -> PlatformServicesOutputs | None:
    """Import the outputs of the platform services if the service requires them.

    Also if `reads` in platform.yaml lists them, because it applies to all environments, and a service can
    require them in one only.
    """
    listed = PLATFORM_SERVICES in stack.platform.stacks[stack.layer].reads
    if not listed and not args.requires_platform_services:
        return None
    return PlatformServicesOutputs.imported(stack.upstream(PLATFORM_SERVICES))


def invalid_stack(stack: Stack, where: str, what: str, remedy: str) -> InvalidInput:
    return InvalidInput(f'Stack "{stack.name}"', [Problem(where, what, remedy)])


def main() -> None:
    stack = Stack.current()
    layer = Path(__file__).parent / stack.layer
    # Compares names, because some file systems do not distinguish service.yaml and Service.yaml.
    files = {file.name for file in layer.iterdir()} if layer.is_dir() else set()
    match PROGRAM in files, SERVICE in files:
        case True, False:
            run_program(stack)
        case False, True:
            deploy_service(stack, layer / SERVICE)
        case True, True:
            what = f"has both {PROGRAM} and {SERVICE}"
            raise invalid_stack(stack, f"stacks/{stack.layer}", what, "remove one of them")
        case _:
            near = next((name for name in sorted(files) if name.lower().startswith("service.y")), "")
            remedy = f"rename {near} to {SERVICE}" if near else "add one of them"
            what = f"has neither {PROGRAM} nor {SERVICE}"
            raise invalid_stack(stack, f"stacks/{stack.layer}", what, remedy)


main()
