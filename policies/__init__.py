"""The platform's policy pack: one group of rules per file."""

from __future__ import annotations

from typing import Final

from .authentication import AUTHENTICATION
from .bucket_acls import BUCKET_ACLS
from .buckets import BUCKETS
from .caches import CACHES
from .clusters import CLUSTERS
from .compute import COMPUTE
from .databases import DATABASES
from .encryption import ENCRYPTION
from .iam import IAM
from .kubernetes_network import KUBERNETES_NETWORK
from .namespaces import NAMESPACES
from .network_policies import NETWORK_POLICIES
from .networks import NETWORKS
from .pod_controls import POD_CONTROLS
from .pod_secrets import POD_SECRETS
from .pods import PODS
from .protection import PROTECTION
from .regions import REGIONS
from .replicas import REPLICAS
from .security_groups import SECURITY_GROUPS
from .tags import TAGS
from .workloads import WORKLOADS

NAME: Final = "platform"

RULES: Final = (
    *(*TAGS, *DATABASES, *CACHES, *REPLICAS, *COMPUTE, *REGIONS, *PROTECTION, *ENCRYPTION),
    *(*AUTHENTICATION, *IAM, *CLUSTERS),
    *(*BUCKETS, *BUCKET_ACLS, *NETWORKS, *SECURITY_GROUPS),
    *(*WORKLOADS, *PODS, *POD_CONTROLS, *POD_SECRETS, *NAMESPACES, *NETWORK_POLICIES, *KUBERNETES_NETWORK),
)
