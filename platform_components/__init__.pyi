"""The public face: one line a name. `__init__.py` attaches them lazily."""

from .aws.access import (
    Access as Access,
    ClientOutputs as ClientOutputs,
    Egress as Egress,
    GuardedPort as GuardedPort,
)
from .aws.bucket import Bucket as Bucket, BucketArgs as BucketArgs, BucketOutputs as BucketOutputs
from .aws.cache import Cache as Cache, CacheArgs as CacheArgs, CacheOutputs as CacheOutputs
from .aws.cluster import Cluster as Cluster, ClusterArgs as ClusterArgs, ClusterOutputs as ClusterOutputs
from .aws.database import Database as Database, DatabaseOutputs as DatabaseOutputs
from .aws.database_args import DatabaseArgs as DatabaseArgs
from .aws.iam import Statement as Statement, policy_document as policy_document, trust_policy as trust_policy
from .aws.network import Network as Network, NetworkArgs as NetworkArgs, NetworkOutputs as NetworkOutputs
from .aws.permissions import Permission as Permission
from .aws.zones import Zone as Zone
from .base.args import Args as Args
from .base.component import Component as Component, ComponentArgs as ComponentArgs
from .base.context import Context as Context, tier_of as tier_of
from .base.errors import InvalidInput as InvalidInput, Problem as Problem
from .base.outputs import IfMissing as IfMissing, Outputs as Outputs
from .base.settings import Platform as Platform
from .base.stack import Stack as Stack
from .base.values import (
    Cidr as Cidr,
    Count as Count,
    Days as Days,
    Fact as Fact,
    Flag as Flag,
    Input as Input,
    Label as Label,
    Percent as Percent,
    Port as Port,
)
from .foundation import FoundationOutputs as FoundationOutputs
from .kubernetes.container import Image as Image
from .kubernetes.network_policy import EgressRule as EgressRule
from .kubernetes.workload import Workload as Workload, WorkloadOutputs as WorkloadOutputs
from .kubernetes.workload_args import WorkloadArgs as WorkloadArgs
from .platform_services import (
    PlatformServices as PlatformServices,
    PlatformServicesArgs as PlatformServicesArgs,
    PlatformServicesOutputs as PlatformServicesOutputs,
)
from .service_file import load_service as load_service
from .service_secrets import ServiceSecret as ServiceSecret
from .service_stack import (
    ServiceStack as ServiceStack,
    ServiceStackArgs as ServiceStackArgs,
    ServiceStackOutputs as ServiceStackOutputs,
)
