"""Encryption: data is encrypted where it is stored, and on its way to and from its clients."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from platform_components.policy import Example, PolicyContext, ResourceView, Rule, Undetermined

from .flags import is_off, is_on

Findings = Iterator[str | Undetermined]

_DB = "aws:rds/instance:Instance"
_DB_CLUSTER = "aws:rds/cluster:Cluster"
_CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
_CACHE_CLUSTER = "aws:elasticache/cluster:Cluster"
_INSTANCE = "aws:ec2/instance:Instance"
_LAUNCH_CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
_LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
_REDSHIFT = "aws:redshift/cluster:Cluster"
_MEMORYDB = "aws:memorydb/cluster:Cluster"
_SEARCH = "aws:opensearch/domain:Domain"
_PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"

_STORAGE: Final[Mapping[str, str]] = {
    _DB: "storageEncrypted",
    _DB_CLUSTER: "storageEncrypted",
    "aws:docdb/cluster:Cluster": "storageEncrypted",
    "aws:neptune/cluster:Cluster": "storageEncrypted",
    "aws:ebs/volume:Volume": "encrypted",
    "aws:efs/fileSystem:FileSystem": "encrypted",
    _CACHE: "atRestEncryptionEnabled",
    _REDSHIFT: "encrypted",
    _SEARCH: "encryptAtRest.enabled",
    "aws:elasticsearch/domain:Domain": "encryptAtRest.enabled",
}
"""The path of the property that encrypts the storage of a type. It is off by default, except as in
`_on_by_default`."""

_SOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    _DB: ("replicateSourceDb", "snapshotIdentifier", "restoreToPointInTime"),
    _DB_CLUSTER: ("replicationSourceIdentifier", "snapshotIdentifier", "restoreToPointInTime"),
    _CACHE: ("globalReplicationGroupId",),
}
"""The properties that name the source of a copy. The provider rejects these settings for secondary caches."""

_REQUIRE_TLS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    _PARAMETERS: {
        "rds.force_ssl": ("0",),
        "require_secure_transport": ("0", "off"),
    },
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": {
        "rds.force_ssl": ("0",),
        "require_secure_transport": ("0", "off"),
    },
    "aws:docdb/clusterParameterGroup:ClusterParameterGroup": {"tls": ("disabled",)},
    "aws:neptune/clusterParameterGroup:ClusterParameterGroup": {"neptune_enforce_ssl": ("0",)},
    "aws:redshift/parameterGroup:ParameterGroup": {"require_ssl": ("false",)},
}
"""The parameters that require TLS, with the values that switch it off."""

_FIRST_WITH_TLS: Final = 15
"""The first major version of PostgreSQL in which RDS requires TLS by default."""


def _at_rest(view: ResourceView, context: PolicyContext) -> Findings:
    name = _STORAGE[view.type]
    path = name.split(".")
    if not view.has(*path) and (source := _source(view)):
        yield Undetermined(name, f"is that of {source}")
        return
    encrypted = view.get(*path)
    if is_off(encrypted) or (encrypted is None and not _on_by_default(view)):
        yield f"{name} is not on"


def _source(view: ResourceView) -> str:
    """The property with the source of a copy, which is encrypted as its source is; empty if there is none."""
    return next((name for name in _SOURCES.get(view.type, ()) if view.has(name)), "")


def _on_by_default(view: ResourceView) -> bool:
    if view.type == _CACHE:
        return bool(view.get("engine") == "valkey")
    if view.type == _DB_CLUSTER:
        return bool(view.get("engineMode") == "serverless")
    return view.type == _REDSHIFT


def _disks(view: ResourceView, context: PolicyContext) -> Findings:
    """Only disks that are stated: the account's EBS encryption by default applies to the others."""
    for path, encrypted in _stated_disks(view):
        if isinstance(encrypted, Undetermined):
            yield encrypted
        elif is_off(encrypted):
            yield f"{path}.encrypted is off"


def _stated_disks(view: ResourceView) -> Iterator[tuple[str, Any]]:
    if view.type == _LAUNCH_TEMPLATE:
        for mapping in view.each("blockDeviceMappings"):
            yield f"{mapping.path}.ebs", mapping.peek("ebs", "encrypted")
        return
    yield "rootBlockDevice", view.peek("rootBlockDevice", "encrypted")
    for disk in view.each("ebsBlockDevices"):
        yield disk.path, disk.peek("encrypted")


def _cache_in_transit(view: ResourceView, context: PolicyContext) -> Findings:
    if view.type == _CACHE_CLUSTER and view.has("replicationGroupId"):
        return  # its group decides
    if view.type == _MEMORYDB:
        if is_off(view.get("tlsEnabled")):
            yield "tlsEnabled is off"
        return
    encrypted = view.get("transitEncryptionEnabled")
    if encrypted is None and (source := _source(view)):
        yield Undetermined("transitEncryptionEnabled", f"is that of {source}")
    elif not is_on(encrypted):
        yield "transitEncryptionEnabled is not on"
    elif view.type == _CACHE and view.get("transitEncryptionMode") == "preferred":
        yield "transitEncryptionMode is preferred, which also accepts connections without TLS"


def _database_in_transit(view: ResourceView, context: PolicyContext) -> Findings:
    if view.type == _DB:
        yield from _default_parameters(view)
        return
    switches = _REQUIRE_TLS[view.type]
    stated: set[str] = set()
    for parameter in view.each("parameters"):
        name, value = parameter.peek("name"), parameter.peek("value")
        if isinstance(name, Undetermined):
            yield name
            stated.add("rds.force_ssl")  # it can be this one
            continue
        stated.add(str(name).lower())
        if str(name).lower() in switches:
            if isinstance(value, Undetermined):
                yield value
            elif str(value).lower() in switches[str(name).lower()]:
                yield f"parameter {name} is {value}"
    if "rds.force_ssl" not in stated and _permits_plain_text(view.get("family")):
        yield f"rds.force_ssl is not set, and is 0 by default in {view.get('family')}"


def _default_parameters(database: ResourceView) -> Findings:
    if database.get("engine") != "postgres":
        return
    group = database.peek("parameterGroupName")
    if isinstance(group, Undetermined) or not str(group or "default.").startswith("default."):
        return  # a parameter group of a program, which is evaluated itself
    family = group.removeprefix("default.") if group else f"postgres{database.get('engineVersion')}"
    if _permits_plain_text(family):
        yield f"has the default parameter group of {family}, which does not require TLS"


def _permits_plain_text(family: Any) -> bool:
    """Whether TLS is optional by default: in PostgreSQL 14 and older versions of RDS.

    Source: RDS user guide, "Updating applications to connect to PostgreSQL DB instances using new SSL/TLS
    certificates", rds.force_ssl.
    """
    found = re.match(r"postgres([0-9]+)", str(family))
    return found is not None and int(found[1]) < _FIRST_WITH_TLS


ENCRYPTION: Final = (
    Rule(
        id="storage-encryption",
        title="Databases, caches, volumes and file systems are encrypted",
        why="A copied snapshot or a returned disk is readable by everyone who gets it.",
        remedy="use the component, or set the argument; encryption of existing data requires a new resource",
        severity="high",
        controls=(
            *("AWS FSBP RDS.3", "AWS FSBP RDS.27", "AWS FSBP ElastiCache.4", "AWS FSBP DocumentDB.1"),
            *("AWS FSBP Neptune.1", "AWS FSBP EFS.1", "AWS FSBP EC2.3", "AWS FSBP Redshift.10"),
            *("AWS FSBP Opensearch.1", "AWS FSBP ES.1"),
            *("CIS AWS v5.0.0 2.2.1", "CIS AWS v5.0.0 2.3.1", "NIST 800-53 SC-28"),
        ),
        types=tuple(_STORAGE),
        general=True,
        check=_at_rest,
        passing=(
            Example(_DB, {"storageEncrypted": True}),
            Example(_DB_CLUSTER, {"engineMode": "serverless"}),
            Example(_CACHE, {"engine": "valkey"}),
            Example(_REDSHIFT, {}),
            Example(_SEARCH, {"encryptAtRest": {"enabled": True}}),
        ),
        failing=(
            Example(_DB, {}, says="storageEncrypted is not on"),
            Example(_DB, {"storageEncrypted": False, "snapshotIdentifier": "orders"}, "prod"),
            Example(_DB_CLUSTER, {"storageEncrypted": False, "engineMode": "serverless"}),
            Example("aws:ebs/volume:Volume", {}, says="encrypted is not on"),
            Example("aws:efs/fileSystem:FileSystem", {"encrypted": "false"}, "prod"),
            Example(_CACHE, {"engine": "redis"}, says="atRestEncryptionEnabled is not on"),
            Example(_CACHE, {"engine": "valkey", "atRestEncryptionEnabled": False}),
            Example(_REDSHIFT, {"encrypted": "false"}),
            Example(_SEARCH, {}, says="encryptAtRest.enabled is not on"),
            Example(_SEARCH, {"encryptAtRest": {"enabled": False}}),
        ),
    ),
    Rule(
        id="instance-disk-encryption",
        title="No instance or launch template switches the encryption of a disk off",
        why="The root disk has logs, temporary files and often credentials, which a copied snapshot exposes.",
        remedy="set encrypted=True, or enable EBS encryption by default in the account",
        severity="medium",
        enforcement="advisory",
        controls=("AWS FSBP EC2.3", "NIST 800-53 SC-28"),
        types=(_INSTANCE, _LAUNCH_CONFIGURATION, _LAUNCH_TEMPLATE),
        check=_disks,
        passing=(
            Example(_INSTANCE, {}),
            Example(_INSTANCE, {"rootBlockDevice": {"encrypted": True}}),
            Example(_LAUNCH_TEMPLATE, {"blockDeviceMappings": [{"ebs": {"encrypted": "true"}}]}),
        ),
        failing=(
            Example(
                _INSTANCE, {"rootBlockDevice": {"encrypted": False}}, says="rootBlockDevice.encrypted is"
            ),
            Example(
                _INSTANCE,
                {"ebsBlockDevices": [{"encrypted": True}, {"encrypted": False}]},
                says="ebsBlockDevices[1].encrypted is off",
            ),
            Example(
                _LAUNCH_TEMPLATE,
                {"blockDeviceMappings": [{"ebs": {"encrypted": "false"}}]},
                says="blockDeviceMappings[0].ebs.encrypted is off",
            ),
        ),
    ),
    Rule(
        id="cache-tls",
        title="Every cache requires TLS",
        why="Without TLS, everyone on the network path reads sessions and can change them.",
        remedy="use a Cache, or set transit_encryption_enabled and connect with TLS",
        severity="high",
        controls=("AWS FSBP ElastiCache.5", "NIST 800-53 SC-8"),
        types=(_CACHE, _CACHE_CLUSTER, _MEMORYDB),
        general=True,
        check=_cache_in_transit,
        passing=(
            Example(_CACHE, {"transitEncryptionEnabled": True}),
            Example(_CACHE, {"transitEncryptionEnabled": True, "transitEncryptionMode": "required"}, "prod"),
            Example(_CACHE_CLUSTER, {"replicationGroupId": "orders"}, "prod"),
            Example(_MEMORYDB, {"aclName": "orders"}),
        ),
        failing=(
            Example(_MEMORYDB, {"tlsEnabled": False}, says="tlsEnabled is off"),
            Example(_CACHE, {}, says="transitEncryptionEnabled is not on"),
            Example(
                _CACHE,
                {"transitEncryptionEnabled": True, "transitEncryptionMode": "preferred"},
                "prod",
                says="transitEncryptionMode is preferred",
            ),
            Example(_CACHE, {"transitEncryptionEnabled": False, "globalReplicationGroupId": "orders"}),
            Example(_CACHE_CLUSTER, {}),
        ),
    ),
    Rule(
        id="database-tls",
        title="Databases require TLS, also if their version does not by default",
        why="Clients that prefer TLS silently fall back to plain text if the server permits it.",
        remedy="set the parameter to the value that requires TLS, in a parameter group of the database",
        severity="high",
        controls=("AWS FSBP RDS.38", "AWS FSBP RDS.39", "AWS FSBP Redshift.2", "NIST 800-53 SC-8"),
        types=(*_REQUIRE_TLS, _DB),
        check=_database_in_transit,
        passing=(
            *(
                Example(
                    type_, {"parameters": [{"name": name, "value": "1"}, {"name": "other", "value": "0"}]}
                )
                for type_, parameters in _REQUIRE_TLS.items()
                for name in parameters
            ),
            Example(
                _PARAMETERS,
                {"family": "postgres14", "parameters": [{"name": "rds.force_ssl", "value": "1"}]},
            ),
            Example(_PARAMETERS, {"family": "postgres15", "parameters": []}),
            Example(_PARAMETERS, {"family": "mysql8.0"}),
            Example(_DB, {"engine": "postgres", "engineVersion": "14.10", "parameterGroupName": "orders"}),
            Example(_DB, {"engine": "postgres", "engineVersion": "17"}),
            Example(_DB, {"engine": "mysql", "engineVersion": "8.0"}),
        ),
        failing=(
            *(
                Example(type_, {"parameters": [{"name": name, "value": value}]}, says=f"{name} is {value}")
                for type_, parameters in _REQUIRE_TLS.items()
                for name, values in parameters.items()
                for value in values
            ),
            Example(_PARAMETERS, {"family": "postgres14"}, says="rds.force_ssl is not set"),
            Example(_PARAMETERS, {"family": "postgres9.6", "parameters": [{"name": "other", "value": "1"}]}),
            Example(_DB, {"engine": "postgres", "engineVersion": "14.10"}, says="group of postgres14.10"),
            Example(_DB, {"engine": "postgres", "parameterGroupName": "default.postgres13"}),
        ),
    ),
)
