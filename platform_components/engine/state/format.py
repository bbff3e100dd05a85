"""Pulumi's deployment format: a state as `pulumi stack export` prints it, and as backends store it.

As in pkg/resource/stack/deployment.go and checkpoint.go of pulumi/pulumi.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from platform_components.base.errors import InvalidInput, Problem
from platform_components.engine.state.content import parse_json
from platform_components.engine.state.deployment import Deployment, ResourceState
from platform_components.engine.state.fields import Fields, InvalidState, quoted
from platform_components.engine.state.integrity import integrity_problems
from platform_components.engine.state.properties import Properties
from platform_components.engine.state.resources import read_operation, read_resource
from platform_components.engine.state.sealed import SNAPSHOT, Unsealing, incomparable

_NEWEST: Final = 4
_WITH_FEATURES: Final = 4
"""First version that lists the features that its reader must support."""
_FEATURES: Final = frozenset(
    {
        "refreshBeforeUpdate",
        "views",
        "hooks",
        "taint",
        "replaceWith",
        "extensionParameterization",
        "byteString",
    }
)
"""Of those that Pulumi supports, all but `snippets-prototype`: their resources are not in the program."""
_MOST_PROBLEMS: Final = 10
_EXPORT: Final = "pass the complete output of `pulumi stack export`"
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,20}(Z|[-+][0-9]{2}:[0-9]{2})")
_NO_TIME = "0001-01-01T00:00:00Z"
"""Go's zero value."""


@dataclass(frozen=True)
class StackName:
    """The stack that a state must be of."""

    project: str
    stack: str

    def __str__(self) -> str:
        return f"stack {self.stack} of project {self.project}"


def parse_state(
    content: bytes,
    *,
    subject: str,
    source: str,
    expected: StackName,
    unsealing: Unsealing = incomparable,
) -> Deployment | None:
    """Parse a state, as JSON or compressed with gzip; None if the stack was never deployed.

    `subject` names it in messages; `source` is where it was read. `unsealing` returns how its secrets are
    unsealed.

    Raises:
        InvalidInput: it is damaged, of another stack, or not supported.
    """
    try:
        version, deployment = _opened(Fields(parse_json(content), ""))
        return _read(deployment, version, source, expected, unsealing) if deployment else None
    except InvalidState as error:
        raise InvalidInput(subject, [error.problem]) from None
    except _InvalidStates as error:
        raise InvalidInput(subject, error.problems) from None


class _InvalidStates(Exception):  # noqa: N818 - see InvalidState
    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems


def _opened(envelope: Fields) -> tuple[int, Fields | None]:
    """The version and the deployment of an export or a checkpoint; None if there is no deployment yet."""
    if "version" not in envelope and "latest" in envelope and "stack" in envelope:
        return 1, envelope.part("latest")  # a checkpoint from before they had versions
    if "checkpoint" not in envelope and "version" not in envelope:
        remedy = _EXPORT if "resources" not in envelope else f"it has no version; {_EXPORT}"
        raise InvalidState("file", "is not a state of Pulumi", remedy)
    version = envelope.number("version")
    if not isinstance(version, int) or not 1 <= version <= _NEWEST:
        what = f"must be 1 to {_NEWEST}"
        newer = isinstance(version, int | float) and version > _NEWEST
        raise InvalidState("version", what, "update platform-components" if newer else _EXPORT)
    if version >= _WITH_FEATURES:
        unsupported = sorted(set(envelope.texts("features")) - _FEATURES)
        if unsupported:
            names = ", ".join(map(quoted, unsupported))
            raise InvalidState("features", f"not supported: {names}", "update platform-components")
    if "checkpoint" in envelope:
        checkpoint = envelope.part("checkpoint")
        return version, checkpoint.part("latest") if "latest" in checkpoint else None
    return version, envelope.part("deployment") if "deployment" in envelope else None


def _read(
    deployment: Fields, version: int, source: str, expected: StackName, unsealing: Unsealing
) -> Deployment:
    secrets = deployment.part("secrets_providers")
    provider = deployment.mapping("secrets_providers") or None
    properties = Properties(unsealing(provider))
    resources = tuple(read_resource(fields, properties, version) for fields in deployment.parts("resources"))
    pending = tuple(map(read_operation, deployment.parts("pending_operations")))
    manifest = deployment.part("manifest")
    problems = list(islice(_problems(resources, manifest, expected), _MOST_PROBLEMS))
    if problems:
        raise _InvalidStates(problems)
    return Deployment(
        source=source,
        resources=resources,
        pending=pending,
        time=_time(manifest),
        is_snapshot=secrets.text("type") == SNAPSHOT,
        warnings=(*_integrity_errors(deployment), *_refreshes(deployment)),
    )


def _problems(resources: Sequence[ResourceState], manifest: Fields, expected: StackName) -> Iterator[Problem]:
    found = {_stack_of(resource) for resource in resources}
    stacks, projects = {each.stack for each in found}, {each.project for each in found}
    # An update after a change of the project's name finds resources of the former one by their aliases.
    if found and (stacks != {expected.stack} or expected.project not in projects):
        other = next(each for each in map(_stack_of, resources) if each != expected)
        remedy = f"pass the state of {expected}; after a rename, export it again"
        yield Problem(
            "resources", f"are of stack {quoted(other.stack)} of project {quoted(other.project)}", remedy
        )
        return
    magic, engine = manifest.text("magic"), manifest.text("version")
    if magic and magic != (hashlib.sha256(engine.encode()).hexdigest() if engine else ""):
        yield Problem("manifest.magic", "does not match manifest.version: the state is damaged", _EXPORT)
    yield from integrity_problems(resources)


def _stack_of(resource: ResourceState) -> StackName:
    stack, project = resource.urn.removeprefix("urn:pulumi:").split("::", 2)[:2]
    return StackName(project, stack)


def _time(manifest: Fields) -> str:
    time = manifest.text("time")
    if time and not _TIME.fullmatch(time):
        raise InvalidState("manifest.time", "must be a time in ISO 8601")
    return "" if time == _NO_TIME else time


def _integrity_errors(deployment: Fields) -> Iterator[str]:
    """A warning if Pulumi noted that it wrote an invalid state."""
    error: Any = deployment.part("metadata").mapping("integrity_error")
    if error:
        yield "Pulumi wrote this state although it was invalid; run `pulumi state repair`"


def _refreshes(deployment: Fields) -> Iterator[str]:
    """A warning if providers demand that resources are read from the cloud before they are compared."""
    count = sum(fields.flag("refreshBeforeUpdate") for fields in deployment.parts("resources"))
    if count:
        what = "1 resource" if count == 1 else f"{count} resources"
        yield f"a deployment refreshes {what} first, whose changes outside Pulumi are not in the plan"
