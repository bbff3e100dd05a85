"""Changes that a program makes to its process do not affect the next stack or the command."""

# ruff: noqa: E501 - one leak per line

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workspace.conftest import Write, previewed, printed

LEAKS = {
    "working directory": ("import os; os.chdir('/')", "import os; print(os.getcwd() != '/')"),
    "environment": ("import os; os.environ['LEAK'] = '1'", "import os; print('LEAK' not in os.environ)"),
    "umask": ("import os; os.umask(0o777)", "import os; print(os.umask(0o22) != 0o777)"),
    "resource limits": (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))",
        "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE)[0] != 64)",
    ),
    "signal handlers": (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGINT, signal.SIG_IGN)",
        "import signal; print(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN)",
    ),
    "a timer": (
        "import signal; signal.setitimer(signal.ITIMER_VIRTUAL, 99)",
        "import signal; print(signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0))",
    ),
    "search path": ("import sys; sys.path.append('/leak')", "import sys; print('/leak' not in sys.path)"),
    "arguments": ("import sys; sys.argv.append('leak')", "import sys; print('leak' not in sys.argv)"),
    "standard streams": ("import sys; sys.stdout = sys.__stdout__ = None", "print(True)"),
    "closed descriptors": ("import os; os.closerange(0, 3)", "print(True)"),
    "recursion limit": (
        "import sys; sys.setrecursionlimit(4321)",
        "import sys; print(sys.getrecursionlimit() != 4321)",
    ),
    "import hooks": (
        "import sys; sys.meta_path.clear()",
        "import sys; print(len(sys.meta_path) > 1); import wave",
    ),
    "modules outside its folder": (
        "import sys; sys.path.append(LIB); import shared; shared.count += 1",
        "import sys; sys.path.append(LIB); import shared; print(shared.count == 0)",
    ),
    "a module of the standard library": (
        "import json; json.dumps = lambda *a, **k: 'leak'",
        "import json; print(json.dumps(1) == '1')",
    ),
    "a removed module": (
        "import sys; del sys.modules['json']; sys.modules['csv'] = None",
        "import csv; print(True)",
    ),
    "builtins": (
        "import builtins; builtins.open = builtins.print = None",
        "print(open is not None)",
    ),
    "a function of the SDK": (
        "import pulumi; pulumi.get_project = lambda: 'leak'",
        "import pulumi; print(pulumi.get_project() == 'shop')",
    ),
    "a function of this library": (
        "from platform_components.engine import Graph; Graph.to_dict = None",
        "from platform_components.engine import Graph; print(Graph.to_dict is not None)",
    ),
    "stack transformations": (
        "import pulumi; pulumi.runtime.register_stack_transformation(lambda args: 1 / 0)",
        "import pulumi; pulumi.ComponentResource('a:b:C', 'c'); print(True)",
    ),
    "log handlers and level": (
        "import logging, sys; logging.basicConfig(stream=sys.stderr, level=10)",
        "import logging; root = logging.getLogger(); print(root.level == logging.WARNING and not root.handlers); logging.info('quiet')",
    ),
    "warning filters": (
        "import warnings; warnings.simplefilter('error')",
        "import warnings; warnings.warn('x', DeprecationWarning); print(True)",
    ),
    "locale": (
        "import locale; locale.setlocale(locale.LC_ALL, 'C')",
        "import locale; print(locale.setlocale(locale.LC_CTYPE) is not None)",
    ),
    "time zone": (
        "import os, time; os.environ['TZ'] = 'Asia/Tokyo'; time.tzset()",
        "import time; print(time.tzname[0] != 'JST')",
    ),
    "socket timeout": (
        "import socket; socket.setdefaulttimeout(7)",
        "import socket; print(socket.getdefaulttimeout() is None)",
    ),
    "random seed": (
        "import random; random.seed(1)",
        "import random; state = random.getstate(); random.seed(1); print(state != random.getstate())",
    ),
    "decimal context": (
        "import decimal; decimal.getcontext().prec = 3",
        "import decimal; print(decimal.getcontext().prec == 28)",
    ),
    "garbage collection": (
        "import gc; gc.enable(); gc.set_threshold(1)",
        "import gc; print(gc.get_threshold()[0] != 1)",
    ),
    "threads": (
        "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start()",
        "import threading; print(threading.active_count() == 1)",
    ),
    "a thread that prints": (
        "import threading, time\nthreading.Thread(target=lambda: [(time.sleep(0.01), print('leak')) for _ in range(500)], daemon=True).start()",
        "import time; time.sleep(0.2); print(True)",
    ),
    "functions at exit": (
        "import atexit; atexit.register(lambda: open(LIB + '/leak', 'w'))",
        "import os; print(not os.path.exists(LIB + '/leak'))",
    ),
    "trace function": (
        "import sys; sys.setprofile(lambda *a: None)",
        "import sys; print(sys.getprofile() is None)",
    ),
    "exception hook": ("import sys; sys.excepthook = None", "import sys; print(sys.excepthook is not None)"),
    "event loop policy": (
        "import asyncio; asyncio.set_event_loop_policy(type('P', (asyncio.DefaultEventLoopPolicy,), {})())",
        "import asyncio; print(type(asyncio.get_event_loop_policy()).__name__ != 'P')",
    ),
    "open files": (
        "kept = [open('/dev/null') for _ in range(50)]; import sys; sys.kept = kept",
        "import os; print(len(os.listdir('/proc/self/fd')) < 40 if os.path.exists('/proc/self/fd') else True)",
    ),
    "a process group that ignores hangups": (
        "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)",
        "import signal; print(signal.getsignal(signal.SIGHUP) is signal.SIG_DFL)",
    ),
}
"""What one program changes, and code in the next program that prints True if the change is not visible."""


@pytest.mark.parametrize("leak", LEAKS)
def test_the_next_stack_and_the_output_are_untouched(leak: str, project: Write, tmp_path: Path) -> None:
    """Each stack has its own process."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "shared.py").write_text("count = 0\n")
    library = f"LIB = {str(tmp_path / 'lib')!r}\n"
    leaking, checking = (library + code + "\n" for code in LEAKS[leak])
    end = "import pulumi; pulumi.StackReference('acme/shop/first.dev')\n"  # so that it runs second
    document = previewed(project({"first": leaking, "second": checking + end}, reads={"second": "first"}))
    assert printed(document, "second.dev") == ["True"]
    assert [stack["stack"] for stack in document["stacks"]] == ["first.dev", "second.dev"]


LOGGING = """
import logging, sys
logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
logging.getLogger("shop").addHandler(logging.StreamHandler(sys.stdout))
"""


def test_a_handler_of_the_pack_logs_to_the_stack_that_uses_it(project: Write) -> None:
    """The processes of all stacks inherit the handlers, whose streams belong to the import of the pack."""
    program = """
        import logging, pulumi
        pulumi.Output.secret("hunter2")
        logging.getLogger("shop").info("%s has hunter2", pulumi.get_stack())
        {end}
    """
    end = "pulumi.StackReference('acme/shop/first.dev')"
    programs = {"first": program.format(end=""), "second": program.format(end=end)}
    document = previewed(project(programs, reads={"second": "first"}, pack=LOGGING))
    assert printed(document, "first.dev") == ["first.dev has [secret]"] * 2
    assert printed(document, "second.dev") == ["second.dev has [secret]"] * 2
