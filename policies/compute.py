"""Compute: outside production, instances and groups of instances have a limited size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from platform_components.policy import Example, PolicyContext, Properties, ResourceView, Rule, Undetermined

from .sizing import largest, misfit, most, units

Findings = Iterator[str | Undetermined]

_EC2 = "aws:ec2/instance:Instance"
_FLEET = "aws:ec2/fleet:Fleet"
_GROUP = "aws:autoscaling/group:Group"
_LAUNCH_CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
_LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
_NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
_SPOT_FLEET = "aws:ec2/spotFleetRequest:SpotFleetRequest"
_SPOT_INSTANCE = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"

_COUNTS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    _NODE_GROUP: (("scalingConfig", "maxSize"), ("scalingConfig", "desiredSize")),
    _GROUP: (("maxSize",), ("desiredCapacity",)),
    _FLEET: (("targetCapacitySpecification", "totalTargetCapacity"),),
    _SPOT_FLEET: (("targetCapacity",),),
}
"""The properties that state the number of instances, by type."""


def _instance_types(view: ResourceView, context: PolicyContext) -> Findings:
    if view.type == _NODE_GROUP:
        for name in view.get("instanceTypes") or ():
            yield from _fits(name, context)
        return
    choices = list(_choices(view))
    for each in (*_specifications(view), *choices):
        name = each.peek("instanceType")
        if isinstance(name, Undetermined):
            yield name
        elif name:
            yield from _fits(name, context)
    for each in choices:
        yield from _requirements(each, context)


def _specifications(view: ResourceView) -> Iterator[Properties]:
    """The properties that state an instance type."""
    if view.type in (_EC2, _LAUNCH_CONFIGURATION, _SPOT_INSTANCE):
        yield view
    elif view.type == _SPOT_FLEET:
        yield from view.each("launchSpecifications")


def _choices(view: ResourceView) -> Iterator[Properties]:
    """The properties that state an instance type, or the requirements by which AWS chooses one."""
    if view.type == _LAUNCH_TEMPLATE:
        yield view
    elif view.type == _GROUP:
        yield from view.each("mixedInstancesPolicy", "launchTemplate", "overrides")
    elif view.type in (_FLEET, _SPOT_FLEET):
        for template in view.each("launchTemplateConfigs"):
            yield from template.each("overrides")


def _fits(name: str, context: PolicyContext) -> Findings:
    if problem := misfit(name, context, "compute.instance_type"):
        yield f"instance type {name} {problem}"


def _requirements(launched: Properties, context: PolicyContext) -> Findings:
    """The maximum of vCPUs if AWS chooses the types. An instance has half as many as normalization units."""
    if context.tier == "production" or not launched.has("instanceRequirements"):
        return
    name = largest(context, "compute.instance_type")
    limit = int((units(name) or 0) / 2)
    vcpus = launched.peek("instanceRequirements", "vcpuCount", "max")
    if isinstance(vcpus, Undetermined):
        yield vcpus
    elif vcpus is None:
        yield f"instanceRequirements.vcpuCount.max is not set; the maximum in {context.tier} is {limit}"
    elif vcpus > limit:
        yield f"instanceRequirements.vcpuCount.max is {vcpus}; the maximum in {context.tier} is {limit}"


def _node_count(view: ResourceView, context: PolicyContext) -> Findings:
    limit = most(context, "compute.nodes")
    for path in _COUNTS[view.type]:
        count = view.peek(*path)
        if isinstance(count, Undetermined):
            yield count
        elif limit is not None and count is not None and count > limit:
            yield f"{'.'.join(path)} is {count}; the maximum in {context.tier} is {limit}"


_BIG = {"instanceType": "m7g.8xlarge"}
_ANY_SIZE = {"instanceRequirements": {"vcpuCount": {"min": 2}, "memoryMib": {"min": 4096}}}


COMPUTE: Final = (
    Rule(
        id="compute-instance-type",
        title="Outside production, instances and nodes have a limited size",
        why="One large instance that nobody stops costs more than the rest of development.",
        remedy="choose a smaller instance type",
        severity="medium",
        types=(
            *(_EC2, _FLEET, _GROUP, _LAUNCH_CONFIGURATION, _LAUNCH_TEMPLATE),
            *(_NODE_GROUP, _SPOT_FLEET, _SPOT_INSTANCE),
        ),
        check=_instance_types,
        passing=(
            Example(_EC2, {"instanceType": "t3.large"}),
            Example(_NODE_GROUP, {"instanceTypes": ["m7g.16xlarge"]}, "prod"),
            Example(_LAUNCH_TEMPLATE, {"instanceRequirements": {"vcpuCount": {"min": 2, "max": 4}}}),
            Example(_LAUNCH_TEMPLATE, _ANY_SIZE, "prod"),
            Example(_GROUP, {}),
        ),
        failing=(
            Example(_LAUNCH_CONFIGURATION, _BIG, says="instance type m7g.8xlarge is larger than xlarge"),
            Example(_SPOT_INSTANCE, _BIG, says="m7g.8xlarge"),
            Example(_FLEET, {"launchTemplateConfigs": [{"overrides": [_BIG]}]}, says="m7g.8xlarge"),
            Example(_SPOT_FLEET, {"launchSpecifications": [_BIG]}, says="m7g.8xlarge"),
            Example(_SPOT_FLEET, {"launchTemplateConfigs": [{"overrides": [_ANY_SIZE]}]}, says="is not set"),
            Example(
                _GROUP,
                {
                    "mixedInstancesPolicy": {
                        "launchTemplate": {"overrides": [{"instanceType": "t3.large"}, _BIG]}
                    }
                },
                says="m7g.8xlarge",
            ),
            Example(
                _GROUP,
                {"mixedInstancesPolicy": {"launchTemplate": {"overrides": [_ANY_SIZE]}}},
                "staging",
                says="instanceRequirements.vcpuCount.max is not set; the maximum in staging is 16",
            ),
            Example(
                _LAUNCH_TEMPLATE,
                {"instanceRequirements": {"vcpuCount": {"min": 2, "max": 96}}},
                says="vcpuCount.max is 96; the maximum in development is 4",
            ),
            Example(_EC2, {"instanceType": "m7i.metal-24xl"}, says="larger than xlarge"),
            Example(_NODE_GROUP, {"instanceTypes": ["t3.large", "m7g.8xlarge"]}, says="m7g.8xlarge"),
        ),
    ),
    Rule(
        id="compute-node-count",
        title="Outside production, groups of instances and nodes have a limited number",
        why="A mistyped maximum lets one faulty Deployment scale development to the cost of production.",
        remedy="set a lower maximum, or use production for a load test",
        severity="medium",
        types=tuple(_COUNTS),
        check=_node_count,
        passing=(
            Example(_NODE_GROUP, {"scalingConfig": {"minSize": 1, "desiredSize": 2, "maxSize": 10}}),
            Example(_NODE_GROUP, {"scalingConfig": {"maxSize": 100}}, "prod"),
            Example(_GROUP, {"maxSize": 20}, "staging"),
        ),
        failing=(
            Example(
                _NODE_GROUP,
                {"scalingConfig": {"desiredSize": 2, "maxSize": 100}},
                says="scalingConfig.maxSize is 100; the maximum in development is 10",
            ),
            Example(_GROUP, {"maxSize": 21}, "staging", says="maxSize is 21; the maximum in staging is 20"),
            Example(_FLEET, {"targetCapacitySpecification": {"totalTargetCapacity": 50}}, says="is 50"),
            Example(_SPOT_FLEET, {"targetCapacity": 50}, says="targetCapacity is 50"),
        ),
    ),
)
