"""`iam.get_policy_document`: the text is the AWS provider's, character by character.

The examples follow the acceptance tests of terraform-provider-aws,
internal/service/iam/policy_document_data_source_test.go.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest

from platform_components.engine.errors import DeclarationError
from platform_components.engine.functions import FunctionCall
from platform_components.functions.computed import COMPUTED

TOKEN = "aws:iam/getPolicyDocument:getPolicyDocument"


def result(**arguments: Any) -> dict[str, Any]:
    value = COMPUTED[TOKEN](FunctionCall(TOKEN, arguments, {}))
    assert isinstance(value, dict)
    return value


def document(**arguments: Any) -> Any:
    return json.loads(result(**arguments)["json"])


def test_the_text_is_indented_and_ordered() -> None:
    """Two spaces; single values are strings; several are in descending order; `&{` becomes `${`."""
    computed = result(
        policyId="policy_id",
        statements=[
            {"sid": "1", "actions": ["s3:GetBucketLocation", "s3:ListAllMyBuckets"], "resources": ["arn:*"]},
            {
                "actions": ["s3:ListBucket"],
                "resources": ["arn:aws:s3:::foo"],
                "notPrincipals": [{"type": "AWS", "identifiers": ["arn:blahblah:example"]}],
                "conditions": [
                    {
                        "test": "StringLike",
                        "variable": "s3:prefix",
                        "values": ["home/", "home/&{aws:username}/"],
                    }
                ],
            },
            {"effect": "Deny", "notActions": ["s3:*"], "notResources": ["arn:aws:s3:::*"]},
        ],
    )
    assert (
        computed["json"]
        == """\
{
  "Version": "2012-10-17",
  "Id": "policy_id",
  "Statement": [
    {
      "Sid": "1",
      "Effect": "Allow",
      "Action": [
        "s3:ListAllMyBuckets",
        "s3:GetBucketLocation"
      ],
      "Resource": "arn:*"
    },
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::foo",
      "NotPrincipal": {
        "AWS": "arn:blahblah:example"
      },
      "Condition": {
        "StringLike": {
          "s3:prefix": [
            "home/",
            "home/${aws:username}/"
          ]
        }
      }
    },
    {
      "Effect": "Deny",
      "NotAction": "s3:*",
      "NotResource": "arn:aws:s3:::*"
    }
  ]
}"""
    )
    assert computed["minifiedJson"] == json.dumps(json.loads(computed["json"]), separators=(",", ":"))
    assert computed["id"] == str(zlib.crc32(computed["json"].encode()))


def test_an_empty_document_has_a_version() -> None:
    """Without statements, the field is omitted."""
    assert document() == {"Version": "2012-10-17"}
    assert document(version="2008-10-17") == {"Version": "2008-10-17"}


@pytest.mark.parametrize(
    ("principals", "expected"),
    [
        ([("*", ["*"])], "*"),
        ([("AWS", ["*"])], {"AWS": "*"}),
        ([("Service", ["b", "a"]), ("AWS", ["x"])], {"AWS": "x", "Service": ["b", "a"]}),
        ([("AWS", ["a"]), ("AWS", ["b"])], {"AWS": ["a", "b"]}),
        ([("AWS", ["a", "b"]), ("AWS", ["c"])], {"AWS": ["b", "a", "c"]}),
    ],
)
def test_principals_are_merged_by_type(principals: list[tuple[str, list[str]]], expected: Any) -> None:
    """Only `*` of type `*` is a bare string. Entries of one type are in the order of the provider's set."""
    entries = [{"type": type_, "identifiers": identifiers} for type_, identifiers in principals]
    assert document(statements=[{"principals": entries}])["Statement"][0]["Principal"] == expected


def test_conditions_are_merged_by_test_and_variable() -> None:
    """The values keep their order; a single one is a string."""
    conditions = [
        {"test": "StringEquals", "variable": "b", "values": ["2", "1"]},
        {"test": "StringEquals", "variable": "a", "values": ["x"]},
        {"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]},
    ]
    assert document(statements=[{"conditions": conditions}])["Statement"][0]["Condition"] == {
        "Bool": {"aws:SecureTransport": "false"},
        "StringEquals": {"a": "x", "b": ["2", "1"]},
    }


def test_characters_are_escaped_as_in_go() -> None:
    """Go's encoder escapes `<`, `>` and `&`; other characters stay."""
    text = result(statements=[{"resources": ["<é&>"]}])["json"]
    assert '"Resource": "\\u003cé\\u0026\\u003e"' in text


def test_sources_precede_the_statements_and_overrides_replace_them() -> None:
    """A statement replaces the one with its Sid; the others are added."""
    source = {"Version": "2008-10-17", "Statement": [{"Sid": "a", "Effect": "Allow", "Action": ["x", "y"]}]}
    override = {"Id": "new", "Statement": [{"Sid": "b", "Effect": "Deny", "Principal": "*"}]}
    merged = document(
        sourcePolicyDocuments=[json.dumps(source)],
        statements=[{"sid": "b", "actions": ["z"]}, {"actions": ["w"]}],
        overridePolicyDocuments=[json.dumps(override)],
    )
    assert merged == {
        "Version": "2012-10-17",
        "Id": "new",
        "Statement": [
            {"Sid": "a", "Effect": "Allow", "Action": ["x", "y"]},
            {"Sid": "b", "Effect": "Deny", "Principal": "*"},
            {"Effect": "Allow", "Action": "w"},
        ],
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"statements": [{"sid": "a"}, {"sid": "a"}]}, 'statements contain the Sid "a" twice'),
        (
            {"sourcePolicyDocuments": ['{"Statement": [{"Sid": "a"}]}'] * 2},
            'source_policy_documents contain the Sid "a" twice',
        ),
        ({"sourcePolicyDocuments": ["{"]}, "a document of source_policy_documents is not a policy"),
        ({"sourcePolicyDocuments": ["[]"]}, "is not a policy: it must be an object"),
        ({"sourcePolicyDocuments": ["[" * 100_000]}, "is not a policy: it is nested too deeply"),
        ({"overridePolicyDocuments": ['{"Statement": {"Sid": "a"}}']}, "its Statement must be a list"),
        ({"sourcePolicyDocuments": ['{"Statement": ["a"]}']}, "a statement must be an object"),
        ({"sourcePolicyDocuments": ['{"Statement": [{"Sid": [1]}]}']}, "Sid must be a string"),
        ({"sourcePolicyDocuments": ['{"Version": 2012}']}, "Version must be a string"),
        *(
            ({"sourcePolicyDocuments": [f'{{"Statement": [{{{text}}}]}}']}, message)
            for text, message in (
                ('"Principal": ["*"]', "Principal must be an object or a string"),
                ('"NotPrincipal": {"AWS": {}}', "each entry of NotPrincipal must be a string or a list of"),
                (
                    '"Principal": {"AWS": [1]}',
                    "each entry of Principal must be a string or a list of strings",
                ),
                ('"Condition": []', "Condition must be an object"),
                ('"Condition": {"Bool": "a"}', "each entry of Condition must be an object"),
            )
        ),
        (
            {"statements": [{"principals": [{"identifiers": ["*"]}]}]},
            "principals of a statement require type",
        ),
        ({"statements": [{"conditions": [{"test": "Bool"}]}]}, "conditions of a statement require variable"),
        (
            {"version": "2008-10-17", "statements": [{"resources": ["&{aws:username}"]}]},
            "which version 2008-10-17 does not support",
        ),
        ({"version": "2012-10-18"}, 'version "2012-10-18" must be 2008-10-17 or 2012-10-17'),
        ({"version": ""}, 'version "" must be 2008-10-17 or 2012-10-17'),
        ({"statements": [{"effect": "allow"}]}, 'effect "allow" must be Allow or Deny'),
        (
            {"statements": [{"sid": "read-only"}]},
            'the sid "read-only" of a statement must contain only letters and digits',
        ),
        ({"statements": [{"sid": "a\n"}]}, "must contain only letters and digits"),
        ({"overrideJson": "{}"}, "overrideJson is no longer supported; use override_policy_documents"),
        ({"sourceJson": "{}"}, "sourceJson is no longer supported; use source_policy_documents"),
    ],
)
def test_what_the_provider_rejects_is_rejected(arguments: dict[str, Any], message: str) -> None:
    """With the function and the reason."""
    with pytest.raises(DeclarationError, match=message.replace("(", r"\(")):
        result(**arguments)


def test_a_source_can_have_any_sid() -> None:
    """The provider checks the arguments of statements only; empty deprecated arguments are allowed."""
    source = {"Statement": [{"Sid": "read only", "Effect": "Allow"}]}
    merged = document(sourcePolicyDocuments=[json.dumps(source)], sourceJson="", overrideJson="")
    assert merged["Statement"][0]["Sid"] == "read only"


def test_the_latest_version_of_merged_documents_applies() -> None:
    """An older document that is merged later does not lower it."""
    old, new = '{"Version": "2008-10-17"}', '{"Version": "2012-10-17"}'
    assert document(version="2008-10-17", sourcePolicyDocuments=[new])["Version"] == "2012-10-17"
    assert document(overridePolicyDocuments=[old])["Version"] == "2012-10-17"
    assert document(version="2008-10-17", overridePolicyDocuments=[new])["Version"] == "2012-10-17"
    assert document(version="2008-10-17", sourcePolicyDocuments=[old])["Version"] == "2008-10-17"
