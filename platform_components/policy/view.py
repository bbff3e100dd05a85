"""ResourceView: the properties and options of a resource, for rules. Reading an unknown value raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from platform_components.base.markers import UNKNOWN, Secret
from platform_components.policy.resource import STACK_TYPE, PolicyResource, ResourceReference

OnRead = Callable[[str, tuple[str, ...]], None]
"""Called with the type of a resource and the path of each property that a rule reads."""

_NOT_PASSED: Final = "is not passed to policies by Pulumi's CLI"
_NOTHING: Final[Mapping[str, PolicyResource]] = MappingProxyType({})


class Undetermined(Exception):  # noqa: N818 - an outcome of a rule, not a failure of it
    """A rule is undetermined: a value that it reads is unknown until deployment.

    Raised by reading such a property; a rule that goes on to others may yield it instead.
    """

    def __init__(
        self, path: str, reason: str = "is known only once deployed", resource: ResourceView | None = None
    ) -> None:
        self.path = path
        self.reason = reason
        self.resource = resource
        """The resource with that property, if reading it raised this exception."""
        super().__init__(path, reason)

    def __str__(self) -> str:
        return f"{self.path} {self.reason}"


class Properties:
    """Nested properties under the provider's own names (`backupRetentionPeriod`).

    A secret is returned like any other value, since a rule may have to check it; it is removed from what
    the rule reports.
    """

    __slots__ = ("_owner", "_steps", "_value")

    def __init__(
        self, value: Any, steps: tuple[str | int, ...] = (), owner: ResourceView | None = None
    ) -> None:
        self._value = value
        self._steps = steps
        self._owner = owner

    @property
    def path(self) -> str:
        """The path of these properties in the resource; empty for the top level."""
        return _path(self._steps)

    def get(self, *keys: str) -> Any:
        """The value at the keys as plain data; None if it is not set.

        Raises:
            Undetermined: the value, or a part of it, is unknown.
            TypeError: a key leads into something that has no keys.
        """
        return self._plain(*self._find(keys))

    def peek(self, *keys: str) -> Any:
        """Like `get`, but returns the Undetermined instead of raising it."""
        try:
            return self.get(*keys)
        except Undetermined as undetermined:
            return undetermined

    def has(self, *keys: str) -> bool:
        """Whether a value is set at the keys. An unknown value is set."""
        try:
            return self._find(keys)[0] is not None
        except Undetermined:
            return True

    def at(self, *keys: str) -> Properties | None:
        """The nested properties at the keys; None if not set. Raises like `get`."""
        value, steps = self._find(keys)
        opened = self._opened(value, steps)
        return None if opened is None else Properties(_mapping(opened, steps), steps, self._owner)

    def keys(self, *keys: str) -> tuple[str, ...]:
        """The names at the keys; empty if not set. Raises like `get`."""
        value, steps = self._find(keys)
        opened = self._opened(value, steps)
        return () if opened is None else tuple(_mapping(opened, steps))

    def each(self, *keys: str) -> Iterator[Properties]:
        """The entries of the list at the keys; empty if not set. Raises like `get`."""
        value, steps = self._find(keys)
        opened = self._opened(value, steps)
        if opened is None:
            return
        if not isinstance(opened, list | tuple):
            raise TypeError(f"{_path(steps)} is no list")
        for index, item in enumerate(opened):
            yield Properties(item, (*steps, index), self._owner)

    def _find(self, keys: tuple[str, ...]) -> tuple[Any, tuple[str | int, ...]]:
        if self._owner is not None:
            self._owner.note((*self._steps, *keys))
        value, steps = self._value, self._steps
        for key in keys:
            value = self._opened(value, steps)
            if value is None:
                return None, steps
            value = _mapping(value, steps).get(key)
            steps = (*steps, key)
        return value, steps

    def _opened(self, value: Any, steps: tuple[str | int, ...]) -> Any:
        """The value without its mark."""
        if isinstance(value, Secret):
            value = value.value
        if value is UNKNOWN:
            raise Undetermined(_path(steps), resource=self._owner)
        return value

    def _plain(self, value: Any, steps: tuple[str | int, ...]) -> Any:
        value = self._opened(value, steps)
        if type(value) is MappingProxyType or isinstance(value, Mapping):
            return {key: self._plain(item, (*steps, key)) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(item, (*steps, index)) for index, item in enumerate(value)]
        return value


class ResourceView(Properties):
    """A resource as its program declares it: the inputs, without defaults of the provider.

    Under Pulumi's own CLI a stack rule sees the outputs instead, which contain the inputs.
    """

    __slots__ = ("_known", "_on_read", "_resource", "name", "type", "urn")

    def __init__(
        self,
        type: str,
        name: str,
        urn: str,
        inputs: Mapping[str, Any],
        *,
        resource: PolicyResource | None = None,
        known: Mapping[str, PolicyResource] = _NOTHING,
        on_read: OnRead | None = None,
    ) -> None:
        super().__init__(inputs, owner=self)
        self.type = type
        self.name = name
        self.urn = urn
        self._resource = resource
        self._known = known
        self._on_read = on_read

    @classmethod
    def of(
        cls,
        resource: PolicyResource,
        inputs: Mapping[str, Any],
        known: Mapping[str, PolicyResource],
        on_read: OnRead | None = None,
    ) -> ResourceView:
        """Create the view of a resource; `by_urn` has the others. `inputs` are its own, or a copy."""
        return cls(
            resource.type,
            resource.name,
            resource.urn,
            inputs,
            resource=resource,
            known=known,
            on_read=on_read,
        )

    def __repr__(self) -> str:
        return f'<ResourceView {self.type} "{self.name}">'

    @property
    def options(self) -> ResourceOptions:
        """The effective resource options, including inherited ones."""
        return ResourceOptions(self)

    @property
    def parent(self) -> ResourceReference | None:
        """The resource that this one is a child of; None directly below the stack.

        Raises:
            Undetermined: nothing was said of it.
        """
        return _below_the_stack(self.declared("parent"))

    @property
    def component(self) -> ResourceReference | None:
        """The nearest component that contains this resource, of any library; None if there is none.

        Raises:
            Undetermined: an ancestor is not known.
        """
        above = self.parent
        while above is not None:
            ancestor = self._known.get(above.urn)
            if ancestor is None:
                raise Undetermined("component", _NOT_PASSED, self)
            if not ancestor.custom:
                return above
            if not isinstance(ancestor.parent, str):
                raise Undetermined("component", _NOT_PASSED, self)
            above = _below_the_stack(ancestor.parent)
        return None

    @property
    def provider(self) -> ResourceReference | None:
        """The provider that manages it; None for a component. Raises Undetermined."""
        provider: str = self.declared("provider")
        return ResourceReference(provider.rpartition("::")[0]) if provider else None

    def declared(self, name: str) -> Any:
        """A property other than the inputs: an option, the parent, the provider.

        Raises:
            Undetermined: whoever describes the resource doesn't pass it on.
        """
        value = getattr(self._resource, name, UNKNOWN)
        if value is UNKNOWN:
            raise Undetermined(name, _NOT_PASSED, self)
        return value

    def note(self, steps: tuple[str | int, ...]) -> None:
        """Record that the rule reads this property."""
        if self._on_read is not None:
            self._on_read(self.type, tuple(step if isinstance(step, str) else "[]" for step in steps))


class ResourceOptions:
    """The options of a resource, by the names of `pulumi.ResourceOptions`.

    Reading one raises Undetermined where it is not passed on: `aliases`, `retain_on_delete` and
    `deleted_with` under Pulumi's own CLI.
    """

    __slots__ = ("_view",)

    def __init__(self, view: ResourceView) -> None:
        self._view = view

    @property
    def protect(self) -> bool:
        return bool(self._view.declared("protect"))

    @property
    def ignore_changes(self) -> tuple[str, ...]:
        return tuple(self._view.declared("ignore_changes"))

    @property
    def delete_before_replace(self) -> bool | None:
        """Default: None, the provider's behaviour."""
        value: bool | None = self._view.declared("delete_before_replace")
        return value

    @property
    def retain_on_delete(self) -> bool:
        return bool(self._view.declared("retain_on_delete"))

    @property
    def deleted_with(self) -> ResourceReference | None:
        urn: str = self._view.declared("deleted_with")
        return ResourceReference(urn) if urn else None

    @property
    def aliases(self) -> tuple[str, ...]:
        """URNs."""
        return tuple(self._view.declared("aliases"))

    @property
    def additional_secret_outputs(self) -> tuple[str, ...]:
        return tuple(self._view.declared("additional_secret_outputs"))

    @property
    def custom_timeouts(self) -> Mapping[str, float]:
        """Seconds, by operation: create, update, delete."""
        return dict(self._view.declared("custom_timeouts"))


def _below_the_stack(urn: str) -> ResourceReference | None:
    reference = ResourceReference(urn)
    return None if not urn or reference.type == STACK_TYPE else reference


def _mapping(value: Any, steps: tuple[str | int, ...]) -> Mapping[str, Any]:
    # `type(...) is` is much faster than isinstance, and nearly always true.
    if type(value) is MappingProxyType or isinstance(value, Mapping):
        return value
    raise TypeError(f"{_path(steps)} has no keys")


def _path(steps: tuple[str | int, ...]) -> str:
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif not step.replace("_", "").replace("-", "").isalnum():
            path += f'["{step}"]'
        else:
            path += f".{step}" if path else step
    return path
