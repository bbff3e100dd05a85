"""The inputs of a resource before and after a step, from which follows what the step opens up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from platform_components.engine.plan.steps import Operation
from platform_components.engine.values import UNKNOWN, Secret, without_secrets
from platform_components.report.subject import Subject, unmarked

_TARGETS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:apigateway/restApiPolicy:RestApiPolicy": ("restApiId",),
    "aws:ec2/networkAclRule:NetworkAclRule": ("networkAclId",),
    "aws:ec2/securityGroupRule:SecurityGroupRule": ("securityGroupId",),
    "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": ("vpcEndpointId",),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ("repository",),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": ("fileSystemId",),
    "aws:iam/groupPolicy:GroupPolicy": ("group",),
    "aws:iam/rolePolicy:RolePolicy": ("role",),
    "aws:iam/userPolicy:UserPolicy": ("user",),
    "aws:kms/keyPolicy:KeyPolicy": ("keyId",),
    "aws:lambda/functionUrl:FunctionUrl": ("functionName", "qualifier"),
    "aws:s3/bucketAcl:BucketAcl": ("bucket",),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ("bucket",),
    "aws:s3/bucketPolicy:BucketPolicy": ("bucket",),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ("bucket",),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("secretArn",),
    "aws:sns/topicPolicy:TopicPolicy": ("arn",),
    "aws:sqs/queuePolicy:QueuePolicy": ("queueUrl",),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ("securityGroupId",),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ("securityGroupId",),
}
"""Resources that apply to another one: the properties that identify it."""


@dataclass(frozen=True)
class Transition:
    """The inputs of a resource before and after a step; None if it does not exist then."""

    type: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    changed: frozenset[str] = frozenset()
    """Top-level properties that differ according to the plan, which also compares secrets."""

    @property
    def kind(self) -> str:
        """Kind of a Kubernetes resource: `NetworkPolicy`; empty for others."""
        return self.type.rpartition(":")[2] if self.type.startswith("kubernetes:") else ""

    def differs(self, property_: str) -> bool:
        before, after = self.before or {}, self.after or {}
        return property_ in self.changed or before.get(property_) != after.get(property_)


def transitions(subject: Subject) -> Iterator[Transition]:
    """Yield what happens to the resource. One that moves to another target is a deletion and a creation."""
    operation = subject.step.operation
    # The cloud's inputs of an imported resource are unknown: everything in it counts as new.
    before = None if operation in ("create", "import") else unmarked(subject.before)
    after = None if operation == "delete" else unmarked(subject.after)
    if after is None and (subject.step.retained or _targets_in(subject, "delete", "replace")):
        return  # it stays, or what it applies to is gone as well
    if before is None or after is None:
        yield Transition(subject.type, before, after)
    elif _moves(subject) and not _targets_in(subject, "replace"):
        if not subject.step.retained and not _targets_in(subject, "delete"):
            yield Transition(subject.type, before, None)
        yield Transition(subject.type, None, after)
    else:
        yield Transition(subject.type, before, after, frozenset(subject.by_property))


def applies_to_another(type_: str) -> bool:
    """Whether a resource only applies to another one, which its deletion leaves as it is."""
    return type_ in _TARGETS


def _moves(subject: Subject) -> bool:
    """Whether the resource applies to another one than before."""
    changed = subject.changed(*_targets(subject.type))
    return any(subject.former(name) != subject.value(name) for name in changed)


def _targets(type_: str) -> tuple[str, ...]:
    return ("metadata.namespace",) if type_.startswith("kubernetes:") else _TARGETS.get(type_, ())


def _targets_in(subject: Subject, *operations: Operation) -> bool:
    """Whether the former target is replaced or deleted, as one of these operations."""
    plan = subject.graph.plan if subject.graph else None
    former = [subject.before.get(name) for name in _targets(subject.type)]
    return plan is not None and any(
        step.id and step.id in former and step.operation in operations and not step.retained
        for step in plan.changes
    )


def at(value: Any, path: str) -> Any:
    """Return the value at a path such as `spec.template.spec`; None if there is none.

    Below an unknown or secret value that value itself.
    """
    for key in path.split("."):
        if is_hidden(value):
            return value
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def items(value: Any) -> list[Any]:
    """Return the items of a list. Any other value, such as an unknown list, is one item."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """Return the items of a list that are mappings."""
    return [item for item in items(value) if isinstance(item, Mapping)]


def is_hidden(value: Any) -> bool:
    """Whether a value can't be compared: it is unknown or secret."""
    return value is UNKNOWN or isinstance(value, Secret)


def shown(value: Any) -> str:
    """Return the value as text, without secrets."""
    if value is UNKNOWN:
        return "[known after the deployment]"
    if isinstance(value, str):
        return value
    return "[secret]" if isinstance(value, Secret) else json.dumps(without_secrets(value), sort_keys=True)


def incomparable(what: str, value: Any) -> str:
    """Return the statement that an unknown or secret value can't be compared."""
    state = "a value known only after the deployment" if value is UNKNOWN else "a secret value"
    return f"sets {what} to {state}: what it allows can't be compared"
