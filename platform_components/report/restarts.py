"""What a step restarts: pods, database instances, cache nodes, nodes of a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from platform_components.report.subject import Fact, Subject


@dataclass(frozen=True)
class _Restart:
    paths: tuple[str, ...]
    text: str
    can_wait: bool = False
    """Whether the change waits for the maintenance window unless `applyImmediately` is on."""


# Settings whose row says "Downtime occurs during this change", or that reboot the instance:
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html
_RDS_INSTANCE: Final = (
    _Restart(("port", "dbPort"), "is rebooted immediately"),
    _Restart(
        ("instanceClass", "engineVersion", "identifier", "licenseModel"),
        "is down while the change is applied",
        can_wait=True,
    ),
    _Restart(
        ("caCertIdentifier", "networkType", "domain"),
        "can be down while the change is applied",
        can_wait=True,
    ),
    _Restart(
        ("parameterGroupName",), "must be rebooted before static parameters of the new group take effect"
    ),
)
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/redis-cluster-vertical-scaling.html: nodes of
# the new type are created and synchronized, "with minimal downtime";
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement-upgrade-considerations.html:
# writes fail during the failover.
_ELASTICACHE: Final = (
    _Restart(("nodeType",), "replaces its nodes; clients reconnect", can_wait=True),
    _Restart(("engineVersion", "engine"), "replaces or restarts its nodes; clients reconnect", can_wait=True),
)
_DEPLOYMENT: Final = "restarts its pods, a few at a time"

_RESTARTS: Final[Mapping[str, tuple[_Restart, ...]]] = {
    # "When a node in a managed node group is terminated due to a scaling action or update, every Pod
    # on that node is drained first": https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateNodegroupVersion.html
    "aws:eks/nodeGroup:NodeGroup": (
        _Restart(("version", "releaseVersion", "launchTemplate"), "replaces its nodes and moves their pods"),
    ),
    # The provider stops and starts the instance: docs of aws_instance, arguments instance_type and user_data.
    "aws:ec2/instance:Instance": (
        _Restart(("instanceType", "userData", "userDataBase64"), "is stopped and started"),
    ),
    # "Amazon ECS starts new tasks with the new configuration":
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
    "aws:ecs/service:Service": (_Restart(("taskDefinition", "forceNewDeployment"), "replaces its tasks"),),
    "aws:elasticache/cluster:Cluster": _ELASTICACHE,
    "aws:elasticache/replicationGroup:ReplicationGroup": _ELASTICACHE,
    "aws:rds/clusterInstance:ClusterInstance": _RDS_INSTANCE,
    "aws:rds/cluster:Cluster": (
        _Restart(("engineVersion",), "is down while the change is applied", can_wait=True),
        _Restart(("port",), "is rebooted immediately"),
    ),
    "aws:rds/instance:Instance": _RDS_INSTANCE,
    # "A Deployment's rollout is triggered if and only if the Deployment's Pod template (that is,
    # .spec.template) is changed": https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#updating-a-deployment
    "kubernetes:apps/v1:Deployment": (_Restart(("spec.template",), _DEPLOYMENT),),
    # https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#rolling-updates
    "kubernetes:apps/v1:StatefulSet": (
        _Restart(("spec.template",), "restarts its pods, one after the other"),
    ),
    # https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/
    "kubernetes:apps/v1:DaemonSet": (_Restart(("spec.template",), "restarts its pods, node by node"),),
}
"""Restarts by type. As of November 2026."""

_WORKLOADS: Final = tuple(type_ for type_ in _RESTARTS if type_.startswith("kubernetes:apps/"))
_PARAMETER_GROUPS: Final = (
    "aws:rds/parameterGroup:ParameterGroup",
    "aws:rds/clusterParameterGroup:ClusterParameterGroup",
)


def restarts(subject: Subject) -> Iterator[Fact]:
    """Yield what the step restarts. What it stops, such as by a replacement, is an outage: see `outages`."""
    if subject.step.operation != "update":
        return
    for restart in _RESTARTS.get(subject.type, ()):
        paths = subject.changed(*restart.paths)
        if paths:
            text = f"{_text(subject, restart)}{_when(subject, restart)} ({', '.join(paths)})"
            yield Fact("restart", text, paths=paths)
    if subject.type in _PARAMETER_GROUPS:
        yield from _parameters(subject)


def _text(subject: Subject, restart: _Restart) -> str:
    """Strategies that differ from the rolling update."""
    if subject.type not in _WORKLOADS:
        return restart.text
    if subject.value("spec.strategy.type") == "Recreate":
        return "stops all of its pods, then starts new ones"
    if subject.value("spec.updateStrategy.type") == "OnDelete":
        return "changes its pods when they are deleted"
    return restart.text


def _when(subject: Subject, restart: _Restart) -> str:
    if not restart.can_wait:
        return ""
    immediately = subject.value("applyImmediately") is True
    return ", during the deployment" if immediately else ", in the next maintenance window"


def _parameters(subject: Subject) -> Iterator[Fact]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.html: a change
    with the apply method `pending-reboot` takes effect after a manual reboot."""
    old = _by_name(subject.before.get("parameters"))
    for name, parameter in _by_name(subject.after.get("parameters")).items():
        if parameter.get("applyMethod") == "pending-reboot" and old.get(name) != parameter:
            text = f"{name} takes effect after a reboot of the instances that use the group"
            yield Fact("restart", text, paths=("parameters",))


def _by_name(parameters: Any) -> dict[str, Mapping[str, Any]]:
    found = parameters if isinstance(parameters, list | tuple) else ()
    return {str(each.get("name")): each for each in found if isinstance(each, Mapping)}
