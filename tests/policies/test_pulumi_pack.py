"""The pack as a process: it answers Pulumi's engine as `platform preview` evaluates."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from platform_components.base.markers import UNKNOWN
from platform_components.base.settings import Platform
from platform_components.engine.wire import write
from platform_components.policy import (
    Example,
    PolicyContext,
    Rule,
    StackExample,
    StackRule,
    evaluate_policies,
)
from policies import RULES

ROOT = Path(__file__).parents[2]
QUEUE = "aws:sqs/queue:Queue"


def _command(directory: Path) -> list[str]:
    """How Pulumi's language host starts a pack."""
    return [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(directory)]


@contextmanager
def _running(directory: Path) -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    process = subprocess.Popen(_command(directory), cwd=directory, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def pack() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """The project's pack, running."""
    with _running(ROOT / "policies") as running:
        yield running


def _broken_pack(directory: Path, check: str) -> Path:
    shutil.copy(ROOT / "policies" / "__main__.py", directory)
    (directory / "PulumiPolicy.yaml").write_text('version: "1.0.0"\nruntime: python\n')
    (directory / "__init__.py").write_text(
        f"""
from platform_components.policy import Example, Rule
WRONG = Rule(
    id="wrong", title="t", why="w", remedy="r", severity="low", enforcement="advisory", types=("{QUEUE}",),
    check={check}, passing=(Example("{QUEUE}", {{}}),), failing=(Example("{QUEUE}", {{}}),),
)
NAME, RULES = "broken", (WRONG,)
"""
    )
    return directory


def _asked(pack: analyzer_pb2_grpc.AnalyzerStub, example: Example) -> analyzer_pb2.AnalyzeResponse:
    request = analyzer_pb2.AnalyzeRequest(**_described(example))
    answer: analyzer_pb2.AnalyzeResponse = pack.Analyze(request, timeout=10)
    return answer


def _asked_of_a_stack(
    pack: analyzer_pb2_grpc.AnalyzerStub, example: StackExample
) -> analyzer_pb2.AnalyzeResponse:
    request = analyzer_pb2.AnalyzeStackRequest()
    for resource in example.resources:
        sent = request.resources.add(**_described(resource))
        for name, urns in resource.property_dependencies.items():
            sent.propertyDependencies[name].urns.extend(_of_the_platform(urn) for urn in urns)
    answer: analyzer_pb2.AnalyzeResponse = pack.AnalyzeStack(request, timeout=10)
    return answer


def _described(example: Example) -> dict[str, Any]:
    """A resource as the engine describes it: only a component has no provider."""
    provider = analyzer_pb2.AnalyzerProviderResource(urn=example.provider.removesuffix("::id"))
    return {
        "type": example.type,
        "name": example.name,
        "urn": _of_the_platform(example.urn),
        "properties": write(example.inputs),
        "options": analyzer_pb2.AnalyzerResourceOptions(
            protect=example.protect,
            ignoreChanges=example.ignore_changes,
            parent=_of_the_platform(example.parent),
        ),
        "provider": provider if example.custom else None,
    }


def _of_the_platform(urn: str) -> str:
    """platform.yaml speaks for the project that it stands in."""
    return urn.replace("::examples::", "::platform::")


def _context(example: Example | StackExample) -> PolicyContext:
    return PolicyContext.of(example.environment, Platform.load(ROOT))


def test_the_engine_learns_of_every_rule(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    """Each rule is a policy of its own, under its id, with its scope, enforcement, severity and remedy."""
    info = pack.GetAnalyzerInfo(analyzer_pb2.AnalyzerInfo(), timeout=10)  # any empty message will do
    assert info.name == "platform"
    told = {policy.name: policy for policy in info.policies}
    assert list(told) == [rule.id for rule in RULES]
    for rule in RULES:
        policy = told[rule.id]
        assert policy.enforcementLevel == getattr(analyzer_pb2, rule.enforcement.upper())
        assert policy.policy_type == getattr(analyzer_pb2, f"POLICY_TYPE_{rule.scope.upper()}")
        assert policy.severity == getattr(analyzer_pb2, f"POLICY_SEVERITY_{rule.severity.upper()}")
        assert (policy.description, policy.remediation_steps) == (rule.title, rule.remedy)
        assert tuple(policy.tags) == rule.controls


def test_platform_yaml_is_not_for_other_projects(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    """A service's own repository may have owners and regions that this one doesn't list."""
    tags = {"Name": "q", "Service": "s", "Environment": "dev", "Owner": "orders-team"}
    theirs = Example(QUEUE, {"tags": {**tags, "ManagedBy": "platform-team"}})
    request = analyzer_pb2.AnalyzeRequest(
        type=QUEUE, name="q", urn=theirs.urn, properties=write(theirs.inputs)
    )
    assert list(pack.Analyze(request, timeout=10).diagnostics) == []
    assert [each.policyName for each in _asked(pack, theirs).diagnostics] == ["tags-true"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_both_evaluate_alike(pack: analyzer_pb2_grpc.AnalyzerStub, rule: Rule | StackRule) -> None:
    """On the examples of every rule, all policies together report what evaluate_policies() reports."""
    alike = [each for each in RULES if each.scope == rule.scope]
    for example in (*rule.passing, *rule.failing):
        answer = _asked(pack, example) if isinstance(example, Example) else _asked_of_a_stack(pack, example)
        told = [
            (each.policyName, each.message, each.enforcementLevel)
            for each in answer.diagnostics
            if "during preview" not in each.message
        ]
        assert sorted(told) == sorted(
            (
                each.id,
                f"{each.title}\n{finding.message}: {finding.remedy}",
                getattr(analyzer_pb2, each.enforcement.upper()),
            )
            for finding in evaluate_policies(example.stack, alike, _context(example)).violations
            for each in alike
            if each.id == finding.rule
        )


def test_what_a_resource_belongs_to_was_said_before(tmp_path: Path) -> None:
    """The engine names the parent of a resource; the pack has seen it, and knows a component by it."""
    component = Example("platform:index:Bucket", name="assets", custom=False)
    bucket = Example("aws:s3/bucket:Bucket", name="assets-bucket", child_of=component)
    policy = Example(QUEUE, name="events", child_of=bucket)
    directory = _broken_pack(
        tmp_path, "lambda view, context: [f'{view.parent.type} in {view.component.name}']"
    )
    with _running(directory) as running:
        for resource in (component, bucket):
            _asked(running, resource)
        (told,) = _asked(running, policy).diagnostics
        (unknown,) = _asked(running, replace(policy, child_of=replace(bucket, name="other"))).diagnostics
    assert "aws:s3/bucket:Bucket in assets: r" in told.message
    assert "component is not passed to policies by Pulumi's CLI" in unknown.message


def test_an_option_that_the_cli_keeps_to_itself_is_undetermined(tmp_path: Path) -> None:
    """Pulumi tells a policy of `protect`, and not of `retain_on_delete`: no value is made up for it."""
    check = "lambda view, context: [str(view.options.protect), str(view.options.retain_on_delete)]"
    with _running(_broken_pack(tmp_path, check)) as running:
        (told,) = _asked(running, Example(QUEUE, options={"protect": True})).diagnostics
    assert "retain_on_delete is not passed to policies by Pulumi's CLI" in told.message


def test_the_environment_comes_from_the_stacks_name(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    """A tag is held against the environment that the URN names, for Pulumi tells a policy no other way."""
    tags = {"Name": "q", "Service": "payments", "Owner": "payments-team", "ManagedBy": "platform-team"}
    example = Example(QUEUE, {"tags": {**tags, "Environment": "staging"}})
    assert [each.policyName for each in _asked(pack, example).diagnostics] == ["tags-true"]
    assert not _asked(pack, replace(example, environment="staging")).diagnostics


def test_what_is_unknown_is_told_as_advice(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    """An unknown tag fails no preview and is no pass; the ones beside it are judged all the same."""
    tags = {"Name": UNKNOWN, "Service": "payments", "Environment": "dev", "Owner": UNKNOWN}
    answers = [
        each
        for each in _asked(pack, Example(QUEUE, {"tags": tags})).diagnostics
        if each.policyName == "required-tags"
    ]
    assert [each.enforcementLevel for each in answers] == [analyzer_pb2.MANDATORY, analyzer_pb2.ADVISORY]
    assert "tag ManagedBy is missing" in answers[0].message
    assert "tags.Name is known only once deployed; tags.Owner is known" in answers[1].message


def test_a_secret_with_a_telling_name_is_not_repeated(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    """Pulumi hands secrets over in plain text; a message repeats none that a name gives away."""
    inputs = {"password": "TODO-hunter2", "tags": {"Owner": "TODO-hunter2"}}
    answer = _asked(pack, Example("aws:rds/instance:Instance", inputs))
    assert "hunter2" not in str(answer)
    assert "[secret]" in str(answer)


def test_a_rule_that_throws_fails_the_preview(tmp_path: Path) -> None:
    """Even an advisory one; the error names it, and does not quote what it read."""
    directory = _broken_pack(tmp_path, 'lambda view, context: [{}[view.get("password")]]')
    with _running(directory) as running, pytest.raises(grpc.RpcError) as caught:
        _asked(running, Example(QUEUE, {"password": "hunter2"}))
    assert "policy wrong: the rule failed: KeyError at __init__.py:" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_configuration_is_refused(tmp_path: Path) -> None:
    """The rules take none, and Pulumi would pass a misspelt one on without a word."""
    config = analyzer_pb2.PolicyConfig(enforcementLevel=analyzer_pb2.MANDATORY)
    config.properties.update({"maximum": 3})
    directory = _broken_pack(tmp_path, "lambda view, context: []")
    with _running(directory) as running:
        running.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig={"wrong": config}), timeout=10)
        with pytest.raises(grpc.RpcError, match="policy wrong takes no configuration: remove it"):
            _asked(running, Example(QUEUE, {}))


def test_a_pack_that_does_not_load_says_why(tmp_path: Path) -> None:
    """The message, and no traceback; nothing on the line where the engine expects a port."""
    directory = _broken_pack(tmp_path, "no_such_name")
    done = subprocess.run(_command(directory), capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode != 0
    assert done.stdout == ""
    assert "__init__.py:" in done.stderr
    assert "NameError" in done.stderr
    assert "Traceback" not in done.stderr
