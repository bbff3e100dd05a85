"""Secrets in plain text are recognized by shape and by name; other values are not."""

from __future__ import annotations

import time

import pytest

from platform_components.base.redaction import Redactor, hide_named
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
    "app --token hunter33pass --verbose": "app --token [secret] --verbose",
    "app --api-key 'hunter33pass' --port 80": "app --api-key '[secret]' --port 80",
    "app --password=hunter33pass": "app --password=[secret]",
    "mysql -h db -u app -phunter34pass orders": "mysql -h db -u app -p[secret] orders",
    "mysqldump -p'hunter34pass' orders": "mysqldump -p'[secret]' orders",
    "curl -H 'Authorization: Bearer abcdefgh.1234'": "curl -H 'Authorization: Bearer [secret]'",
    "authorization: Basic YXBwOmh1bnRlcjM0": "authorization: Basic [secret]",
    '{"Authorization": "Basic YXBwOmh1bnRlcjM0"}': '{"Authorization": "[secret]"}',
    "the bearer abcdefgh12345678": "the bearer [secret]",
    "ENCRYPTION_KEY=Kj4hT9sLmQ2xVb7R x": "ENCRYPTION_KEY=[secret] x",
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
        ("authtoken", "abc"),
        ("secretKey", "abc1"),
        ("Authorization", "Bearer abcdefgh"),
        ("ENCRYPTION_KEY", "Kj4hT9sLmQ2xVb7R"),
        ("JWT_KEY", "0123456789abcdef0123456789abcdef"),
        ("STRIPE_KEY", "Kj4hT9/LmQ2x+b7RaBcD1eFgH3iJKj4hT9sLmQ2xVb8="),
        ("DATADOG_APP_KEY", "0123456789abcdef0123456789abcdef01234567"),
        ("DB_CREDS", "app:Kj4hT9sLmQ2xVb7R"),
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
        ("httpTokens", "required"),
        ("http_tokens", "optional"),
        ("creationToken", "orders-files"),
        ("apiKeySource", "HEADER"),
        ("customerMasterKeySpec", "SYMMETRIC_DEFAULT"),
        ("authScheme", "SECRETS"),
        ("accessToken", "hours"),
        ("secretKey", "password"),
        ("API_KEY_HEADER", "x-api-key"),
        ("OPENAI_MODEL_TOKENIZER", "cl100k_base"),
        ("PASSWORD_HASHER", "argon2id"),
        ("SECRET_BACKEND", "vault-2"),
        ("Authorization", "AWS_IAM"),
        ("PRIMARY_KEY", "id"),
        ("CACHE_KEY", "Kj4hT9sLmQ2xVb7R"),
        ("key", "Kj4hT9sLmQ2xVb7R"),
        ("S3_KEY", "Releases/Shop2/Build3App.tar.gz"),
        ("CONFIG_KEY", "Releases/Shop2/Build3App4x"),
        ("ENCRYPTION_KEY", "arn:aws:kms:eu-west-1:123456789012:key/3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
        ("ENCRYPTION_KEY", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
        ("ENCRYPTION_KEY", "mrk-0123456789abcdef0123456789abcdef"),
        ("ENCRYPTION_KEY", "alias/OrdersOfTheShop2"),
        ("ENCRYPTION_KEY", "CustomerOrdersBuild12"),
    ],
)
def test_a_name_can_refer_to_a_secret(name: str, value: str) -> None:
    """Its value is shown: a name, a path, an ARN, a duration, a variable."""
    assert not is_plain_secret(name, value)


def test_values_with_the_shape_or_name_of_a_secret_are_found_by_path() -> None:
    """They are registered, so that they are hidden elsewhere, too."""
    redact = Redactor()
    value = {
        "env": [{"name": "DB_PASSWORD", "value": "abcdef-1"}, {"name": "A", "value": "visible"}],
        "keys": {"id": "AKIAIOSFODNN7EXAMPLE", "it": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
        "hash": "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
    }
    assert redact.learn_plain(value) == ["env[0].value", "keys.id", "keys.it"]
    assert (
        redact("abcdef-1, visible, wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY") == "[secret], visible, [secret]"
    )


@pytest.mark.parametrize("distance", [1, 900, 1_000])
def test_an_aws_secret_key_is_found_on_both_sides_of_its_id(distance: int) -> None:
    """Up to 1,000 characters before or after it; elsewhere the same characters can be a digest."""
    id_, key = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    space = " " * distance
    redact, is_near = Redactor(), distance < 1_000
    assert redact(f"{key}{space}{id_}") == f"{'[secret]' if is_near else key}{space}[secret]"
    assert redact(f"{id_}{space}{key}") == f"[secret]{space}{'[secret]' if is_near else key}"


@pytest.mark.parametrize(
    "text",
    [
        "use --token to log in, --password, or --secret (see below)",
        "--token-file /run/token --secret-name orders-1 --token $TOKEN --token --verbose",
        "docker run --name mysql -p3306:3306 mysql",
        "mysql -p orders; tail -phere",
        "Authorization: Bearer authentication",
        "the bearer of this document is responsible",
    ],
)
def test_commands_without_a_secret_stay(text: str) -> None:
    """The same applies to prose about an option."""
    assert Redactor()(text) == text


def test_a_secret_in_the_words_of_a_command_is_found_by_path() -> None:
    """It is the word after the option, or a part of the word."""
    redact = Redactor()
    value: dict[str, list[object]] = {
        "args": ["--port", "80", "--token", "hunter33pass", "--password=hunter35pass", "--token", "--debug"],
        "command": ["/usr/bin/mysql", "-u", "app", "-phunter34pass", 5],
    }
    assert redact.learn_plain(value) == ["args[3]", "args[4]", "command[3]"]
    assert redact("hunter33pass hunter34pass hunter35pass") == "[secret] [secret] [secret]"
    assert hide_named(value["args"])[2:4] == ["--token", "[secret]"]
    assert hide_named(value["command"]) == ["/usr/bin/mysql", "-u", "app", "-p[secret]", 5]


@pytest.mark.parametrize("value", ["hunter", "HEADER", "SECRETS_MANAGER", "ab-12"])
def test_a_common_word_is_only_hidden_in_its_place(value: str) -> None:
    """Otherwise the word would be missing in names and messages that have nothing to do with it."""
    redact = Redactor()
    inputs = {"password": value, "mode": value}
    assert redact.learn_plain(inputs) == ["password"]
    redact.learn_marked(inputs)
    assert redact(f"it is {value}") == f"it is {value}"
    assert hide_named(inputs) == {"password": "[secret]", "mode": value}
    assert redact(f"password={value}") == "password=[secret]"
