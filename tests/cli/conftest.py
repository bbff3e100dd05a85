"""A small project on disk, and a fixture that runs the command line in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from typer.testing import CliRunner, Result

from platform_components.cli.main import app

Run = Callable[..., Result]

PROGRAM = """
    import pulumi
    from pulumi_aws import sqs
    from platform_components import Bucket, BucketArgs, Context

    context = Context(
        environment="dev", tier="development", region="eu-west-1", service="orders", owner="orders-team"
    )
    bucket = Bucket("assets", BucketArgs(expire_after_days=30), context=context)
    sqs.Queue("jobs", tags={"Owner": "orders-team"})
    pulumi.export("bucket", bucket.bucket_name)
    pulumi.export("greeting", "hello")
"""

PACK = """
    from platform_components.policy import Example, Rule

    QUEUE = "aws:sqs/queue:Queue"


    def encrypted(queue, context):
        if not queue.has("kmsMasterKeyId"):
            yield "has no KMS key"


    NAME = "demo"
    RULES = (
        Rule(
            id="encrypted-queues",
            title="Queues are encrypted with a KMS key",
            why="Messages contain customer data.",
            remedy="set kms_master_key_id",
            severity="high",
            types=(QUEUE,),
            check=encrypted,
            passing=(Example(QUEUE, {"kmsMasterKeyId": "k"}),),
            failing=(Example(QUEUE, {}),),
        ),
    )
"""


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one stack, dev, with a bucket and a queue, and a pack that the queue violates."""
    write(tmp_path / "Pulumi.yaml", "name: orders\nruntime: python\n")
    write(tmp_path / "Pulumi.dev.yaml", "config:\n  aws:region: eu-west-1\n")
    write(tmp_path / "__main__.py", PROGRAM)
    write(tmp_path / "policies" / "PulumiPolicy.yaml", 'runtime: python\nversion: "1.0.0"\n')
    write(tmp_path / "policies" / "__init__.py", PACK)
    return tmp_path


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `platform WORDS`; the result has standard output and error separately."""
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*words: str | Path) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words])

    return run
