"""The private parts of the Pulumi SDK behave as the engine expects.

If a new SDK version breaks the engine, the failing test names the changed part.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi import config as sdk_config, log, output, stack_reference
from pulumi.runtime import resource as runtime_resource, rpc, settings, stack as runtime_stack
from pulumi.runtime.proto import resource_pb2, resource_pb2_grpc
from pulumi_aws import ec2, sqs

from platform_components.engine import UNKNOWN, ProgramError, wire
from platform_components.engine.journal import COMPLAINT, UNKNOWN_RESULT
from platform_components.engine.monitor import ResourceMonitor
from platform_components.engine.sdk import UnsupportedSdk, check_sdk, parts
from platform_components.testing import render


def test_the_installed_sdk_is_of_the_tested_version() -> None:
    """The lock and pyproject.toml's lower bound agree with the engine; .ci/run tests both."""
    assert metadata.version("pulumi").rpartition(".")[0] in parts.TESTED_VERSIONS
    lock, project = (Path(__file__).parents[2] / name for name in ("requirements.lock", "pyproject.toml"))
    assert f"pulumi=={parts.TESTED_VERSIONS[-1]}." in lock.read_text()
    assert f'"pulumi>={parts.TESTED_VERSIONS[0]},' in project.read_text()


def test_no_needed_part_is_missing() -> None:
    """Every private name that the engine uses exists, and nothing is reported."""
    assert (parts.missing_parts(), parts.changed_parts(), check_sdk()) == ((), (), ())


def test_a_missing_part_gives_one_message_with_both_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an unsupported SDK, the error names the required version, instead of an AttributeError."""
    monkeypatch.setattr(parts, "NEEDED_PARTS", {"pulumi.runtime.settings": ("Gone", "configure")})
    parts.missing_parts.cache_clear()
    try:
        with pytest.raises(UnsupportedSdk) as raised:
            check_sdk()
    finally:
        parts.missing_parts.cache_clear()
    installed = metadata.version("pulumi")
    assert (
        f"needs pulumi {parts.TESTED_VERSIONS[-1]}, and {installed} lacks pulumi.runtime.settings.Gone"
        in str(raised.value)
    )


@pytest.fixture
def fresh_checks() -> Iterator[None]:
    """The checks of the SDK, which are done once per process, are done again."""
    for clear in (parts.missing_parts.cache_clear, parts.changed_parts.cache_clear):
        clear()
    yield
    for clear in (parts.missing_parts.cache_clear, parts.changed_parts.cache_clear):
        clear()


@pytest.mark.usefixtures("fresh_checks")
@pytest.mark.parametrize("part", parts.OPTIONAL_PARTS)
def test_the_engine_works_without_an_optional_part(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """A part that only saves time or memory is not replaced if it changed, with a warning that names it."""
    monkeypatch.setattr(parts, "OPTIONAL_PARTS", {**parts.OPTIONAL_PARTS, part: ("other",)})

    def program() -> None:
        first = sqs.Queue("first")
        sqs.Queue("second", name=first.arn)

    graph = render(program)
    assert graph.one("aws:sqs/queue:Queue", "second").dependencies == (graph.managed[0].urn,)
    (warning,) = graph.diagnostics
    assert warning.severity == "warning"
    assert (
        f"pulumi {metadata.version('pulumi')} changed {part}: evaluations take more time" in warning.message
    )


@pytest.mark.usefixtures("fresh_checks")
@pytest.mark.parametrize("part", ["pulumi.gone.part", "pulumi.log.gone", "gone.module.part"])
def test_a_part_that_is_gone_has_changed(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """Also if its module is gone."""
    monkeypatch.setattr(parts, "OPTIONAL_PARTS", {part: ()})
    assert parts.changed_parts() == (part,)


def test_a_version_that_was_not_tested_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """The graph contains a warning with the versions; nothing fails."""
    monkeypatch.setattr(parts, "TESTED_VERSIONS", ("3.1", "3.2"))
    (warning,) = render(lambda: None).diagnostics
    installed = metadata.version("pulumi")
    assert warning.message == f"pulumi {installed} is not a tested version; tested are 3.1 to 3.2"


def test_the_monitor_offers_every_call_of_the_service() -> None:
    """A call that a new SDK adds is detected by this test, not by a program that makes it."""
    calls = {name for name in vars(resource_pb2_grpc.ResourceMonitorServicer) if name[0].isupper()}
    # SDKs query single features only if GetDeploymentInfo is missing.
    assert {call for call in calls if not hasattr(ResourceMonitor, call)} == {"SupportsFeature"}


def test_no_option_of_a_resource_is_overlooked() -> None:
    """Every field of a registration is either used by the engine or known to be irrelevant."""
    says_nothing = {
        "acceptResources acceptSecrets accepts_byte_string aliasSpecs supportsPartialValues",
        "supportsResultReporting",  # features of responses that the SDK supports
        "sourcePosition stackTrace parentStackTraceHandle snippetId",  # Call.source is used instead
        "aliasURNs state_migrations",  # not sent, for the features that the engine claims
        "envVarMappings pluginChecksums",  # for plugins, which are not used
    }
    read = {
        "type name parent custom remote object dependencies propertyDependencies provider providers",
        "protect retainOnDelete deletedWith replace_with replaceOnChanges replacement_trigger ignoreChanges",
        "deleteBeforeReplace deleteBeforeReplaceDefined aliases additionalSecretOutputs customTimeouts",
        "importId version pluginDownloadURL packageRef transforms hooks hideDiffs",
    }
    known = {name for line in says_nothing | read for name in line.split()}
    assert {field.name for field in resource_pb2.RegisterResourceRequest.DESCRIPTOR.fields} == known


def test_features_have_the_numbers_that_the_engine_claims() -> None:
    """Features that change how the SDK serializes values are not claimed."""
    claimed = set(ResourceMonitor.GetDeploymentInfo(None, None).supportedFeatures)  # type: ignore[arg-type]
    names = {name.removeprefix("RESOURCE_MONITOR_FEATURE_"): number for name, number in _features().items()}
    assert {name for name, number in names.items() if number not in claimed} == {
        "OUTPUT_VALUES",
        "BYTE_STRING",
        "INVOKE_DEPENDS_ON",
        "INVOKE_PARENT",
        "STATE_MIGRATIONS",
        "INVOKE_OUTPUT_VALUES",
        "CALL_OUTPUT_VALUES",
    }


def _features() -> dict[str, int]:
    return dict(resource_pb2.ResourceMonitorFeature.items())


def test_the_marks_on_the_wire_are_the_sdks() -> None:
    """Unknowns, secrets and output values have the SDK's signatures."""
    assert (
        rpc.UNKNOWN,
        rpc._special_sig_key,
        rpc._special_secret_sig,
        rpc._special_output_value_sig,
    ) == (wire.UNKNOWN_TEXT, wire.SIGNATURE, wire.SECRET, wire.OUTPUT)


def test_an_output_in_a_string_leaves_the_known_complaint() -> None:
    """The engine detects Outputs that are formatted into strings by this text."""
    assert COMPLAINT in str(output._OutputToStringError())


def test_calls_tell_which_resource_they_are_for() -> None:
    """The SDK's closures contain the resource's type and name, for errors and deadlocks."""
    with pytest.raises(ProgramError, match='aws:sqs/queue:Queue "orders": ValueError'):
        render(lambda: sqs.Queue("orders", tags=object()))  # type: ignore[call-overload]


def test_functions_with_outputs_differ_from_plain_ones() -> None:
    """A field of `get_vpc_output` is an Output; one of `get_vpc` rejects uses as a plain value."""
    kinds: list[str] = []

    def program() -> None:
        for result in (ec2.get_vpc_output(default=True), ec2.get_vpc(default=True)):
            pulumi.export(type(result).__name__, result.id)
            kinds.append(type(result.id).__name__)

    graph = render(program)
    assert kinds == ["Output", UNKNOWN_RESULT]
    assert set(graph.outputs.values()) == {UNKNOWN}


def test_the_sdk_is_as_before_after_an_evaluation() -> None:
    """The engine's changes do not affect mocks and the real engine in the same process."""
    before = _adapted_parts()
    render(lambda: None)
    with pytest.raises(ProgramError):
        render(_fail)
    assert _adapted_parts() == before


def test_other_threads_see_no_monitor_of_the_engines() -> None:
    """In the SDK, the first value of a setting becomes the default of all contexts, and so of threads."""
    seen = []
    render(lambda: None)
    thread = threading.Thread(target=lambda: seen.append(settings.SETTINGS.monitor))
    thread.start()
    thread.join()
    assert seen == [None]


def _fail() -> None:
    raise ValueError("on purpose")


def _adapted_parts() -> list[Any]:
    current = settings.SETTINGS
    config = [vars(sdk_config.Config)[name] for name in ("_get", "_get_bool", "_get_int", "_get_object")]
    reference = vars(stack_reference.StackReference)
    return [
        *(current.monitor, current.engine, current.callbacks, current.project, current.stack),
        *(reference["get_output"], reference["require_output"], reference["get_output_details"]),
        *(log.debug, runtime_resource._get_stack_trace, runtime_stack.Stack.output),
        output._OutputData.__post_init__,
        *config,
        settings.ROOT.get(),
    ]


def test_private_parts_are_used_in_few_modules() -> None:
    """Outside engine/sdk: classes of protobuf messages, the tables of types, and the names of settings."""
    private = re.compile(
        r"^\s*from pulumi(?:\.runtime)? import .*\b_?(?:_\w+|rpc|config|settings)\b|"
        r"^\s*(?:from|import) pulumi\.(?:_\w+|runtime(?!\.proto\b))\S*",
        re.MULTILINE,
    )
    root = Path(__file__).parents[2]
    files = [file for top in ("platform_components", "policies") for file in (root / top).rglob("*.py")]
    using = {file.relative_to(root).as_posix() for file in files if private.search(file.read_text())}
    elsewhere = {file for file in using if not file.startswith("platform_components/engine/sdk/")}
    assert elsewhere == {"platform_components/base/sdk_types.py", "platform_components/base/stack.py"}
