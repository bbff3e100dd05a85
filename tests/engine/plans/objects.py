"""Kubernetes objects."""

from __future__ import annotations

from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta

from tests.engine.plans.pairs import pair


def _deployment(name: str | None, *, app: str = "a", replicas: int = 1) -> apps.Deployment:
    return apps.Deployment(
        "deployment",
        metadata=meta.ObjectMetaArgs(name=name) if name else None,
        spec=apps.DeploymentSpecArgs(
            replicas=replicas,
            selector=meta.LabelSelectorArgs(match_labels={"app": app}),
            template=core.PodTemplateSpecArgs(
                metadata=meta.ObjectMetaArgs(labels={"app": app}),
                spec=core.PodSpecArgs(containers=[core.ContainerArgs(name="main", image="example.com/a:1")]),
            ),
        ),
    )


@pair
def object_is_unchanged(after: bool) -> None:
    """With a generated name and the default namespace."""
    config = core.ConfigMap("config", data={"a": "1"})
    core.Secret("secret", string_data={"config": config.metadata.name})
    core.Namespace("namespace")


@pair
def object_updated(after: bool) -> None:
    _deployment(None, replicas=2 if after else 1)


@pair
def immutable_field_changed(after: bool) -> None:
    _deployment(None, app="b" if after else "a")


@pair
def immutable_field_of_a_named_object_changed(after: bool) -> None:
    _deployment("main", app="b" if after else "a")


@pair
def config_map_changed(after: bool) -> None:
    """Its data is replaced: by default it is immutable for Pulumi."""
    config = core.ConfigMap("config", data={"a": "2" if after else "1"})
    core.ConfigMap("copy", data={"name": config.metadata.name})


@pair
def namespace_changed(after: bool) -> None:
    core.Service("service", metadata=meta.ObjectMetaArgs(name="main", namespace="b" if after else "a"))


@pair
def labels_changed(after: bool) -> None:
    labels = {"app": "a", "team": "b" if after else "a"}
    core.Service("service", metadata=meta.ObjectMetaArgs(labels=labels))
