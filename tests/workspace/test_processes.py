"""How the process of a stack can end, and how this is reported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from platform_components.base.errors import InvalidInput
from platform_components.engine import UNKNOWN, ProgramError
from platform_components.workspace.messages import PackSource, StartMethod
from platform_components.workspace.run import Progress, evaluate_selection, list_pack
from platform_components.workspace.selection import select
from tests.workspace.conftest import COMMAND, Write, previewed, printed, run_command

QUEUE = "from pulumi_aws import sqs\nsqs.Queue('jobs')\n"
FINE = {"fine": "print('fine')"}

ENDINGS = {
    "os._exit(0)": ("import os\nos._exit(0)", "the program ended the process with os._exit(0)", "bad.py:2"),
    "os._exit(3) in apply": (
        "import os, pulumi\npulumi.Output.from_input(1).apply(lambda _: os._exit(3))",
        "the program ended the process with os._exit(3)",
        "bad.py:2",
    ),
    "os._exit in a thread": (
        "import os, threading, time\nthreading.Thread(target=lambda: os._exit(0)).start()\ntime.sleep(60)",
        "the program ended the process with os._exit(0)",
        "bad.py:2",
    ),
    "an exit past Python": (
        "import ctypes\nctypes.CDLL(None)._exit(0)",
        "its process ended with exit code 0 before the stack was evaluated",
        "",
    ),
    "a crash": (
        "import ctypes\nctypes.string_at(0)",
        "its process was killed by SIGSEGV before the stack was evaluated",
        "",
    ),
    "a signal": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "its process was killed by SIGKILL before the stack was evaluated",
        "",
    ),
    "a crash while a fork lives on": (
        "import os, time\nif not os.fork():\n    time.sleep(300)\nos.abort()",
        "its process was killed by SIGABRT before the stack was evaluated",
        "",
    ),
    "every descriptor closed": (
        "import os\nos.closerange(3, 256)",
        "its process ended with exit code 0 before the stack was evaluated",
        "",
    ),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", "the program raised KeyboardInterrupt", "bad.py:1"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_process_that_ends_early_is_a_failure(ending: str, project: Write) -> None:
    """It is reported with its line if known, and is not an empty success. Other stacks are evaluated."""
    program, message, source = ENDINGS[ending]
    document = previewed(project({"bad": program, **FINE}), code=2)
    (failure,) = document["failures"]
    assert failure["stack"] == "bad.dev"
    assert [(place["message"], place["source"]) for place in failure["places"]] == [(message, source)]
    assert printed(document, "fine.dev") == ["fine"]


def test_a_fork_of_the_program_sends_nothing(project: Write) -> None:
    """A forked child that continues into the command's code sends no result."""
    document = previewed(project({"forks": "import os\nos.fork()\nprint('x')"}))
    assert [stack["stack"] for stack in document["stacks"]] == ["forks.dev"]


def test_a_program_can_start_processes(project: Write) -> None:
    """multiprocessing and subprocess work as in any other process."""
    program = """
        import multiprocessing
        queue = multiprocessing.get_context("fork").SimpleQueue()
        child = multiprocessing.get_context("fork").Process(target=queue.put, args=(7,))
        child.start()
        child.join()
        print(queue.get())
    """
    assert printed(previewed(project({"parent": program})), "parent.dev") == ["7"]


def test_a_rule_that_ends_the_process_is_named(project: Write) -> None:
    """This applies to every place of the rule in its pack."""
    directory = project({"jobs": QUEUE}, check="import os; os._exit(0)")
    (failure,) = previewed(directory, code=2)["failures"]
    (place,) = failure["places"]
    assert place["message"] == 'the rule "quiet-queues" ended the process with os._exit(0)'
    assert place["source"].startswith("policies/__init__.py:")


@pytest.mark.parametrize("words", [["preview"], ["policy", "list"]])
def test_a_pack_that_ends_the_process_is_rejected(words: list[str], project: Write) -> None:
    """The message has the line of the pack; nothing is evaluated."""
    done = run_command(project(FINE, pack="import os\nos._exit(0)\n"), *words, "--json")
    assert done.returncode == 2
    (failure,) = json.loads(done.stdout)["failures"]
    assert "ends the process with os._exit(0)" in failure["message"]
    assert "policies/__init__.py:2" in failure["message"]


def test_output_of_rules_is_recorded_like_that_of_programs(project: Write) -> None:
    """It is in the document, without the secrets of the stack."""
    secret = "import pulumi\npulumi.export('it', pulumi.Output.secret('hunter2-correct'))\n" + QUEUE
    directory = project({"jobs": secret}, check="print('sees hunter2-correct')")
    assert printed(previewed(directory), "jobs.dev") == ["sees [secret]"]


@pytest.mark.parametrize("words", [["preview"], ["policy", "list"]])
def test_output_of_a_pack_is_not_part_of_the_result(words: list[str], project: Write) -> None:
    """Standard output contains only the document."""
    pack = "import os\nprint('hello')\nos.system('echo from a process')\n"
    done = run_command(project(FINE, pack=pack), *words, "--json")
    assert json.loads(done.stdout)["format"] == 1
    assert done.stderr.splitlines() == ["demo: hello", "demo: from a process"]


def test_a_stack_over_the_time_limit_fails_with_the_running_line(project: Write) -> None:
    """Stacks that reference it are skipped; others are evaluated."""
    loop = "import time\nwhile True:\n    time.sleep(0.01)\n"
    directory = project({"slow": loop, "reader": "1", **FINE}, reads={"reader": "slow"})
    document = previewed(directory, "--time-limit", "1.5", code=2)
    (failure,) = document["failures"]
    assert failure["message"] == (
        "slow.dev: the program failed at slow.py:3\n"
        "  not complete after 1.5 s\n  check the program, or increase --time-limit"
    )
    assert document["skipped"] == [{"stack": "reader.dev", "because": "slow.dev"}]
    assert printed(document, "fine.dev") == ["fine"]


def test_a_stack_that_cannot_be_interrupted_is_killed(
    project: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed a few seconds after the limit; the message has no line."""
    monkeypatch.setattr("platform_components.workspace.conductor.GRACE", 0.5)
    stubborn = (
        "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])\ntime.sleep(60)"
    )
    directory = project({"slow": stubborn})
    started = time.monotonic()
    run = evaluate_selection(select(directory, [], None), time_limit=1)
    assert "not complete after 1 s" in str(run.failures["slow.dev"])
    assert time.monotonic() - started < 30


def test_fork_and_spawn_have_the_same_results(project: Write) -> None:
    """This applies to graphs, secrets, unknowns, records, reports, failures and skipped stacks."""
    base = """
        import pulumi
        from pulumi_aws import sqs
        pulumi.export('url', sqs.Queue('base').url)
        pulumi.export('password', pulumi.Output.secret('hunter2-correct'))
    """
    service = """
        import pulumi
        from platform_components import Bucket, Context
        base = pulumi.StackReference('acme/shop/base.dev')
        context = Context(
            environment='dev', tier='development', region='eu-west-1', service='s', owner='team'
        )
        Bucket('files', context=context)
        for key in ('url', 'password'):
            pulumi.export(key, base.require_output(key))
    """
    broken = "from platform_components import BucketArgs\nBucketArgs(expire_after_dayz=3)"
    directory = project(
        {"base": base, "service": service, "broken": broken, "reader": "1", "gone": "import os; os._exit(1)"},
        reads={"service": "base", "reader": "broken"},
        check="print('looking')",
    )
    selection = select(directory, [], None)

    def outcome(method: StartMethod) -> tuple[Any, ...]:
        run = evaluate_selection(selection, pack=PackSource(None, directory), values=True, method=method)
        return run.stacks, {name: str(error) for name, error in run.failures.items()}, run.skipped, run.pack

    forked = outcome("fork")
    assert outcome("spawn") == forked
    (base_run, service_run), failures, skipped, _ = forked
    assert service_run.graph.outputs == base_run.graph.outputs
    assert service_run.graph.outputs["url"] is UNKNOWN
    assert list(failures) == ["broken.dev", "gone.dev"]
    assert skipped == {"reader.dev": "broken.dev"}


def test_stacks_without_a_platform_file_can_reference_earlier_ones(tmp_path: Path) -> None:
    """Without `reads`, each stack has the outputs of all previous stacks."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    for stack in ("a", "b", "c"):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(
        "import pulumi\nname = pulumi.get_stack()\npulumi.export('name', name)\n"
        "if name == 'c':\n"
        "    first = pulumi.StackReference('organization/shop/a')\n"
        "    pulumi.export('first', first.get_output('name'))\n"
    )
    run = evaluate_selection(select(tmp_path, [], None))
    assert [stack.name for stack in run.stacks] == ["a", "b", "c"]
    assert run.stacks[2].graph.outputs["first"] == "a"


def test_progress_reports_running_and_finished_stacks(project: Write) -> None:
    """Each change is reported; the last one is that all are finished."""
    seen: list[Progress] = []
    directory = project(
        {"first": "1", "second": "import pulumi\npulumi.StackReference('acme/shop/first.dev')"},
        reads={"second": "first"},
    )
    evaluate_selection(select(directory, [], None), progress=seen.append)
    assert [(p.running, p.finished, p.total) for p in seen] == [
        (("first.dev",), 0, 2),
        ((), 1, 2),
        (("second.dev",), 1, 2),
        ((), 2, 2),
    ]


def test_a_pack_that_starts_a_thread_does_not_block_its_rules(project: Write) -> None:
    """A fork would inherit the lock that the thread holds, without the thread that gives it back."""
    pack = dedent("""
        import threading, time

        LOCK = threading.Lock()

        def hold():
            while True:
                with LOCK:
                    time.sleep(0.01)

        threading.Thread(target=hold, daemon=True).start()
        time.sleep(0.1)
    """)
    directory = project({"one": QUEUE}, pack=pack, check="LOCK.acquire(); LOCK.release()")
    document = previewed(directory, "--time-limit", "60")
    assert document["failures"] == []
    assert document["create"] == 1


def test_an_invalid_pack_is_rejected_before_the_evaluation(project: Write) -> None:
    """The message has its line, for both start methods."""
    with pytest.raises(InvalidInput, match="ZeroDivisionError"):
        list_pack(None, project(FINE, pack="1 / 0\n"))


def test_a_failure_keeps_its_parts(project: Write) -> None:
    """It keeps locations, problems and traceback, without objects of the program."""
    directory = project({"bad": "class Own(Exception): pass\nraise Own('on purpose')"})
    (error,) = evaluate_selection(select(directory, [], None)).failures.values()
    assert isinstance(error, ProgramError)
    assert (error.message, str(error.location), error.cause) == ("Own: on purpose", "bad.py:2", None)
    assert "Traceback" in error.debug


SLEEPS = """
    import pathlib, subprocess, time
    child = subprocess.Popen(["sleep", "60"])
    pathlib.Path(f"started.{child.pid}").touch()
    time.sleep(60)
"""


@pytest.fixture
def sleeping(project: Write) -> Iterator[tuple[Any, Path, list[int]]]:
    """A running preview in its own process group, its directory, and the processes that it started."""
    directory = project({"one": SLEEPS, "two": SLEEPS})
    command = subprocess.Popen(
        [*COMMAND, "preview"], cwd=directory, start_new_session=True, stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 60
    while len(found := list(directory.glob("started.*"))) < min(2, len(os.sched_getaffinity(0))):
        assert time.monotonic() < until
        time.sleep(0.02)
    yield command, directory, [int(path.suffix[1:]) for path in found]
    command.kill()
    command.communicate()


def all_gone(processes: list[int]) -> bool:
    """Whether all of these end within some seconds."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if not any(_runs(process) for process in processes):
            return True
        time.sleep(0.05)
    return False


def _runs(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_remains_after_the_command(
    signal_: signal.Signals, sleeping: tuple[Any, Path, list[int]]
) -> None:
    """This applies to stacks and processes of programs, and to any end; Ctrl-C exits with 130, silently."""
    command, _, started = sleeping
    sent = time.monotonic()
    os.killpg(command.pid, signal_)
    code = command.wait(timeout=20)
    assert time.monotonic() - sent < 10
    assert code == (130 if signal_ == signal.SIGINT else -signal_)
    assert all_gone(started)
    if signal_ == signal.SIGINT:
        assert command.stderr.read() == ""
