"""Messages about bad input: complete, aligned, and without secrets."""

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
    """What is wrong and what to do stand in columns, so that many problems are read at a glance."""
    assert message(
        Problem("storage_gb", "must be at least 20", "remove it to get 20", 8),
        Problem("backup_retention", "unknown field", "did you mean backup_retention_days?", 14),
    ) == [
        "here: 2 problems",
        "  storage_gb = 8         must be at least 20  remove it to get 20",
        "  backup_retention = 14  unknown field        did you mean backup_retention_days?",
    ]


def test_one_problem_is_not_problems() -> None:
    """The headline counts in English."""
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
    """Text in double quotes; nested and foreign values are left out, long ones cut."""
    assert message(Problem("a", "b", value=value))[1] == f"  a = {shown}  b"


def test_a_message_is_also_data() -> None:
    """A command wraps the rows to the terminal, or prints them as JSON; neither has a secret in it."""
    error = InvalidInput(
        "here",
        [
            Problem("storage_gb", "must be at least 20", "remove it to get 20", 8),
            Problem("owner", "required, but left out"),
            Problem("password", "must be text", value=["hunter2"]),
        ],
    )
    assert error.rows() == [
        ("storage_gb = 8", "must be at least 20", "remove it to get 20"),
        ("owner", "required, but left out", ""),
        ("password = [not shown]", "must be text", ""),
    ]
    assert error.headline == "here: 3 problems"
    assert error.to_dict() == {
        "subject": "here",
        "problems": [
            {
                "field": "storage_gb",
                "value": "8",
                "problem": "must be at least 20",
                "remedy": "remove it to get 20",
            },
            {"field": "owner", "problem": "required, but left out", "remedy": ""},
            {"field": "password", "value": "[not shown]", "problem": "must be text", "remedy": ""},
        ],
    }


SENSITIVE = """
    password db.Passwd api_key accessKey private-key auth_token client_secret pwd passphrase db_pass
    credentials[0] workload.environment.DEBUG environment.X auth basic_auth httpAuth authHeader AUTH
    x-auth-mode
"""


@pytest.mark.parametrize("name", SENSITIVE.split())
def test_values_of_sensitive_names_are_never_shown(name: str) -> None:
    """A name that suggests a secret, or a variable of a workload, hides the value."""
    assert is_sensitive_name(name)
    assert (
        message(Problem(name, "must be text", value="hunter2"))[1] == f"  {name} = [not shown]  must be text"
    )


@pytest.mark.parametrize(
    "name",
    [
        *("private_cidr", "environments.dev.region", "environment", "bypass_rules", "keys"),
        *("author", "authority", "AUTHORS", "coAuthor"),
    ],
)
def test_harmless_names_show_their_value(name: str) -> None:
    """Hiding too much would leave a person without the value to look for."""
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
    """What is before the @; ports and digests stay."""
    assert message(Problem("image", "b", value=value))[1] == f"  image = {shown}  b"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("environment.PASS WORD=hunter2", "environment.PASS WORD=…"),
        ("me:hunter2@host", "[not shown]@host"),
    ],
)
def test_a_name_with_a_secret_in_it_is_cut(name: str, shown: str) -> None:
    """A line of an .env file, pasted where a name belongs."""
    error = InvalidInput("here", [Problem(name, "unknown field")])
    assert error.rows()[0][0] == error.to_dict()["problems"][0]["field"] == shown


@given(json_values)
def test_what_is_nested_in_a_value_is_never_shown(value: object) -> None:
    """A secret below a harmless name does not leak through the list or mapping that holds it."""
    text = "\n".join(message(Problem("settings", "must be text", value={"token": "hunter2", "x": value})))
    assert "hunter2" not in text
    assert "hunter2" not in "\n".join(
        message(Problem("settings", "must be text", value=[{"a": "hunter2"}, value]))
    )


@given(words, words, words, json_values)
def test_any_problem_can_be_printed(where: str, what: str, remedy: str, value: object) -> None:
    """Reporting a mistake never fails itself."""
    assert str(InvalidInput("here", [Problem(where, what, remedy, value)]))


@given(words, st.lists(words, max_size=20))
def test_did_you_mean_takes_any_word(word: str, options: list[str]) -> None:
    """It answers with one of the options, or with the list of them; with nothing when there are none."""
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
    """A typo or a name cut short leads to the one that was meant."""
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
    """Typos, another spelling and a missing word are; a common beginning, ending or letter is not enough."""
    options = ["db.t3.small", "cache.r5.large", "backup_retention_days", "shop.dev", "egress", "health_path"]
    assert nearest(word, options) == near


def test_long_lists_of_options_are_cut() -> None:
    """A line stays a line."""
    assert one_of([str(n) for n in range(14)]).endswith("10, 11, and 2 more")


def test_paths_join() -> None:
    """Names join with dots, positions without."""
    assert join_path("a", "b") == "a.b"
    assert join_path("a", "[0]") == "a[0]"
    assert join_path("", "b") == "b"
    assert join_path("a", "") == "a"
    assert Problem("[1].x", "wrong").under("list").where == "list[1].x"


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
