"""Packs under Pulumi's own CLI."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from platform_components.engine import Project, evaluate_stack
from platform_components.policy import PolicyContext, Report, evaluate_policies, load_pack
from tests.engine.cli import Cli
from tests.engine.echo_provider import serving

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.engine

PROGRAM = """\
import pulumi
from pulumi_aws import ec2, s3, sqs
from pulumi_kubernetes import apps, core, policy


class Storage(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("acme:index:Storage", name, None, opts)
        below = pulumi.ResourceOptions(parent=self)
        bucket = s3.Bucket(f"{name}-bucket", opts=pulumi.ResourceOptions(parent=self, protect=True))
        on = {"block_public_acls": True, "block_public_policy": True, "ignore_public_acls": True}
        s3.BucketPublicAccessBlock(f"{name}-block", bucket=bucket.id, **on, opts=below)
        s3.BucketPolicy(f"{name}-policy", bucket=bucket.id, policy=bucket.arn.apply(str), opts=below)
        sqs.Queue(f"{name}-events", opts=pulumi.ResourceOptions(parent=bucket))


Storage("assets")
s3.Bucket("open", bucket="acme-open")
s3.BucketPolicy("open-policy", bucket="acme-open", policy='{"Statement": []}')
s3.Bucket.get("foreign", "acme-foreign")
ec2.Vpc("dark", cidr_block="10.1.0.0/16")
lit = ec2.Vpc("lit", cidr_block="10.2.0.0/16", opts=pulumi.ResourceOptions(ignore_changes=["tags"]))
ec2.FlowLog("lit-log", vpc_id=lit.id, traffic_type="ALL", opts=pulumi.ResourceOptions(depends_on=[lit]))
options = pulumi.ResourceOptions(
    delete_before_replace=True,
    aliases=[pulumi.Alias(name="old-queue")],
    additional_secret_outputs=["arn"],
    custom_timeouts=pulumi.CustomTimeouts(create="5m"),
    ignore_changes=["delaySeconds"],
)
sqs.Queue("queue", opts=options)
namespace = core.v1.Namespace("shop", metadata={"name": "shop"})
s3.BucketV2("former", policy='{"Statement": []}')
unnamed = core.v1.Namespace("unnamed")
here = {"namespace": unnamed.metadata["name"]}
spec = {"selector": {"match_labels": {"app": "here"}}}
apps.v1.StatefulSet("here", metadata=here, spec={
    **spec, "service_name": "here", "replicas": 2, "template": {"metadata": {"labels": {"app": "here"}}}})
policy.v1.PodDisruptionBudget("here", metadata=here, spec={**spec, "min_available": 2})
for name in ("covered", "bare"):
    labels = {"app": name}
    spec = {"selector": {"match_labels": labels}, "template": {"metadata": {"labels": labels}}}
    apps.v1.Deployment(name, metadata={"namespace": "shop"}, spec=spec)
selector = {"match_labels": {"app": "covered"}}
policy.v1.PodDisruptionBudget("covered", metadata={"namespace": "shop"}, spec={"selector": selector})
"""

REPORTING_PACK = """\
from platform_components.policy import Example, Rule, StackExample, StackRule

QUEUE = Example("aws:sqs/queue:Queue")


def described(reference):
    return reference and (reference.type, reference.name)


def resource(view, context):
    options = view.options
    yield repr(
        (
            described(view.parent), described(view.component), described(view.provider), options.protect,
            options.ignore_changes, options.delete_before_replace,
            options.additional_secret_outputs, options.custom_timeouts,
        )
    )


def stack(view, context):
    for each in view.resources:
        near = (view.children(each), view.dependencies(each), view.references(each))
        found = [sorted(other.name for other in others) for others in near]
        yield each, repr((each.name, found, described(each.component), each.options.protect))


common = dict(title="t", why="Why.", remedy="r", severity="low", enforcement="advisory")
RULES = (
    Rule(id="resource", types=lambda type: type.startswith(("aws:", "kubernetes:", "acme:")), check=resource,
         passing=(QUEUE,), failing=(QUEUE,), **common),
    StackRule(id="stack", check=stack, passing=(StackExample((QUEUE,)),), failing=(StackExample((QUEUE,)),),
              **common),
)
NAME = "reporting"
"""


EXAMPLE = ROOT / "examples" / "policy-violation"
SETTINGS = """\
version: "1.0.0"
runtime:
  name: python
  options:
    virtualenv: {prefix}
"""


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A project of the program above, with stacks in development and in production."""
    with serving() as port:
        cli = Cli(tmp_path_factory.mktemp("cli"), port)
        (cli.project / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        (cli.project / "__main__.py").write_text(PROGRAM)
        for stack in ("dev", "prod"):
            cli.run("stack", "init", stack)
        yield cli


def _preview(cli: Cli, stack: str, pack: Path) -> str:
    """What a preview with a pack prints; a violation of a mandatory rule fails it."""
    try:
        return cli.run("preview", "--stack", stack, "--policy-pack", str(pack))
    except AssertionError as failed:
        return str(failed)


def _report(cli: Cli, stack: str, pack: Path) -> Report:
    """What the embedded engine makes of the same."""
    graph = evaluate_stack(Project.load(cli.project), stack)
    return evaluate_policies(graph.resources, load_pack(pack).rules, PolicyContext.of(stack))


def _assert_the_same(shown: str, report: Report) -> None:
    """Each violation is shown as often as we find it, and each rule that can't decide says why."""
    lines = Counter(line.strip() for line in shown.splitlines())
    for line, count in Counter(f"{each.message}: {each.remedy}" for each in report.violations).items():
        assert lines[line] == count, line
    unclear = shown.count("during preview:")
    assert shown.count("[mandatory]") + shown.count("[advisory]") - unclear == len(report.violations)
    for finding in report.undetermined:
        assert finding.message in shown


def test_options_and_relations_are_those_of_the_real_engine(cli: Cli, tmp_path: Path) -> None:
    """Options, parents, components, providers, dependencies and references, resource by resource."""
    shutil.copy(ROOT / "policies" / "__main__.py", tmp_path)
    (tmp_path / "__init__.py").write_text(REPORTING_PACK)
    (tmp_path / "PulumiPolicy.yaml").write_text(SETTINGS.format(prefix=sys.prefix))

    report = _report(cli, "prod", tmp_path)

    assert {finding.rule for finding in report.violations} == {"resource", "stack"}
    _assert_the_same(_preview(cli, "prod", tmp_path), report)


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_our_pack_reports_the_same_on_both_engines(cli: Cli, stack: str) -> None:
    """Rules over options and over the stack included, with what they can't decide."""
    report = _report(cli, stack, ROOT / "policies")

    reported = {finding.rule for finding in report.violations}
    assert {"bucket-public-access", "bucket-tls-only", "vpc-flow-logs"} <= reported
    assert "workload-disruption-budget" in reported
    assert ("stateful-protected" in reported) == (stack == "prod")
    assert {finding.rule for finding in report.undetermined} == {"bucket-tls-only", "policy-public"}
    _assert_the_same(_preview(cli, stack, ROOT / "policies"), report)


def test_the_shipped_example_fails_on_both_engines(cli: Cli) -> None:
    """Both find the same violations, and both fail."""
    shutil.copy(EXAMPLE / "__main__.py", cli.project)
    report = _report(cli, "dev", ROOT / "policies")
    assert report.failed
    with pytest.raises(AssertionError) as failed:
        cli.run("preview", "--stack", "dev", "--policy-pack", str(ROOT / "policies"))
    _assert_the_same(str(failed.value), report)
