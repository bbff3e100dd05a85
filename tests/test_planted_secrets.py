"""Secrets that are not marked, or are printed in another form, do not appear in any output.

A preview of all plants shows resources, outputs, printed lines and warnings. For the errors, the program of each
plant also raises an exception that quotes the secret.
"""

# ruff: noqa: E501 - a program a line

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.plants import PEM, PLANTS, WORD, Plant, shape
from tests.tree import ROOT
from tests.workspace.conftest import COMMAND

SETTINGS = {
    **{
        f"shop:{name}": f"setting-of-{name}-1"
        for name in ("dsn", "connectionString", "webhook", "tlsKey", "pin", "bearer", "salt")
    },
    "shop:databaseUrl": "postgres://app:setting-of-a-url@db.internal/orders",
}

PROGRAM = f"""\
import base64, html, json, os, textwrap
from urllib.parse import quote, quote_plus
import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_aws import sqs

PEM = {PEM!r}
NAME = pulumi.get_stack()
with open("plants.json", encoding="utf-8") as file:
    S, code = json.load(file)[NAME]
if "MARKED" in code:
    MARKED = pulumi.Output.secret(S)
ERROR = S
exec(code)
print("executed", NAME)
if os.environ["PLANTS"] == "raise":
    raise ValueError(f"{{NAME}}: it is {{ERROR}}")
"""
"""Each plant is a stack, so that a plant does not hide the secret of another one."""

VISIBLE = [
    "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "registry.example:5000/shop@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "https://registry.example:5000/shop@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders-AbCdEf",
    "arn:aws:iam::123456789012:role/task-runner-of-the-orders-service",
    "AIDACKCEVSQ6C2EXAMPLE",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@example",
    "-----BEGIN PUBLIC KEY-----MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE-----END PUBLIC KEY-----",
    "-----BEGIN CERTIFICATE-----MIIBszCCAVmgAwIBAgIUQ-----END CERTIFICATE-----",
    "postgres://app@db.internal:5432/orders",
    "postgres://app:$PASSWORD@db.internal:5432/orders",
    "https://docs.example/a:b/c@d",
    "passwordSecret=orders-db, secretName=orders-tls, TOKEN_TTL=3600, PASSWORD_FILE=/run/secrets/db",
    "the password: must have at least 8 characters",
    "sk-learn-pipelines-are-not-a-key-of-any-kind",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "shipping pinned hashicorp-vault v1.2.3 main.tf:12:30",
    "http_tokens=required, apiKeySource=HEADER, creationToken=orders-files, authScheme=SECRETS",
    "API_KEY_HEADER=x-api-key PASSWORD_HASHER=argon2id SECRET_BACKEND=vault-2 PRIMARY_KEY=id",
    "S3_KEY=releases/Shop-1.2.3.tar.gz KMS_KEY=mrk-0123456789abcdef0123456789abcdef",
    "use --token to log in, or docker run mysql -p3306:3306",
]

SETTINGS_WITH_TELLING_NAMES = """
import pulumi_kubernetes as kubernetes
from pulumi_aws import apigateway, cognito, ec2, efs, kms, sqs
import pulumi

sqs.Queue("required-HEADER-hours", tags={"mode": "required", "source": "HEADER"})
ec2.LaunchTemplate("required-nodes", metadata_options={"http_tokens": "required"})
efs.FileSystem("files", creation_token="orders-files")
apigateway.RestApi("api", api_key_source="HEADER")
kms.Key("key", customer_master_key_spec="SYMMETRIC_DEFAULT")
cognito.UserPoolClient("client", user_pool_id="pool", token_validity_units={"access_token": "hours", "id_token": "hours"})
kubernetes.core.v1.ConfigMap("settings", data={
    "API_KEY_HEADER": "x-api-key",
    "OPENAI_MODEL_TOKENIZER": "cl100k_base",
    "PASSWORD_HASHER": "argon2id",
    "SECRET_BACKEND": "vault",
})
kubernetes.apiextensions.CustomResource("external", api_version="external-secrets.io/v1", kind="ExternalSecret", spec={
    "data": [{"secretKey": "password", "remoteRef": {"key": "orders-db", "property": "password"}}],
})
print("the field is required, the source a HEADER, the password of orders-db")
"""
"""Ordinary settings of AWS and Kubernetes whose names contain the name of a secret."""

COMMANDS = {
    "the table": (["--resources"], "executed {}"),
    "JSON": (["--json", "--debug"], "executed {}"),
    "errors": (["--debug"], "ValueError: {}: it is"),
    "errors as JSON": (["--json"], "ValueError: {}: it is"),
}


def preview(directory: Path, *words: str, raising: bool) -> subprocess.CompletedProcess[str]:
    """Preview a stack for each plant."""
    (directory / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (directory / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    plants = {name_of(name): (plant.secret, plant.code) for name, plant in PLANTS.items()}
    (directory / "plants.json").write_text(json.dumps(plants), encoding="utf-8")
    for stack in plants:
        (directory / f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": SETTINGS}))
    environment = {
        **os.environ,
        "PLANTS": "raise" if raising else "show",
        "DB_PASSWORD": PLANTS["environment variable"].secret,
        "COLUMNS": "4000",
    }
    done = subprocess.run(
        [*COMMAND, "preview", "--policy-pack", str(ROOT / "policies"), *words],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in ((2,) if raising else (0, 1)), done.stderr
    return done


def name_of(plant: str) -> str:
    """The name of the plant's stack."""
    return plant.replace(" ", "-")


@pytest.mark.parametrize("output", COMMANDS)
def test_planted_secrets_are_not_shown(output: str, tmp_path: Path) -> None:
    """Neither the secret nor a form of it appears; every plant was executed, and something was hidden."""
    words, proof = COMMANDS[output]
    done = preview(tmp_path, *words, raising="errors" in output)
    text = done.stdout + done.stderr
    stacks = {name: name_of(name) for name in PLANTS}
    assert [name for name, stack in stacks.items() if proof.replace("{}", stack) not in text] == []
    shown = {name: [form for form in texts(plant) if form in text] for name, plant in PLANTS.items()}
    assert {name: found for name, found in shown.items() if found} == {}
    if "--json" in words:
        document = json.loads(done.stdout)
        parts = {part["stack"]: json.dumps(part) for part in document["stacks"] + document["failures"]}
        assert [name for name, stack in stacks.items() if "[secret]" not in parts[stack]] == []


def texts(plant: Plant) -> set[str]:
    """The secret in plain text, in common encodings, and in the forms that the plant names."""
    raw = plant.secret.encode()
    quoted = {repr(plant.secret)[1:-1], json.dumps(plant.secret)[1:-1], quote(plant.secret, safe="")}
    return {plant.secret, *quoted, raw.hex(), base64.b64encode(raw).decode().rstrip("="), *plant.forms}


LOOKUPS = """\
import json, os
import pulumi
from pulumi_aws import ec2, ssm
from platform_components import Bucket, BucketArgs, Context

context = Context(environment="dev", tier="development", region="eu-west-1", service="shop", owner="team")
with open("plants.json", encoding="utf-8") as file:
    shaped = json.load(file)
secrets = [*shaped, os.environ["DB_PASSWORD"]]
for number, secret in enumerate(secrets):
    ssm.get_parameter(name=f"/lookup-{number}/{secret}")
    ec2.get_vpc_output(tags=pulumi.Output.secret({"Note": f"{number}-{secret}"}))
    print(number, secret)
for number, secret in enumerate(shaped):  # a secret of the environment is only hidden in messages
    Bucket(f"bucket-{number}", BucketArgs(customize={"bucket": {"bucket": secret}}), context=context)
if os.environ["PLANTS"] == "raise":
    raise ValueError(f"the end: {secrets}")
"""
"""Secrets in the arguments of functions and of components."""
RECORDING = (
    "from tests.account import emulated_account\n"
    "from platform_components.cli.main import main\n"
    "with emulated_account():\n"
    "    main()\n"
)


@pytest.mark.parametrize("plants", ["show", "raise"])
@pytest.mark.parametrize(
    ("words", "proof"),
    [
        (["answers", "record", "dev"], "is not recorded: its arguments contain a secret"),
        (["answers", "record", "dev", "--json"], "is not recorded: its arguments contain a secret"),
        (["explain", "dev", "--debug"], "bucket-3"),
        (["explain", "dev", "--json"], "bucket-3"),
    ],
    ids=["answers record", "answers record as JSON", "explain", "explain as JSON"],
)
def test_other_commands_show_no_planted_secrets(
    words: list[str], proof: str, plants: str, tmp_path: Path
) -> None:
    """`answers record` writes a file that people commit; a program that raises is recorded, too."""
    shaped = [plant.secret for plant in PLANTS.values() if plant == shape(plant.secret)]
    assert len(shaped) > 10
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: { 'aws:region': eu-west-1 }\n")
    (tmp_path / "__main__.py").write_text(LOOKUPS)
    (tmp_path / "plants.json").write_text(json.dumps(shaped), encoding="utf-8")
    variables = {"PLANTS": plants, "DB_PASSWORD": WORD, "COLUMNS": "4000", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", RECORDING, *words],
        cwd=tmp_path,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    text = done.stdout + done.stderr
    failed = plants == "raise" and words[0] == "explain"
    assert done.returncode == (2 if failed else 0), done.stderr
    assert ("the end: " if failed else proof) in text
    assert [
        secret for secret in [*shaped, WORD] if any(form in text for form in texts(Plant(secret, "")))
    ] == []


def test_there_are_at_least_forty_plants() -> None:
    """They have different stacks, so that each is executed."""
    assert len({name_of(name) for name in PLANTS}) == len(PLANTS) >= 40


def test_what_is_not_secret_stays_visible(tmp_path: Path) -> None:
    """Hashes, digests, ARNs, public keys, certificates and names of secrets are not hidden, and not warned about."""
    program = f"""
import pulumi
from pulumi_aws import sqs
for number, text in enumerate({VISIBLE!r}):
    sqs.Queue(f"queue-{{number}}", tags={{"Note": text}})
    print(text)
"""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(program)
    done = subprocess.run(
        [*COMMAND, "preview", "--json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    (stack,) = json.loads(done.stdout)["stacks"]
    queues = [item for item in stack["resources"] if item["name"].startswith("queue")]
    assert [queue["inputs"]["tags"]["Note"] for queue in queues] == VISIBLE
    assert [line["message"] for line in stack["diagnostics"]] == VISIBLE


def test_settings_with_telling_names_stay_visible(tmp_path: Path) -> None:
    """Neither their values nor the same words elsewhere are hidden, and there are no warnings."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(SETTINGS_WITH_TELLING_NAMES)
    done = subprocess.run(
        [*COMMAND, "preview", "--json", "--policy-pack", str(ROOT / "policies")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    document = json.loads(done.stdout)
    (stack,) = document["stacks"]
    assert len(stack["resources"]) > 8, done.stderr
    # Without the outputs: the SDK marks the client secret of a user pool as secret.
    shown = [(item["name"], item.get("inputs")) for item in stack["resources"]]
    assert "[secret]" not in json.dumps([shown, stack["diagnostics"], stack.get("violations")])
    assert "looks like a secret" not in done.stdout
