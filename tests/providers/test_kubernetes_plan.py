"""Plans with Kubernetes resources: what the configuration of their provider changes in them."""

from __future__ import annotations

import json

import pulumi_kubernetes as kubernetes
import pytest
from pulumi import ResourceOptions
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta

from platform_components.engine.plan.steps import Plan
from platform_components.providers import known_providers
from tests.engine.deployments import Program, deployed, edited, operations, planned, step_of


def kubeconfig(server: str) -> str:
    return json.dumps(
        {
            "clusters": [{"name": "main", "cluster": {"server": server}}],
            "contexts": [{"name": "main", "context": {"cluster": "main", "user": "deployer"}}],
            "current-context": "main",
        }
    )


def settings(
    level: str = "info",
    *,
    server: str = "https://one.example.com",
    namespace: str = "shop",
    name: str | None = None,
    mutable: bool | None = None,
) -> Program:
    """A program with a ConfigMap in a namespace of its provider."""

    def program() -> None:
        provider = kubernetes.Provider(
            "main", kubeconfig=kubeconfig(server), namespace=namespace, enable_config_map_mutable=mutable
        )
        metadata = meta.ObjectMetaArgs(name=name) if name else None
        core.ConfigMap(
            "settings", metadata=metadata, data={"level": level}, opts=ResourceOptions(provider=provider)
        )

    return program


def plan(before: Program, after: Program) -> Plan:
    """The plan from what the first program leaves, with the name that the provider generates."""
    state = deployed(before)
    inputs = next(each.inputs for each in state.resources if each.name == "settings")
    metadata = {"name": "settings-0a1b2c3d", "annotations": {"pulumi.com/autonamed": "true"}}
    checked = {**inputs, "metadata": {"namespace": "shop", **inputs.get("metadata", metadata)}}
    state = edited(state, "settings", inputs=checked, outputs=checked)
    return planned(after, state, providers=known_providers)


def test_an_unchanged_config_map_is_the_same() -> None:
    """With the name and the namespace that the provider gave it."""
    assert plan(settings(), settings()).is_empty


def test_changed_data_replaces_a_config_map() -> None:
    """One with a generated name is created before the old one is deleted."""
    step = step_of(plan(settings(), settings("debug")), "settings")
    assert (step.operation, step.replaced_by, step.order) == ("replace", ("data.level",), "create first")


def test_changed_data_of_a_named_config_map_deletes_it_first() -> None:
    """Both would have the same name."""
    step = step_of(plan(settings(name="shop"), settings("debug", name="shop")), "settings")
    assert (step.operation, step.order) == ("replace", "delete first")


def test_changed_data_of_a_mutable_config_map_is_updated() -> None:
    """The option of its provider decides."""
    step = step_of(plan(settings(mutable=True), settings("debug", mutable=True)), "settings")
    assert (step.operation, step.changed) == ("update", ("data",))


def test_another_namespace_of_the_provider_replaces_its_objects() -> None:
    """The program of the object is the same."""
    found = plan(settings(), settings(namespace="other"))
    assert step_of(found, "settings").replaced_by == ("metadata.namespace",)
    assert step_of(found, "main").operation == "update"


def test_another_cluster_replaces_the_provider_and_its_objects() -> None:
    """Another user of the same cluster would not."""
    found = plan(settings(), settings(server="https://two.example.com"))
    assert step_of(found, "main").replaced_by == ("kubeconfig",)
    assert operations(found) == {"settings": "replace"}


@pytest.mark.parametrize(("mutable", "expected"), [(None, "replace"), (True, "update")])
def test_a_replacement_deletes_dependents_as_their_provider_is_configured(
    mutable: bool | None, expected: str
) -> None:
    """The Secret is deleted first; the ConfigMap that contains its id only if it can't be updated."""

    def program(text: str) -> Program:
        def declare() -> None:
            provider = kubernetes.Provider(
                "main", kubeconfig=kubeconfig("https://one.example.com"), enable_config_map_mutable=mutable
            )
            options = ResourceOptions(provider=provider)
            metadata = meta.ObjectMetaArgs(name="key")
            secret = core.Secret("key", metadata=metadata, string_data={"key": text}, opts=options)
            core.ConfigMap("settings", data={"key": secret.id}, opts=options)

        return declare

    found = planned(program("two"), deployed(program("one")), providers=known_providers)
    assert step_of(found, "key").order == "delete first"
    assert step_of(found, "settings").operation == expected
