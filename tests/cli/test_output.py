"""Texts of programs in the output: control characters, markup, numbers that JSON lacks, and long values."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from platform_components.cli.diagnostics import diagnostic_rows
from platform_components.cli.output import console, one_line, printable, say, styled
from platform_components.engine import Diagnostic
from tests.cli.conftest import Run, write

CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028]")
EVIL = r"a\x1b[31m\r\x9b2J\x07\u202eb\nc"
"""Colour, carriage return, a sequence of C1, a bell, reversed text and a newline, as in Python source."""

PACK = """
    from platform_components.policy import Example, Rule

    QUEUE = "aws:sqs/queue:Queue"
    NAME = "demo"
    RULES = (
        Rule(
            id="evil", title="title [/x] EVIL", why="w", remedy="remedy [/x] EVIL", severity="low",
            types=(QUEUE,), check=lambda queue, context: ["message [/x] EVIL"],
            passing=(Example(QUEUE, {}),), failing=(Example(QUEUE, {}),),
        ),
    )
"""

PROGRAM = """
    import pulumi
    from pulumi_aws import sqs
    from platform_components import Bucket, BucketArgs, Context

    context = Context(
        environment="dev", tier="development", region="eu-west-1", service="orders", owner="orders-team"
    )
    pulumi.ComponentResource("my:in[/x]dex:Kind[/y]", "component [/x] EVIL")
    sqs.Queue("queue [bold] [/x] EVIL", tags={"Note": "tag [/x] EVIL"})
    pulumi.export("output [/x] EVIL", "value [/x] EVIL")
    print("print [/x] EVIL")
    pulumi.log.warn("warning [/x] EVIL")
"""


@pytest.fixture
def evil(project: Path) -> Path:
    write(project / "__main__.py", PROGRAM.replace("EVIL", EVIL))
    write(project / "policies" / "__init__.py", PACK.replace("EVIL", EVIL))
    return project


@pytest.mark.parametrize(
    "words", ["preview", "preview --resources", "policy list", "policy test", "explain dev"]
)
def test_control_characters_of_programs_are_escaped(words: str, platform: Run, evil: Path) -> None:
    """A terminal would interpret them; this applies to standard output and standard error."""
    result = platform(*words.split(), "-C", evil)
    assert result.exit_code in (0, 1), result.output
    assert CONTROL.findall(result.stdout + result.stderr) == []


def test_names_are_shown_as_they_are(platform: Run, evil: Path) -> None:
    """Brackets are not markup, and a newline in a name does not start a row."""
    lines = [" ".join(line.split()) for line in platform("preview", "-C", evil).stdout.splitlines()]
    shown = r"a\x1b[31m\r\x9b2J\x07\u202eb\nc"
    assert f"Kind[/y] component [/x] {shown} a component of this program + 0" in lines
    assert f"Queue queue [bold] [/x] {shown} sqs.Queue" in lines
    assert any(f"Note=tag [/x] {shown}" in line for line in lines)
    assert any(line.startswith(f"outputs output [/x] {shown}=value [/x] {shown}") for line in lines)
    assert any(line.startswith(f"✗ evil queue [bold] [/x] {shown}: message [/x]") for line in lines)


@pytest.mark.parametrize("flag", ["--debug", "--json"])
def test_control_characters_of_errors_are_escaped(flag: str, platform: Run, project: Path) -> None:
    """Messages keep their lines."""
    write(project / "__main__.py", f'raise ValueError("{EVIL} [/x]")')
    result = platform("preview", "-C", project, flag)
    assert CONTROL.findall(result.stdout + result.stderr) == []
    assert r"ValueError: a\x1b[31m" in result.stderr


def test_printable_keeps_lines_and_one_line_does_not() -> None:
    """Tabs and other characters, also outside ASCII, stay in a message."""
    assert printable("a\tb\nc\x1b\x7f\x85é\u2028") == "a\tb\nc\\x1b\\x7f\\x85é\\u2028"
    assert one_line("a\tb\nc") == "a\\tb\\nc"


def test_json_has_no_nan(platform: Run, project: Path) -> None:
    """NaN and infinities are strings, at any depth: JSON has no such numbers."""
    write(
        project / "__main__.py",
        """
        import pulumi
        pulumi.export("a", float("nan"))
        pulumi.export("b", {"c": [float("inf"), -float("inf"), 1.5]})
        """,
    )
    text = platform("preview", "-C", project, "--json").stdout

    def reject(constant: str) -> None:
        raise AssertionError(constant)

    (stack,) = json.loads(text, parse_constant=reject)["stacks"]
    assert stack["outputs"] == {"a": "NaN", "b": {"c": ["Infinity", "-Infinity", 1.5]}}


def test_long_values_are_shortened_in_the_table_only(
    platform: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table states the length; JSON has the complete value."""
    monkeypatch.setenv("COLUMNS", "4000")
    write(
        project / "__main__.py",
        """
        import pulumi
        from pulumi_aws import sqs
        sqs.Queue("queue", tags={"Note": "n" * 1_000_000})
        pulumi.export("long", "x y " * 250_000)
        print("p" * 1_000_000)
        """,
    )
    text = platform("preview", "-C", project).stdout
    assert text.count("(1,000,000 characters)") == 2
    assert "characters)" in text.replace("(1,000,000 characters)", "")  # of the line, with its place
    assert len(text) < 50_000
    document = platform("preview", "-C", project, "--json").stdout
    assert json.loads(document)["stacks"][0]["outputs"] == {"long": "x y " * 250_000}


def test_many_printed_lines_are_counted(platform: Run, project: Path) -> None:
    """The table shows the first 100 of each severity; JSON has all of them."""
    write(project / "__main__.py", "for number in range(250): print('line', number)")
    text = platform("preview", "-C", project).stdout
    assert "line 99" in text
    assert "line 100" not in text
    assert "150 more; --json has all of them" in text
    document = json.loads(platform("preview", "-C", project, "--json").stdout)
    assert len(document["stacks"][0]["diagnostics"]) == 250


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", r"\x3a:error::x"),
        ("  ::set-output name=a::b", r"  \x3a:set-output name=a::b"),
        ("first\n::warning file=a::b", "first\n\\x3a:warning file=a::b"),
        ("a long line ::debug::x", r"a long line \x3a:debug::x"),
        ("##vso[task.complete]", r"\x23#vso[task.complete]"),
        ("x ##[error]", r"x \x23#[error]"),
        ("\x1b[0Ksection_start:1:a\r\x1b[0K", r"\x1b[0Ksection_start:1:a\r\x1b[0K"),
        ("urn:pulumi:dev::shop::a:b:C::name", "urn:pulumi:dev::shop::a:b:C::name"),
        ("::/0 and ::1, a::b", "::/0 and ::1, a::b"),
        ("## heading [x]", "## heading [x]"),
    ],
)
def test_commands_for_ci_systems_are_escaped(
    text: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A CI system would execute them. GitHub accepts leading spaces, and a long line may be wrapped."""
    say(text)
    assert capsys.readouterr().err == shown + "\n"
    for line in text.split("\n"):
        console().print(styled(("", "bold"), line))
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == shown.splitlines()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u200bb", r"a\u200bb"),
        ("a\u2060b\u2064", r"a\u2060b\u2064"),
        ("\ufeffa", r"\ufeffa"),
        ("a\U000e0000\U000e0041\U000e007f", r"a\U000e0000\U000e0041\U000e007f"),
        ("\U0001f469\u200d\U0001f680 \u2764\ufe0f", "\U0001f469\u200d\U0001f680 \u2764\ufe0f"),
    ],
)
def test_invisible_characters_are_escaped(text: str, shown: str) -> None:
    """Otherwise two names look alike, and tags contain text that nobody sees; emoji stay complete."""
    assert printable(text) == shown
    assert styled(text).plain == shown


@pytest.mark.parametrize(("size", "more"), [(100, []), (101, ["1 more; --json has all of them"])])
def test_lines_are_counted_from_the_101st_on(size: int, more: list[str]) -> None:
    """100 lines are complete."""
    diagnostics = [Diagnostic("print", f"line {number}") for number in range(size)]
    rows = [text.plain for _, text in diagnostic_rows(diagnostics)]
    assert rows == [f"line {number}" for number in range(100)] + more
