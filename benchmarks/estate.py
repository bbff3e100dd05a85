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
    shutil.copytree(STACKS / "foundation", stacks / "foundation")
    shutil.copy(STACKS / "config" / "Pulumi.foundation.dev.yaml", config)
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
                *(f"  {name}: {{ owner: platform-team, reads: [foundation] }}" for name in names),
                "",
            ]
        ),
        encoding="utf-8",
    )
    return directory
