"""Messages about invalid input: complete, aligned, and without secrets."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from platform_components.base.errors import (
    InvalidInput,
    Problem,
    did_you_mean,
    is_sensitive_name,
    join_path,
    nearest,
    one_of,
)

words = st.text(max_size=30)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


def message(*problems: Problem) -> list[str]:
    return str(InvalidInput("here", problems)).splitlines()


def test_a_message_has_a_headline_and_one_aligned_line_a_problem() -> None:
    """Problems and remedies are aligned in columns."""
    assert message(
        Problem("storage_gb", "must be at least 20", "remove it to use the default, 20", 8),
        Problem("backup_retention", "unknown field", "did you mean backup_retention_days?", 14),
    ) == [
        "here: 2 problems",
        "  storage_gb = 8         must be at least 20  remove it to use the default, 20",
        "  backup_retention = 14  unknown field        did you mean backup_retention_days?",
    ]


def test_one_problem_is_not_problems() -> None:
    """The headline uses singular and plural."""
    assert message(Problem("a", "b"))[0] == "here: 1 problem"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("it's", '"it\'s"'),
        ('say "x"', r'"say \"x\""'),
        (None, "null"),
        (True, "true"),
        (8, "8"),
        (0.5, "0.5"),
        ([1, "a"], '[1, "a"]'),
        (("a",), '["a"]'),
        ({}, "{}"),
        ({"a": 1}, "{…}"),
        ([{"a": 1}, [2]], "[{…}, […]]"),
        (object(), "(object)"),
        ("x" * 99, '"' + "x" * 58 + "…"),
    ],
)
def test_values_read_as_a_yaml_file_has_them(value: object, shown: str) -> None:
    """Strings are in double quotes; nested values and other types are abbreviated, long values truncated."""
    assert message(Problem("a", "b", value=value))[1] == f"  a = {shown}  b"


def test_a_message_is_also_data() -> None:
    """Commands print the rows as text or as JSON, both without secrets."""
    error = InvalidInput(
        "here",
        [
            Problem("storage_gb", "must be at least 20", "remove it to use the default, 20", 8),
            Problem("owner", "is required"),
            Problem("password", "must be a string", value=["hunter2"]),
        ],
    )
    assert error.rows() == [
        ("storage_gb = 8", "must be at least 20", "remove it to use the default, 20"),
        ("owner", "is required", ""),
        ("password = [not shown]", "must be a string", ""),
    ]
    assert error.headline == "here: 3 problems"
    assert error.to_dict() == {
        "subject": "here",
        "problems": [
            {
                "field": "storage_gb",
                "value": "8",
                "problem": "must be at least 20",
                "remedy": "remove it to use the default, 20",
            },
            {"field": "owner", "problem": "is required", "remedy": ""},
            {"field": "password", "value": "[not shown]", "problem": "must be a string", "remedy": ""},
        ],
    }


SENSITIVE = """
    password db.Passwd api_key accessKey private-key auth_token client_secret pwd passphrase db_pass
    credentials[0] workload.environment.DEBUG environment.X auth basic_auth httpAuth authHeader AUTH
    x-auth-mode
"""


@pytest.mark.parametrize("name", SENSITIVE.split())
def test_values_of_sensitive_names_are_never_shown(name: str) -> None:
    """The value of a field with a sensitive name, or of an environment variable, is not shown."""
    assert is_sensitive_name(name)
    assert (
        message(Problem(name, "must be a string", value="hunter2"))[1]
        == f"  {name} = [not shown]  must be a string"
    )


@pytest.mark.parametrize(
    "name",
    [
        *("private_cidr", "environments.dev.region", "environment", "bypass_rules", "keys"),
        *("author", "authority", "AUTHORS", "coAuthor"),
    ],
)
def test_harmless_names_show_their_value(name: str) -> None:
    """Other values are shown, so that they can be found in the file."""
    assert not is_sensitive_name(name)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("https://me:hunter2@host/x:1", '"https://[not shown]@host/x:1"'),
        ("postgres://me:hunter2/with@more of it@host", '"postgres://[not shown]@host"'),
        ("me:hunter2@host/x:1", '"[not shown]@host/x:1"'),
        (["redis://:hunter2@host"], '["redis://[not shown]@host"]'),
        ("host:5000/x:1@sha256:0a", '"host:5000/x:1@sha256:0a"'),
        ("https://host:5000/x", '"https://host:5000/x"'),
    ],
)
def test_the_login_in_an_address_is_never_shown(value: object, shown: str) -> None:
    """The text before the @ is not shown; ports and digests are."""
    assert message(Problem("image", "b", value=value))[1] == f"  image = {shown}  b"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("environment.PASS WORD=hunter2", "environment.PASS WORD=…"),
        ("me:hunter2@host", "[not shown]@host"),
    ],
)
def test_a_name_with_a_secret_in_it_is_cut(name: str, shown: str) -> None:
    """A line of an .env file used as a name is shown without its value."""
    error = InvalidInput("here", [Problem(name, "unknown field")])
    assert error.rows()[0][0] == error.to_dict()["problems"][0]["field"] == shown


@given(json_values)
def test_what_is_nested_in_a_value_is_never_shown(value: object) -> None:
    """A secret inside a list or mapping is not shown, even if the field's name is not sensitive."""
    text = "\n".join(message(Problem("settings", "must be a string", value={"token": "hunter2", "x": value})))
    assert "hunter2" not in text
    assert "hunter2" not in "\n".join(
        message(Problem("settings", "must be a string", value=[{"a": "hunter2"}, value]))
    )


@given(words, words, words, json_values)
def test_any_problem_can_be_printed(where: str, what: str, remedy: str, value: object) -> None:
    """Formatting a message never raises an error."""
    assert str(InvalidInput("here", [Problem(where, what, remedy, value)]))


@given(words, st.lists(words, max_size=20))
def test_did_you_mean_takes_any_word(word: str, options: list[str]) -> None:
    """It returns one of the options, or the list of them, or an empty string if there are none."""
    answer = did_you_mean(word, options)
    if not options:
        assert answer == ""
    elif answer.startswith("did you mean"):
        assert answer.removeprefix("did you mean ").removesuffix("?") in options
    else:
        assert answer.startswith("one of: ")


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("backup_retention", "did you mean backup_retention_days?"),
        ("engin", "did you mean engine?"),
        ("backup", "did you mean backup_retention_days?"),
        ("zzz", "one of: backup_retention_days, engine"),
    ],
)
def test_did_you_mean_finds_typos_and_first_parts(word: str, answer: str) -> None:
    """For a typo or an abbreviation it suggests the intended name."""
    assert did_you_mean(word, ["engine", "backup_retention_days"]) == answer


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("t3.smal", "db.t3.small"),
        ("cache.t3.small", "db.t3.small"),
        ("backupRetentionDays", "backup_retention_days"),
        ("backupretention_dasy", "backup_retention_days"),
        ("shopp.dev", "shop.dev"),
        ("cache.t9.huge", None),
        ("a.dev", None),
        ("secrets", None),
        ("auth", None),
        ("", None),
    ],
)
def test_names_are_near_by_their_words(word: str, near: str | None) -> None:
    """Typos, other spellings and a missing word match; a common prefix, suffix or letter does not."""
    options = ["db.t3.small", "cache.r5.large", "backup_retention_days", "shop.dev", "egress", "health_path"]
    assert nearest(word, options) == near


def test_long_lists_of_options_are_cut() -> None:
    """A problem is always one line."""
    assert one_of([str(n) for n in range(14)]).endswith("10, 11, and 2 more")


def test_paths_join() -> None:
    """Names are joined with a dot, indexes without."""
    assert join_path("a", "b") == "a.b"
    assert join_path("a", "[0]") == "a[0]"
    assert join_path("", "b") == "b"
    assert join_path("a", "") == "a"
    assert Problem("[1].x", "wrong").under("list").where == "list[1].x"


def test_a_value_with_the_shape_of_a_secret_is_not_shown() -> None:
    """Its beginning would remain if the message were only shortened."""
    token = "github_pat_" + "11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTU"
    assert Problem("owner", "is unknown", value=token).shown == "[not shown]"
    assert Problem("owners", "are unknown", value=[token, "me"]).shown == '[[not shown], "me"]'


def test_the_login_of_a_very_long_value_is_not_shown() -> None:
    """Nor one that ends so late that nobody looks for its end."""
    for value in (
        f"db://me:hunter2@{'h' * 2_000}",
        f"db://me:hunter2{'x' * 2_000}@host",
        f"me:hunter2{'x' * 2_000}@h",
    ):
        shown = Problem("address", "is wrong", value=value).shown
        assert shown is not None
        assert "hunter2" not in shown
        assert len(shown) <= 60
    assert Problem("address", "is wrong", value="a b" * 1_000).shown == '"' + ("a b" * 20)[:58] + "…"
