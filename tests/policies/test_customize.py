"""Overrides of a service in production: a rule names each that gives up security or redundancy."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from platform_components.base import InvalidInput
from platform_components.policy import PolicyContext, Report, evaluate_policies
from platform_components.service_file import load_service
from platform_components.service_stack import ServiceStack
from platform_components.testing import render
from policies import RULES
from tests.samples import context_of, given_foundation, given_platform_services

SERVICE = """
service: shop
image: registry.example/shop:1.4.2
"""


def _database(override: str) -> str:
    return f"database: {{ customize: {override} }}"


def _cache(override: str) -> str:
    return f"cache: {{ customize: {override} }}"


def _bucket(override: str) -> str:
    return f"buckets: {{ receipts: {{ customize: {override} }} }}"


def _pod(fields: str) -> str:
    return f"customize: {{ deployment: {{ spec: {{ template: {{ spec: {fields} }} }} }} }}"


def _container(fields: str) -> str:
    return _pod(f"{{ containers: [{{ name: shop, {fields} }}] }}")


def _security(fields: str) -> str:
    return _container(f"securityContext: {{ {fields} }}")


def _types(default_deny: str, policy: str = "{}") -> str:
    """The types of the policy for all pods, and the fields of the service's own."""
    deny = f"default-deny: {{ spec: {{ policyTypes: {default_deny} }} }}"
    return f"customize: {{ {deny}, network-policy: {{ spec: {policy} }} }}"


OPEN_GROUP = """\
{ security-group: { ingress: [
    { protocol: tcp, from_port: 5432, to_port: 5432, cidr_blocks: [0.0.0.0/0] }
] } }"""

_KEY = "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc"
_OLD = "{ pod-security.kubernetes.io/enforce-version: v1.0 }"
_PRIVILEGED = "{ pod-security.kubernetes.io/enforce: privileged }"

_INGRESS = "customize: { database-ingress: { cidr_ipv4: 0.0.0.0/1, referenced_security_group_id: null } }"
_TWO_HALVES = OPEN_GROUP.replace("0.0.0.0/0", "0.0.0.0/1, 128.0.0.0/1")
_EVERYTHING = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
_EVERYONE = '{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"}}'
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def _old_database(override: str) -> str:
    return f"database: {{ engine_version: '14', customize: {override} }}"


ABUSES = [
    (f"database: {{}}\n{_INGRESS}", "security-group-open"),
    (_database(_TWO_HALVES), "security-group-open"),
    (_cache("{ group: { user_group_ids: null } }"), "cache-authentication"),
    (_cache("{ user: { authentication_mode: { type: no-password-required } } }"), "cache-authentication"),
    (_cache("{ user-group: { user_ids: [default] } }"), "cache-default-user"),
    ("cache: { authentication: preferred }", "cache-default-user"),
    (f"database: {{}}\ncustomize: {{ access: {{ policy: '{_EVERYTHING}' }} }}", "iam-administrator"),
    (
        f"database: {{}}\ncustomize: {{ role: {{ managed_policy_arns: [{_ADMINISTRATOR}] }} }}",
        "iam-administrator",
    ),
    (
        f"database: {{}}\ncustomize: {{ role: {{ inline_policies: [{{ policy: '{_EVERYTHING}' }}] }} }}",
        "iam-administrator",
    ),
    (f"database: {{}}\ncustomize: {{ role: {{ assume_role_policy: '{_EVERYONE}' }} }}", "policy-public"),
    (_bucket(f"{{ policy: {{ policy: '{_EVERYONE}' }} }}"), "policy-public"),
    (_bucket(f"{{ key-policy: {{ policy: '{_EVERYONE}' }} }}"), "policy-public"),
    (_bucket("{ bucket: { acl: public-read } }"), "bucket-public-acl"),
    (
        _database("{ instance: { manage_master_user_password: false, password: hunter22 } }"),
        "database-master-password",
    ),
    (
        _database("{ instance: { iam_database_authentication_enabled: false } }"),
        "database-iam-authentication",
    ),
    (_old_database("{ parameters: { parameters: [] } }"), "database-tls"),
    (_old_database("{ instance: { parameter_group_name: default.postgres14 } }"), "database-tls"),
    (f"customize: {{ namespace: {{ metadata: {{ labels: {_PRIVILEGED} }} }} }}", "namespace-pod-security"),
    (_database("{ instance: { publicly_accessible: true } }"), "database-public-access"),
    (_database("{ instance: { storage_encrypted: false } }"), "storage-encryption"),
    (_database("{ instance: { skip_final_snapshot: true } }"), "final-snapshot"),
    (_database("{ instance: { deletion_protection: false } }"), "deletion-protection"),
    (_database("{ instance: { multi_az: false } }"), "database-multi-az"),
    (_database("{ instance: { backup_retention_period: 1 } }"), "database-backups"),
    (_database("{ instance: { allocated_storage: 20 } }"), "database-storage"),
    (_database("{ instance: { instance_class: db.t3.micro } }"), "database-instance-class"),
    (
        _database("{ parameters: { parameters: [{ name: rds.force_ssl, value: '0' }] } }"),
        "database-tls",
    ),
    (_database(OPEN_GROUP), "security-group-open"),
    (_cache("{ group: { transit_encryption_enabled: false } }"), "cache-tls"),
    (_cache("{ group: { transit_encryption_mode: preferred } }"), "cache-tls"),
    (_cache("{ group: { at_rest_encryption_enabled: false } }"), "storage-encryption"),
    (_cache("{ group: { num_cache_clusters: 1 } }"), "cache-nodes"),
    (_cache("{ group: { automatic_failover_enabled: false } }"), "cache-nodes"),
    (_cache("{ group: { snapshot_retention_limit: 0 } }"), "cache-backups"),
    (_cache(OPEN_GROUP), "security-group-open"),
    *(
        (_bucket(f"{{ public-access: {{ {setting}: false }} }}"), "bucket-public-access")
        for setting in (
            *("block_public_acls", "block_public_policy"),
            *("ignore_public_acls", "restrict_public_buckets"),
        )
    ),
    (
        _bucket("{ versioning: { versioning_configuration: { status: Suspended } } }"),
        "bucket-versioning",
    ),
    (_bucket("{ policy: { policy: '{\"Statement\": []}' } }"), "bucket-tls-only"),
    (
        _bucket("{ encryption: { rules: [{ blocked_encryption_types: [NONE] }] } }"),
        "bucket-encryption",
    ),
    (_security("privileged: true"), "pod-privileged"),
    (_security("allowPrivilegeEscalation: true"), "pod-privilege-escalation"),
    (_security("runAsNonRoot: false"), "pod-non-root"),
    (_security("runAsUser: 0"), "pod-non-root"),
    (_security("capabilities: { add: [SYS_ADMIN] }"), "pod-capabilities"),
    (_security("seccompProfile: { type: Unconfined }"), "pod-seccomp"),
    (_container("ports: [{ containerPort: 8080, hostPort: 8080 }]"), "pod-host-access"),
    (_container("image: registry.example/shop:latest"), "image-tag"),
    (_pod("{ hostNetwork: true }"), "pod-host-access"),
    (_pod("{ hostPID: true }"), "pod-host-access"),
    (_pod("{ hostIPC: true }"), "pod-host-access"),
    (_pod("{ volumes: [{ name: node, hostPath: { path: / } }] }"), "pod-host-access"),
    (
        _pod("{ initContainers: [{ name: init, securityContext: { privileged: true } }] }"),
        "pod-privileged",
    ),
    ("customize: { network-policy: { spec: { ingress: [{}] } } }", "network-policy-open"),
    ("customize: { network-policy: { spec: { egress: [{}] } } }", "network-policy-open"),
    (
        "customize: { network-policy: { spec: { policyTypes: [Ingress], egress: [] } } }",
        "network-policy-open",
    ),
    (
        "customize: { network-policy: { spec: { ingress: [{ from: [{ namespaceSelector: {} }] }] } } }",
        "network-policy-open",
    ),
    ("customize: { service: { spec: { type: LoadBalancer } } }", "service-exposure"),
    ("customize: { service: { spec: { type: NodePort } } }", "service-exposure"),
    ("customize: { service: { spec: { externalIPs: [192.0.2.1] } } }", "service-exposure"),
    ("customize: { autoscaler: { spec: { minReplicas: 1, maxReplicas: 9 } } }", "workload-replicas"),
    ("customize: { disruption-budget: { spec: { maxUnavailable: 0 } } }", "workload-disruption-budget"),
    (_types("[Ingress]"), "network-policy-types"),
    (_types("[Egress]"), "network-policy-types"),
    (_types("[Egress]", "{ policyTypes: [Egress], ingress: null }"), "network-policy-types"),
    (_types("[Ingress]", "{ policyTypes: [Ingress], egress: null }"), "network-policy-types"),
    *(
        (f"customize: {{ network-policy: {{ spec: {{ {rules} }} }} }}", "network-policy-open")
        for rules in (
            "ingress: [{ from: [{ ipBlock: { cidr: 0.0.0.0/1 } }, { ipBlock: { cidr: 128.0.0.0/1 } }] }]",
            "egress: [{ to: [{ ipBlock: { cidr: 0.0.0.0/1 } }, { ipBlock: { cidr: 128.0.0.0/1 } }] }]",
            "ingress: [{ from: [{ namespaceSelector: { matchLabels: {} } }] }]",
            (
                "ingress: [{ from: [{ namespaceSelector: { matchExpressions: "
                "[{ key: kubernetes.io/metadata.name, operator: Exists }] } }] }]"
            ),
            "egress: [{ ports: [{ port: 1, endPort: 65534 }] }]",
            "ingress: [{ ports: [{ port: 8080 }] }]",
        )
    ),
    (
        "customize: { default-deny: { spec: { ingress: [{ from: [{ namespaceSelector: {} }] }] } } }",
        "network-policy-open",
    ),
    (f"customize: {{ namespace: {{ metadata: {{ labels: {_OLD} }} }} }}", "namespace-pod-security"),
    (_container(f"env: [{{ name: PAYMENTS, value: {_KEY} }}]"), "pod-plain-secrets"),
    (_security("procMount: Unmasked"), "pod-proc-mount"),
    (_security("seLinuxOptions: { type: spc_t }"), "pod-selinux"),
    (_security("appArmorProfile: { type: Unconfined }"), "pod-apparmor"),
    (_pod("{ securityContext: { sysctls: [{ name: kernel.msgmax, value: '1' }] } }"), "pod-sysctls"),
    (_pod("{ volumes: [{ name: shared, nfs: { server: nfs, path: / } }] }"), "pod-volumes"),
]
REFUSED = [
    (
        "database: {}\ncustomize: { identity: { role_arn: 'arn:aws:iam::123456789012:role/other' } }",
        "add what the pods need to permissions",
    ),
]
ALL_PARTS = "database: {}\ncache: {}\nbuckets: { receipts: {} }"


def _report(directory: Path, fields: str) -> Report:
    """Evaluate the rules for a service.yaml in production."""
    path = directory / "service.yaml"
    path.write_text(SERVICE + textwrap.dedent(fields), encoding="utf-8")
    context = context_of("production")
    service = load_service(path, context)
    graph = render(
        lambda: ServiceStack(
            service.name,
            service.args,
            context=context,
            foundation=given_foundation(),
            platform_services=given_platform_services(),
        )
    )
    settings = PolicyContext(
        context.environment, context.tier, regions=(context.region,), teams=(context.owner,)
    )
    return evaluate_policies(graph.resources, RULES, settings)


def test_a_service_with_defaults_has_no_violation(tmp_path: Path) -> None:
    """The violations of the other tests are those of their overrides."""
    report = _report(tmp_path, ALL_PARTS)
    assert report.violations == ()
    assert report.errors == ()


@pytest.mark.parametrize(("fields", "rule"), ABUSES, ids=[f"{rule}-{fields}" for fields, rule in ABUSES])
def test_an_override_that_gives_up_security_or_redundancy_is_a_violation(
    tmp_path: Path, fields: str, rule: str
) -> None:
    """The rule names the resource, whatever wrote its properties."""
    report = _report(tmp_path, fields)
    assert rule in {finding.rule for finding in report.violations}
    assert report.errors == ()


@pytest.mark.parametrize(("fields", "remedy"), REFUSED)
def test_an_override_that_the_component_owns_is_rejected(tmp_path: Path, fields: str, remedy: str) -> None:
    """Another role of the pods would bypass what the stack grants."""
    with pytest.raises(InvalidInput, match=remedy):
        _report(tmp_path, fields)
