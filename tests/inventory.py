"""What there is to hold a contract: every component, found by itself, and every kind of args and outputs.

A new component needs an entry in `VARIANTS`; the contract tests name it when it is missing. After a change
of children's names or types that is wanted, `python -m tests.inventory` writes the golden file anew: a
change of it in review is a change of what users' stacks hold.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pulumi

import platform_components
from platform_components.aws.bucket import Bucket, BucketArgs
from platform_components.aws.cache import Cache, CacheArgs
from platform_components.aws.cluster import Cluster, ClusterArgs, ClusterOutputs
from platform_components.aws.database import Database, DatabaseArgs
from platform_components.aws.network import Network, NetworkArgs, NetworkOutputs
from platform_components.base import TIERS, Args, Component, Context, Outputs, Tier
from platform_components.foundation import FoundationOutputs
from platform_components.kubernetes.network_policy import EgressRule
from platform_components.kubernetes.workload import Workload, WorkloadArgs
from platform_components.service_stack import ServiceStack, ServiceStackArgs
from platform_components.testing import Graph, Resource, render
from tests.deployed import ACCOUNT, render_deployed

GOLDEN = Path(__file__).parent / "golden" / "children.json"

KEY_ARN = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
IMAGE = "registry.example/shop@sha256:" + "0" * 64
ZONES = ("eu-west-1a", "eu-west-1b")


def context(tier: Tier) -> Context:
    """A context that states every fact, so that each tag and label has a value."""
    return Context(
        environment="live",
        tier=tier,
        region="eu-west-1",
        service="shop",
        owner="shop-team",
        cost_center="4711",
        data_classification="confidential",
    )


def given_network() -> NetworkOutputs:
    """The outputs of a network that was deployed before."""

    def output(value: Any) -> pulumi.Output[Any]:
        return pulumi.Output.from_input(value)

    return NetworkOutputs(
        vpc_id=output("vpc-1"),
        cidr=output("10.20.0.0/16"),
        availability_zones=output(list(ZONES)),
        public_subnet_ids=output(["subnet-1", "subnet-2"]),
        private_subnet_ids=output(["subnet-3", "subnet-4"]),
        data_subnet_ids=output(["subnet-5", "subnet-6"]),
    )


def given_foundation() -> FoundationOutputs:
    """The outputs of a foundation stack that was deployed before."""
    facts = {
        "cluster_name": "main-live",
        "arn": f"arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/main-live",
        "endpoint": "https://main.example",
        "certificate_authority_data": "LS0t",
        "version": "1.36",
        "security_group_id": "sg-1",
    }
    cluster = ClusterOutputs(**{name: pulumi.Output.from_input(value) for name, value in facts.items()})
    return FoundationOutputs(network=given_network(), cluster=cluster)


Build = Callable[[Context], Component[Any]]

VARIANTS: Mapping[type[Component[Any]], Mapping[str, Build]] = MappingProxyType(
    {
        Bucket: {
            "minimal": lambda context: Bucket("assets", context=context),
            "full": lambda context: Bucket(
                "assets",
                BucketArgs(kms_key_arn=KEY_ARN, archive_after_days=30, expire_after_days=90),
                context=context,
            ),
        },
        Network: {
            "minimal": lambda context: Network(
                "main", NetworkArgs(availability_zones=ZONES), context=context
            ),
            "without-nat": lambda context: Network(
                "main", NetworkArgs(availability_zones=ZONES, nat="none"), context=context
            ),
        },
        Cluster: {
            "minimal": lambda context: Cluster("main", context=context, network=given_network()),
            "full": lambda context: Cluster(
                "main",
                ClusterArgs(
                    administrators=(f"arn:aws:iam::{ACCOUNT}:role/operator",),
                    viewers=(f"arn:aws:iam::{ACCOUNT}:role/viewer",),
                    public_endpoint_cidrs=("8.8.8.0/24",),
                    private_endpoint_cidrs=("172.31.0.0/16",),
                    service_ipv4_cidr="172.20.0.0/16",
                ),
                context=context,
                network=given_network(),
            ),
        },
        Database: {
            "minimal": lambda context: Database("orders", context=context, network=given_network()),
            "full": lambda context: Database(
                "orders",
                DatabaseArgs(max_storage_gb=500, parameters={"log_min_duration_statement": "500"}),
                context=context,
                network=given_network(),
            ),
        },
        Cache: {
            "minimal": lambda context: Cache("sessions", context=context, network=given_network()),
            "full": lambda context: Cache(
                "sessions",
                CacheArgs(nodes=3, kms_key_arn=KEY_ARN, parameters={"timeout": "60"}),
                context=context,
                network=given_network(),
            ),
        },
        Workload: {
            "web": lambda context: Workload("shop", WorkloadArgs(image=IMAGE), context=context),
            "worker": lambda context: Workload(
                "shop",
                WorkloadArgs(image=IMAGE, kind="worker", egress=(EgressRule(cidr="10.0.0.0/8", port=5432),)),
                context=context,
            ),
        },
        ServiceStack: {
            "minimal": lambda context: ServiceStack(
                "shop", ServiceStackArgs(image=IMAGE), context=context, foundation=given_foundation()
            ),
            "full": lambda context: ServiceStack(
                "shop",
                ServiceStackArgs(
                    image=IMAGE,
                    database=DatabaseArgs(),
                    cache=CacheArgs(),
                    buckets={"receipts": BucketArgs(kms_key_arn=KEY_ARN)},
                ),
                context=context,
                foundation=given_foundation(),
            ),
            "worker": lambda context: ServiceStack(
                "shop",
                ServiceStackArgs(image=IMAGE, kind="worker"),
                context=context,
                foundation=given_foundation(),
            ),
        },
    }
)


@dataclass(frozen=True)
class Case:
    """One way to make a component, in one tier."""

    component: type[Component[Any]]
    variant: str
    tier: Tier

    def __str__(self) -> str:
        return f"{self.component.__name__}-{self.variant}-{self.tier}"


CASES = tuple(
    Case(component, variant, tier)
    for component, variants in VARIANTS.items()
    for variant in variants
    for tier in TIERS
)


def _program_of(case: Case) -> Callable[[], object]:
    return lambda: VARIANTS[case.component][case.variant](context(case.tier))


def rendered(case: Case) -> Graph:
    """The graph of a case, evaluated anew."""
    return render(_program_of(case), stack="shop.live")


graph_of = cache(rendered)
"""The graph of a case, evaluated once."""


@cache
def deployed_graph_of(case: Case) -> Graph:
    """The same, with ARNs that look like AWS's in place of unknown ones: what is built from them shows."""

    return render_deployed(
        lambda: VARIANTS[case.component][case.variant](context(case.tier)), stack="shop.live"
    )


def modules() -> Iterator[str]:
    """Every module of the library, those of the command line aside: they need an extra."""
    for module in pkgutil.walk_packages(platform_components.__path__, "platform_components."):
        if ".cli" not in module.name:
            yield module.name


def subclasses(kind: type) -> list[type]:
    """The library's own classes of a kind, in a stable order."""
    for module in modules():
        importlib.import_module(module)

    def below(parent: type[Any]) -> Iterator[type[Any]]:
        for child in parent.__subclasses__():
            yield child
            yield from below(child)

    own = {child for child in below(kind) if child.__module__.startswith("platform_components.")}
    return sorted(own, key=lambda child: (child.__module__, child.__qualname__))


COMPONENTS: list[type[Component[Any]]] = [kind for kind in subclasses(Component) if kind.type_token]  # type: ignore[attr-defined]
ARGS: list[type[Args]] = subclasses(Args)
OUTPUTS: list[type[Outputs]] = subclasses(Outputs)


def children_of(graph: Graph, component: type[Component[Any]]) -> list[Resource]:
    """The resources, components aside, that stand below a component with no other component between."""
    (own,) = (root for root in graph.roots if root.type == component.type_token)
    found: list[Resource] = []
    open_parents = [own.urn]
    while open_parents:
        for child in graph.children(open_parents.pop()):
            if child.custom:
                found.append(child)
                open_parents.append(child.urn)
    return found


def children_by_variant() -> dict[str, dict[str, str]]:
    """For each way to make a component: its children's places and names, and the tiers that have them."""
    listed: dict[str, dict[str, str]] = {}
    for component, variants in VARIANTS.items():
        for variant in variants:
            tiers: dict[str, list[str]] = {}
            for tier in TIERS:
                for resource in graph_of(Case(component, variant, tier)).managed:
                    tiers.setdefault(resource.urn.split("::", maxsplit=2)[2], []).append(tier)
            listed[f"{component.__name__}, {variant}"] = {
                child: "every tier" if len(tiers[child]) == len(TIERS) else ", ".join(tiers[child])
                for child in sorted(tiers)
            }
    return listed


def fingerprint() -> str:
    """A digest of every case's graph: the same in every process, or something is left to chance."""
    graphs = {str(case): rendered(case).to_dict() for case in CASES}
    return hashlib.sha256(json.dumps(graphs, sort_keys=True).encode()).hexdigest()


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(children_by_variant(), indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"{GOLDEN}\n")
