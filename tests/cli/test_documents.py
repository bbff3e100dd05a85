"""The JSON documents of the commands, compared with their published schemas."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from platform_components.cli.failure import EMPTY, FORMAT
from platform_components.engine.graph import Diagnostic, Resource, Severity
from platform_components.policy import Finding
from platform_components.policy.unread import Unread
from platform_components.workspace.values import Value
from tests.cli.conftest import PROGRAM, Run, write
from tests.elsewhere import SETTINGS, write_copy
from tests.tree import ROOT

SCHEMAS: dict[str, Any] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in (ROOT / "docs/schemas").glob("*.json")
    if path.stem != "platform"  # of platform.yaml, not of a document
}

FILES = ("platform", "snapshot-file")
"""Schemas of files, which are not documents of commands."""


def closed(schema: Any) -> Any:
    """The schema without permission for fields that it does not list."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        **{key: closed(value) for key, value in schema.items()},
        **({"additionalProperties": False} if "properties" in schema and "type" in schema else {}),
    }


REGISTRY: Registry[Any] = Registry().with_resources(
    [(f"{name}.json", DRAFT202012.create_resource(closed(schema))) for name, schema in SCHEMAS.items()]
)


def check(name: str, document: Any) -> None:
    """Check a document, including that each of its fields is documented."""
    jsonschema.Draft202012Validator(closed(SCHEMAS[name]), registry=REGISTRY).validate(document)


def _violating(project: Path) -> None:
    """The project as it is: one violation."""


def _detailed(project: Path) -> None:
    """A program with all kinds of options, references, diagnostics and findings."""
    options = """
    from pulumi import ResourceOptions as Options
    from pulumi_aws import get_availability_zones

    pulumi.log.info("hello")
    pulumi.log.debug("hello")
    pulumi.log.warn("hello", bucket)
    print("hello")
    zones = get_availability_zones(state="available")
    base = pulumi.StackReference("organization/base/dev")
    options = Options(protect=True, aliases=[pulumi.Alias("old")])
    first = sqs.Queue("first", name=base.get_output("name"), opts=options)
    sqs.Queue(
        "second",
        visibility_timeout_seconds=first.visibility_timeout_seconds,
        opts=Options(
            depends_on=[first],
            ignore_changes=["tags"],
            replace_on_changes=["name"],
            delete_before_replace=True,
            retain_on_delete=True,
            deleted_with=first,
            additional_secret_outputs=["url"],
            custom_timeouts=pulumi.CustomTimeouts(create="5m"),
            hide_diffs=["tags"],
            import_="https://sqs.eu-west-1.amazonaws.com/1/jobs",
            version="7.51.0",
        ),
    )
    sqs.Queue.get("other", "https://sqs.eu-west-1.amazonaws.com/1/other")
    Bucket("more", BucketArgs(customize={"bucket": {"object_lock_enabled": True}}), context=context)
    pulumi.export("secret", pulumi.Output.secret("hunter2"))
"""
    write(project / "__main__.py", PROGRAM + options)
    _in_pack(project, "if not queue.has(", "if queue.name == 'second':\n        1 / 0\n    if not queue.get(")


def _failing(project: Path) -> None:
    write(project / "__main__.py", "raise ValueError('no such shop')\n")


def _invalid(project: Path) -> None:
    write(project / "__main__.py", PROGRAM.replace("expire_after_days=30", "expire_after_dayz=30"))


def _skipping(project: Path) -> None:
    """`shop` references `base`, which fails."""
    stacks = "stacks: {base: {owner: team}, shop: {owner: team, reads: [base]}}"
    environments = "environments: {dev: {tier: development, region: eu-west-1}}"
    text = f"organization: acme\nregions: [eu-west-1]\nteams: [team]\n{environments}\n{stacks}\n"
    write(project / "platform.yaml", text)
    for stack in ("base", "shop"):
        write(project / f"Pulumi.{stack}.dev.yaml", "config: {}\n")
    _failing(project)


def _two_stacks(project: Path) -> None:
    """With a platform.yaml, outside a repository, so that all stacks are evaluated."""
    _skipping(project)
    write(project / "__main__.py", PROGRAM)
    text = (project / "platform.yaml").read_text().replace(", reads: [base]", "")
    write(project / "platform.yaml", text)


def _without_components(project: Path) -> None:
    write(project / "__main__.py", "")


def _broken_pack(project: Path) -> None:
    write(project / "policies" / "__init__.py", "1 / 0\n")


def _unknown_property(project: Path) -> None:
    _in_pack(project, "kmsMasterKeyId", "kmsMasterKeyID")


def _unknown_type(project: Path) -> None:
    _in_pack(project, "aws:sqs/queue:Queue", "acme:index:Queue")


def _stack_rule(project: Path) -> None:
    """The pack of the project has a stack rule too."""
    rule = """
STACK = StackExample((Example(QUEUE, {}),))
RULES += (
    StackRule(
        id="has-queues", title="t", why="w", remedy="r", severity="low", enforcement="advisory",
        check=lambda stack, context: ["is a stack"], passing=(STACK,), failing=(STACK,),
    ),
)
"""
    _in_pack(project, "import Example, Rule\n", "import Example, Rule, StackExample, StackRule\n")
    with (project / "policies" / "__init__.py").open("a") as pack:
        pack.write(rule)


def _in_pack(project: Path, old: str, new: str) -> None:
    pack = project / "policies" / "__init__.py"
    assert old in pack.read_text()
    pack.write_text(pack.read_text().replace(old, new))


def _with_settings(project: Path) -> None:
    """A package with the organization's settings, next to the project's files."""
    write(project / "settings/platform.yaml", SETTINGS)


def _elsewhere(project: Path) -> None:
    """The project has a copy of the organization's settings, and one stack in it."""
    write_copy(project)
    write(project / "__main__.py", PROGRAM)


DIGEST = "sha256:" + "9" * 64
IMAGE = f"registry.example/orders@{DIGEST}"

SITUATIONS: tuple[tuple[str, Callable[[Path], None], tuple[str, ...], int], ...] = (
    ("preview", _violating, ("preview",), 1),
    ("preview", _violating, ("preview", "--policy-pack", "none"), 0),
    ("preview", _detailed, ("preview",), 1),
    ("preview", _stack_rule, ("preview",), 1),
    ("preview", _violating, ("preview", "--image", f"dev={IMAGE}", "--config", "size=3"), 1),
    ("preview", _failing, ("preview",), 2),
    ("preview", _invalid, ("preview",), 2),
    ("preview", _skipping, ("preview",), 2),
    ("preview", _without_components, ("preview",), 0),
    ("preview", _detailed, ("preview", "--strict"), 2),
    ("preview", _broken_pack, ("preview",), 2),
    ("preview", _two_stacks, ("preview", "--changed-since", "HEAD"), 1),
    ("preview", _violating, ("preview", "dve"), 2),
    ("preview", _violating, ("preview", "--nope"), 2),
    ("explain", _violating, ("explain", "dev"), 0),
    ("explain", _violating, ("explain", "dev", "assets.versioned"), 0),
    ("explain", _without_components, ("explain", "dev"), 0),
    ("explain", _detailed, ("explain", "dev"), 0),
    ("explain", _detailed, ("explain", "dev", "--strict"), 2),
    ("explain", _violating, ("explain", "dev", "nope"), 2),
    ("explain", _invalid, ("explain", "dev"), 2),
    ("explain", _violating, ("explain",), 2),
    ("answers-record", _invalid, ("answers", "record", "dev"), 2),
    ("state-snapshot", _violating, ("state", "snapshot", "nope", "-o", "out"), 2),
    ("state-show", _violating, ("state", "show", "dev"), 2),
    ("image-set", _violating, ("image", "set", "dev", IMAGE), 0),
    ("image-set", _violating, ("image", "set", "dev", DIGEST), 2),
    ("image-set", _violating, ("image", "set", "dev", "--nope"), 2),
    ("settings-update", _with_settings, ("settings", "update", "--from", "SETTINGS"), 0),
    ("settings-update", _violating, ("settings", "update"), 2),
    ("settings-update", _violating, ("settings", "update", "--nope"), 2),
    ("preview", _elsewhere, ("preview",), 1),
    ("failures", _violating, ("fields", "nope"), 2),
    ("failures", _violating, ("fields", "--nope"), 2),
    ("failures", _violating, ("nope",), 2),
    ("policy-list", _violating, ("policy", "list"), 0),
    ("policy-list", _stack_rule, ("policy", "list"), 0),
    ("policy-list", _broken_pack, ("policy", "list"), 2),
    ("policy-list", _violating, ("policy", "list", "--nope"), 2),
    ("policy-test", _violating, ("policy", "test"), 0),
    ("policy-test", _unknown_property, ("policy", "test"), 1),
    ("policy-test", _unknown_type, ("policy", "test"), 0),
    ("policy-test", _broken_pack, ("policy", "test"), 2),
    ("policy-test", _violating, ("policy", "test", "--nope"), 2),
)


@pytest.mark.parametrize(
    ("schema", "change", "words", "code"),
    SITUATIONS,
    ids=lambda value: getattr(value, "__name__", None) or str(value),
)
def test_a_document_is_as_its_schema_describes(
    schema: str,
    change: Callable[[Path], None],
    words: tuple[str, ...],
    code: int,
    platform: Run,
    project: Path,
) -> None:
    """Every field of the document is in the schema, and every required field is in the document."""
    change(project)
    place = () if words[0] == "nope" else ("-C", str(project))
    words = tuple(str(project / "settings") if word == "SETTINGS" else word for word in words)
    done = platform(*words, "--json", *place)
    assert done.exit_code == code, done.stderr
    check(schema, json.loads(done.stdout))


def test_an_internal_error_is_as_the_schema_describes(
    platform: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document has the fields of the command, too."""
    monkeypatch.setattr("platform_components.cli.preview.document", lambda run, report: 1 / 0)
    done = platform("preview", "--json", "-C", project)
    assert done.exit_code == 3
    check("preview", json.loads(done.stdout))


@pytest.mark.parametrize("component", ["service.yaml", "database"])
def test_fields_are_a_json_schema(platform: Run, component: str) -> None:
    """The document is the schema of a file or component, without a format number."""
    jsonschema.Draft202012Validator.check_schema(json.loads(platform("fields", component, "--json").stdout))


@pytest.mark.parametrize(
    ("schema", "definition", "kind"),
    [
        ("preview", "resource", Resource),
        ("preview", "diagnostic", Diagnostic),
        ("preview", "finding", Finding),
        ("preview", "unread", Unread),
        ("explain", "value", Value),
    ],
)
def test_every_field_is_described(schema: str, definition: str, kind: type) -> None:
    """This includes those that no document above contains."""
    described = SCHEMAS[schema]["$defs"][definition]["properties"]
    assert set(described) == {field.name for field in fields(kind)}


def test_the_severities_of_messages_are_described() -> None:
    """A program with any of them has a valid document."""
    described = SCHEMAS["preview"]["$defs"]["diagnostic"]["properties"]["severity"]["enum"]
    assert set(get_args(Severity)) <= set(described)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_and_has_the_format_number(name: str) -> None:
    """The number is that of the documents; files have their own."""
    schema = SCHEMAS[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    if name not in FILES:
        assert schema["properties"]["format"]["const"] == FORMAT


def test_a_field_that_is_not_described_fails() -> None:
    """The check of the documents is strict at every level; the published schemas allow additions."""
    document: dict[str, Any] = {
        "format": 1,
        **EMPTY["preview"],
        "failures": [{"stack": "", "message": "m", "more": 1}],
    }
    with pytest.raises(jsonschema.ValidationError):
        check("preview", document)
    jsonschema.Draft202012Validator(
        SCHEMAS["preview"],
        registry=Registry().with_resource("failures.json", DRAFT202012.create_resource(SCHEMAS["failures"])),
    ).validate(document)
