"""Answers files: entries are validated together, and the most specific entry answers a call."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from platform_components.base import InvalidInput
from platform_components.base.settings import Platform
from platform_components.functions import Answers
from platform_components.functions.answers import Entry

AMI, VPC = "aws:ec2/getAmi:getAmi", "aws:ec2/getVpc:getVpc"

GITHUB_TOKEN = "ghp_016C7869b4a1d2e3F4567890abcdefABCDEF"

SEVERAL = """\
recorded: { stack: shop.dev, account: "123456789012", region: eu-west-1, date: "2026-11-21" }
answers:
  - function: aws:ec2/getAmi:getAmi
    result: { id: ami-any }
  - function: aws:ec2/getAmi:getAmi
    region: eu-west-1
    result: { id: ami-region }
  - function: aws:ec2/getAmi:getAmi
    environment: prod
    result: { id: ami-prod }
  - function: aws:ec2/getAmi:getAmi
    arguments: { mostRecent: true, owners: [amazon] }
    result: { id: ami-amazon }
"""


def load(directory: Path, text: str) -> Answers:
    file = directory / "answers.yaml"
    file.write_text(text)
    return Answers.load([file])


def refusal(directory: Path, text: str) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        load(directory, text)
    return [line.strip() for line in str(caught.value).splitlines()]


@pytest.mark.parametrize(
    ("arguments", "region", "environment", "expected"),
    [
        ({}, "", "", "ami-any"),
        ({"owners": ["self"]}, "us-east-1", "dev", "ami-any"),
        ({}, "eu-west-1", "dev", "ami-region"),
        ({}, "eu-west-1", "prod", "ami-prod"),
        ({"owners": ["amazon"], "mostRecent": True, "filters": None}, "eu-west-1", "prod", "ami-amazon"),
        ({"owners": ["amazon"], "mostRecent": 1}, "", "", "ami-any"),
        ({"owners": ["amazon"], "mostRecent": True, "nameRegex": "x"}, "", "", "ami-any"),
    ],
)
def test_the_most_specific_entry_answers(
    tmp_path: Path, arguments: dict[str, object], region: str, environment: str, expected: str
) -> None:
    """Arguments, which must all be equal, precede the environment, and the environment the region."""
    found = load(tmp_path, SEVERAL).find(AMI, arguments, region=region, environment=environment)
    assert found is not None
    assert found.result == {"id": expected}


def test_a_later_file_has_precedence(tmp_path: Path) -> None:
    """Of equally specific entries, the one of the last file answers, and its position is its source."""
    files = [tmp_path / "first.yaml", tmp_path / "second.yaml"]
    for file in files:
        file.write_text(f"answers: [{{function: '{AMI}', result: {{id: {file.stem}}}}}]")
    found = Answers.load(files).find(AMI, {})
    assert found is not None
    assert (found.result["id"], found.source) == ("second", "second.yaml answers[0]")


@pytest.mark.parametrize(
    ("region", "environment", "expected"),
    [("eu-west-1", "prod", "ami-prod"), ("eu-west-1", "dev", "ami-region"), ("", "", "ami-any")],
)
def test_entries_with_the_same_arguments_differ_by_environment_and_region(
    tmp_path: Path, region: str, environment: str, expected: str
) -> None:
    """Arguments are equal if their numbers and their fields other than nulls are, in any order."""
    arguments = "arguments: { filters: [{ name: a, size: 2 }], owners: [] }"
    answers = "answers:\n" + "".join(
        f"  - {{ function: {AMI}, {arguments}, {where} result: {{ id: {id_} }} }}\n"
        for id_, where in [
            ("ami-prod", "environment: prod,"),
            ("ami-region", "region: eu-west-1,"),
            ("ami-any", ""),
        ]
    )
    call = {"owners": (), "filters": [{"size": 2.0, "name": "a", "x": None}]}
    found = load(tmp_path, answers).find(AMI, call, region=region, environment=environment)
    assert found is not None
    assert found.result == {"id": expected}


def test_the_answer_among_many_entries_is_found_without_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls do not take longer with more entries; also after the answers were sent to another process."""
    entries = [Entry(AMI, {"owners": [str(n)]}, "", "", {"id": n}, f"answers[{n}]") for n in range(500)]
    answers = Answers(tuple(entries))
    compared = 0
    original = Entry.__dict__["calls"].fget

    def calls(entry: Entry) -> object:
        nonlocal compared
        compared += 1
        return original(entry)

    monkeypatch.setattr(Entry, "calls", property(calls))
    for number in range(500):
        assert answers.find(AMI, {"owners": [str(number)]}) is entries[number]
    assert compared == 500
    sent = pickle.loads(pickle.dumps(answers))
    assert sent == answers
    assert sent.find(AMI, {"owners": ["7"]}) == entries[7]


def test_another_function_has_no_answer(tmp_path: Path) -> None:
    """Entries match by token."""
    assert load(tmp_path, SEVERAL).find(VPC, {}) is None


def test_all_problems_of_a_file_are_reported_together(tmp_path: Path) -> None:
    """Each with its field and a remedy; values are not shown, because they may be secret."""
    text = """\
answers:
  - functon: aws:ec2/getAmi:getAmi
    result: { id: ami-1 }
  - function: getVpc
    result: { password: hunter2hunter2, tags: { apiKey: abc } }
  - function: aws:ec2/getVpc:getVpc
    region: europe
    result: 12
"""
    message = refusal(tmp_path, text)
    assert message[0] == "answers.yaml: 6 problems"
    assert any("functon" in line and "did you mean function" in line for line in message)
    assert any("must not contain secrets; remove password, tags.apiKey" in line for line in message)
    assert any("answers[2].region" in line and "must be an AWS region" in line for line in message)
    assert "hunter2" not in "\n".join(message)


@pytest.mark.parametrize(
    "result",
    [
        "{ passwordData: null }",
        "{ getPasswordData: false }",
        "{ secretArn: 'arn:aws:kms:x' }",
        "{ masterUserSecrets: [{ kmsKeyId: 1234abcd-12ab-34cd, secretStatus: active }] }",
    ],
)
def test_flags_and_references_are_not_secrets(tmp_path: Path, result: str) -> None:
    """A field whose name indicates a secret can be empty, a flag, or a reference."""
    load(tmp_path, f"answers: [{{function: '{VPC}', result: {result}}}]")


@pytest.mark.parametrize(
    ("result", "field"),
    [
        ("{ id: AKIAIOSFODNN7EXAMPLE }", "id"),
        (f"{{ name: /app/config, value: '{GITHUB_TOKEN}' }}", "value"),
        ("{ value: 'DB_PASSWORD=hunter2hunter2' }", "value"),
        ("{ name: /db/password, value: hunter2hunter2 }", "value"),
        ("{ passwords: [hunter2hunter2] }", "passwords[0]"),
        ("{ password: { value: hunter2hunter2 } }", "password.value"),
        (f"{{ tags: {{ '{GITHUB_TOKEN}': x }} }}", "tags.…"),
    ],
)
def test_secrets_are_rejected_by_name_and_shape(tmp_path: Path, result: str, field: str) -> None:
    """The message names the field, and does not show the secret."""
    message = refusal(tmp_path, f"answers: [{{function: '{VPC}', result: {result}}}]")
    assert f"must not contain secrets; remove {field}: it is then" in message[1]
    assert not any(secret in message[1] for secret in ("AKIA", "ghp_", "hunter2"))


def test_a_secret_in_arguments_is_rejected(tmp_path: Path) -> None:
    """They are in the file, too."""
    text = f"answers: [{{function: '{VPC}', arguments: {{tags: {{Note: '{GITHUB_TOKEN}'}}}}, result: {{}}}}]"
    assert "must not contain secrets; remove tags.Note" in refusal(tmp_path, text)[1]


def test_two_entries_for_the_same_calls_are_rejected(tmp_path: Path) -> None:
    """One of them would never be used."""
    text = f"answers: [{{function: '{VPC}', result: {{id: a}}}}, {{function: '{VPC}', result: {{id: b}}}}]"
    assert refusal(tmp_path, text)[1].split("  ")[0] == f'answers[1] = "{VPC}"'


def test_a_function_that_returns_secrets_is_rejected(tmp_path: Path) -> None:
    """Also if the field of the secret is omitted: the file is no place for its results."""
    token = "aws:secretsmanager/getSecretVersion:getSecretVersion"
    message = refusal(tmp_path, f"answers: [{{function: '{token}', result: {{arn: x}}}}]")
    assert "returns secrets, which must not be stored in a file" in message[1]


def test_platform_yaml_contains_no_results_of_such_functions(tmp_path: Path) -> None:
    """Its answers have the same checks."""
    token = "aws:ecr/getAuthorizationToken:getAuthorizationToken"
    (tmp_path / "platform.yaml").write_text(
        f"""\
organization: acme
regions: [eu-west-1]
teams: [core]
environments: {{ dev: {{ tier: development, region: eu-west-1 }} }}
stacks: {{ shop: {{ owner: core }} }}
answers: [{{ function: "{token}", result: {{ id: x }} }}]
"""
    )
    with pytest.raises(InvalidInput, match="returns secrets, which must not be stored in a file"):
        Answers.load(platform=Platform.load(tmp_path))


def test_a_date_is_not_json_data(tmp_path: Path) -> None:
    """YAML reads unquoted dates as dates, which no function returns."""
    message = refusal(tmp_path, f"answers: [{{function: '{VPC}', result: {{created: 2026-11-21}}}}]")
    assert "put the value of created in quotes" in message[1]
