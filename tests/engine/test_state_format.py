"""States: what is read of each format and value, and the message for each damage."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping
from typing import Any

import pytest

from platform_components.base.errors import InvalidInput
from platform_components.engine import wire
from platform_components.engine.state.deployment import PendingOperation
from platform_components.engine.state.format import StackName, parse_state
from platform_components.engine.state.sealed import SNAPSHOT, Sealed, Unseal
from platform_components.engine.values import UNKNOWN, Archive, Asset, ResourceReference, Secret
from tests.engine import exports
from tests.engine.exports import BUCKET, COMPONENT, PROVIDER, PROVIDER_ID, ROOT, STACK, TOPIC


def rejection(state: object) -> str:
    """Return the message for a state that is rejected."""
    with pytest.raises(InvalidInput) as error:
        exports.parsed(state)
    return str(error.value)


def value(json_value: Any) -> Any:
    """Return a property value of a state."""
    resources = exports.resources()
    resources[3]["inputs"] = {"value": json_value}
    return exports.parsed_deployment(exports.export(resources=resources)).resources[3].inputs["value"]


@pytest.mark.parametrize(
    "content",
    [
        exports.export(),
        exports.export(version=4),
        exports.checkpoint(),
        gzip.compress(json.dumps(exports.checkpoint()).encode()),
        json.dumps(exports.export()).encode("utf-16"),
    ],
    ids=["export", "version 4", "checkpoint", "gzip", "UTF-16"],
)
def test_every_form_of_a_state_has_the_same_content(content: object) -> None:
    """An export, the file of a self-managed backend, compressed or not, and what PowerShell writes."""
    found = exports.parsed_deployment(content)
    assert [resource.urn for resource in found.resources] == [ROOT, PROVIDER, COMPONENT, BUCKET, TOPIC]
    assert found.time == "2026-11-20T09:30:00.123456789+01:00"
    assert found.outputs == {"bucket": "receipts-1"}
    assert found.source == "payments.json"
    assert not found.warnings


def test_the_fields_of_a_resource() -> None:
    """All fields that a plan needs; whole numbers are integers, as in the program's inputs."""
    bucket, topic = exports.parsed_deployment(exports.export()).resources[3:]
    assert (bucket.id, bucket.parent, bucket.provider) == (
        "receipts-1",
        COMPONENT,
        f"{PROVIDER}::{PROVIDER_ID}",
    )
    assert bucket.custom
    assert bucket.protect
    assert bucket.outputs == {"bucket": "receipts-1", "hostedZoneId": None, "ttl": 30, "ratio": 0.5}
    assert isinstance(bucket.outputs["ttl"], int)
    assert topic.dependencies == (BUCKET,)
    assert topic.property_dependencies == {"displayName": (BUCKET,), "tags": ()}
    assert topic.custom_timeouts == {"create": 300.0, "delete": 60.5}
    assert topic.ignore_changes == ("tags",)


@pytest.mark.parametrize(
    ("json_value", "expected"),
    [
        ({wire.SIGNATURE: wire.ASSET, "hash": "aa", "path": "a.txt"}, Asset(path="a.txt", hash="aa")),
        (
            {
                wire.SIGNATURE: wire.ARCHIVE,
                "hash": "bb",
                "assets": {"a": {wire.SIGNATURE: wire.ASSET, "hash": "aa", "text": "x"}},
            },
            Archive(assets={"a": Asset(text="x", hash="aa")}, hash="bb"),
        ),
        (
            {wire.SIGNATURE: wire.RESOURCE, "urn": BUCKET, "id": "receipts-1", "packageVersion": ""},
            ResourceReference(BUCKET, "receipts-1"),
        ),
        ({wire.SIGNATURE: wire.RESOURCE, "urn": COMPONENT}, ResourceReference(COMPONENT)),
        ({wire.SIGNATURE: wire.RESOURCE, "urn": BUCKET, "id": {"V": "i"}}, ResourceReference(BUCKET, "i")),
        ({wire.SIGNATURE: wire.RESOURCE, "urn": COMPONENT, "id": {"V": None}}, ResourceReference(COMPONENT)),
        (
            {wire.SIGNATURE: wire.RESOURCE, "urn": BUCKET, "id": {"V": {"Element": {}}}},
            ResourceReference(BUCKET, UNKNOWN),
        ),
        ({wire.SIGNATURE: "8ad145fe-0d11-4827-bfd7-1abcbf086f5c", "value": "7ff0000000000000"}, math.inf),
        ({wire.SIGNATURE: "803fd3297a5875dc03ca845dda5d2a98", "value": "YWL/"}, "ab\ufffd"),
        (wire.UNKNOWN_TEXT, UNKNOWN),
        (2**60, float(2**60)),
        ("half of a pair: \ud800", "half of a pair: \ufffd"),
        ({"__proto__": {"a": [1, None]}, "": True}, {"__proto__": {"a": [1, None]}, "": True}),
    ],
)
def test_special_values(json_value: Any, expected: Any) -> None:
    """Values with a signature, as in pkg/resource/stack/deployment.go, and values that JSON lacks."""
    assert value(json_value) == expected


def test_secrets_are_unsealed_by_the_caller() -> None:
    """With the secrets provider of the state and their path; without a key they can't be compared."""
    seen: list[Mapping[str, Any]] = []
    paths: list[str] = []

    def unsealing(secrets_providers: Mapping[str, Any] | None) -> Unseal:
        assert secrets_providers is not None
        assert secrets_providers["type"] == "passphrase"

        def unseal(marked: Mapping[str, Any], path: str) -> Secret:
            seen.append(marked)
            paths.append(path)
            return Secret("unsealed")

        return unseal

    found = exports.parsed_deployment(exports.export(), unsealing=unsealing)
    assert found.resources[4].inputs == {"displayName": Secret("unsealed")}
    assert paths == [f"deployment.resources[4].{name}.displayName" for name in ("inputs", "outputs")]
    assert [marked["ciphertext"] for marked in seen] == [exports.CIPHERTEXT] * 2
    sealed = exports.parsed_deployment(exports.export()).resources[4].inputs["displayName"].value
    assert isinstance(sealed, Sealed)
    assert sealed.equals("anything") is None
    assert sealed.reveal() is UNKNOWN


def test_a_stack_without_a_deployment_has_no_state() -> None:
    """After `pulumi stack init` of old versions; one after `pulumi destroy` has an empty state."""
    stack = {"stack": f"organization/{STACK.project}/{STACK.stack}"}
    assert exports.parsed({"version": 3, "checkpoint": stack}) is None
    assert exports.parsed({"version": 3, "checkpoint": {**stack, "latest": None}}) is None
    assert exports.parsed({"version": 3, "deployment": None}) is None
    assert exports.parsed_deployment(exports.export(resources=None)).resources == ()


def test_pending_operations() -> None:
    """The kind, the resource, and its ID, if it has one."""
    topic = exports.resources()[4]
    found = exports.parsed_deployment(
        exports.export(pending_operations=[{"resource": topic, "type": "updating"}])
    )
    assert found.pending == (PendingOperation("updating", TOPIC, "aws:sns/topic:Topic", topic["id"]),)
    assert "pending_operations[0].type  must be one of: creating" in rejection(
        exports.export(pending_operations=[{"resource": topic, "type": "renaming"}])
    )


def test_old_versions_are_read_as_pulumi_migrates_them() -> None:
    """Every input of a resource depends on all its dependencies (pkg/resource/stack/migrate/resource.go)."""
    resources = exports.resources()
    resources[4].pop("propertyDependencies")
    for version in (1, 2):
        found = exports.parsed_deployment(exports.export(version=version, resources=resources))
        assert found.resources[4].property_dependencies == {"displayName": (BUCKET,)}
    latest = exports.deployment(resources=resources)
    oldest = exports.parsed_deployment({"stack": STACK.stack, "latest": latest})
    assert oldest.resources[4].property_dependencies == {"displayName": (BUCKET,)}


def test_a_snapshot_is_recognized() -> None:
    """By its secrets provider: its secrets are digests."""
    snapshot = exports.export(secrets_providers={"type": SNAPSHOT, "state": {}})
    assert exports.parsed_deployment(snapshot).is_snapshot
    assert not exports.parsed_deployment(exports.export()).is_snapshot


def test_a_replaced_resource_that_is_still_to_be_deleted_is_no_duplicate() -> None:
    """Its replacement has the same URN. Two resources that stay are a damaged state."""
    old = {**exports.resources()[3], "delete": True}
    found = exports.parsed_deployment(exports.export(resources=[*exports.resources(), old, old]))
    assert found.current[BUCKET].delete is False
    twice = exports.export(resources=[*exports.resources(), exports.resources()[3]])
    assert f'resources[5]  duplicate URN: "{BUCKET}"  run `pulumi state repair`' in rejection(twice)


def test_the_provider_of_a_pending_replacement_can_be_missing() -> None:
    """Pulumi deletes the provider of a resource that is deleted before its replacement."""
    pending = changed(*RESOURCES, 4, "provider", to=f"{PROVIDER}::other")
    pending["deployment"]["resources"][4]["pendingReplacement"] = True
    assert exports.parsed_deployment(pending).resources[4].pending_replacement


def test_an_error_that_pulumi_noted_is_a_warning() -> None:
    """Pulumi records that it wrote an invalid state; the text of the error is not repeated."""
    metadata = {"integrity_error": {"version": "v3.260.0", "command": "up", "error": "planted-text"}}
    (warning,) = exports.parsed_deployment(exports.export(metadata=metadata)).warnings
    assert "pulumi state repair" in warning
    assert "planted-text" not in warning


def test_a_provider_without_an_id_can_only_be_referenced_as_unknown() -> None:
    """As in Pulumi, a reference with an empty ID is of another provider."""
    text = json.dumps(exports.export())
    (provider,) = {
        each["provider"] for each in json.loads(text)["deployment"]["resources"] if "provider" in each
    }
    urn, _, id_ = provider.rpartition("::")
    without = json.loads(text.replace(f'"{id_}"', '""').replace(f'"{provider}"', f'"{urn}::"'))
    with pytest.raises(InvalidInput, match="missing provider"):
        exports.parsed_deployment(without)


def test_resources_that_are_refreshed_before_an_update_are_a_warning() -> None:
    """What changed outside Pulumi is not in the state."""
    refreshed = json.loads(json.dumps(exports.export()))
    refreshed["deployment"]["resources"][4]["refreshBeforeUpdate"] = True
    (warning,) = exports.parsed_deployment(refreshed).warnings
    assert "refreshes 1 resource first" in warning


DAMAGED = json.dumps(exports.export()).encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "file  is empty"),
        (b" \n", "file  is empty"),
        (DAMAGED[:200], "line 1, column"),
        (DAMAGED[:-1], "is truncated"),
        (b"error: no stack", "is not valid JSON"),
        (b"\xff\xfe\xfd", "is neither JSON nor gzip"),
        (gzip.compress(DAMAGED)[:-20], "is truncated gzip"),
        (gzip.compress(DAMAGED)[:40] + b"\x00\x00" + gzip.compress(DAMAGED)[42:], "is damaged gzip"),
        (b"\x28\xb5\x2f\xfd" + b"\x00" * 20, "is compressed with Zstandard"),
        (b'{"version": NaN}', "contains NaN, which is not JSON"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"version": ' + b"9" * 5_000 + b"}", "has a number that is too large"),
        (b"[]", "file  must be a mapping"),
        (b'"text"', "file  must be a mapping"),
        (b"{}", "is not a state of Pulumi"),
        (json.dumps(exports.deployment()).encode(), "it has no version"),
    ],
)
def test_content_that_is_not_a_state(content: bytes, message: str) -> None:
    """One message, with the remedy, for each damage of a file."""
    assert message in rejection(content)


def test_a_state_that_ends_early_is_truncated() -> None:
    """Wherever it ends: also in a string, an escape, a number or a name such as `true`."""
    text = json.dumps({"version": 3, "a": {"b": 'é "{}', "c": [True, None, -1.5]}, "d": {}}).encode()
    assert [text[:end] for end in range(1, len(text)) if "is truncated" not in rejection(text[:end])] == []
    assert "is not valid JSON" in rejection(b'{"a": 1,, "b": 2}')


def test_a_value_that_is_no_urn_is_not_shown() -> None:
    """In a damaged state, any value can be in its place."""
    assert "planted" not in rejection(changed(*RESOURCES, 3, "parent", to="planted-7f3a"))


def test_a_compressed_state_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gzip bomb is rejected when the limit is reached, before it fills the memory."""
    monkeypatch.setattr("platform_components.engine.state.content.LARGEST", 10_000)
    assert "must be at most" in rejection(gzip.compress(b" " * 10_001))
    assert "must be at most" in rejection(gzip.compress(b" " * 1_000_000))
    assert "must be at most" in rejection(gzip.compress(b" " * 5_000) + gzip.compress(b" " * 5_001))
    assert "must be at most" in rejection(b" " * 10_001)
    assert "is empty" in rejection(gzip.compress(b" " * 10_000))


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    """Return an export with one other value."""
    state = exports.export()
    target: Any = state
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = to
    return state


RESOURCES = ("deployment", "resources")


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (changed("version", to=5), "version  must be 1 to 4  update platform-components"),
        (changed("version", to=0), "version  must be 1 to 4"),
        (changed("version", to="3"), "version  must be a number"),
        (changed("version", to=True), "version  must be a number"),
        (changed("deployment", to=[]), "deployment  must be a mapping"),
        ({**exports.export(4), "features": ["timeTravel"]}, 'not supported: "timeTravel"'),
        ({**exports.export(4), "features": {"a": 1}}, "features  must be a list"),
        (changed(*RESOURCES, to={}), "deployment.resources  must be a list"),
        (changed(*RESOURCES, 3, to="x"), "deployment.resources[3]  must be a mapping"),
        (changed(*RESOURCES, 3, "urn", to=None), "deployment.resources[3].urn  is required"),
        (changed(*RESOURCES, 3, "urn", to="a::b"), "resources[3].urn  is not a URN"),
        (changed(*RESOURCES, 3, "type", to=""), "deployment.resources[3].type  is required"),
        (changed(*RESOURCES, 2, "id", to="i"), "resources[2]  has an id, but is a component"),
        (changed(*RESOURCES, 3, "protect", to=1), "resources[3].protect  must be true or false"),
        (changed(*RESOURCES, 3, "inputs", to=[]), "resources[3].inputs  must be a mapping"),
        (changed(*RESOURCES, 3, "aliases", to=[1]), "resources[3].aliases  must be a list of strings"),
        (changed(*RESOURCES, 3, "customTimeouts", to={"create": "5m"}), "create  must be a number"),
        (changed(*RESOURCES, 3, "parent", to=BUCKET + "x"), "resources[3].parent  is missing"),
        (changed(*RESOURCES, 3, "parent", to=TOPIC), "resources[3].parent  comes after it"),
        (changed(*RESOURCES, 4, "dependencies", to=[TOPIC]), "resources[4].dependencies  comes after it"),
        (
            changed(*RESOURCES, 4, "propertyDependencies", to={"tags": [ROOT + "x"]}),
            "resources[4].propertyDependencies  is missing",
        ),
        (changed(*RESOURCES, 4, "deletedWith", to=ROOT + "x"), "resources[4].deletedWith  is missing"),
        (changed(*RESOURCES, 4, "replaceWith", to=[ROOT + "x"]), "resources[4].replaceWith  is missing"),
        (
            changed(*RESOURCES, 4, "provider", to="aws"),
            "resources[4].provider  must be URN::ID of a provider",
        ),
        (
            changed(*RESOURCES, 4, "provider", to=f"{BUCKET}::id"),
            "resources[4].provider  must be URN::ID of a provider",
        ),
        (
            changed(*RESOURCES, 4, "provider", to=f"{PROVIDER}::other"),
            f'resources[4]  refers to a missing provider: "{PROVIDER}::other"',
        ),
        (changed("deployment", "manifest", "version", to="v3.261.0"), "the state is damaged"),
        (changed("deployment", "manifest", "time", to="today"), "manifest.time  must be a time in ISO 8601"),
        (changed("deployment", "secrets_providers", to=[]), "secrets_providers  must be a mapping"),
        (
            changed(*RESOURCES, 3, "inputs", "tags", to={wire.SIGNATURE: wire.OUTPUT}),
            "resources[3].inputs.tags  has an unknown kind of value",
        ),
        (
            changed(*RESOURCES, 3, "inputs", "tags", to=exports.secret(ciphertext="c", plaintext="p")),
            "must be a secret with either ciphertext or plaintext",
        ),
        (changed(*RESOURCES, 3, "inputs", "tags", to=1e308 * 10), "contains Infinity"),
        (changed(*RESOURCES, 3, "inputs", "tags", to=10**400), "inputs.tags  has a number that is too large"),
        (
            changed(*RESOURCES, 3, "inputs", "tags", to=json.loads("[" * 250 + "]" * 250)),
            "inputs.tags  is nested more than 200 levels deep",
        ),
    ],
)
def test_invalid_states(state: object, message: str) -> None:
    """The message states the place, without values other than names."""
    assert message in " ".join(rejection(state).split("\n")).replace("   ", "  ")


def test_the_state_of_another_stack_is_rejected() -> None:
    """Also after `pulumi stack rename`, which changes the URNs."""
    for other in (StackName("shop", "payments.prod"), StackName("bank", "payments.dev")):
        with pytest.raises(InvalidInput) as error:
            parse_state(DAMAGED, subject="payments.json", source="", expected=other)
        assert 'resources  are of stack "payments.dev" of project "shop"' in str(error.value)
        assert f"pass the state of {other}; after a rename, export it again" in str(error.value)


def test_resources_of_a_former_project_name_are_accepted() -> None:
    """After a change of the project's name, aliases keep its resources, whose URNs change one by one."""
    resources = exports.resources()
    resources[4]["urn"] = TOPIC.replace("::shop::", "::boutique::")
    assert exports.parsed(exports.export(resources=resources))


def test_a_message_shows_names_on_one_line_and_shortened() -> None:
    """A name in a state can have control characters and any length."""
    parent = f"{ROOT}\n::error::\x1b[31m" + "x" * 5_000
    message = rejection(changed(*RESOURCES, 3, "parent", to=parent))
    assert len(message.splitlines()) == 2
    assert "\x1b" not in message
    assert len(message) < 500


def test_a_state_with_many_problems_has_a_short_message() -> None:
    """The first ten are shown."""
    resources = [{**exports.resources()[3], "delete": True} for _ in range(100)]
    assert len(rejection(exports.export(resources=resources)).splitlines()) == 11


@pytest.mark.parametrize(
    ("time", "expected"),
    [("2026-11-02T08:15:00.123Z", "2026-11-02T08:15:00.123Z"), ("0001-01-01T00:00:00Z", "")],
)
def test_the_time_of_the_last_deployment(time: str, expected: str) -> None:
    """Go's zero time means that there is none."""
    state = exports.export()
    state["deployment"]["manifest"]["time"] = time
    assert exports.parsed_deployment(state).time == expected


def test_a_time_with_something_after_it_is_rejected() -> None:
    """It is shown, and could contain a control sequence."""
    state = exports.export()
    state["deployment"]["manifest"]["time"] = "2026-11-02T08:15:00Z\x1b[31m"
    assert "manifest.time" in rejection(state)
