"""The values of `customize` are checked against the types of the SDK."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pulumi_aws import autoscaling, ec2, iam, lambda_, rds, s3
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

from platform_components.base.customize import customize_problems

CHILDREN: Mapping[str, type[pulumi.CustomResource]] = {
    "instance": rds.Instance,
    "bucket": s3.Bucket,
    "versioning": s3.BucketVersioning,
    "policy": s3.BucketPolicy,
    "role": iam.Role,
    "machine": ec2.Instance,
    "group": autoscaling.Group,
    "function": lambda_.Function,
    "parameters": rds.ParameterGroup,
    "deployment": apps.Deployment,
    "service": core.Service,
    "namespace": core.Namespace,
    "network-policy": networking.NetworkPolicy,
}


def problems(customize: Any, **owned: Any) -> list[str]:
    """Return the problems of an override: path and value, what is allowed, and the remedy."""
    return [
        f"{problem.where.removeprefix('customize.')}{'' if problem.shown is None else f' = {problem.shown}'}"
        f" | {problem.what} | {problem.remedy}"
        for problem in customize_problems(CHILDREN, owned, customize)
    ]


def pod(**spec: Any) -> dict[str, Any]:
    """Return an override of the spec of a Deployment's pods."""
    return {"deployment": {"spec": {"template": {"spec": spec}}}}


def container(**fields: Any) -> dict[str, Any]:
    """Return an override of one container of a Deployment's pods."""
    return pod(containers=[{"name": "shop", **fields}])


KEEP = "remove it to keep the component's value"
POD = "deployment.spec.template.spec"


@pytest.mark.parametrize(
    ("customize", "expected"),
    [
        (
            {"deployment": {"spec": {"replicas": "three"}}},
            f'deployment.spec.replicas = "three" | must be an integer | {KEEP}',
        ),
        (
            container(livenessProbe={"exec": {"command": ["a"]}, "tcp_socket": {"port": 80}}),
            f"{POD}.containers[0].livenessProbe | can have only one of exec, tcp_socket | remove the others",
        ),
        (
            {"instance": {"multi_az": "yes"}},
            'instance.multi_az = "yes" | must be true or false | write true, without quotes',
        ),
        (
            {"instance": {"allocated_storage": "20"}},
            'instance.allocated_storage = "20" | must be an integer | remove the quotes',
        ),
        (
            {"instance": {"allocated_storage": 20.5}},
            f"instance.allocated_storage = 20.5 | must be an integer | {KEEP}",
        ),
        (
            {"instance": {"allocated_storage": True}},
            f"instance.allocated_storage = true | must be an integer | {KEEP}",
        ),
        (
            {"instance": {"engine_version": 17}},
            "instance.engine_version = 17 | must be a string | put it in quotes",
        ),
        (
            {"instance": {"vpc_security_group_ids": "sg-1"}},
            'instance.vpc_security_group_ids = "sg-1" | must be a list | write a list: [first, second]',
        ),
        (
            {"instance": {"vpc_security_group_ids": ["sg-1", 2]}},
            "instance.vpc_security_group_ids[1] = 2 | must be a string | put it in quotes",
        ),
        (
            {"instance": {"tags": ["a"]}},
            'instance.tags = ["a"] | must be a mapping | write `name: value` lines',
        ),
        ({"instance": {"tags": {"a": 1}}}, "instance.tags.a = 1 | must be a string | put it in quotes"),
        (
            {"instance": {"tags": {1: "a"}}},
            "instance.tags.1 | key must be a string | put it in quotes",
        ),
        (
            {"instance": {"multi_azs": True}},
            "instance.multi_azs | unknown argument | did you mean multi_az?",
        ),
        (
            {"instance": {"multiAzs": True}},
            "instance.multiAzs | unknown argument | did you mean multiAz?",
        ),
        (
            {"versioning": {"versioning_configuration": {"state": "Enabled"}}},
            "versioning.versioning_configuration.state | unknown argument | did you mean status?",
        ),
        (
            {"versioning": {"versioning_configuration": "Enabled"}},
            f'versioning.versioning_configuration = "Enabled" | must be a mapping | {KEEP}',
        ),
        (
            {"parameters": {"parameters": [{"name": "work_mem"}]}},
            "parameters.parameters[0].value | is required | set it",
        ),
        (
            {"parameters": {"parameters": {"name": "work_mem", "value": "4096"}}},
            "parameters.parameters = {…} | must be a list | write a list: [{...}]",
        ),
        (
            {"policy": {"policy": 3}},
            "policy.policy = 3 | must be a string or a mapping | put it in quotes",
        ),
        (
            {"policy": {"policy": {"Version": "2012-10-17", "Statments": []}}},
            "policy.policy.Statments | unknown argument | did you mean Statement?",
        ),
        (
            {"function": {"code": "app.zip"}},
            'function.code = "app.zip" | must be of type Archive | remove it to keep the component\'s value',
        ),
        (
            {"deployment": {"kind": "StatefulSet"}},
            f'deployment.kind = "StatefulSet" | must be "Deployment" | {KEEP}',
        ),
        (
            {"deployment": {"spec": {"replica": 3}}},
            "deployment.spec.replica | unknown argument | did you mean replicas?",
        ),
        (
            {"deployment": {"spec": {"min_ready_seconds": 1, "minReadySeconds": 2}}},
            "deployment.spec.minReadySeconds | is set twice, also as min_ready_seconds | remove one of them",
        ),
        (
            pod(containers={"name": "shop"}),
            f"{POD}.containers = {{…}} | must be a list | write a list: [{{...}}]",
        ),
        (
            pod(containers=[{"image": "x"}]),
            f"{POD}.containers[0].name | is required | set it: it identifies the entry",
        ),
        (
            pod(volumes=[{"name": "tmp", "$patch": "replace"}]),
            f'{POD}.volumes[0].$patch = "replace" | must be "delete" | remove it to merge the entry',
        ),
        (
            container(securityContext={"runAsUser": "root"}),
            f'{POD}.containers[0].securityContext.runAsUser = "root" | must be an integer | {KEEP}',
        ),
        (
            container(resources={"limits": {"memory": 512}}),
            f"{POD}.containers[0].resources.limits.memory = 512 | must be a string | put it in quotes",
        ),
        (
            pod(tolerations=[{"key": "a", "operatr": "Exists"}]),
            f"{POD}.tolerations[0].operatr | unknown argument | did you mean operator?",
        ),
        (
            {"group": {"tags": [{"key": "a", "value": "b"}]}},
            "group.tags[0].propagate_at_launch | is required | set it",
        ),
    ],
)
def test_a_value_of_another_type_is_an_error(customize: Any, expected: str) -> None:
    """The message has the path, the value, what is allowed, and a remedy."""
    assert problems(customize) == [expected]


@pytest.mark.parametrize(
    "customize",
    [
        {"instance": {"multi_az": True, "allocatedStorage": 20, "engine_version": "17"}},
        {"instance": {"instance_class": rds.InstanceType.T3_MICRO, "iops": 3.0}},
        {"instance": {"multi_az": None, "tags": {"a": None}}},
        {"instance": {"tags": {"not_a_name": "x", "notAName": "y"}}},
        {"policy": {"policy": "{}"}},
        {"policy": {"policy": {"Version": "2012-10-17", "Statement": []}}},
        {"role": {"assumeRolePolicy": {"Version": "2012-10-17", "Statement": [{"Effect": "Deny"}]}}},
        {"function": {"code": pulumi.FileArchive("app")}},
        {"machine": {"instance_type": "t9.huge"}},
        {"deployment": {"spec": {"replicas": 3}}},
        {"deployment": {"spec": {"strategy": {"rolling_update": {"maxSurge": "25%", "max_unavailable": 1}}}}},
        {"service": {"spec": {"ports": [{"port": 80, "targetPort": "http"}]}}},
        {"network-policy": {"spec": {"ingress": [{"from": [{"podSelector": {}}]}]}}},
        {"network-policy": {"spec": {"ingress": ({"from_": ()},)}}},
        {"namespace": {"metadata": {"labels": {"team": "a"}}}},
        {"namespace": {"metadata": meta.ObjectMetaArgs(labels={"team": "a"})}},
        pod(volumes=[{"name": "tmp", "$patch": "delete"}]),
        container(env=[{"name": "A", "value": "b"}], lifecycle={"preStop": {"exec": {"command": ["a"]}}}),
        pod(containers=[core.ContainerArgs(name="shop", tty=True)]),
    ],
)
def test_values_of_the_right_type_are_accepted(customize: Any) -> None:
    """In both spellings, as mappings or args objects, and None for a value to remove."""
    assert problems(customize) == []


def test_outputs_are_accepted_where_inputs_are() -> None:
    """At any depth; their values are unknown until deployment."""

    async def check() -> list[str]:
        later: Any = pulumi.Output.from_input("x")
        return problems(
            {
                "instance": {"multi_az": later, "tags": {"a": later}, "vpc_security_group_ids": [later]},
                **container(image=later, env=[later, {"name": "A", "value": later}]),
            }
        )

    assert asyncio.run(check()) == []


@pytest.mark.parametrize(
    "customize",
    [
        {"instance": {"password": 4711}},
        container(env=[{"name": "DB_PASSWORD", "value": 4711}]),
        container(env=[{"name": "ANY", "value": 4711}]),
        {"instance": {"tags": {"token": 4711}}},
    ],
)
def test_a_message_never_shows_a_secret(customize: Any) -> None:
    """Neither values of fields with the name of a secret nor those of variables."""
    (problem,) = problems(customize)
    assert "4711" not in problem
    assert "must be a string" in problem


NAME = "is set by the component | choose another name for the component"
CONTEXT = "is set by the component | change the context of the stack, in platform.yaml"
MAPPING = "write a mapping with the values to override"
SELECTOR = "is set by the component | remove it: the labels of the pods have the same values"


@pytest.mark.parametrize(
    ("customize", "expected"),
    [
        ({"service": {"metadata": {"name": "a"}}}, [f"service.metadata.name | {NAME}"]),
        ({"service": {"metadata": {"namespace": "a"}}}, [f"service.metadata.namespace | {NAME}"]),
        (
            {"service": {"metadata": meta.ObjectMetaArgs(name="a")}},
            [f"service.metadata.name | {NAME}"],
        ),
        ({"service": {"spec": {"selector": {"app": "a"}}}}, [f"service.spec.selector | {SELECTOR}"]),
        (
            {"deployment": {"spec": {"selector": {"matchLabels": {"app": "a"}}}}},
            [f"deployment.spec.selector | {SELECTOR}"],
        ),
        (
            {"network-policy": {"spec": {"podSelector": {}}}},
            [f"network-policy.spec.podSelector | {SELECTOR}"],
        ),
        (
            {"deployment": {"spec": {"template": {"metadata": {"labels": {"app.kubernetes.io/name": "a"}}}}}},
            [f"deployment.spec.template.metadata.labels.app.kubernetes.io/name | {CONTEXT}"],
        ),
        (
            {"namespace": {"metadata": {"labels": {"platform/owner": None}}}},
            [f"namespace.metadata.labels.platform/owner | {CONTEXT}"],
        ),
        (
            {"namespace": {"metadata": None}},
            [f"namespace.metadata | replaces name, which the component sets | {MAPPING}"],
        ),
        ({"bucket": {"tags": {"Owner": "a"}}}, [f"bucket.tags.Owner | {CONTEXT}"]),
        ({"bucket": {"tags": {"CostCenter": "4711", "Name": "a"}}}, []),
        ({"bucket": {"tags": None}}, []),  # they are added again
        ({"namespace": {"spec": None}}, []),
    ],
)
def test_what_others_refer_to_cannot_be_overridden(customize: Any, expected: list[str]) -> None:
    """Names, namespaces, selectors, and the labels and tags of the context."""
    assert problems(customize) == expected


def test_an_output_cannot_replace_an_object_with_owned_values() -> None:
    """It could contain another name."""

    async def check() -> list[str]:
        return problems({"service": {"metadata": pulumi.Output.from_input({"labels": {}})}})

    (problem,) = asyncio.run(check())
    assert problem.startswith("service.metadata | replaces name, which the component sets")


def test_a_component_can_own_further_arguments() -> None:
    """In both spellings, with its own remedy."""
    for argument in ("allocated_storage", "allocatedStorage"):
        found = problems({"instance": {argument: 5}}, instance={"allocated_storage": "set storage_gb"})
        assert found == [f"instance.{argument} | is set by the component | set storage_gb"]
