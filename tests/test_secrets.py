"""Secrets do not appear in any output: the tree, --json, errors and --debug."""

# ruff: noqa: E501 - a program a line

from __future__ import annotations

import os
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest
from typer.testing import CliRunner

from platform_components.cli.main import app
from platform_components.engine import evaluate

SECRET = "hunter2-correct-horse"
"""Planted wherever a program may hold a secret."""

HEAD = """\
import json
import os

import pulumi
from pulumi_aws import rds, secretsmanager, sqs, ssm
from platform_components import Bucket, BucketArgs, Context, Workload, WorkloadArgs

context = Context(environment="dev", tier="development", region="eu-west-1", service="shop", owner="team")
planted = "hunter2-correct-horse"
secret = pulumi.Output.secret(planted)
image = "registry.example/shop:1"
"""

PROGRAMS = {
    "an output of the stack": "pulumi.export('it', secret)",
    "a part of an output of the stack": "pulumi.export('it', {'a': [secret, 1]})",
    "text made from it": "pulumi.export('it', pulumi.Output.concat('postgres://me:', secret, '@host'))",
    "JSON made from it": "pulumi.export('it', pulumi.Output.json_dumps({'password': secret}))",
    "an input": "ssm.Parameter('it', type='SecureString', value=secret)",
    "a part of an input": "ssm.Parameter('it', type='String', value='x', tags={'a': secret})",
    "an argument that the provider keeps secret": "secretsmanager.SecretVersion('it', secret_id='x', secret_string=planted)",
    "a password of a resource": "rds.Instance('it', instance_class='db.t3.micro', password=planted)",
    "an input that is marked": (
        "sqs.Queue('it', policy=secret, opts=pulumi.ResourceOptions(additional_secret_outputs=['policy']))"
    ),
    "a resource whose plain value is a secret elsewhere": (
        "pulumi.export('it', secret)\nsqs.Queue('it', tags={'Note': planted})"
    ),
    "an override": (
        "Bucket('it', BucketArgs(customize={'bucket': {'tags': {'Note': secret}}}), context=context)"
    ),
    "a variable of a workload": (
        "Workload('it', WorkloadArgs(image=image, environment={'DB_PASSWORD': secret}), context=context)"
    ),
    "an error at top level": "pulumi.export('it', secret)\nraise ValueError(f'no login with {planted}')",
    "an error inside apply": "secret.apply(lambda value: int(value))",
    "an error raised from another": (
        "pulumi.export('it', secret)\n"
        "try:\n    int(planted)\nexcept ValueError as error:\n    raise RuntimeError('no number') from error"
    ),
    "a failed lookup": "secret.apply(lambda value: {}[value])",
    "a line that the program prints": "pulumi.export('it', secret)\nprint(planted)",
    "a line that it printed before": "print(planted)\npulumi.export('it', secret.apply(lambda value: value))",
    "a line that it logged before it knew": "pulumi.log.warn(planted)\npulumi.export('it', pulumi.Output.from_input('x').apply(lambda _: pulumi.Output.secret(planted)))",
    "an error before it knew": "pulumi.log.error(planted)\npulumi.export('it', pulumi.Output.from_input('x').apply(lambda _: pulumi.Output.secret(planted)))",
    "a tag that a rule complains about": "pulumi.export('it', secret)\nsqs.Queue('it', tags={'Owner': planted + ' TODO'})",
    "an override that is known to be one": "pulumi.export('it', secret)\nBucket('it', BucketArgs(customize={'bucket': {'tags': {'Note': planted}}}), context=context)",
    "a line that it logs": "pulumi.export('it', secret)\npulumi.log.warn(planted)",
    "an error that it logs": "pulumi.export('it', secret)\npulumi.log.error(planted)",
    "a field that is unknown": "BucketArgs(password=planted)",
    "a field below another": "WorkloadArgs(image=image, egress=[{'cidr': '10.0.0.0/8', 'api_key': planted}])",
    "a list for a field": "BucketArgs(kms_key_arn=[{'a': planted}])",
    "a plain variable of a workload": (
        "Workload('it', WorkloadArgs(image=image, environment={'API_KEY': planted}), context=context)"
    ),
    "a plain address with a password": (
        "Workload('it', WorkloadArgs(image=image, environment={'URL': f'db://me:{planted}@h'}), context=context)"
    ),
    "variables as lines": "WorkloadArgs(image=image, environment=['PASSWORD=' + planted])",
    "variables as one line": "WorkloadArgs(image=image, environment='PASSWORD=' + planted)",
    "a variable and its value in one": (
        "Workload('it', WorkloadArgs(image=image, environment={'PASS WORD=' + planted: ''}), context=context)"
    ),
    "an unknown field with lines": "WorkloadArgs(image=image, env=['TOKEN=' + planted])",
    "an unknown field with text": "WorkloadArgs(image=image, auth=planted, whatever=planted)",
    "an unknown field with its value in its name": "WorkloadArgs(image=image, **{'TOKEN=' + planted: 1})",
    "an argument of a command": (
        "Workload('it', WorkloadArgs(image=image, arguments=['--password', planted]), context=context)"
    ),
    "a command as one line": "WorkloadArgs(image=image, command='run --password=' + planted)",
    "an image with a login": "WorkloadArgs(image=f'https://me:{planted}@registry.example/shop:1')",
    "a variable that is no text": (
        "Workload('it', WorkloadArgs(image=image, environment={'X': [planted]}), context=context)"
    ),
    "a setting that is required as a number": "pulumi.Config().require_secret_int('word')",
    "a secret setting": "pulumi.export('it', pulumi.Config().require_secret('word'))",
    "a secret setting in an error": (
        "pulumi.Config().require_secret('word').apply(lambda value: [][len(value)])"
    ),
    "an environment variable": (
        "pulumi.export('it', pulumi.Output.secret(os.environ['PLANTED']))\nraise ValueError(os.environ['PLANTED'])"
    ),
}

# Configuration with the secret in plain text, and a program without other indications that it is one.
SETTINGS = {
    **{
        f"{getter}_secret{kind}": ("orders:word: SECRET", f"pulumi.Config().{getter}_secret{kind}('word')")
        for getter in ("get", "require")
        for kind in ("_int", "_float", "_bool", "_object")
    },
    **{
        f"{getter}_secret": (
            "orders:word: SECRET",
            f"pulumi.Config().{getter}_secret('word')\nraise ValueError(pulumi.Config().get('word'))",
        )
        for getter in ("get", "require")
    },
    "a telling name, in an error": (
        "orders:dbPassword: SECRET",
        "raise ValueError(pulumi.Config().require('dbPassword'))",
    ),
    "a telling name, in an error about its type": (
        "orders:dbPassword: SECRET",
        "int(pulumi.Config().require('dbPassword'))",
    ),
    "a telling name, printed": ("orders:dbPassword: SECRET", "print(pulumi.Config().require('dbPassword'))"),
    "a telling name, in an input": (
        "orders:dbPassword: SECRET",
        "sqs.Queue('it', tags={'Note': pulumi.Config().require('dbPassword')})",
    ),
    "a telling name, in an output": (
        "orders:dbPassword: SECRET",
        "pulumi.export('it', pulumi.Config().require('dbPassword'))",
    ),
    "a telling name inside a structure": (
        "orders:db: {password: SECRET, size: 3}",
        "raise ValueError(pulumi.Config().require_object('db'))",
    ),
    "a structure with a telling name": (
        "orders:credentials: {user: [SECRET]}",
        "raise ValueError(pulumi.Config().require_object('credentials'))",
    ),
}

COMMANDS = (
    "preview -C PROJECT",
    "preview -C PROJECT --resources",
    "preview -C PROJECT --json",
    "preview -C PROJECT --debug",
    "preview -C PROJECT --json --debug",
    "explain dev -C PROJECT",
    "explain dev -C PROJECT --json --debug",
)


@pytest.mark.parametrize("holder", PROGRAMS)
def test_a_secret_is_never_shown(holder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This applies to every kind of value, and to every exit code."""
    monkeypatch.setenv("PLANTED", SECRET)
    shows_no_secret(tmp_path, f"orders:word: {SECRET}", f"{HEAD}\n{PROGRAMS[holder]}\n")


@pytest.mark.parametrize("read", SETTINGS)
def test_a_setting_that_is_secret_to_its_reader_is_never_shown(read: str, tmp_path: Path) -> None:
    """A plaintext value is redacted if the program reads it as a secret, or if its name is sensitive."""
    setting, program = SETTINGS[read]
    head = "import pulumi\nfrom pulumi_aws import sqs\n"
    shows_no_secret(tmp_path, setting.replace("SECRET", SECRET), f"{head}{program}\n")


def shows_no_secret(directory: Path, setting: str, program: str) -> None:
    """This applies to all commands, and to programs that fail."""
    (directory / "Pulumi.yaml").write_text("name: orders\nruntime: python\n")
    (directory / "Pulumi.dev.yaml").write_text(f"config:\n  {setting}\n")
    (directory / "__main__.py").write_text(program)
    before = set(directory.rglob("*"))
    for command in COMMANDS:
        words = [word.replace("PROJECT", str(directory)) for word in command.split()]
        result = CliRunner().invoke(app, words)
        assert result.exit_code in (0, 1, 2), command
        assert SECRET not in result.output, command
    assert {path for path in directory.rglob("*") if "__pycache__" not in path.parts} == before


def test_the_planted_secret_is_what_the_programs_hold() -> None:
    """Ensures that the test above searches for values that exist."""
    assert SECRET in HEAD
    assert "PLANTED" not in os.environ


def test_what_stands_beside_a_secret_is_not_hidden() -> None:
    """A mapping with a secret item is secret for the SDK as a whole; its other items are common words."""

    def program() -> None:
        password = pulumi.Output.secret("hunter2-Zebra")
        variables: dict[str, pulumi.Input[str]] = {"DB": password, "STAGE": "prod", "LEVEL": "info"}
        function = aws.lambda_.Function("f", role="r", environment={"variables": variables})
        aws.s3.Bucket("logs-prod", tags={"secret": password, "Env": "production"})
        pulumi.export("stage", "production info prod")
        pulumi.export("environment", function.environment)
        pulumi.Output.all(password, "eu-west-1").apply(lambda values: pulumi.log.info(" ".join(values)))

    document = evaluate(program, project="p", stack="dev").to_dict()
    assert document["outputs"] == {"stage": "production info prod", "environment": "[secret]"}
    shown = {resource["name"]: resource.get("inputs") for resource in document["resources"]}
    beside = {"DB": "[secret]", "STAGE": "prod", "LEVEL": "info"}
    assert shown["f"]["environment"] == {"variables": beside}
    assert shown["logs-prod"]["tags"] == {"secret": "[secret]", "Env": "production"}
    assert [each["message"] for each in document["diagnostics"]] == ["[secret] eu-west-1"]


def test_what_a_program_derives_from_a_secret_is_hidden() -> None:
    """The items of a mapping that a function of apply returns can't be found in the secret itself."""

    def program() -> None:
        password = pulumi.Output.secret("hunter2-Zebra")
        reversed_ = password.apply(lambda text: {"reversed": text[::-1]})
        reversed_.apply(lambda each: pulumi.log.info(each["reversed"]))

    document = evaluate(program, project="p", stack="dev").to_dict()
    assert [each["message"] for each in document["diagnostics"]] == ["[secret]"]
