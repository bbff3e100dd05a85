"""What `customize` can't override: names, namespaces, selectors, and the labels and tags of the context.

Other children, outputs and other stacks refer to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pulumi

from platform_components.base.customize_shape import Shape
from platform_components.base.errors import Problem, join_path
from platform_components.base.sdk_types import properties
from platform_components.base.tags import CONTEXT_LABELS, CONTEXT_TAGS

_NAME = "choose another name for the component"
_CONTEXT = "change the context of the stack, in platform.yaml"
_SELECTOR = "remove it: the labels of the pods have the same values"

_IN_KUBERNETES: Final[Mapping[tuple[str, ...], str]] = {
    ("metadata", "name"): _NAME,
    ("metadata", "namespace"): _NAME,
    ("spec", "selector"): _SELECTOR,
    ("spec", "pod_selector"): _SELECTOR,
    ("spec", "scale_target_ref"): "remove it: it refers to the Deployment of the component",
    **{("metadata", "labels", label): _CONTEXT for label in CONTEXT_LABELS},
    **{("spec", "template", "metadata", "labels", label): _CONTEXT for label in CONTEXT_LABELS},
}
_IN_AWS: Final[Mapping[tuple[str, ...], str]] = {("tags", tag): _CONTEXT for tag in CONTEXT_TAGS}


def owned_problems(
    resource: type[pulumi.Resource], override: Mapping[str, Any], owned: Mapping[str, str]
) -> Iterator[Problem]:
    """Yield a problem for each value of an override that the component owns.

    `owned` are the paths of further arguments of this child, each with its remedy.
    """
    token: str = resource.pulumi_type  # type: ignore[attr-defined] # of every generated class
    shape = Shape.of(resource)
    # Tags that an override removes are added again; labels are not.
    in_kubernetes = token.startswith("kubernetes:")
    paths = dict(_IN_KUBERNETES if in_kubernetes else _IN_AWS)
    paths |= {tuple(path.split(".")): remedy for path, remedy in owned.items()}
    for path, remedy in paths.items():
        yield from _problem(override, path, shape, remedy, in_kubernetes)


def _problem(
    override: Any, path: tuple[str, ...], shape: Shape, remedy: str, removable: bool, where: str = ""
) -> Iterator[Problem]:
    """The problem of one owned path, if the override sets it or removes an object around it."""
    held = properties(override)
    if not path:
        yield Problem(where, "is set by the component", remedy)
    elif held is not None:
        argument = shape.argument(path[0])
        for key in (path[0],) if argument is None else {argument.name, argument.provider_name}:
            if key in held:
                at = join_path(where, key)
                yield from _problem(held[key], path[1:], shape.at(key), remedy, removable, at)
    elif (override is None or isinstance(override, pulumi.Output)) and removable and _exists(shape, path):
        inside = ".".join(path)
        what = f"replaces {inside}, which the component sets"
        yield Problem(where, what, "write a mapping with the values to override")


def _exists(shape: Shape, path: tuple[str, ...]) -> bool:
    """Whether the SDK defines a path below a shape."""
    return shape.argument(path[0]) is not None or bool(shape.at(path[0]).kinds)
