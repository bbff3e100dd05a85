"""Component: what every component does the same way. Tags, protection, overrides, outputs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Generic, TypeVar, cast, get_args, get_origin

import pulumi
from pydantic import Field

from platform_components.base.args import Args
from platform_components.base.context import Context
from platform_components.base.errors import InvalidInput, Problem, did_you_mean
from platform_components.base.outputs import Outputs
from platform_components.base.sdk_types import arguments_of
from platform_components.base.tags import add_tags, taggable_types, tags_of

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NAME_RULE = "must be lowercase letters, digits and single hyphens, and start with a letter"

_created: ContextVar[list[Component[Any]] | None] = ContextVar("created", default=None)


class ComponentArgs(Args):
    """Args of a component: its own fields, and a way past them."""

    customize: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    """Provider arguments that replace what the component would send, by child and argument:
    `{"instance": {"max_allocated_storage": 500}}`. Names are checked, values are not; the preview
    marks the component as customised."""


A = TypeVar("A", bound=ComponentArgs)


class Component(pulumi.ComponentResource, Generic[A]):
    """A group of resources that is made, tagged, protected and removed as one.

    A subclass names its `kind`, which becomes the type token `platform:index:<kind>`, and lists its
    `child_types`. Its `__init__` calls this one, makes each child under the name
    `f"{name}-{role}"` with `opts=self.child()` or `opts=self.stateful_child()`, and ends with
    `self.finish(...)`.

    Raises:
        InvalidInput: the name or the args are wrong; nothing was registered yet.
    """

    type_token: ClassVar[str] = ""
    args_type: ClassVar[type[ComponentArgs]] = ComponentArgs
    """The args that it is declared with: `BucketArgs` of `Component[BucketArgs]`."""
    child_types: ClassVar[Mapping[str, type[pulumi.CustomResource]]] = {}
    """The children: role in the name to the type of resource. `subnet` stands for `subnet-…` too."""
    longest_name: ClassVar[int] = 40
    """Characters that leave room for the role and the random suffix in AWS's own limits."""

    args: A
    """The args with every value resolved."""
    context: Context
    parent: pulumi.Resource | None
    """The component, if any, that this one is a part of."""

    def __init_subclass__(cls, *, kind: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if kind:
            cls.type_token = f"platform:index:{kind}"
            for base in vars(cls).get("__orig_bases__", ()):
                if get_origin(base) is Component:
                    (cls.args_type,) = get_args(base)

    def __init__(self, name: str, args: A, context: Context, opts: pulumi.ResourceOptions | None) -> None:
        subject = f'{type(self).__name__} "{name}"'
        self._check_kinds(args, context, subject)
        problems = list(self.input_errors(name, args))
        try:
            self.args = args.resolve(context, subject)
        except InvalidInput as error:
            problems += error.problems
        if problems:
            raise InvalidInput(subject, problems)
        self.context = context
        self.name = name
        self.parent = opts.parent if opts else None
        dressed = pulumi.ResourceOptions(transformations=[self._dress])
        super().__init__(self.type_token, name, None, pulumi.ResourceOptions.merge(opts, dressed))
        created = _created.get()
        if created is not None:
            created.append(self)

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """Options of a child that can be made again at no loss. Takes further resource options."""
        return pulumi.ResourceOptions(parent=self, **options)

    def stateful_child(self, **options: Any) -> pulumi.ResourceOptions:
        """Options of a child that holds data: protected from deletion in the production tier."""
        return self.child(protect=True if self.context.production else None, **options)

    def finish(self, outputs: Outputs) -> None:
        """Register the outputs, and make each one an attribute of the component."""
        values = {field: getattr(outputs, field) for field in type(outputs).model_fields}
        for field, value in values.items():
            setattr(self, field, value)
        self.outputs = outputs
        self.register_outputs(dict(outputs.flat()))

    @property
    def summary(self) -> str:
        """The decisive facts in one line, for people: `postgres 17 · db.t3.small · 20 GB`."""
        return ""

    @classmethod
    def child_type_of(cls, child: str) -> str | None:
        """The role that a child's name without the component's own states: `subnet` for `subnet-data-a`."""
        fitting = [role for role in cls.child_types if child == role or child.startswith(f"{role}-")]
        return max(fitting, key=len, default=None)

    def _dress(self, child: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        """Override and tag a resource below this component, before the request leaves."""
        props = cast(dict[str, Any], child.props)  # the SDK hands out its own dict, to be changed
        if self.args.customize and child.opts.parent is self:
            role = self.child_type_of(child.name.removeprefix(f"{self.name}-"))
            props.update(self.args.customize.get(role or "", {}))
        shape = taggable_types().get(child.type_)
        if shape:
            add_tags(props, shape, tags_of(self.context, child.name))
        return None

    def _check_kinds(self, args: object, context: object, subject: str) -> None:
        """Python itself accepts anything: another component's args, a dict, an environment's name."""
        problems = []
        if not isinstance(args, self.args_type):
            problems.append(_not_a("args", args, self.args_type))
        if not isinstance(context, Context):
            problems.append(_not_a("context", context, Context))
        if problems:
            raise InvalidInput(subject, problems)

    @classmethod
    def input_errors(cls, name: str, args: A) -> Iterator[Problem]:
        """Mistakes in the name and in `customize`. A component with parts adds those of its parts."""
        yield from cls._name_problems(name)
        yield from cls._customize_problems(args.customize)

    @classmethod
    def _name_problems(cls, name: object) -> Iterator[Problem]:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            yield Problem("name", _NAME_RULE, "such as orders or orders-eu", name)
        elif len(name) > cls.longest_name:
            what = f"must be {cls.longest_name} characters or fewer; it has {len(name)}"
            yield Problem("name", what, "AWS adds to it and limits the whole", name)

    @classmethod
    def _customize_problems(cls, customize: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
        for role, overrides in customize.items():
            if role not in cls.child_types:
                yield Problem(f"customize.{role}", "no such child", did_you_mean(role, cls.child_types))
                continue
            known = arguments_of(cls.child_types[role])
            for argument in overrides:
                if argument not in known:
                    where = f"customize.{role}.{argument}"
                    yield Problem(where, "no such argument", did_you_mean(argument, known))


def _not_a(where: str, found: object, wanted: type) -> Problem:
    return Problem(where, f"must be of type {wanted.__name__}", f"write {wanted.__name__}(...)", found)


@contextmanager
def observed() -> Iterator[list[Component[Any]]]:
    """Collect the components that a program makes, in order: what `preview` and `explain` tell of them."""
    created: list[Component[Any]] = []
    token = _created.set(created)
    try:
        yield created
    finally:
        _created.reset(token)
