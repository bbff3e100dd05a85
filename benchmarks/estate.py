"""Projects with many stacks, written to a directory: a foundation and services that reference it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

STACKS = Path(__file__).parent.parent / "stacks"
Kind = Literal["small", "whole"]

_PROGRAMS: dict[Kind, str] = {
    "small": '''"""A stack with one queue."""

from pulumi_aws import sqs

from platform_components import Stack


def program(stack: Stack) -> None:
    stack.upstream("foundation").require_output("network_vpc_id")
    sqs.Queue("jobs", tags={"Owner": stack.context.owner})
''',
    "whole": '''"""A service with a database, a cache and a bucket."""

from platform_components import (
    BucketArgs,
    CacheArgs,
    DatabaseArgs,
    FoundationOutputs,
    PlatformServicesOutputs,
    ServiceStack,
    ServiceStackArgs,
    Stack,
)


def program(stack: Stack) -> None:
    service = ServiceStack(
        stack.layer,
        ServiceStackArgs(
            image="registry.example/shop:1.4.2",
            database=DatabaseArgs(),
            cache=CacheArgs(),
            buckets={"files": BucketArgs()},
        ),
        context=stack.context,
        foundation=FoundationOutputs.imported(stack.upstream("foundation")),
        platform_services=PlatformServicesOutputs.imported(stack.upstream("platform-services")),
    )
    service.outputs.export()
''',
}


def write_estate(directory: Path, kind: Kind, services: int) -> Path:
    """Write a project with the foundation and `services` services of one kind, each with its own program."""
    names = [f"{kind}-{index}" for index in range(services)]
    stacks, config = directory / "stacks", directory / "stacks" / "config"
    region = "config:\n  aws:region: eu-west-1\n"
    config.mkdir(parents=True)
    shutil.copy(STACKS / "__main__.py", stacks)
    for layer in ("foundation", "platform-services"):
        shutil.copytree(STACKS / layer, stacks / layer)
        shutil.copy(STACKS / "config" / f"Pulumi.{layer}.dev.yaml", config)
    reads = "foundation, platform-services" if kind == "whole" else "foundation"
    (directory / "Pulumi.yaml").write_text(
        "name: platform\nruntime: python\nmain: stacks\nstackConfigDir: stacks/config\n", encoding="utf-8"
    )
    for name in names:
        (stacks / name).mkdir()
        (stacks / name / "program.py").write_text(_PROGRAMS[kind], encoding="utf-8")
        (config / f"Pulumi.{name}.dev.yaml").write_text(region, encoding="utf-8")
    (directory / "platform.yaml").write_text(
        "\n".join(
            [
                "organization: organization",
                "regions: [eu-west-1]",
                "teams: [platform-team]",
                "environments:\n  dev: { tier: development, region: eu-west-1 }",
                "stacks:\n  foundation: { owner: platform-team }",
                "  platform-services: { owner: platform-team, reads: [foundation] }",
                *(f"  {name}: {{ owner: platform-team, reads: [{reads}] }}" for name in names),
                "",
            ]
        ),
        encoding="utf-8",
    )
    return directory
