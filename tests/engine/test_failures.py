"""Every error of a program results in one clear message, with the line of user code, without secrets."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest
from pulumi_aws import sqs

from platform_components.base.errors import InvalidInput, Problem
from platform_components.engine import UNKNOWN, ProgramError, Secret, evaluate
from platform_components.testing import render

IMPORTS = "import asyncio, sys, pulumi\nfrom pulumi_aws import ec2, lambda_, s3, sqs\n"

# The program (from line 3), and the complete message after "dev: the program failed".
CASES: dict[str, tuple[str, str]] = {
    "an error at top level": (
        "raise ValueError('the subnet is too small')",
        " at __main__.py:3\n  ValueError: the subnet is too small",
    ),
    "an error with a cause": (
        "try:\n    {}['x']\nexcept KeyError as error:\n    raise RuntimeError('no x') from error",
        " at __main__.py:6\n  RuntimeError: no x\n  caused by KeyError: 'x'",
    ),
    "errors that cause each other": (
        "a, b = ValueError('a'), KeyError('b')\na.__cause__, b.__cause__ = b, a\nraise a",
        " at __main__.py:5\n  ValueError: a\n  caused by KeyError: 'b'",
    ),
    "an error inside apply": (
        "queue = sqs.Queue('q', name='known')\nqueue.name.apply(\n    lambda name: 1 / 0)",
        " at __main__.py:5\n  ZeroDivisionError: division by zero",
    ),
    "an error inside apply that a resource needs": (
        (
            "name = pulumi.Output.from_input('x').apply(lambda x: x.nope)\nsqs.Queue('a', name=name)\n"
            "sqs.Queue('b', name=sqs.Queue('c', name=name).arn)"
        ),
        " at __main__.py:3\n  AttributeError: 'str' object has no attribute 'nope'",
    ),
    "a bare assert": ("assert 1 == 2", " at __main__.py:3\n  AssertionError in `assert 1 == 2`"),
    "a syntax error": (
        "queue = (",
        " at __main__.py:3\n  SyntaxError: '(' was never closed (__main__.py, line 3)",
    ),
    "a missing module": (
        "import boto4",
        (
            " at __main__.py:3\n  ModuleNotFoundError: No module named 'boto4'\n"
            "  check the spelling, or install the package that provides it"
        ),
    ),
    "a missing name in a module": (
        "from pulumi_aws.s3 import Bukket",
        " at __main__.py:3\n  ImportError: cannot import name 'Bukket' from 'pulumi_aws.s3' (…)",
    ),
    "sys.exit": (
        "sys.exit(3)",
        (
            " at __main__.py:3\n  the program called sys.exit(3)\n"
            "  raise an error that states the problem instead"
        ),
    ),
    "sys.exit inside apply": (
        "pulumi.Output.from_input(1).apply(lambda _: sys.exit('no'))",
        (
            " at __main__.py:3\n  the program called sys.exit('no')\n"
            "  raise an error that states the problem instead"
        ),
    ),
    "endless recursion": (
        "def again():\n    again()\nagain()",
        " at __main__.py:4\n  RecursionError: maximum recursion depth exceeded",
    ),
    "pulumi.RunError": ("raise pulumi.RunError('stop here')", " at __main__.py:3\n  stop here"),
    "pulumi.log.error before an error": (
        "pulumi.log.error('that is bad')\nraise ValueError('worse')",
        " in 2 places\n  __main__.py:3\n    that is bad\n  __main__.py:4\n    ValueError: worse",
    ),
    "an Output in an f-string, in an input": (
        "queue = sqs.Queue('q')\ns3.Bucket('b', tags={'Queue': f'for {queue.arn}'})",
        (
            " at __main__.py:4\n"
            '  an Output is formatted into a string in tags.Queue of aws:s3/bucket:Bucket "b"\n'
            "  use pulumi.Output.format, pulumi.Output.concat or .apply"
        ),
    ),
    "an Output in an f-string, in an output": (
        "queue = sqs.Queue('q')\npulumi.export('urls', {'a': [f'{queue.url}']})",
        (
            " at __main__.py:4\n  an Output is formatted into a string in output urls.a[0]\n"
            "  use pulumi.Output.format, pulumi.Output.concat or .apply"
        ),
    ),
    "an Output in a name": (
        "queue = sqs.Queue('q')\ns3.Bucket(f'b-{queue.id}')",
        (
            " at __main__.py:4\n"
            "  the name of a aws:s3/bucket:Bucket contains an Output, which has no value yet\n"
            "  use plain values for names, such as constants or configuration"
        ),
    ),
    "two resources of one name": (
        "sqs.Queue('orders')\nsqs.Queue('orders')",
        (
            ' at __main__.py:4\n  aws:sqs/queue:Queue "orders" is already declared at __main__.py:3\n'
            "  names must be unique per type and parent"
        ),
    ),
    "an Output that never resolves": (
        (
            "output, resolve = pulumi.deferred_output()\nfirst = sqs.Queue('first', name=output)\n"
            "sqs.Queue('second', name=first.arn)"
        ),
        (
            " at __main__.py:4\n  an Output never resolves; waiting for it:\n"
            '    aws:sqs/queue:Queue "first"  __main__.py:4\n'
            '    aws:sqs/queue:Queue "second"  __main__.py:5\n'
            "  check for resources that need each other's outputs, and for futures that never complete"
        ),
    ),
    "what never resolves, after a failure": (
        "output, resolve = pulumi.deferred_output()\nsqs.Queue('q', name=output)\nraise ValueError('first')",
        " at __main__.py:5\n  ValueError: first",
    ),
    "what never resolves, before a failure in an Output": (
        (
            "output, resolve = pulumi.deferred_output()\nwaiting = output.apply(str)\n"
            "pulumi.Output.from_input(1).apply(lambda _: 1 // 0)"
        ),
        " at __main__.py:5\n  ZeroDivisionError: integer division or modulo by zero",
    ),
    "two resources that need each other": (
        (
            "output, resolve = pulumi.deferred_output()\na = sqs.Queue('a', name=output)\n"
            "b = sqs.Queue('b', name=a.arn)\nresolve(b.name)"
        ),
        (
            " at __main__.py:4\n  an Output never resolves; waiting for it:\n"
            '    aws:sqs/queue:Queue "a"  __main__.py:4\n'
            '    aws:sqs/queue:Queue "b"  __main__.py:5\n'
            "  check for resources that need each other's outputs, and for futures that never complete"
        ),
    ),
    "a future that nobody completes": (
        "pulumi.Output.from_input(asyncio.Future())",
        (
            "\n  an Output never resolves; waiting for it:\n    the program\n"
            "  check for resources that need each other's outputs, and for futures that never complete"
        ),
    ),
    "a function whose result isn't known": (
        "image = ec2.get_ami(owners=['amazon'])\nsqs.Queue('q', name=f'of-{image.id}')",
        (
            " at __main__.py:4\n"
            "  the result of function aws:ec2/getAmi:getAmi, called at __main__.py:3, is unknown offline, "
            "and can't be used as a string\n"
            "  add its result to `answers` in platform.yaml, or to a file for --answers "
            "(`platform answers record STACK` writes one); or use the function's ..._output form and .apply"
        ),
    ),
    "missing configuration": (
        "pulumi.Config().require('size')",
        (
            " at __main__.py:3\n  configuration value `shop:size` is missing\n"
            "  add `shop:size: ...` under `config:` in Pulumi.dev.yaml"
        ),
    ),
    "missing secret configuration": (
        "pulumi.Config('aws').require_secret('token')",
        (
            " at __main__.py:3\n  configuration value `aws:token` is missing\n"
            "  `pulumi config set aws:token --secret` writes it, encrypted, to Pulumi.dev.yaml"
        ),
    ),
    "configuration of a wrong type": (
        "pulumi.Config().require_int('name')",
        (
            " at __main__.py:3\n  configuration value `shop:name` must be an integer\n"
            "  correct it in Pulumi.dev.yaml"
        ),
    ),
    "an encrypted value read as a plain one": (
        "pulumi.Config().require('encrypted')",
        (
            " at __main__.py:3\n"
            "  configuration value `shop:encrypted` is encrypted and can't be read offline\n"
            "  read it with `require_secret`, which returns an Output, or set PULUMI_CONFIG_PASSPHRASE "
            "if a passphrase protects it"
        ),
    ),
    "an unknown argument": (
        "sqs.Queue('q', nope=3)",
        " at __main__.py:3\n  TypeError: Queue() got an unexpected keyword argument 'nope'",
    ),
    "an argument of a wrong type": (
        "sqs.Queue('q', tags=object())",
        (
            " at __main__.py:3\n"
            '  aws:sqs/queue:Queue "q": ValueError: unexpected input of type object for tags in Queue'
        ),
    ),
    "an output of a type that isn't data": (
        "pulumi.export('fine', 1)\npulumi.export('odd', object())",
        " at __main__.py:4\n  output odd: ValueError: unexpected input of type object for odd",
    ),
    "a missing asset": (
        "s3.BucketObject('o', bucket='b', source=pulumi.FileAsset('none.txt'))",
        (
            ' at __main__.py:3\n  asset "none.txt" can\'t be read: No such file or directory\n'
            "  correct the path; relative paths start at the program's directory"
        ),
    ),
    "a timeout that is none": (
        "sqs.Queue('q', opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create='5 min')))",
        (
            ' at __main__.py:3\n  custom timeout "5 min" is not a duration\n'
            "  use a number with a unit: 90s, 30m or 1h30m"
        ),
    ),
    "an error in a transform": (
        (
            "def transform(args):\n    raise ValueError('in a transform')\n"
            "sqs.Queue('q', opts=pulumi.ResourceOptions(transforms=[transform]))"
        ),
        " at __main__.py:4\n  ValueError: in a transform",
    ),
    "several at once, in the order of the lines": (
        (
            "queue = sqs.Queue('q', name='known')\nqueue.name.apply(lambda name: 1 / 0)\n"
            "queue.name.apply(lambda name: [][1])\nsqs.Queue('q')\nraise ValueError('last')"
        ),
        (
            " in 4 places\n"
            "  __main__.py:4\n    ZeroDivisionError: division by zero\n"
            "  __main__.py:5\n    IndexError: list index out of range\n"
            '  __main__.py:6\n    aws:sqs/queue:Queue "q" is already declared at __main__.py:3\n'
            "    names must be unique per type and parent\n"
            "  __main__.py:7\n    ValueError: last"
        ),
    ),
    "several on one line": (
        "for n in range(5):\n    pulumi.Output.from_input(n).apply(lambda n: {}[n])",
        " at __main__.py:4\n" + "\n".join(f"  KeyError: {n}" for n in range(5)),
    ),
    "several with one remedy on one line": (
        "queue = sqs.Queue('q')\ns3.Bucket('b', tags={'A': f'{queue.arn}', 'B': f'{queue.url}'})\nqueue.nope",
        (
            " in 2 places\n"
            "  __main__.py:4\n"
            '    an Output is formatted into a string in tags.A of aws:s3/bucket:Bucket "b"\n'
            '    an Output is formatted into a string in tags.B of aws:s3/bucket:Bucket "b"\n'
            "    use pulumi.Output.format, pulumi.Output.concat or .apply\n"
            "  __main__.py:5\n    AttributeError: 'Queue' object has no attribute 'nope'"
        ),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_message(tmp_path: Path, case: str) -> None:
    """The message has the line of user code, the error and the remedy, and nothing else."""
    code, expected = CASES[case]
    (tmp_path / "__main__.py").write_text(IMPORTS + code + "\n")
    with pytest.raises(ProgramError) as raised:
        evaluate(
            tmp_path,
            project="shop",
            stack="dev",
            config={"name": "payments", "encrypted": Secret(UNKNOWN)},
        )
    shown = re.sub(r"\(/[^)]*\)", "(…)", str(raised.value))
    assert shown == f"dev: the program failed{expected}"


def test_a_mistake_of_a_components_user_is_shown_whole() -> None:
    """InvalidInput contains the complete message; the line is where the component is created."""
    mistake = InvalidInput('Database "orders"', [Problem("storage_gb", "must be at least 20", value=8)])

    def program() -> None:
        raise mistake

    with pytest.raises(ProgramError) as raised:
        render(program)
    assert raised.value.cause is mistake
    assert raised.value.message == str(mistake)
    assert raised.value.location is not None
    assert raised.value.location.file == "tests/engine/test_failures.py"
    assert '\n  Database "orders": 1 problem\n    storage_gb = 8  must be at least 20' in str(raised.value)


def test_the_line_inside_a_component_of_the_users_own_is_shown(tmp_path: Path) -> None:
    """A component class in the project is user code too."""
    (tmp_path / "own.py").write_text(
        "import pulumi\nclass Own(pulumi.ComponentResource):\n    def __init__(self):\n"
        "        super().__init__('a:b:Own', 'own')\n        raise ValueError('inside')\n"
    )
    (tmp_path / "__main__.py").write_text("import own\nown.Own()\n")
    with pytest.raises(ProgramError) as raised:
        evaluate(tmp_path, project="shop", stack="dev")
    assert str(raised.value.location) == "own.py:5"


LEAKS = {
    "configuration, plain": "raise ValueError(pulumi.Config().require('password'))",
    "configuration, in apply": "pulumi.Config().require_secret('password').apply(lambda p: {}[p])",
    "a secret of the program": "pulumi.Output.secret('hunter2!').apply(lambda p: int(p))",
    "derived": "pulumi.Output.secret('hunter').apply(lambda p: p + '2!').apply(lambda p: int(p))",
    "in a structure": "pulumi.Output.secret({'a': ['hunter2!']}).apply(lambda p: int(p['a'][0]))",
    "logged": "pulumi.log.error(pulumi.Config().require('password'))\nraise ValueError",
    "a wrong type": "pulumi.Config().require_int('password')",
    "in a cause": (
        "try:\n    int(pulumi.Config().require('password'))\nexcept ValueError as error:\n"
        "    raise KeyError('x') from error"
    ),
    "in a resource's name": "sqs.Queue(pulumi.Config().require('password'), tags=object())",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_no_message_shows_a_secret(tmp_path: Path, leak: str) -> None:
    """The message, the traceback for --debug and the repr of the error contain no secrets."""
    code = "print(pulumi.Config().require('password'))\n" + LEAKS[leak] + "\n"
    (tmp_path / "__main__.py").write_text(IMPORTS + code)
    with pytest.raises(ProgramError) as raised:
        evaluate(tmp_path, project="shop", stack="dev", config={"password": Secret("hunter2!")})
    error = raised.value
    shown = [str(error), repr(error), error.debug, *error.printed, error.message, error.remedy]
    # Source lines in a traceback can contain a secret that is written in the program.
    leaked = [text for text in shown if "hunter2!" in text]
    assert leaked == []
    assert error.printed == ("[secret]",)
    assert "Traceback" in error.debug


@pytest.mark.parametrize("log", [pulumi.log.info, pulumi.log.warn, pulumi.log.error])
def test_log_messages_show_no_secret(log: Callable[[str], None]) -> None:
    """Diagnostics are redacted in the same way."""
    graph = render(
        lambda: log(f"it is {pulumi.Config().require('password')}"),
        config={"password": Secret("hunter2!")},
    )
    assert [diagnostic.message for diagnostic in graph.diagnostics] == ["it is [secret]"]


def test_a_logged_error_does_not_fail_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    """As in Pulumi, the graph is complete, and the error is a diagnostic with its line, or its resource."""

    def program() -> None:
        queue = sqs.Queue("before")
        pulumi.log.error("the licence has expired")
        pulumi.log.error("the queue is small", queue)
        sqs.Queue("after")

    graph = render(program)
    assert [resource.name for resource in graph.managed] == ["before", "after"]
    expired, small = graph.diagnostics
    assert (expired.severity, expired.message) == ("error", "the licence has expired")
    assert expired.source is not None
    assert expired.source.file == "tests/engine/test_failures.py"
    assert small.to_dict() == {
        "severity": "error",
        "message": "the queue is small",
        "urn": graph.managed[0].urn,
    }
    assert capsys.readouterr().err == "the licence has expired\nthe queue is small\n"


def test_a_failure_leaves_the_engine_usable() -> None:
    """The next evaluation has no state of the previous one."""
    for code in ("raise ValueError", "output, _ = pulumi.deferred_output()"):
        with pytest.raises(ProgramError):
            render(lambda code=code: exec(code, {"pulumi": pulumi}))  # type: ignore[misc]
        assert render(lambda: pulumi.export("a", 1)).outputs == {"a": 1}
