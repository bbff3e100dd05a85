"""Databases: they are private, and production has enough capacity, backups and redundancy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from platform_components.policy import (
    Example,
    PolicyContext,
    ResourceView,
    Rule,
    StackExample,
    StackRule,
    StackView,
    Undetermined,
)

from .flags import is_off, is_on
from .sizing import misfit, most

Findings = Iterator[str | Undetermined]

_DB = "aws:rds/instance:Instance"
_CLUSTER = "aws:rds/cluster:Cluster"
"""Aurora, and Multi-AZ clusters, which have `dbClusterInstanceClass` and `allocatedStorage`."""
_MEMBER = "aws:rds/clusterInstance:ClusterInstance"
_REDSHIFT = "aws:redshift/cluster:Cluster"
_DMS = "aws:dms/replicationInstance:ReplicationInstance"
_SERVERLESS = ("serverlessv2ScalingConfiguration", "scalingConfiguration")
"""The scaling of Aurora Serverless v2 and v1, in capacity units."""


def _instance_class(view: ResourceView, context: PolicyContext) -> Findings:
    if view.type == _CLUSTER:
        yield from _serverless(view, context)
    name = "dbClusterInstanceClass" if view.type == _CLUSTER else "instanceClass"
    class_ = view.get(name)
    if not class_ or class_ == "db.serverless":  # limited by its cluster
        return
    if problem := misfit(class_, context, "database.instance_class"):
        yield f"{name} {class_} {problem}"


def _serverless(view: ResourceView, context: PolicyContext) -> Findings:
    limit = most(context, "database.capacity_units")
    for scaling in _SERVERLESS:
        low, high = view.peek(scaling, "minCapacity"), view.peek(scaling, "maxCapacity")
        yield from [value for value in (low, high) if isinstance(value, Undetermined)][:1]
        if context.tier == "production" and low == 0:
            yield f"{scaling}.minCapacity is 0 in production: an idle database pauses"
        if limit is not None and isinstance(high, int | float) and high > limit:
            yield f"{scaling}.maxCapacity is {high}; the maximum in {context.tier} is {limit}"
    if context.tier == "production" and view.get("engineMode") == "serverless":  # v1 pauses by default
        auto_pause = view.peek("scalingConfiguration", "autoPause")
        if not isinstance(auto_pause, Undetermined) and not is_off(auto_pause):
            yield "scalingConfiguration.autoPause is not off in production: an idle database pauses"


def _storage(view: ResourceView, context: PolicyContext) -> Findings:
    if view.type == _CLUSTER:
        if view.get("dbClusterInstanceClass"):  # the storage of Aurora grows on its own
            yield from _gigabytes(view, context, ("allocatedStorage",))
        return
    yield from _gigabytes(view, context, ("allocatedStorage", "maxAllocatedStorage"))


def _gigabytes(view: ResourceView, context: PolicyContext, names: tuple[str, ...]) -> Findings:
    least = context.size("database.storage_gb") if context.tier == "production" else 0
    limit = most(context, "database.storage_gb")
    if not any(view.has(name) for name in ("allocatedStorage", *_copied_from(view))):
        yield "allocatedStorage is not set"
    for name in names:
        gigabytes = view.peek(name)
        if isinstance(gigabytes, Undetermined):
            yield gigabytes
        elif gigabytes:  # a maxAllocatedStorage of 0 disables autoscaling
            if gigabytes < least:
                yield f"{name} is {gigabytes} GB; the minimum in production is {least} GB"
            if limit is not None and gigabytes > limit:
                yield f"{name} is {gigabytes} GB; the maximum in {context.tier} is {limit} GB"


def _copied_from(view: ResourceView) -> tuple[str, ...]:
    """The properties that name a source, whose storage the database gets."""
    source = "replicationSourceIdentifier" if view.type == _CLUSTER else "replicateSourceDb"
    return (source, "snapshotIdentifier", "restoreToPointInTime", "s3Import")


def _backups(view: ResourceView, context: PolicyContext) -> Findings:
    if view.type == _DB and view.has("replicateSourceDb"):
        return  # a replica: its source has backups
    days, least = view.get("backupRetentionPeriod"), context.size("database.backup_retention_days")
    if days is None:
        yield f"backupRetentionPeriod is not set; the minimum in {context.tier} is {least} days"
    elif days < least:
        yield f"backupRetentionPeriod is {days} days; the minimum in {context.tier} is {least}"


def _multi_az(view: ResourceView, context: PolicyContext) -> Findings:
    if (
        context.size("database.multi_az")
        and not view.has("replicateSourceDb")
        and not is_on(view.get("multiAz"))
    ):
        yield f"multiAz is not on in {context.tier}"


def _cluster_instances(
    stack: StackView, context: PolicyContext
) -> Iterator[tuple[ResourceView, str | Undetermined]]:
    """Multi-AZ clusters have their instances without ClusterInstances; so does Aurora Serverless v1."""
    if not context.size("database.multi_az"):
        return
    for cluster in stack.of_type(_CLUSTER):
        class_, mode = cluster.peek("dbClusterInstanceClass"), cluster.peek("engineMode")
        unclear = [value for value in (class_, mode) if isinstance(value, Undetermined)]
        if mode == "serverless" or (class_ and class_ not in unclear):
            continue
        members = _members(stack, cluster)
        zones = [member.peek("availabilityZone") for member in members]
        if len(members) < 2:
            count = "1 instance" if members else "no instance"
            problem = f"has {count}; the minimum in {context.tier} is 2, in different Availability Zones"
            yield cluster, unclear[0] if unclear else problem
        elif isinstance(zones[0], str) and set(map(str, zones)) == {zones[0]}:
            yield cluster, f"all instances are in {zones[0]}"


def _members(stack: StackView, cluster: ResourceView) -> list[ResourceView]:
    """The instances that refer to a cluster, or state its identifier."""
    found = {view.urn: view for view in stack.referrers(cluster, "clusterIdentifier", type=_MEMBER)}
    name = cluster.peek("clusterIdentifier")
    if isinstance(name, str):
        found |= {view.urn: view for view in stack.of_type(_MEMBER) if view.peek("clusterIdentifier") == name}
    return list(found.values())


def _public_access(view: ResourceView, context: PolicyContext) -> Findings:
    if is_on(view.get("publiclyAccessible")):
        yield "publiclyAccessible is on"
    elif view.type == _CLUSTER and _is_public_by_default(view):
        yield "publiclyAccessible is not set, which is on without a dbSubnetGroupName"


def _is_public_by_default(cluster: ResourceView) -> bool:
    """Only Multi-AZ clusters can be (documentation of the argument in pulumi_aws.rds.Cluster)."""
    return (
        bool(cluster.get("dbClusterInstanceClass"))
        and not cluster.has("publiclyAccessible")
        and cluster.get("dbSubnetGroupName") in (None, "default")
    )


_MULTI_AZ_CLUSTER = {"dbClusterInstanceClass": "db.r6gd.large", "allocatedStorage": 100}
_AURORA = Example(_CLUSTER, {"engine": "aurora-postgresql"}, "prod", name="orders")
_NAMED = Example(_CLUSTER, {"clusterIdentifier": "orders"}, "prod", name="orders")


def _with_members(*zones: str | None) -> StackExample:
    members = [
        Example(
            _MEMBER,
            {"availabilityZone": zone} if zone else {},
            "prod",
            name=f"orders-{number}",
            refers_to={"clusterIdentifier": _AURORA},
        )
        for number, zone in enumerate(zones)
    ]
    return StackExample((_AURORA, *members))


def _named_members(*names: str) -> StackExample:
    members = [
        Example(_MEMBER, {"clusterIdentifier": name}, "prod", name=f"orders-{number}")
        for number, name in enumerate(names)
    ]
    return StackExample((_NAMED, *members))


DATABASES: Final = (
    Rule(
        id="database-instance-class",
        title="The instance class, or serverless capacity, of a database suits the tier",
        why="Too small a class fails under production load; a large one in development is wasted cost.",
        remedy="use a Database with the tier's default, or change that in platform.yaml",
        severity="medium",
        types=(_DB, _MEMBER, _CLUSTER),
        check=_instance_class,
        passing=(
            Example(_DB, {"instanceClass": "db.t3.small"}),
            Example(_DB, {"instanceClass": "db.r7g.4xlarge"}, "prod"),
            Example(_MEMBER, {"instanceClass": "db.serverless"}),
            Example(_CLUSTER, {}),
            Example(
                _CLUSTER, {"engineMode": "serverless", "scalingConfiguration": {"autoPause": False}}, "prod"
            ),
            Example(_CLUSTER, {"serverlessv2ScalingConfiguration": {"minCapacity": 0, "maxCapacity": 8}}),
            Example(
                _CLUSTER,
                {"serverlessv2ScalingConfiguration": {"minCapacity": 0.5, "maxCapacity": 64}},
                "prod",
            ),
        ),
        failing=(
            Example(_DB, {"instanceClass": "db.r6g.4xlarge"}, says="larger than large, the maximum in dev"),
            Example(_DB, {"instanceClass": "db.r6g.2xlarge"}, "staging", says="the maximum in staging"),
            Example(_DB, {"instanceClass": "db.t3.micro"}, "prod", says="smaller than db.t3.medium"),
            Example(_DB, {"instanceClass": "db.r6g.huge"}, says="has a size that AWS does not offer"),
            Example(
                _CLUSTER, {"dbClusterInstanceClass": "db.t3.small"}, "prod", says="dbClusterInstanceClass"
            ),
            Example(_CLUSTER, {"dbClusterInstanceClass": "db.r6gd.2xlarge"}, says="larger than large"),
            Example(
                _CLUSTER,
                {"serverlessv2ScalingConfiguration": {"minCapacity": 0, "maxCapacity": 8}},
                "prod",
                says="minCapacity is 0 in production",
            ),
            Example(
                _CLUSTER,
                {"serverlessv2ScalingConfiguration": {"minCapacity": 0.5, "maxCapacity": 64}},
                says="maxCapacity is 64; the maximum in development is 8",
            ),
            Example(_CLUSTER, {"scalingConfiguration": {"maxCapacity": 64}}, "staging", says="is 16"),
            Example(_CLUSTER, {"engineMode": "serverless"}, "prod", says="autoPause is not off"),
        ),
    ),
    Rule(
        id="database-storage",
        title="The storage of a database suits the tier",
        why="Storage can't be reduced: unused storage costs money until the database is replaced.",
        remedy="use a Database with the tier's default, or change that in platform.yaml",
        severity="medium",
        types=(_DB, _CLUSTER),
        check=_storage,
        passing=(
            Example(_DB, {"allocatedStorage": 20, "maxAllocatedStorage": 100}),
            Example(_DB, {"allocatedStorage": 2000}, "prod"),
            Example(_DB, {"snapshotIdentifier": "orders-2026"}),
            Example(_CLUSTER, {}, "prod"),
            Example(_CLUSTER, _MULTI_AZ_CLUSTER, "prod"),
            Example(
                _CLUSTER, {"dbClusterInstanceClass": "db.r6gd.large", "snapshotIdentifier": "orders-2026"}
            ),
        ),
        failing=(
            Example(_DB, {}, says="allocatedStorage is not set"),
            Example(_DB, {"allocatedStorage": 20}, "prod", says="the minimum in production is 100 GB"),
            Example(_DB, {"allocatedStorage": 20, "maxAllocatedStorage": 900}, says="maxAllocatedStorage is"),
            Example(_CLUSTER, {"dbClusterInstanceClass": "db.r6gd.large"}, says="is not set"),
            Example(_CLUSTER, _MULTI_AZ_CLUSTER | {"allocatedStorage": 5}, "prod", says="is 5 GB"),
        ),
    ),
    Rule(
        id="database-backups",
        title="The backup retention of a database is at least the tier's",
        why="Corruption that is noticed late can only be repaired from a backup that still exists.",
        remedy="use a Database with the tier's default",
        severity="high",
        controls=("AWS FSBP RDS.11", "NIST 800-53 CP-9"),
        types=(_DB, _CLUSTER),
        check=_backups,
        passing=(
            Example(_DB, {"backupRetentionPeriod": 7}),
            Example(_DB, {"backupRetentionPeriod": 30}, "prod"),
            Example(_DB, {"replicateSourceDb": "orders"}, "prod"),
        ),
        failing=(
            Example(_DB, {}, says="backupRetentionPeriod is not set"),
            Example(_DB, {"backupRetentionPeriod": 7}, "prod", says="the minimum in production is 30"),
            Example(_CLUSTER, {"backupRetentionPeriod": 0}, says="is 0 days"),
        ),
    ),
    Rule(
        id="database-multi-az",
        title="A production database has a standby in another Availability Zone",
        why="Without one, the failure of a zone is an outage until a backup is restored.",
        remedy="use a Database with the tier's default",
        severity="high",
        controls=("AWS FSBP RDS.5", "NIST 800-53 CP-10"),
        types=(_DB,),
        check=_multi_az,
        passing=(Example(_DB, {}), Example(_DB, {"multiAz": True}, "prod")),
        failing=(
            Example(_DB, {}, "prod", says="multiAz is not on"),
            Example(_DB, {"multiAz": False}, "prod-eu"),
        ),
    ),
    StackRule(
        id="database-cluster-instances",
        title="A production Aurora cluster has instances in two Availability Zones",
        why="With one instance, its failure is an outage until Aurora has created another one.",
        remedy="add a second ClusterInstance, without availability_zone or in another one",
        severity="high",
        controls=("AWS FSBP RDS.15", "NIST 800-53 CP-10"),
        check=_cluster_instances,
        passing=(
            StackExample((_AURORA.within("dev"),)),
            StackExample((Example(_CLUSTER, _MULTI_AZ_CLUSTER, "prod"),)),
            StackExample((Example(_CLUSTER, {"engineMode": "serverless"}, "prod"),)),
            _with_members(None, None),
            _with_members("eu-west-1a", "eu-west-1b"),
            _named_members("orders", "orders"),
        ),
        failing=(
            StackExample((_AURORA,), says="has no instance"),
            StackExample(_with_members(None).resources, says="has 1 instance"),
            StackExample(_with_members("eu-west-1a", "eu-west-1a").resources, says="are in eu-west-1a"),
            _named_members("orders", "billing"),
        ),
    ),
    Rule(
        id="database-public-access",
        title="No database has a public address",
        why="Everyone on the internet can try passwords, and a wrong security group rule then lets them in.",
        remedy="remove publicly_accessible, and connect from within the VPC",
        severity="critical",
        controls=(
            "AWS FSBP RDS.2",
            "AWS FSBP Redshift.1",
            "AWS FSBP DMS.1",
            "CIS AWS v5.0.0 2.2.3",
            "NIST 800-53 SC-7",
        ),
        types=(
            *(_DB, _MEMBER, _CLUSTER, _REDSHIFT, "aws:redshiftserverless/workgroup:Workgroup"),
            _DMS,
        ),
        general=True,
        check=_public_access,
        passing=(
            Example(_DB, {}),
            Example(_DB, {"publiclyAccessible": False}, "prod"),
            Example(_CLUSTER, {}),
            Example(_CLUSTER, _MULTI_AZ_CLUSTER | {"publiclyAccessible": False}),
            Example(_CLUSTER, _MULTI_AZ_CLUSTER | {"dbSubnetGroupName": "data"}),
        ),
        failing=(
            Example(_DB, {"publiclyAccessible": True}, says="publiclyAccessible is on"),
            Example(_MEMBER, {"publiclyAccessible": True}, "prod"),
            Example(_REDSHIFT, {"publiclyAccessible": "true"}, "prod"),
            Example(_CLUSTER, {"publiclyAccessible": True}),
            Example(_DMS, {"publiclyAccessible": True}),
            Example(_CLUSTER, {"dbClusterInstanceClass": "db.r6gd.large"}, says="is not set, which is on"),
        ),
    ),
)
