"""Component: the base class of components, with tags, protection, overrides and outputs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Any, ClassVar, Generic, cast, get_args, get_origin

import pulumi
from pydantic import AfterValidator, Field
from typing_extensions import TypeVar

from platform_components.base.args import Args
from platform_components.base.context import Context
from platform_components.base.customize import customize_problems, customized, limited_depth, overridden
from platform_components.base.customize_merge import UnmergeableError
from platform_components.base.errors import InvalidInput, Problem
from platform_components.base.outputs import Outputs
from platform_components.base.tags import add_tags, taggable_types, tags_of

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NAME_RULE = "must be lowercase letters, digits and single hyphens, and start with a letter"

_ENTRY = re.compile(r"\[[^]]*\]")

_RENAMED = {"roles": "child_types", "misuse": "input_errors"}

_created: ContextVar[list[Component[Any]] | None] = ContextVar("created", default=None)


class ComponentArgs(Args):
    """Base class of a component's arguments."""

    customize: Annotated[Mapping[str, Mapping[str, Any]], AfterValidator(limited_depth)] = Field(
        default_factory=dict
    )
    """Overrides of the arguments of child resources, by child type and argument:
    `{"instance": {"max_allocated_storage": 500}}`. Objects and mappings are merged, `null` removes a value,
    lists are replaced; lists in Kubernetes objects are merged by key, such as containers by `name`. Names
    and types are checked; names, selectors and context tags can't be overridden. Previews list the paths."""


A = TypeVar("A", bound=ComponentArgs)
R = TypeVar("R", bound=Outputs, default=Any)  # `Component[Any]` is any component


class Component(pulumi.ComponentResource, Generic[A, R]):
    """A group of resources that is created, tagged, protected and deleted as one.

        class Bucket(Component[BucketArgs, BucketOutputs], BucketOutputs, kind="Bucket"): ...

    A subclass declares its args, its outputs, which it also inherits from, its `child_types`, and its
    `kind`, for the type token `platform:index:<kind>`. Its `__init__` calls this one, creates each child
    with the name `f"{name}-{suffix}"` with `opts=self.child()` or
    `opts=self.stateful_child()`, and ends with `self.finish(...)`.

    Raises:
        InvalidInput: the name or the args are invalid; nothing was registered.
    """

    type_token: ClassVar[str] = ""
    args_type: ClassVar[type[ComponentArgs]] = ComponentArgs
    """Class of the args: `BucketArgs` in `Component[BucketArgs, BucketOutputs]`."""
    outputs_type: ClassVar[type[Outputs]] = Outputs
    """Class of the outputs."""
    child_types: ClassVar[Mapping[str, type[pulumi.CustomResource]]] = {}
    """Type of resource, by suffix of the child's name. `subnet` also matches `subnet-…`."""
    owned: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    """Arguments that `customize` can't override, by child type and path, each with the remedy: other children
    refer to or set them. In addition to names, selectors, labels and tags, which no component lets it
    override."""
    longest_name: ClassVar[int] = 40
    """Maximum length of the name. With a child's suffix and a random one, it must be within AWS's limits."""

    args: A
    """The args with all values resolved."""
    outputs: R
    """The outputs, each also an attribute of the component."""
    context: Context
    parent: pulumi.Resource | None
    """The component that this one is a part of, if any."""

    def __init_subclass__(cls, *, kind: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if kind:
            cls.type_token = f"platform:index:{kind}"
            for base in vars(cls).get("__orig_bases__", ()):
                if get_origin(base) is Component:
                    cls.args_type, outputs = get_args(base)
                    cls.outputs_type = Outputs if outputs is Any else outputs
            cls._check_declaration()

    def __init__(
        self,
        name: str,
        args: A,
        context: Context,
        opts: pulumi.ResourceOptions | None,
        problems: Iterable[Problem] = (),
    ) -> None:
        """Check and register the component. `problems` are those of other arguments of the subclass."""
        subject = f'{type(self).__name__} "{name}"'
        self._check_types(args, context, subject)
        problems = [*self.input_errors(name, args), *problems]
        try:
            self.args = args.resolve(context, subject)
        except InvalidInput as error:
            problems += error.problems
        if problems:
            raise InvalidInput(subject, problems)
        self.context = context
        self.name = name
        self.parent = opts.parent if opts else None
        self._existing: set[str] = set()
        own = pulumi.ResourceOptions(transformations=[self._transform])
        super().__init__(self.type_token, name, None, pulumi.ResourceOptions.merge(opts, own))
        created = _created.get()
        if created is not None:
            created.append(self)

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """Return options for a child that can be recreated without data loss. Accepts resource options."""
        return pulumi.ResourceOptions(parent=self, **options)

    def stateful_child(self, **options: Any) -> pulumi.ResourceOptions:
        """Return options for a child with data, which is protected from deletion in the production tier."""
        return self.child(protect=True if self.context.production else None, **options)

    def finish(self, outputs: R) -> None:
        """Register the outputs, and set each as an attribute of the component."""
        self.outputs = outputs
        vars(self).update({field: getattr(outputs, field) for field in outputs.model_fields})
        self.register_outputs(dict(outputs.flat()))

    @property
    def summary(self) -> str:
        """The main settings on one line: `postgres 17 · db.t3.small · 20 GB`.

        A part about an argument that `customize` can override is `self.stated(...)`.
        """
        return ""

    def stated(self, text: str, *paths: str) -> str:
        """Return the text of a part of the summary; empty if `customize` overrides what it states.

        `paths` are the child arguments with the value: `instance.multi_az`.
        """
        overrides = [f"{child}.{path}" for child, found in self.overrides.items() for path in found]
        return "" if any(_overlap(path, override) for path in paths for override in overrides) else text

    @property
    def overrides(self) -> dict[str, dict[str, Any]]:
        """The values that `customize` sets, by child type and path; None if it removes the value.

        Without child types of which the component has no child, such as the Service of a worker.
        """
        customize = self.args.customize
        existing = {child: customize[child] for child in customize if child in self._existing}
        return overridden(self.child_types, existing)

    @classmethod
    def child_type_of(cls, child: str) -> str | None:
        """Return the key in `child_types` for a child's suffix: `subnet` for `subnet-data-a`."""
        matching = [key for key in cls.child_types if child == key or child.startswith(f"{key}-")]
        return max(matching, key=len, default=None)

    def _transform(
        self, child: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        """Override the arguments of a child, and add tags to all resources in the component."""
        props = cast(dict[str, Any], child.props)  # the SDK expects changes in its own dict
        if isinstance(child.resource, pulumi.CustomResource):
            key = self.child_type_of(child.name.removeprefix(f"{self.name}-")) or ""
            self._existing.add(key)  # also of a nested component, to which this one passes `customize`
            if child.opts.parent is self:
                self._customize(props, key)
        shape = taggable_types().get(child.type_)
        if shape:
            add_tags(props, shape, tags_of(self.context, child.name))
        return None

    def _customize(self, props: dict[str, Any], key: str) -> None:
        """Override the arguments of a child of the type `key`."""
        override = self.args.customize.get(key)
        if not override:
            return
        try:
            customized(props, self.child_types[key], override)
        except UnmergeableError as error:
            problems = [problem.under(f"customize.{key}") for problem in error.problems]
            raise InvalidInput(f'{type(self).__name__} "{self.name}"', problems) from None

    @classmethod
    def _check_declaration(cls) -> None:
        """Raise TypeError for names that have another meaning in every component."""
        for old, new in _RENAMED.items():
            if old in vars(cls):
                raise TypeError(f"{cls.__name__}.{old} is now {new}: rename it")
        reserved = {*dir(Component), *dir(cls.outputs_type), *Component.__annotations__, "name"}
        for taken in sorted(set(cls.outputs_type.model_fields) & reserved):
            what = f"{cls.outputs_type.__name__}.{taken} can't be an output"
            raise TypeError(f"{what}: every component has an attribute {taken}; choose another name")

    def _check_types(self, args: object, context: object, subject: str) -> None:
        """Raise InvalidInput if args or context have the wrong type, such as another component's args."""
        problems = []
        if not isinstance(args, self.args_type):
            problems.append(_type_problem("args", args, self.args_type))
        if not isinstance(context, Context):
            problems.append(_type_problem("context", context, Context))
        if problems:
            raise InvalidInput(subject, problems)

    @classmethod
    def input_errors(cls, name: str, args: A) -> Iterator[Problem]:
        """Yield the errors in the name and in `customize`. A component with parts adds theirs."""
        yield from cls._name_problems(name)
        yield from customize_problems(cls.child_types, cls.owned, args.customize)

    @classmethod
    def _name_problems(cls, name: object) -> Iterator[Problem]:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            yield Problem("name", _NAME_RULE, "such as orders or orders-eu", name)
        elif len(name) > cls.longest_name:
            what = f"must have at most {cls.longest_name} characters; has {len(name)}"
            yield Problem("name", what, "shorten it: AWS limits its length with suffixes", name)


def _type_problem(where: str, value: object, expected: type) -> Problem:
    name = expected.__name__
    return Problem(where, f"must be of type {name}", f"write {name}(...)", value)


def _overlap(path: str, override: str) -> bool:
    """Whether one of two paths is below the other. An entry of a list, `[name]`, is any of its entries."""
    one, other = (f"{_ENTRY.sub('', each)}." for each in (path, override))
    return one.startswith(other) or other.startswith(one)


@contextmanager
def observed() -> Iterator[list[Component[Any]]]:
    """Collect the components of a program in order of creation, for `preview` and `explain`."""
    created: list[Component[Any]] = []
    token = _created.set(created)
    try:
        yield created
    finally:
        _created.reset(token)
