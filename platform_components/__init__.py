"""Reusable Pulumi components for AWS and Kubernetes, and what stack programs need around them.

    from platform_components import Bucket, Context

Names are imported when they are first used: the SDKs behind them take a second to load, and no
program uses all of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from platform_components.base.args import Args
    from platform_components.base.component import Component, ComponentArgs
    from platform_components.base.container import Image
    from platform_components.base.context import Context, tier_of
    from platform_components.base.mistakes import InvalidInput, Problem
    from platform_components.base.outputs import Outputs
    from platform_components.base.settings import Platform
    from platform_components.base.stack import Stack
    from platform_components.base.values import (
        Cidr,
        Count,
        Days,
        Fact,
        Flag,
        Input,
        Label,
        Percent,
        Port,
        Zone,
    )
    from platform_components.bucket import Bucket, BucketArgs, BucketOutputs
    from platform_components.cache import Cache, CacheArgs, CacheOutputs
    from platform_components.cluster import Cluster, ClusterArgs, ClusterOutputs
    from platform_components.database import Database, DatabaseArgs, DatabaseOutputs
    from platform_components.foundation import FoundationOutputs
    from platform_components.network import Network, NetworkArgs, NetworkOutputs
    from platform_components.network_policy import EgressRule
    from platform_components.service_file import load_service
    from platform_components.service_stack import ServiceStack, ServiceStackArgs, ServiceStackOutputs
    from platform_components.workload import Workload, WorkloadArgs, WorkloadOutputs

__all__ = [
    "Args",
    "Bucket",
    "BucketArgs",
    "BucketOutputs",
    "Cache",
    "CacheArgs",
    "CacheOutputs",
    "Cidr",
    "Cluster",
    "ClusterArgs",
    "ClusterOutputs",
    "Component",
    "ComponentArgs",
    "Context",
    "Count",
    "Database",
    "DatabaseArgs",
    "DatabaseOutputs",
    "Days",
    "EgressRule",
    "Fact",
    "Flag",
    "FoundationOutputs",
    "Image",
    "Input",
    "InvalidInput",
    "Label",
    "Network",
    "NetworkArgs",
    "NetworkOutputs",
    "Outputs",
    "Percent",
    "Platform",
    "Port",
    "Problem",
    "ServiceStack",
    "ServiceStackArgs",
    "ServiceStackOutputs",
    "Stack",
    "Workload",
    "WorkloadArgs",
    "WorkloadOutputs",
    "Zone",
    "load_service",
    "tier_of",
]

_HOMES = {
    "base.component": ("Component", "ComponentArgs"),
    "base.container": ("Image",),
    "base.context": ("Context", "tier_of"),
    "base.mistakes": ("InvalidInput", "Problem"),
    "base.args": ("Args",),
    "base.outputs": ("Outputs",),
    "base.values": ("Cidr", "Count", "Days", "Fact", "Flag", "Input", "Label", "Percent", "Port", "Zone"),
    "base.settings": ("Platform",),
    "base.stack": ("Stack",),
    "bucket": ("Bucket", "BucketArgs", "BucketOutputs"),
    "cache": ("Cache", "CacheArgs", "CacheOutputs"),
    "cluster": ("Cluster", "ClusterArgs", "ClusterOutputs"),
    "database": ("Database", "DatabaseArgs", "DatabaseOutputs"),
    "foundation": ("FoundationOutputs",),
    "network": ("Network", "NetworkArgs", "NetworkOutputs"),
    "network_policy": ("EgressRule",),
    "service_file": ("load_service",),
    "service_stack": ("ServiceStack", "ServiceStackArgs", "ServiceStackOutputs"),
    "workload": ("Workload", "WorkloadArgs", "WorkloadOutputs"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
