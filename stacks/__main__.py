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
    Image,
    InvalidInput,
    Problem,
    ServiceStack,
    Stack,
    load_service,
)

PROGRAM, SERVICE = "program.py", "service.yaml"


class ServiceConfig(Args):
    """What differs between the environments of a service that is only a `service.yaml`."""

    image: Image
    """Container image to run; by digest, so that what was tested is what runs."""


def run_program(stack: Stack) -> None:
    program = getattr(import_module(f"{stack.layer}.program"), "program", None)
    if not callable(program):
        what, remedy = "has no function `program`", "write `def program(stack: Stack)` there"
        raise unfit(stack, f"stacks/{stack.layer}/{PROGRAM}", what, remedy)
    program(stack)


def deploy_service(stack: Stack, file: Path) -> None:
    config = stack.config(ServiceConfig)
    service = load_service(file, stack.context, image=config.image, platform=stack.platform)
    deployed = ServiceStack(
        service.name,
        service.args,
        context=stack.context,
        foundation=FoundationOutputs.imported(stack.upstream("foundation")),
    )
    deployed.outputs.export()


def unfit(stack: Stack, where: str, what: str, remedy: str) -> InvalidInput:
    return InvalidInput(f'Stack "{stack.name}"', [Problem(where, what, remedy)])


def main() -> None:
    stack = Stack.current()
    layer = Path(__file__).parent / stack.layer
    # The names as they are written: not every file system tells service.yaml from Service.yaml.
    files = {file.name for file in layer.iterdir()} if layer.is_dir() else set()
    match PROGRAM in files, SERVICE in files:
        case True, False:
            run_program(stack)
        case False, True:
            deploy_service(stack, layer / SERVICE)
        case True, True:
            what = f"has both {PROGRAM} and {SERVICE}"
            raise unfit(stack, f"stacks/{stack.layer}", what, "keep the one that is meant")
        case _:
            near = next((name for name in sorted(files) if name.lower().startswith("service.y")), "")
            remedy = f"rename {near} to {SERVICE}" if near else "add one of them"
            raise unfit(stack, f"stacks/{stack.layer}", f"has neither {PROGRAM} nor {SERVICE}", remedy)


main()
