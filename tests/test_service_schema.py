"""The JSON Schema of service.yaml accepts what the parser accepts, so that editors help and don't mislead."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, strategies as st

from platform_components.aws.cache import CacheArgs
from platform_components.aws.database_args import DatabaseArgs
from platform_components.base import Args, Cidr, Context, Fact, InvalidInput, Label, Region
from platform_components.base.schema import schema_of
from platform_components.kubernetes.container import Cpu, Image, Memory
from platform_components.service_file import ServiceDocument, load_service

DEV = Context(environment="dev", tier="development", region="eu-west-1", service="shop", owner="shop-team")
SERVICE = {"service": "shop", "image": "shop:1"}
SCHEMA = schema_of(ServiceDocument)
SECRET_ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf"
QUEUE_ARN = "arn:aws:sqs:eu-west-1:111122223333:orders"
DIGEST = "sha256:" + "0" * 64

VALID: list[dict[str, Any]] = [
    {},
    {"image": f"registry.example:5000/a/shop:latest@{DIGEST}"},
    {"image": f"shop@{DIGEST}"},
    {"image": "shop:latest-1"},
    {"cpu": 2, "memory": 536870912},
    {"cpu": 0.5, "memory": "1.5Gi", "memory_limit": "2G"},
    {"cpu": "250m"},
    {"health_path": "/healthz/a~b"},
    {"kind": "worker"},
    {"probe": "grpc", "health_port": 9001, "liveness_path": "/livez", "startup_seconds": 900},
    {"kind": "worker", "probe": "http", "health_port": 9001, "metrics_port": 9102},
    {"architecture": "arm64", "tmp_size": "2Gi", "zone_spread": "preferred", "min_ready_seconds": 0},
    {"egress": [{"cidr": "203.0.113.0/24", "port": 8125, "protocol": "UDP"}]},
    {"callers": ["ledger"]},
    {"egress": [{"cidr": "203.0.113.0/24", "port": 587}]},
    {"environment": {"LOG_LEVEL": "debug"}},
    {"database": {"engine_version": "17.4", "backup_window": "01:00-02:00", "storage_gb": 30}},
    {"database": {"maintenance_window": "sun:04:30-sun:05:30", "database_name": "shop_2"}},
    {"database": {"instance_class": "db.t3.small", "parameters": {"work_mem": "4096"}}},
    {"cache": {"engine_version": "8.0", "node_type": "cache.t3.micro", "log_retention_days": 30}},
    {"buckets": {"pictures": {"expire_after_days": 30}}},
    {"database": {}, "cache": {}, "environments": {"dev": {"database": None, "cache": {"nodes": 2}}}},
    {"memory": "1Gi", "environments": {"dev": {"memory": None}}},
    {"buckets": {"a": {}}, "environments": {"dev": {"buckets": {"a": None}}}},
    {"secrets": {"STRIPE_KEY": SECRET_ARN}},
    {"secrets": {"MAIL_PASSWORD": {"arn": SECRET_ARN, "key": "pass-word", "as": "env"}}},
    {"secrets": {"A": SECRET_ARN}, "environments": {"dev": {"secrets": {"A": None, "B": SECRET_ARN}}}},
    {"permissions": [{"actions": ["sqs:SendMessage"], "resources": [QUEUE_ARN]}]},
    {
        "permissions": [
            {
                "actions": ["s3:GetObject"],
                "resources": ["arn:aws:s3:::receipts/*"],
                "condition": {"StringEquals": {"aws:SourceVpc": ["vpc-1"]}},
            }
        ]
    },
]

INVALID: list[dict[str, Any]] = [
    {"service": "Shop"},
    {"image": "shop"},
    {"image": "shop:latest"},
    {"image": "shop@sha256:12"},
    {"image": "Shop:1"},
    {"cpu": "100 m"},
    {"cpu": 500},
    {"cpu": True},
    {"memory": 512},
    {"memory": "1g"},
    {"health_path": "healthz"},
    {"kind": "batch"},
    {"probe": "exec"},
    {"architecture": "x86_64"},
    {"zone_spread": "hard"},
    {"metrics_port": 0},
    {"egress": [{"cidr": "203.0.113.0/24", "port": 8125, "protocol": "udp"}]},
    {"port": 0},
    {"port": "80"},
    {"callers": ["Ledger"]},
    {"callers": "ledger"},
    {"command": "python -m app"},
    {"egress": [{"cidr": "203.0.113.0", "port": 587}]},
    {"environment": {"DEBUG": True}},
    {"database": {"engine_version": "12"}},
    {"database": {"engine_version": "17.0"}},
    {"database": {"instance_class": "db.t3.large2"}},
    {"database": {"instance_class": "db.m5.micro"}},
    {"database": {"backup_window": "3:00-4:00"}},
    {"database": {"database_name": "Shop"}},
    {"database": {"kms_key_arn": "arn:aws:kms:eu-west-1:111122223333:alias/x"}},
    {"cache": {"engine_version": "7.0"}},
    {"cache": {"log_retention_days": 31}},
    {"buckets": {"My_Files": {}}},
    {"environments": {"dev": {"service": "other"}}},
    {"environments": {"dev": {"prot": 1}}},
    {"environments": {"dev": {"port": 0}}},
    {"environments": {"Dev": {}}},
    {"secrets": {"STRIPE_KEY": "sk_live_0123456789"}},
    {"secrets": {"STRIPE_KEY": SECRET_ARN.rpartition("-")[0]}},
    {"secrets": {"stripe-key": SECRET_ARN}},
    {"secrets": {"STRIPE_KEY": {"arn": SECRET_ARN, "as": "variable"}}},
    {"secrets": {"STRIPE_KEY": {"key": "a"}}},
    {"permissions": [{"actions": ["sqs:*"], "resources": [QUEUE_ARN]}]},
    {"permissions": [{"actions": ["sqs:SendMessage"], "resources": ["*"]}]},
    {"permissions": [{"actions": [], "resources": [QUEUE_ARN]}]},
    {"permissions": [{"actions": ["sqs:SendMessage"]}]},
]


def schema_accepts(document: dict[str, Any], schema: dict[str, Any] = SCHEMA) -> bool:
    return jsonschema.Draft202012Validator(schema).is_valid(document)


def parser_accepts(directory: Path, document: dict[str, Any]) -> bool:
    path = directory / "service.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    try:
        load_service(path, DEV)
    except InvalidInput:
        return False
    return True


@pytest.mark.parametrize("fields", VALID, ids=str)
def test_valid_documents_are_accepted_by_both(tmp_path: Path, fields: dict[str, Any]) -> None:
    """An editor shows no error in a file that the preview accepts."""
    assert schema_accepts({**SERVICE, **fields})
    assert parser_accepts(tmp_path, {**SERVICE, **fields})


@pytest.mark.parametrize("fields", INVALID, ids=str)
def test_invalid_documents_are_rejected_by_both(tmp_path: Path, fields: dict[str, Any]) -> None:
    """An editor shows the error while the file is written."""
    assert not schema_accepts({**SERVICE, **fields})
    assert not parser_accepts(tmp_path, {**SERVICE, **fields})


class Values(Args):
    """One field for each type of value."""

    label: Label | None = None
    fact: Fact | None = None
    region: Region | None = None
    cidr: Cidr | None = None
    image: Image | None = None
    cpu: Cpu | None = None
    memory: Memory | None = None


VALUES = schema_of(Values)
NEAR = {
    "label": r"[a-z0-9A-]{1,4}",
    "fact": r"[A-Za-z0-9._ -]{1,4}",
    "region": r"[a-z]{2}-[a-z-]{1,6}-?[0-9]?",
    "cidr": r"10\.[0-9]{1,3}\.0\.0/?[0-9]{0,2}",
    "image": r"[a-z./:-]{1,6}(:(latest|[a-z0-9]{1,3}))?",
    "cpu": r"[0-9]{1,3}(\.[0-9]{1,4})?m?",
    "memory": r"[0-9]{1,4}(\.[0-9])?(Ki|Mi|Gi|k|M|G|g|m)?",
}
RANGE_IN_PARSER_ONLY = {"cidr", "cpu", "memory"}
"""Types whose ranges, or host bits, a pattern can't state."""


@given(
    st.sampled_from(sorted(NEAR)).flatmap(
        lambda n: st.tuples(st.just(n), st.from_regex(NEAR[n], fullmatch=True))
    )
)
def test_values_are_accepted_alike(value: tuple[str, str]) -> None:
    """The schema accepts what the parser accepts, and, apart from ranges, nothing else."""
    document = dict([value])
    with suppress(InvalidInput):
        Values.parse(document, "it")
        assert schema_accepts(document, VALUES)
        return
    if value[0] not in RANGE_IN_PARSER_ONLY:
        assert not schema_accepts(document, VALUES)


@pytest.mark.parametrize("args", [ServiceDocument, DatabaseArgs, CacheArgs])
def test_patterns_use_only_syntax_of_editors(args: type[Args]) -> None:
    """Editors use the regular expressions of ECMAScript, which has no named groups in Python's syntax."""
    patterns = re.findall(r"'pattern': '([^']+)'", str(schema_of(args)))
    assert patterns
    assert [text for text in patterns if "(?P" in text or "\\Z" in text] == []
