"""Merging an override of `customize` into the arguments of a resource."""

from __future__ import annotations

import runpy
from typing import Any

import pulumi
import pytest
from hypothesis import given, strategies as st
from pulumi_aws import rds, s3
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.policy import v1 as policy

from platform_components.aws.cluster import KUBERNETES_VERSION
from platform_components.base import customize_unions
from platform_components.base.customize_merge import UnmergeableError, merged
from platform_components.base.customize_shape import Shape, kubernetes_name, leaves
from platform_components.base.sdk_types import fields_of
from platform_components.testing import UNKNOWN, render
from tests.tree import ROOT

DEPLOYMENT = Shape.of(apps.Deployment)
BUCKET = Shape.of(s3.Bucket)
ANYTHING = Shape(())

keys = st.sampled_from(["a", "b", "c"])
values = st.recursive(
    st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2),
    lambda below: st.dictionaries(keys, below, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(keys, values, max_size=3)
overrides = st.dictionaries(
    keys,
    st.recursive(
        st.none() | st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2),
        lambda below: st.dictionaries(keys, below, max_size=3),
        max_leaves=8,
    ),
    max_size=3,
)


def pod(**spec: Any) -> dict[str, Any]:
    """Return the arguments of a Deployment with this spec of its pods."""
    labels = {"matchLabels": {"app": "shop"}}
    return {"spec": {"selector": labels, "template": {"spec": spec}}}


def merged_pod(own: dict[str, Any], override: dict[str, Any]) -> Any:
    """Return the spec of the pods of a Deployment with an override."""
    return merged(pod(**own), {"spec": {"template": {"spec": override}}}, DEPLOYMENT)["spec"]["template"][
        "spec"
    ]


@given(objects)
def test_an_empty_override_changes_nothing(own: dict[str, Any]) -> None:
    """The result is equal to the component's arguments."""
    assert merged(own, {}, ANYTHING) == own


@given(objects, overrides)
def test_merging_twice_equals_merging_once(own: dict[str, Any], override: dict[str, Any]) -> None:
    """An override describes a state, not a step."""
    once = merged(own, override, ANYTHING)
    assert merged(once, override, ANYTHING) == once


@given(objects, overrides)
def test_keys_that_are_not_overridden_stay(own: dict[str, Any], override: dict[str, Any]) -> None:
    """At any depth; the component's own values are not changed in place."""
    before = repr(own)
    result = merged(own, override, ANYTHING)

    def check(old: Any, change: Any, new: Any) -> None:
        for key in old:
            if key not in change:
                assert new[key] == old[key]
            elif isinstance(change[key], dict) and isinstance(old[key], dict):
                check(old[key], change[key], new[key])

    check(own, override, result)
    assert repr(own) == before


@given(objects, overrides)
def test_the_result_has_the_overriding_values(own: dict[str, Any], override: dict[str, Any]) -> None:
    """Each value of the override is in the result; a value that is None is absent."""
    result = merged(own, override, ANYTHING)

    def check(change: Any, new: Any) -> None:
        for key, value in change.items():
            if isinstance(value, dict):
                check(value, new[key])
            elif value is None:
                assert key not in new
            else:
                assert new[key] == value

    check(override, result)


names = st.sampled_from(["shop", "proxy", "log"])
containers = st.lists(
    st.builds(lambda name, image: {"name": name, "image": image}, names, st.sampled_from("xyz")),
    unique_by=lambda container: container["name"],
)


@given(containers, containers)
def test_containers_are_merged_by_name(own: list[Any], override: list[Any]) -> None:
    """Entries of the component keep their order; others are appended. Merging twice equals merging once."""
    result = merged_pod({"containers": own}, {"containers": override})["containers"]
    own_names = [container["name"] for container in own]
    assert [container["name"] for container in result] == [
        *own_names,
        *(container["name"] for container in override if container["name"] not in own_names),
    ]
    images = {entry["name"]: entry["image"] for entry in [*own, *override]}
    assert {entry["name"]: entry["image"] for entry in result} == images
    assert merged_pod({"containers": result}, {"containers": override})["containers"] == result


def test_a_field_of_a_container_keeps_its_security() -> None:
    """Other fields of the entry stay."""
    own = {"containers": [{"name": "shop", "image": "a", "security_context": {"privileged": False}}]}
    assert merged_pod(own, {"containers": [{"name": "shop", "image": "b"}]})["containers"] == [
        {"name": "shop", "image": "b", "security_context": {"privileged": False}}
    ]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("init_containers", "name"),
        ("volumes", "name"),
        ("topology_spread_constraints", "topology_key"),
        ("host_aliases", "ip"),
        ("image_pull_secrets", "name"),
    ],
)
def test_lists_of_a_pod_are_merged_by_the_merge_key_of_kubernetes(name: str, key: str) -> None:
    """The keys are those of a strategic merge patch."""
    extra = {"max_skew": 1, "when_unsatisfiable": "ScheduleAnyway"} if "topology" in name else {}
    own = {"containers": [], name: [{key: "a", "x": 1, **extra}, {key: "b", "x": 1, **extra}]}
    result = merged_pod(own, {name: [{key: "b", "x": 2}]})
    assert [entry["x"] for entry in result[name]] == [1, 2]


@pytest.mark.parametrize(("name", "key"), [("env", "name"), ("volume_mounts", "mount_path")])
def test_lists_of_a_container_are_merged_by_key(name: str, key: str) -> None:
    """Variables by name, mounts by path."""
    own = {"containers": [{"name": "shop", name: [{key: "a", "name": "a"}]}]}
    override = {"containers": [{"name": "shop", name: [{key: "b", "name": "b"}]}]}
    (container,) = merged_pod(own, override)["containers"]
    assert [entry[key] for entry in container[name]] == ["a", "b"]


def test_ports_of_a_service_are_merged_by_number() -> None:
    """In both spellings of their other fields."""
    own = {"spec": {"ports": [{"port": 80, "target_port": 8080}]}}
    result = merged(own, {"spec": {"ports": [{"port": 80, "targetPort": 9}]}}, Shape.of(core.Service))
    assert result["spec"]["ports"] == [{"port": 80, "target_port": 9}]


def test_the_table_of_list_keys_is_current() -> None:
    """It matches the OpenAPI definitions; otherwise run scripts/generate_list_keys.py."""
    script = runpy.run_path(str(ROOT / "scripts" / "generate_list_keys.py"))
    assert script["TARGET"].read_text(encoding="utf-8") == script["table"](KUBERNETES_VERSION)


def test_an_entry_is_removed_with_a_directive() -> None:
    """As in a strategic merge patch; an entry that does not exist is not added."""
    own = {"containers": [], "volumes": [{"name": "tmp"}, {"name": "data"}]}
    delete = [{"name": name, "$patch": "delete"} for name in ("tmp", "none")]
    assert merged_pod(own, {"volumes": delete})["volumes"] == [{"name": "data"}]


def test_further_keys_decide_between_entries_with_the_same_key() -> None:
    """Ports with two protocols: without the protocol, the entry is ambiguous."""
    port = {"container_port": 53}
    own = {"containers": [{"name": "dns", "ports": [port | {"protocol": "TCP"}, port | {"protocol": "UDP"}]}]}
    udp = {"name": "dns", "ports": [{"containerPort": 53, "protocol": "UDP", "name": "u"}]}
    (container,) = merged_pod(own, {"containers": [udp]})["containers"]
    assert [entry.get("name") for entry in container["ports"]] == [None, "u"]
    with pytest.raises(UnmergeableError) as caught:
        merged_pod(own, {"containers": [{"name": "dns", "ports": [{"containerPort": 53, "name": "u"}]}]})
    (problem,) = caught.value.problems
    assert problem.where == "spec.template.spec.containers[dns].ports[53]"
    assert (problem.what, problem.remedy) == ("matches 2 entries of the component", "add protocol")


def test_a_further_key_of_a_single_entry_is_overridden() -> None:
    """As in a strategic merge patch: the merge key alone identifies the entry."""
    soft = {"topology_key": "zone", "max_skew": 1, "when_unsatisfiable": "ScheduleAnyway"}
    own = {"containers": [], "topology_spread_constraints": [soft]}
    hard = {"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
    (constraint,) = merged_pod(own, {"topologySpreadConstraints": [hard]})["topology_spread_constraints"]
    assert constraint == {"topology_key": "zone", "max_skew": 1, "when_unsatisfiable": "DoNotSchedule"}


def test_other_lists_are_replaced() -> None:
    """Lists without a key, and all lists of AWS."""
    own = {"spec": {"ports": [{"port": 80}], "external_ips": ["1.1.1.1", "1.1.1.2"]}}
    result = merged(own, {"spec": {"externalIPs": ["9.9.9.9"]}}, Shape.of(core.Service))
    assert result["spec"]["external_ips"] == ["9.9.9.9"]
    groups = {"instance_class": "db.t3.small", "vpc_security_group_ids": ["sg-1", "sg-2"]}
    result = merged(groups, {"vpc_security_group_ids": ("sg-3",)}, Shape.of(rds.Instance))
    assert result["vpc_security_group_ids"] == ["sg-3"]


@pytest.mark.parametrize("own", ["min_ready_seconds", "minReadySeconds"])
@pytest.mark.parametrize("key", ["min_ready_seconds", "minReadySeconds"])
def test_the_other_spelling_is_the_same_key(own: str, key: str) -> None:
    """A value in the other spelling replaces the component's instead of being next to it."""
    base = pod(containers=[])
    base["spec"][own] = 5
    result = merged(base, {"spec": {key: 7}}, DEPLOYMENT)["spec"]
    assert {name: result[name] for name in result if "eady" in name} == {own: 7}


def test_the_object_of_several_alternatives_has_two_spellings_too() -> None:
    """A policy is a string or a document."""
    own = {"bucket": "a", "policy": {"version": "2008-10-17", "statement": []}}
    result = merged(own, {"policy": {"Version": "2012-10-17"}}, Shape.of(s3.BucketPolicy))
    assert result["policy"] == {"version": "2012-10-17", "statement": []}


def test_keys_of_a_mapping_have_one_spelling() -> None:
    """Labels and tags are not names of arguments: `minReplicas` and `min_replicas` are two tags."""
    result = merged({"tags": {"min_replicas": "1"}}, {"tags": {"minReplicas": "2"}}, BUCKET)
    assert result["tags"] == {"min_replicas": "1", "minReplicas": "2"}


def test_args_objects_are_merged_too() -> None:
    """Args objects of the SDK and dicts can be mixed; the component's object is not changed."""
    own = core.PodSpecArgs(containers=[core.ContainerArgs(name="shop", image="a")], host_network=False)
    override = core.PodSpecArgs(containers=[core.ContainerArgs(name="shop", tty=True)])
    base: dict[str, Any] = {"spec": {"selector": {}, "template": core.PodTemplateSpecArgs(spec=own)}}
    result: Any = merged(base, {"spec": {"template": {"spec": override}}}, DEPLOYMENT)
    result = result["spec"]["template"].spec
    assert type(result) is core.PodSpecArgs
    assert result.host_network is False
    (container,) = vars(result)["containers"]
    assert (container.image, container.tty) == ("a", True)
    assert vars(own.containers[0]) == {"name": "shop", "image": "a"}  # type: ignore[index]


def test_a_mapping_is_merged_into_an_output() -> None:
    """Once its value is known; every other override replaces the Output."""
    seen: list[Any] = []

    def program() -> None:
        tags = pulumi.Output.from_input({"Name": "a", "Team": "b"})
        override = {"tags": {"Team": pulumi.Output.from_input("c")}}
        result = merged({"tags": tags, "bucket": pulumi.Output.from_input("x")}, override, BUCKET)
        s3.Bucket("it", **result)
        replaced = merged({"bucket": pulumi.Output.from_input("x")}, {"bucket": "y"}, BUCKET)
        seen.append(replaced["bucket"])
        seen.append(merged({"tags": tags}, {"tags": {}}, BUCKET)["tags"] is tags)

    graph = render(program)
    assert graph.one("aws:s3/bucket:Bucket").inputs == {"bucket": "x", "tags": {"Name": "a", "Team": "c"}}
    assert seen == ["y", True]


def test_a_mapping_over_an_unknown_output_is_unknown() -> None:
    """A preview does not state a value that depends on a deployment."""

    def program() -> None:
        first = s3.Bucket("first")
        tags = first.tags_all.apply(lambda tags: tags)
        s3.Bucket("second", **merged({"tags": tags}, {"tags": {"Team": "c"}}, BUCKET))

    assert render(program).one("aws:s3/bucket:Bucket", "second").inputs["tags"] is UNKNOWN


@pytest.mark.parametrize(
    ("own", "override", "where", "remedy"),
    [
        ({}, {"livenessProbe": {"tcpSocket": {}}}, "[shop].liveness_probe.tcp_socket.port", "set it"),
        (
            {"lifecycle": {"pre_stop": {"sleep": {"seconds": 5}}}},
            {"lifecycle": {"pre_stop": {"sleep": {"seconds": None}}}},
            "[shop].lifecycle.pre_stop.sleep.seconds",
            "remove the line",
        ),
    ],
)
def test_a_merged_object_must_be_complete(own: Any, override: Any, where: str, remedy: str) -> None:
    """A required property that neither the component nor the override sets is an error."""
    with pytest.raises(UnmergeableError) as caught:
        merged_pod({"containers": [{"name": "shop", **own}]}, {"containers": [{"name": "shop", **override}]})
    (problem,) = caught.value.problems
    assert problem.where == f"spec.template.spec.containers{where}"
    assert problem.what == "is required"
    assert problem.remedy.startswith(remedy)


def test_a_partial_object_is_complete_with_the_components_values() -> None:
    """The override does not repeat what the component sets."""
    own = {"containers": [{"name": "shop", "lifecycle": {"pre_stop": {"http_get": {"port": 1}}}}]}
    override = {
        "containers": [{"name": "shop", "lifecycle": {"preStop": {"httpGet": {"path": "/"}}}}],
    }
    (container,) = merged_pod(own, override)["containers"]
    assert container["lifecycle"]["pre_stop"]["http_get"] == {"port": 1, "path": "/"}


def test_the_paths_of_an_override_are_exact() -> None:
    """With names as in programs, keys of entries, and None for what is removed."""
    override = {
        "spec": {
            "minReadySeconds": 5,
            "strategy": None,
            "template": {
                "spec": {
                    "containers": [{"name": "shop", "command": ["a"]}],
                    "volumes": [{"name": "tmp", "$patch": "delete"}],
                    "hostAliases": [],
                }
            },
        },
        "metadata": {"labels": {"a.b/c": "d"}, "annotations": {}},
    }
    assert dict(leaves(override, DEPLOYMENT)) == {
        "spec.min_ready_seconds": 5,
        "spec.strategy": None,
        "spec.template.spec.containers[shop].command": ["a"],
        "spec.template.spec.volumes[tmp]": None,
        "metadata.labels.a.b/c": "d",
        "metadata.annotations": {},
    }


# --- unions ---

PROBE = {"tcpSocket": {"port": 80}, "periodSeconds": 5}


@pytest.mark.parametrize(
    ("own", "override", "expected"),
    [
        (PROBE, {"httpGet": {"port": 80}}, {"http_get": {"port": 80}, "periodSeconds": 5}),
        (PROBE, {"http_get": {"port": 80}}, {"http_get": {"port": 80}, "periodSeconds": 5}),
        (PROBE, core.ProbeArgs(grpc=core.GRPCActionArgs(port=80)), {"grpc": ..., "periodSeconds": 5}),
        (PROBE, {"exec": {"command": ["a"]}}, {"exec_": {"command": ["a"]}, "periodSeconds": 5}),
        (PROBE, {"tcpSocket": {"host": "a"}}, {"tcpSocket": {"port": 80, "host": "a"}, "periodSeconds": 5}),
        (PROBE, {"httpGet": None, "periodSeconds": 9}, {"tcpSocket": {"port": 80}, "periodSeconds": 9}),
    ],
)
def test_another_handler_replaces_that_of_a_probe(own: Any, override: Any, expected: Any) -> None:
    """The API server rejects a probe with two. The other fields of the probe stay."""
    container = {"name": "shop", "livenessProbe": own}
    pod = merged_pod(
        {"containers": [container]}, {"containers": [{"name": "shop", "livenessProbe": override}]}
    )
    probe = pod["containers"][0]["livenessProbe"]
    assert set(probe) == set(expected)
    assert all(probe[key] == value for key, value in expected.items() if value is not ...)


@pytest.mark.parametrize(
    ("kind", "own", "override", "expected"),
    [
        (core.LifecycleHandlerArgs, {"sleep": {"seconds": 5}}, {"exec": {"command": ["a"]}}, {"exec_"}),
        (core.EnvVarArgs, {"name": "A", "value": "b"}, {"valueFrom": {}}, {"name", "value_from"}),
        (core.EnvVarArgs, {"name": "A", "value_from": {}}, {"value": "b"}, {"name", "value"}),
        (core.EnvVarSourceArgs, {"fieldRef": {}}, {"secret_key_ref": {"key": "a"}}, {"secret_key_ref"}),
        (
            core.VolumeArgs,
            {"name": "tmp", "empty_dir": {"size_limit": "1Gi"}},
            {"persistentVolumeClaim": {"claimName": "a"}},
            {"name", "persistent_volume_claim"},
        ),
        (
            policy.PodDisruptionBudgetSpecArgs,
            {"max_unavailable": 1, "selector": {}},
            {"minAvailable": 2},
            {"min_available", "selector"},
        ),
        (
            apps.DeploymentStrategyArgs,
            {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
            {"type": "Recreate"},
            {"type"},
        ),
        (
            apps.DeploymentStrategyArgs,
            {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
            {"type": "RollingUpdate"},
            {"type", "rollingUpdate"},
        ),
        (
            core.TopologySpreadConstraintArgs,
            {"max_skew": 1, "topology_key": "a", "when_unsatisfiable": "DoNotSchedule", "min_domains": 2},
            {"whenUnsatisfiable": "ScheduleAnyway"},
            {"max_skew", "topology_key", "when_unsatisfiable"},
        ),
    ],
)
def test_a_value_replaces_those_that_it_excludes(
    kind: type, own: dict[str, Any], override: dict[str, Any], expected: set[str]
) -> None:
    """Kubernetes accepts only one of them."""
    assert set(merged(own, override, Shape((kind,)))) == expected


def test_every_union_exists_in_the_sdk() -> None:
    """A property that the SDK does not have would have no effect."""
    kinds = (
        *(core.ProbeArgs, core.LifecycleHandlerArgs, core.EnvVarArgs, core.EnvVarSourceArgs, core.VolumeArgs),
        *(policy.PodDisruptionBudgetSpecArgs, apps.DeploymentStrategyArgs, core.TopologySpreadConstraintArgs),
    )
    names = {
        kubernetes_name(kind): {each.provider_name for each in fields_of(kind).values()} for kind in kinds
    }
    tables = (customize_unions._UNIONS, customize_unions._UNIONS_EXCEPT, customize_unions._ONLY_WITH)
    assert {name for table in tables for name in table} == set(names)
    for name, members in {**customize_unions._UNIONS, **customize_unions._UNIONS_EXCEPT}.items():
        assert set(members) <= names[name]
