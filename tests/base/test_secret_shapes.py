"""Secrets in plain text are recognized by shape and by name; other values are not."""

from __future__ import annotations

import time

import pytest

from platform_components.base.redaction import Redactor
from platform_components.base.secret_names import is_plain_secret

SHAPED = {
    "key AKIAIOSFODNN7EXAMPLE.": "key [secret].",
    "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY": "[secret]:[secret]",
    "AKIAIOSFODNN7EXAMPLE 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12": (
        "[secret] 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"
    ),
    "postgres://app:x@y@db:5432/orders?a=b@c": "postgres://app:[secret]@db:5432/orders?a=b@c",
    "redis://:abc@cache": "redis://:[secret]@cache",
    "https://hooks.slack.com/services/T0/B0/abcdefghijklm": "https://hooks.slack.com/services/[secret]",
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nabc": "[secret]",
    "-----BEGIN EC PRIVATE KEY-----\\nabc\\n-----END EC PRIVATE KEY----- and more": "[secret] and more",
    "DB_PASSWORD=abc TOKEN_TTL=5": "DB_PASSWORD=[secret] TOKEN_TTL=5",
    "--api-key=abc": "--api-key=[secret]",
    "{'apiKey': 'abc', 'name': 'x'}": "{'apiKey': '[secret]', 'name': 'x'}",
    '"{\\"clientSecret\\": \\"abc\\"}"': '"{\\"clientSecret\\": \\"[secret]\\"}"',
    'password = "a b"': 'password = "[secret]"',
    "password: hunter2": "password: [secret]",
    "db:\n  - password:   p@ss/word  # of the app\n    user: app": (
        "db:\n  - password:   [secret]  # of the app\n    user: app"
    ),
    "apiKey: 'two words'": "apiKey: '[secret]'",
    '"token": abc-1': '"token": [secret]',
    "password = hunter2": "password = [secret]",
    "password: 123456": "password: [secret]",
    "{'name': 'DB_PASSWORD', 'value': 'abc'}": "{'name': 'DB_PASSWORD', 'value': '[secret]'}",
}


@pytest.mark.parametrize("text", SHAPED)
def test_a_secret_is_hidden_without_being_registered(text: str) -> None:
    """Only the secret is hidden, not the URL or the name that it belongs to."""
    assert Redactor()(text) == SHAPED[text]


@pytest.mark.parametrize(
    "text",
    [
        "password: str",
        "    password: SecretStr | None = None",
        "def connect(host: str, password: str) -> None:",
        "password: Optional[str]",
        "token: unexpected",
        "token: unexpected.",
        "TypeError: password: expected a string",
        "the password: hunter2",
        "token: 404",
        "secretName: orders-tls-1",
        "password: ${DB_PASSWORD}",
        "password: /run/secrets/db",
        "password = config.password",
        "password = get_password()",
        "password:",
        "author: me-2",
    ],
)
def test_a_line_of_code_or_a_message_is_no_setting(text: str) -> None:
    """`password: value` is hidden only if the line contains nothing else, and the value is no word."""
    assert Redactor()(text) == text


def test_a_long_line_takes_time_in_proportion_to_its_length() -> None:
    """Programs print documents of a megabyte in a line."""
    for unit in ("-", " ", "password: ", "password:  #", "# password = x "):
        text = unit * (1_000_000 // len(unit))
        started = time.process_time()
        Redactor()(text)
        assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dbPassword", "abc"),
        ("DB_PASSWORD_STAGING", "abc"),
        ("PIN", "1234"),
        ("clientSecret", "abc-def"),
        ("webhookUrl", "https://a/b"),
        ("connectionString", "a=b"),
        ("tlsKey", "abc"),
        ("basic_auth", "me:abc"),
        ("DATABASE_DSN", "host=a"),
    ],
)
def test_a_name_can_indicate_a_secret(name: str, value: str) -> None:
    """This applies to any spelling."""
    assert is_plain_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secretName", "orders-tls"),
        ("existingSecret", "orders-db"),
        ("secretArn", "abc"),
        ("passwordLength", "abc"),
        ("PASSWORD_FILE", "abc"),
        ("token", "/run/secrets/token"),
        ("token", "arn:aws:secretsmanager:eu-west-1:1:secret:x"),
        ("token", "${TOKEN}"),
        ("token", "true"),
        ("token", ""),
        ("httpAuth", "basic"),
        ("SENTRY_DSN", "https://a@b/1"),
        ("accessTokenValidity", "60m"),
        ("pinned", "1.2.3"),
        ("author", "me"),
        ("saltstack", "x"),
    ],
)
def test_a_name_can_refer_to_a_secret(name: str, value: str) -> None:
    """Its value is shown: a name, a path, an ARN, a duration, a variable."""
    assert not is_plain_secret(name, value)


def test_values_with_the_shape_or_name_of_a_secret_are_found_by_path() -> None:
    """They are registered, so that they are hidden elsewhere, too."""
    redact = Redactor()
    value = {
        "env": [{"name": "DB_PASSWORD", "value": "abcdef"}, {"name": "A", "value": "visible"}],
        "keys": {"id": "AKIAIOSFODNN7EXAMPLE", "it": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
        "hash": "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
    }
    assert redact.learn_plain(value) == ["env[0].value", "keys.id", "keys.it"]
    assert (
        redact("abcdef, visible, wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY") == "[secret], visible, [secret]"
    )


@pytest.mark.parametrize("distance", [1, 900, 1_000])
def test_an_aws_secret_key_is_found_on_both_sides_of_its_id(distance: int) -> None:
    """Up to 1,000 characters before or after it; elsewhere the same characters can be a digest."""
    id_, key = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    space = " " * distance
    redact, is_near = Redactor(), distance < 1_000
    assert redact(f"{key}{space}{id_}") == f"{'[secret]' if is_near else key}{space}[secret]"
    assert redact(f"{id_}{space}{key}") == f"[secret]{space}{'[secret]' if is_near else key}"
