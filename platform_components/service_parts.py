"""Service parts: the components that a service can have in addition to its workload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi

from platform_components.aws.access import ClientOutputs, port_name
from platform_components.aws.bucket import Bucket
from platform_components.aws.cache import Cache
from platform_components.aws.database import Database
from platform_components.base import Args, Component, ComponentArgs, Context
from platform_components.base.errors import join_path
from platform_components.foundation import FoundationOutputs


@dataclass(frozen=True)
class Kind:
    """A kind of part: one row per field of ServiceStackArgs."""

    field: str
    component: type[Component[Any]]
    suffix: str = ""
    """Suffix of the component's name, after the name of the service. Default: the key in the field."""
    in_network: bool = False
    """Whether the component requires `network`, and clients connect to a port of it."""

    @property
    def outputs(self) -> type[ClientOutputs]:
        return cast(type[ClientOutputs], self.component.outputs_type)


KINDS: Final = (
    Kind("database", Database, "db", in_network=True),
    Kind("cache", Cache, "cache", in_network=True),
    Kind("buckets", Bucket),
)

INGRESS_RULES: Final = tuple(f"{port_name(kind.outputs.prefix)}-ingress" for kind in KINDS if kind.in_network)
"""Suffixes of the names of the rules that allow the service to connect."""


@dataclass(frozen=True)
class Part:
    """One part of a service, declared by its args."""

    kind: Kind
    key: str
    """Key in a field with several parts; empty in a field with a single part."""
    args: ComponentArgs

    @property
    def path(self) -> str:
        return join_path(self.kind.field, self.key)

    @property
    def outputs(self) -> type[ClientOutputs]:
        return self.kind.outputs

    @property
    def prefix(self) -> str:
        """Prefix of the environment variables: `DATABASE`, `BUCKET_RECEIPTS`."""
        words = [self.outputs.prefix, *self.key.upper().split("-")]
        return "_".join(filter(None, words))

    def name(self, service: str) -> str:
        return f"{service}-{self.key or self.kind.suffix}"

    def create(
        self, service: str, context: Context, foundation: FoundationOutputs, opts: pulumi.ResourceOptions
    ) -> Component[Any]:
        network = {"network": foundation.network} if self.kind.in_network else {}
        component: Any = self.kind.component
        created: Component[Any] = component(
            self.name(service), self.args, context=context, opts=opts, **network
        )
        return created


def parts_of(args: Args) -> Iterator[Part]:
    """Yield the parts that the args of a service declare, in the order of creation."""
    for kind in KINDS:
        value = getattr(args, kind.field)
        if isinstance(value, ComponentArgs):
            yield Part(kind, "", value)
        else:
            yield from (Part(kind, key, its_args) for key, its_args in (value or {}).items())
