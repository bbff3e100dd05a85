"""Component: what every component does the same way. Tags, protection, overrides, outputs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Generic, cast, get_args, get_origin

import pulumi
from pydantic import Field
from typing_extensions import TypeVar

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
R = TypeVar("R", bound=Outputs, default=Any)  # `Component[Any]` is any component


class Component(pulumi.ComponentResource, Generic[A, R]):
    """A group of resources that is created, tagged, protected and deleted as one.

        class Bucket(Component[BucketArgs, BucketOutputs], BucketOutputs, kind="Bucket"): ...

    A subclass names its args, its outputs, from which it inherits too, and its `kind`, which becomes the
    type token `platform:index:<kind>`; and it lists its `child_types`. Its `__init__` calls this one,
    creates each child under the name `f"{name}-{suffix}"` with `opts=self.child()` or
    `opts=self.stateful_child()`, and ends with `self.finish(...)`.

    Raises:
        InvalidInput: the name or the args are invalid; nothing was registered.
    """

    type_token: ClassVar[str] = ""
    args_type: ClassVar[type[ComponentArgs]] = ComponentArgs
    """The args that it is declared with: `BucketArgs` of `Component[BucketArgs, BucketOutputs]`."""
    outputs_type: ClassVar[type[Outputs]] = Outputs
    """The outputs that it is declared with."""
    child_types: ClassVar[Mapping[str, type[pulumi.CustomResource]]] = {}
    """The children: suffix of the name to type of resource. `subnet` stands for `subnet-…` too."""
    longest_name: ClassVar[int] = 40
    """Characters that leave room for a child's suffix and the random one within AWS's limits."""

    args: A
    """The args with every value resolved."""
    outputs: R
    """The outputs, each also an attribute of the component."""
    context: Context
    parent: pulumi.Resource | None
    """The component, if any, that this one is a part of."""

    def __init_subclass__(cls, *, kind: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if kind:
            cls.type_token = f"platform:index:{kind}"
            for base in vars(cls).get("__orig_bases__", ()):
                if get_origin(base) is Component:
                    cls.args_type, outputs = get_args(base)
                    cls.outputs_type = Outputs if outputs is Any else outputs

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
        own = pulumi.ResourceOptions(transformations=[self._transform])
        super().__init__(self.type_token, name, None, pulumi.ResourceOptions.merge(opts, own))
        created = _created.get()
        if created is not None:
            created.append(self)

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """Options of a child that can be recreated without loss. Takes further resource options."""
        return pulumi.ResourceOptions(parent=self, **options)

    def stateful_child(self, **options: Any) -> pulumi.ResourceOptions:
        """Options of a child that holds data: protected from deletion in the production tier."""
        return self.child(protect=True if self.context.production else None, **options)

    def finish(self, outputs: R) -> None:
        """Register the outputs, and make each one an attribute of the component."""
        self.outputs = outputs
        vars(self).update({field: getattr(outputs, field) for field in outputs.model_fields})
        self.register_outputs(dict(outputs.flat()))

    @property
    def summary(self) -> str:
        """The key facts in one line, for people: `postgres 17 · db.t3.small · 20 GB`."""
        return ""

    @classmethod
    def child_type_of(cls, child: str) -> str | None:
        """The key in `child_types` for a child's suffix: `subnet` for `subnet-data-a`."""
        fitting = [key for key in cls.child_types if child == key or child.startswith(f"{key}-")]
        return max(fitting, key=len, default=None)

    def _transform(
        self, child: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        """Override and tag a resource below this component, before the request leaves."""
        props = cast(dict[str, Any], child.props)  # the SDK hands out its own dict, to be changed
        if self.args.customize and child.opts.parent is self:
            key = self.child_type_of(child.name.removeprefix(f"{self.name}-"))
            props.update(self.args.customize.get(key or "", {}))
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
        """Errors in the name and in `customize`. A component with parts adds those of its parts."""
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
        for key, overrides in customize.items():
            if key not in cls.child_types:
                yield Problem(f"customize.{key}", "no such child", did_you_mean(key, cls.child_types))
                continue
            known = arguments_of(cls.child_types[key])
            for argument in overrides:
                if argument not in known:
                    where = f"customize.{key}.{argument}"
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
