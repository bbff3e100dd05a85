"""Results of provider functions in commands: `--answers`, `--strict` and `platform answers record`."""

from __future__ import annotations

import errno
import json
import sys
from pathlib import Path

import boto3
import pytest

from tests.account import ACCOUNT, emulated_account
from tests.cli.conftest import Run, write

PROGRAM = """
    import pulumi
    from pulumi_aws import ec2, get_caller_identity, sqs

    ami = ec2.get_ami(owners=["amazon"], most_recent=True)
    vpc = ec2.get_vpc(cidr_block="10.0.0.0/16")
    sqs.Queue("jobs", name=ami.id, kms_master_key_id="alias/q", tags={"vpc": vpc.id})
    pulumi.export("account", get_caller_identity().account_id)
"""
ANSWERS = """
    answers:
      - function: aws:ec2/getAmi:getAmi
        result: { id: ami-1 }
      - function: aws:index/getCallerIdentity:getCallerIdentity
        result: { accountId: "123456789012" }
"""


@pytest.fixture(name="shop")
def project_with_functions(project: Path) -> Path:
    write(project / "__main__.py", PROGRAM)
    write(project / "answers.yaml", ANSWERS)
    return project


def test_assumed_results_are_marked(platform: Run, shop: Path) -> None:
    """The preview lists each with its line, and the number of unknown ones."""
    shown = " ".join(platform("preview", "-C", shop).stdout.split())
    assert "2 function results assumed: aws:ec2/getAmi:getAmi __main__.py:5" in shown
    assert "functions 1 function result unknown" in shown


def test_json_lists_the_functions(platform: Run, shop: Path) -> None:
    """Each call with its arguments, the origin of its result, and its line."""
    document = json.loads(
        platform("preview", "-C", shop, "--json", "--answers", shop / "answers.yaml").stdout
    )
    ami, vpc, _ = document["stacks"][0]["functions"]
    assert ami == {
        "token": "aws:ec2/getAmi:getAmi",
        "arguments": {"mostRecent": True, "owners": ["amazon"]},
        "origin": "answered",
        "answer": "answers.yaml answers[0]",
        "source": "__main__.py:5",
    }
    assert (vpc["origin"], "answer" in vpc) == ("unknown", False)


def test_strict_refuses_assumptions(platform: Run, shop: Path) -> None:
    """Exit code 2, with each function and the remedy; with answers, it passes."""
    result = platform("preview", "-C", shop, "--strict")
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert lines[0] == "--strict: 2 problems"
    assert lines[1].split("  ")[1] == "dev __main__.py:5"
    assert "the result of aws:ec2/getAmi:getAmi is assumed" in lines[1]
    assert "`platform answers record dev` writes one" in lines[1]
    assert platform("preview", "-C", shop, "--strict", "--answers", shop / "answers.yaml").exit_code == 0


@pytest.mark.parametrize("command", [("preview",), ("explain", "dev")])
def test_the_document_of_a_strict_command_has_the_failure(
    platform: Run, shop: Path, command: tuple[str, ...]
) -> None:
    """Next to the complete result, with one problem for each assumed result."""
    result = platform(*command, "-C", shop, "--strict", "--json")
    document = json.loads(result.stdout)
    (failure,) = document["failures"]
    assert result.exit_code == 2
    assert [problem["field"] for problem in failure["problems"]] == ["dev __main__.py:5", "dev __main__.py:8"]
    assert document.get("stacks") or document["functions"]
    result = platform(*command, "-C", shop, "--strict", "--json", "--answers", shop / "answers.yaml")
    assert result.exit_code == 0
    assert not json.loads(result.stdout).get("failures")


def test_a_strict_preview_reports_other_failures_too(platform: Run, shop: Path) -> None:
    """The assumed results of one stack, and the error of another."""
    write(shop / "Pulumi.other.yaml", "config: {}\n")
    stop = "\nif pulumi.get_stack() == 'other':\n    raise ValueError('no such shop')\n"
    (shop / "__main__.py").write_text((shop / "__main__.py").read_text() + stop)
    result = platform("preview", "-C", shop, "--strict", "--json")
    assert [each["stack"] for each in json.loads(result.stdout)["failures"]] == ["other", ""]
    assert "no such shop" in result.stderr
    assert "--strict: 2 problems" in result.stderr
    assert result.exit_code == 2


@pytest.mark.parametrize("words", [(), ("assets",), ("assets.versioned",)])
def test_explain_marks_assumed_results(platform: Run, shop: Path, words: tuple[str, ...]) -> None:
    """Values can depend on them; the document has each call."""
    component = """
    from platform_components import Bucket, Context
    tags = dict(environment="dev", tier="development", region="eu-west-1", service="shop", owner="team")
    Bucket("assets", context=Context(**tags))
    """
    write(shop / "__main__.py", PROGRAM + component)
    shown = " ".join(platform("explain", "dev", *words, "-C", shop).stdout.split())
    assert "functions 2 function results assumed: aws:ec2/getAmi:getAmi __main__.py:5" in shown
    document = json.loads(platform("explain", "dev", *words, "-C", shop, "--json").stdout)
    assert [use["origin"] for use in document["functions"]] == ["assumed", "unknown", "assumed"]
    assert "failures" not in document
    strict = platform("explain", "dev", *words, "-C", shop, "--strict")
    assert (strict.exit_code, "--strict: 2 problems" in strict.stderr) == (2, True)


def test_explain_reports_answers_for_unknown_functions(platform: Run, shop: Path) -> None:
    """As a preview does."""
    file = write_answers(shop, "aws:ec2/getAmmi:getAmmi")
    result = platform("explain", "dev", "-C", shop, "--answers", file)
    assert "aws:ec2/getAmmi:getAmmi is not a function of the installed pulumi_aws" in result.stderr


def write_answers(directory: Path, function: str) -> Path:
    file = directory / "more.yaml"
    file.write_text(f"answers: [{{function: '{function}', result: {{}}}}]")
    return file


def test_a_broken_answers_file_is_reported(platform: Run, shop: Path) -> None:
    """Exit code 2, before anything is evaluated."""
    write(shop / "answers.yaml", "answers: [{ function: getAmi }]")
    result = platform("preview", "-C", shop, "--answers", shop / "answers.yaml")
    assert result.exit_code == 2
    assert "answers.yaml: 2 problems" in result.stderr


def test_a_misspelled_function_is_reported(platform: Run, shop: Path) -> None:
    """A warning: another version of the SDK may have it."""
    write(shop / "answers.yaml", "answers: [{ function: 'aws:ec2/getAmmi:getAmmi', result: {} }]")
    result = platform("preview", "-C", shop, "--answers", shop / "answers.yaml")
    assert "did you mean aws:ec2/getAmi:getAmi?" in result.stderr
    assert result.exit_code == 0


def test_platform_yaml_answers_its_environments(platform: Run, shop: Path) -> None:
    """With `answers`, and with the account of the environment."""
    write(
        shop / "platform.yaml",
        """
        organization: acme
        regions: [eu-west-1]
        teams: [core]
        environments: { dev: { tier: development, region: eu-west-1, account: "123456789012" } }
        stacks: { shop: { owner: core } }
        answers:
          - { function: "aws:ec2/getAmi:getAmi", environment: dev, result: { id: ami-1 } }
        """,
    )
    (shop / "Pulumi.dev.yaml").rename(shop / "Pulumi.shop.dev.yaml")
    document = json.loads(platform("preview", "-C", shop, "--json", "--strict").stdout)
    answers = [use.get("answer") for use in document["stacks"][0]["functions"]]
    assert answers == ["platform.yaml answers[0]", None, "platform.yaml environments.dev.account"]
    assert document["stacks"][0]["outputs"]["account"] == "123456789012"


def test_recorded_results_answer_the_preview(platform: Run, shop: Path) -> None:
    """`platform answers record` writes the file that `--answers` reads."""
    file = shop / "recorded.yaml"
    with emulated_account():
        boto3.client("ec2", region_name="eu-west-1").create_vpc(CidrBlock="10.0.0.0/16")
        result = platform("answers", "record", "dev", "-C", shop, "--output", file)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "3 results recorded from account 123456789012\n"
    document = json.loads(platform("preview", "-C", shop, "--json", "--strict", "--answers", file).stdout)
    assert {use["origin"] for use in document["stacks"][0]["functions"]} == {"answered"}


def test_what_is_not_recorded_is_reported(platform: Run, shop: Path) -> None:
    """With its line and the reason; the rest is written to standard output."""
    with emulated_account():
        result = platform("answers", "record", "dev", "-C", shop)
    assert "__main__.py:6: aws:ec2/getVpc:getVpc is not recorded: nothing matches" in result.stderr
    assert "accountId: '123456789012'" in result.stdout


REGION_OF_THE_ENVIRONMENT = """
    organization: acme
    regions: [eu-west-1]
    teams: [core]
    environments: { dev: { tier: development, region: eu-west-1, account: "%s" } }
    stacks: { shop: { owner: core } }
"""


def test_results_are_recorded_in_the_region_of_the_environment(platform: Run, shop: Path) -> None:
    """If only platform.yaml has a region: the recorded results answer the next preview."""
    write(shop / "platform.yaml", REGION_OF_THE_ENVIRONMENT % ACCOUNT)
    (shop / "Pulumi.dev.yaml").unlink()
    write(shop / "Pulumi.shop.dev.yaml", "config: {}")
    file = shop / "recorded.yaml"
    with emulated_account():
        boto3.client("ec2", region_name="eu-west-1").create_vpc(CidrBlock="10.0.0.0/16")
        platform("answers", "record", "shop.dev", "-C", shop, "--output", file)
    document = json.loads(platform("preview", "-C", shop, "--json", "--strict", "--answers", file).stdout)
    assert {use["origin"] for use in document["stacks"][0]["functions"]} == {"answered"}


def test_credentials_of_another_account_are_rejected(platform: Run, shop: Path) -> None:
    """With both accounts; no file is written."""
    write(shop / "platform.yaml", REGION_OF_THE_ENVIRONMENT % "210987654321")
    (shop / "Pulumi.dev.yaml").rename(shop / "Pulumi.shop.dev.yaml")
    with emulated_account():
        result = platform("answers", "record", "shop.dev", "-C", shop, "--output", shop / "recorded.yaml")
    assert result.exit_code == 2
    assert f"is 210987654321, but the credentials are for account {ACCOUNT}" in result.stderr
    assert not (shop / "recorded.yaml").exists()


def test_existing_answers_are_not_recorded_again(platform: Run, shop: Path) -> None:
    """`--answers` is accepted as in previews."""
    with emulated_account():
        result = platform(
            "answers", "record", "dev", "-C", shop, "--answers", shop / "answers.yaml", "--json"
        )
    assert json.loads(result.stdout)["recorded"] == 0
    assert [each["token"] for each in json.loads(result.stdout)["missing"]] == ["aws:ec2/getVpc:getVpc"]


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("missing/recorded.yaml", "is in a directory that does not exist"),
        (".", "is a directory"),
        ("locked.yaml", "can't be written"),
        ("locked/recorded.yaml", "is in a directory that can't be written"),
    ],
)
def test_an_output_that_cannot_be_written_is_rejected(
    platform: Run, shop: Path, path: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before AWS is called."""
    (shop / "locked").mkdir()
    write(shop / "locked.yaml", "")
    # The tests may run as root, who can write everything.
    monkeypatch.setattr("os.access", lambda path, mode: "locked" not in Path(path).name)
    result = platform("answers", "record", "dev", "-C", shop, "--output", shop / path)
    assert result.exit_code == 2
    assert what in result.stderr


def test_the_file_is_replaced_at_once(platform: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If writing fails, the former content stays, and nothing else is left; permissions stay, too."""
    file = shop / "recorded.yaml"
    write(file, "before")
    file.chmod(0o640)
    before = sorted(shop.iterdir())
    with monkeypatch.context() as patched, emulated_account():
        patched.setattr("os.replace", _full)
        result = platform("answers", "record", "dev", "-C", shop, "--output", file)
    assert result.exit_code == 2
    assert "can't write the result" in result.stderr
    assert (file.read_text(), sorted(set(shop.iterdir()) - {shop / "__pycache__"})) == ("before", before)
    with emulated_account():
        platform("answers", "record", "dev", "-C", shop, "--output", file)
    assert file.read_text().startswith("# Results of provider functions")
    assert file.stat().st_mode & 0o777 == 0o640


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_without_the_extra_the_message_names_it(
    platform: Run, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other commands, and the help of this one, work without it."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert platform("answers", "record", "--help").exit_code == 0
    result = platform("answers", "record", "dev", "-C", shop)
    assert result.exit_code == 2
    assert "pip install 'platform-components[cli,record]'" in result.stderr


def test_a_stack_without_a_region_is_rejected(platform: Run, shop: Path) -> None:
    """Functions are recorded in a region."""
    write(shop / "Pulumi.dev.yaml", "config: {}")
    result = platform("answers", "record", "dev", "-C", shop)
    assert result.exit_code == 2
    assert "has no AWS region" in result.stderr
