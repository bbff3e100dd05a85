"""Time limits, processes that don't answer, and messages that can't be read."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from platform_components.base.errors import InvalidInput
from platform_components.workspace.messages import PackSource
from platform_components.workspace.run import Progress, evaluate_selection, list_pack
from platform_components.workspace.selection import select
from tests.workspace.conftest import COMMAND, Write, previewed, printed, run_command
from tests.workspace.test_processes import FINE, QUEUE, all_gone

LOOP = "while True:\n    pass\n"
LIMIT = ("--time-limit", "2")


def failure_of(directory: Path, *words: str) -> str:
    """The message of the only failure of a command that ends with exit code 2."""
    done = run_command(directory, *words, "--json")
    assert done.returncode == 2, done.stderr
    (failure,) = json.loads(done.stdout)["failures"]
    return str(failure["message"])


@pytest.mark.parametrize("words", [["preview"], ["policy", "list"], ["policy", "test"]])
def test_a_pack_whose_import_hangs_is_reported_with_its_line(words: list[str], project: Write) -> None:
    """Every command that imports the pack has the time limit."""
    message = failure_of(project(FINE, pack=LOOP), *words, *LIMIT)
    assert "Policy pack policies" in message
    assert "policies/__init__.py:" in message
    assert "not complete after 2 s" in message


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        ("import time; time.sleep(60)", "not complete after 2 s"),
        ("raise KeyboardInterrupt", "raises KeyboardInterrupt"),
        ("import os; os._exit(0)", "ends the process with os._exit(0)"),
    ],
)
def test_a_rule_that_stops_the_tests_is_named_with_its_line(check: str, problem: str, project: Write) -> None:
    """The other rules are not tested."""
    message = failure_of(project(FINE, check=check), "policy", "test", *LIMIT)
    assert f'the test of the rule "quiet-queues" {problem}' in message
    assert "policies/__init__.py:" in message


@pytest.mark.parametrize("words", [["preview"], ["policy", "list"]])
def test_a_pack_that_raises_keyboard_interrupt_is_invalid(words: list[str], project: Write) -> None:
    """It is reported with its line, like SystemExit; Ctrl-C does not reach the pack."""
    message = failure_of(project(FINE, pack="raise KeyboardInterrupt\n"), *words)
    assert "policies/__init__.py:1" in message
    assert "raises KeyboardInterrupt" in message


def test_a_rule_that_raises_keyboard_interrupt_in_a_preview_is_named(project: Write) -> None:
    """The failure is one of the stack."""
    message = failure_of(project({"jobs": QUEUE}, check="raise KeyboardInterrupt"), "preview")
    assert 'the rule "quiet-queues" raised KeyboardInterrupt' in message


BLOCKED = "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM, signal.SIGTERM])\n"


def test_a_pack_that_blocks_signals_is_stopped_by_the_command(
    project: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This is so for C code that never returns to Python too. Its line is unknown."""
    shorten(monkeypatch)
    directory = project(FINE, pack=BLOCKED + LOOP)
    with pytest.raises(InvalidInput, match=r"import +not complete after 1 s"):
        list_pack(None, directory, time_limit=1)
    directory = project(FINE, check=f"exec({BLOCKED + LOOP!r})")
    with pytest.raises(InvalidInput, match=r'test of the rule "quiet-queues" +not complete after 1 s'):
        list_pack(None, directory, check=True, time_limit=1)


def test_a_program_that_stops_the_conductor_ends_the_run(
    project: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command has a deadline of its own, and leaves no process."""
    shorten(monkeypatch)
    stops = BLOCKED + dedent("""
        import os, pathlib, time
        pathlib.Path("pids").write_text(f"{os.getpid()} {os.getppid()}")
        os.kill(os.getppid(), signal.SIGSTOP)
        time.sleep(60)
    """)
    directory = project({"stops": stops})
    with pytest.raises(InvalidInput, match="no longer answers"):
        evaluate_selection(select(directory, [], None), time_limit=1)
    assert all_gone([int(pid) for pid in (directory / "pids").read_text().split()])


def shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform_components.workspace.conductor.GRACE", 0.5)
    monkeypatch.setattr("platform_components.workspace.run.GRACE", 0.5)
    monkeypatch.setattr("platform_components.workspace.run._MARGIN", 0.5)


def test_a_pack_that_is_being_imported_ends_with_the_command(project: Write) -> None:
    """This applies to the processes that it started too."""
    pack = "import os, pathlib, subprocess\nchild = subprocess.Popen(['sleep', '60'])\n"
    pack += "pathlib.Path('pids').write_text(f'{os.getpid()} {child.pid}')\n"
    directory = project(FINE, pack=pack + LOOP)
    command = subprocess.Popen([*COMMAND, "preview"], cwd=directory, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not (directory / "pids").is_file() or not (directory / "pids").read_text():
        assert time.monotonic() < until
        time.sleep(0.02)
    command.kill()
    command.wait()
    assert all_gone([int(pid) for pid in (directory / "pids").read_text().split()])


WRITES = """
import os, pickle, stat
from multiprocessing.connection import Connection
from platform_components.workspace.messages import Done, Imported

for descriptor in range(3, 64):
    try:
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            os.set_blocking(descriptor, False)
            connection = Connection(os.dup(descriptor), readable=False)
            connection.send_bytes({message})
    except OSError:
        pass
print('still here')
"""
MESSAGES = {
    "no pickle": "b'garbage'",
    "another type": "pickle.dumps('text')",
    "a field of another type": "pickle.dumps(Done(5, None))",
    "an import of another type": "pickle.dumps(Imported(5))",
    "an unreadable result": "pickle.dumps(Done(b'garbage', None))",
    "a result of another type": "pickle.dumps(Done(pickle.dumps(7), None))",
}


@pytest.mark.parametrize("message", MESSAGES)
def test_a_program_that_writes_to_the_pipe_of_its_process_fails_alone(message: str, project: Write) -> None:
    """It reaches neither the command nor the processes of other stacks."""
    program = WRITES.format(message=MESSAGES[message])
    document = previewed(project({"first": "1", "writes": program, **FINE}), "--jobs", "3", code=2)
    (failure,) = document["failures"]
    assert failure["stack"] == "writes.dev"
    assert "its process sent an unreadable result" in failure["message"]
    assert [stack["stack"] for stack in document["stacks"]] == ["first.dev", "fine.dev"]


def test_an_internal_error_in_one_stack_is_reported_for_that_stack(project: Write) -> None:
    """The exit code is 3; the other stacks are shown."""
    breaks = "import platform_components.workspace.stack as stack\nstack._local_reads = None\n"
    directory = project({"breaks": breaks, **FINE})
    document = previewed(directory, code=3)
    (failure,) = document["failures"]
    assert failure["stack"] == "breaks.dev"
    assert failure["message"].startswith("internal error: TypeError in stack.py:")
    assert printed(document, "fine.dev") == ["fine"]
    done = run_command(directory, "preview", "--debug")
    assert done.returncode == 3
    assert "breaks.dev: internal error: TypeError in stack.py:" in done.stderr
    assert "This is a bug in platform. Please report it." in done.stderr
    assert "_local_reads" in done.stderr


COMPONENT = """
import pulumi
from enum import StrEnum
from platform_components import Bucket, Context

class Kind(StrEnum):
    FILES = "files"

class Own(Bucket):
    @property
    def summary(self):
        {body}

Own('files', context=Context(
    environment='dev', tier='development', region='eu-west-1', service='s', owner='team'
))
"""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return 1 / 0", "failed at own.py:12\n  the summary of files raises ZeroDivisionError"),
        ("return self.bucket_name", "the summary of files must be a string; is Output"),
    ],
)
def test_a_summary_that_fails_is_a_failure_of_its_stack(body: str, message: str, project: Write) -> None:
    """The message has the line of the program if it raises."""
    assert message in failure_of(project({"own": COMPONENT.format(body=body)}), "preview")


def test_strings_of_a_program_or_pack_may_be_of_its_own_classes(project: Write) -> None:
    """A StrEnum is shown as its value."""
    pack = "from enum import StrEnum\nclass Low(StrEnum):\n    LOW = 'low'\n    NAME = 'demo'\n"
    directory = project({"own": COMPONENT.format(body="return Kind.FILES"), "jobs": QUEUE}, pack=pack)
    policies = directory / "policies" / "__init__.py"
    text = policies.read_text().replace('severity="low"', "severity=Low.LOW").replace('"demo"', "Low.NAME")
    policies.write_text(text.replace("return ()", "yield Low.NAME"))
    document: dict[str, Any] = previewed(directory, code=1)
    components = [item["summary"] for stack in document["stacks"] for item in stack["components"]]
    assert components == ["files"]
    listed = json.loads(run_command(directory, "policy", "list", "--json").stdout)
    assert (listed["pack"], listed["rules"][0]["severity"]) == ("demo", "low")


@pytest.mark.parametrize("jobs", [1, 3])
def test_at_most_the_given_number_of_stacks_runs_at_once(jobs: int, project: Write) -> None:
    """With one, each starts after the one before it has finished."""
    directory = project(dict.fromkeys(("a", "b", "c"), "import time\ntime.sleep(0.3)"))
    seen: list[Progress] = []
    evaluate_selection(select(directory, [], None), jobs=jobs, progress=seen.append)
    assert max(len(progress.running) for progress in seen) == jobs


def test_the_deadlines_are_those_of_each_step(project: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run as a whole may take longer than the time limit."""
    shorten(monkeypatch)
    program = "import time\ntime.sleep(1.2)"
    directory = project(dict.fromkeys("abc", program), pack=program + "\n")
    pack = PackSource(None, directory)
    run = evaluate_selection(select(directory, [], None), pack=pack, jobs=1, time_limit=3)
    assert (len(run.stacks), run.failures) == (3, {})
