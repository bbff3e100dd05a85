"""Evaluations are isolated: a program has no effect outside, and its graph depends on nothing outside."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi_aws import s3, sqs

from platform_components.base.errors import InvalidInput
from platform_components.engine import UNKNOWN, Diagnostic, ProgramError, Secret, Source, evaluate
from platform_components.testing import render

PROGRAMS = Path(__file__).with_name("programs")


def test_waiting_takes_time_in_proportion_to_the_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each output is waited for once. The SDK waits for all that are left whenever one of them is done."""
    waits: list[int] = []

    def program() -> None:
        outputs = [sqs.Queue(f"queue-{index}").url for index in range(40)]
        for output in outputs:
            output.apply(len)

    original = asyncio.wait

    async def counted(futures: Any, **options: Any) -> Any:
        waits.append(len(futures))
        return await original(futures, **options)

    monkeypatch.setattr(asyncio, "wait", counted)
    assert len(render(program).managed) == 40
    assert set(waits) == {1}


def test_a_program_becomes_a_graph() -> None:
    """The root stack is first, then the default provider, then resources in the order of the program."""

    def program() -> None:
        first = sqs.Queue("first", delay_seconds=5)
        sqs.Queue("second", name=first.arn)
        pulumi.export("url", first.url)
        pulumi.export("size", 3)

    graph = evaluate(program, project="shop", stack="dev", config={"aws:region": "eu-west-1"})

    assert [resource.name for resource in graph.resources[2:]] == ["first", "second"]
    stack, provider = graph.resources[:2]
    assert (stack.urn, stack.custom) == ("urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev", False)
    assert provider.type == "pulumi:providers:aws"
    assert provider.inputs == {"region": "eu-west-1", "version": provider.name[8:].replace("_", ".")}
    first, second = graph.managed
    assert first.inputs == {"delaySeconds": 5}
    assert second.inputs == {"name": UNKNOWN}
    assert second.dependencies == (first.urn,)
    assert second.provider == f"{provider.urn}::04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    assert graph.outputs == {"url": UNKNOWN, "size": 3}


@pytest.mark.parametrize("program", ["components", "options", "transforms", "providers"])
def test_the_same_program_gives_the_same_graph(program: str) -> None:
    """Two evaluations in one process result in equal graphs, including order and sources."""
    file = PROGRAMS / f"{program}.py"
    graphs = [evaluate(file, project="test", stack="dev", root=PROGRAMS) for _ in range(2)]
    assert graphs[0] == graphs[1]
    assert graphs[0].to_dict() == graphs[1].to_dict()


def write(directory: Path, **files: str) -> Path:
    for name, text in files.items():
        (directory / f"{name}.py").write_text(text)
    return directory


def test_a_program_of_several_files_runs_in_its_directory(tmp_path: Path) -> None:
    """A program can import its modules and read its files; sources are relative to the project."""
    program = tmp_path / "stacks"
    program.mkdir()
    write(
        program,
        __main__="import sys, pulumi, helper\npulumi.export('argv', sys.argv[0])\nhelper.make()",
        helper="import pathlib, pulumi_aws\ndef make():\n    pulumi_aws.sqs.Queue(own())\n"
        "def own():\n    return pathlib.Path('name.txt').read_text()",
    )
    (program / "name.txt").write_text("from-a-file")
    graph = evaluate(program, project="shop", stack="dev", root=tmp_path)
    assert graph.one("aws:sqs/queue:Queue").source == Source("stacks/helper.py", 3)
    assert graph.named("from-a-file")
    assert graph.outputs["argv"] == str(program / "__main__.py")


def test_programs_with_modules_of_one_name_do_not_meet(tmp_path: Path) -> None:
    """The modules of a program are removed after its evaluation."""
    for number in ("1", "2"):
        (tmp_path / number).mkdir()
        write(tmp_path / number, __main__="import own\nown.export()", own=_exporting(number))
    outputs = [evaluate(tmp_path / n, project="p", stack="s").outputs["number"] for n in ("1", "2")]
    assert outputs == [1, 2]
    assert "own" not in sys.modules


def test_modules_in_packages_of_a_program_are_removed(tmp_path: Path) -> None:
    """This applies to packages below packages, too; another program can have packages of the same names."""
    for number in ("1", "2"):
        package = tmp_path / number / "own" / "parts"
        package.mkdir(parents=True)
        write(tmp_path / number, __main__="import own.parts.made as made\nmade.export()")
        write(package.parent, __init__="")
        write(package, __init__="", made=_exporting(number))
    outputs = [evaluate(tmp_path / n, project="p", stack="s").outputs["number"] for n in ("1", "2")]
    assert outputs == [1, 2]
    assert [name for name in sys.modules if name.partition(".")[0] == "own"] == []


def _exporting(number: str) -> str:
    return f"import pulumi\ndef export():\n    pulumi.export('number', {number})"


LITTER = """\
import asyncio, os, sys, litter
sys.path.append("/litter")
os.environ["LITTER"] = "1"
os.environ.pop("HOME", None)
os.chdir("/")
sys.argv.append("litter")
asyncio.ensure_future(asyncio.sleep(60))
"""


@pytest.mark.parametrize("ending", ["", "raise ValueError('on purpose')", "sys.exit(1)"])
def test_nothing_is_left_behind(tmp_path: Path, ending: str) -> None:
    """Paths, arguments, environment, directory, modules and tasks are restored after any outcome."""
    write(tmp_path, __main__=LITTER + ending, litter="")

    def state() -> Any:
        return (list(sys.path), list(sys.argv), dict(os.environ), Path.cwd(), "litter" in sys.modules)

    before = state()
    try:
        evaluate(tmp_path, project="p", stack="s")
    except ProgramError:
        assert ending
    assert state() == before


def test_what_is_printed_becomes_diagnostics(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is reserved for the command, for example for JSON; secrets are redacted."""

    def program() -> None:
        sys.stdout.write("two\nlines\n")
        sys.stderr.write("password hunter2!")

    graph = evaluate(program, project="p", stack="s", config={"password": Secret("hunter2!")})
    assert [d.message for d in graph.diagnostics] == ["two", "lines", "password [secret]"]
    assert {d.severity for d in graph.diagnostics} == {"print"}
    assert capsys.readouterr() == ("", "")


def test_what_is_logged_becomes_diagnostics() -> None:
    """The diagnostic has the resource and the line."""

    def program() -> None:
        queue = sqs.Queue("queue")
        pulumi.log.warn("careful", queue)
        pulumi.log.info("by the way")
        pulumi.log.debug("noise")

    graph = render(program)
    urn = graph.one("aws:sqs/queue:Queue").urn
    assert {(d.severity, d.message, d.urn) for d in graph.diagnostics} == {
        ("warning", "careful", urn),
        ("info", "by the way", ""),
    }


def test_an_output_in_a_printed_string_is_a_warning() -> None:
    """It is harmless there, so it is not an error."""
    graph = render(lambda: f"{sqs.Queue('queue').arn}")
    (warning,) = [d for d in graph.diagnostics if d.severity == "warning"]
    assert warning.message.startswith("an Output was formatted into a string; use pulumi.Output.format")
    assert isinstance(warning, Diagnostic)
    assert warning.source is not None


def test_configuration_reaches_the_program() -> None:
    """Keys without a namespace belong to the project; structured values are JSON, secrets are marked."""

    def program() -> None:
        config = pulumi.Config()
        pulumi.export("text", config.require("text"))
        pulumi.export("number", config.require_int("number"))
        pulumi.export("truth", config.require_bool("truth"))
        pulumi.export("object", config.require_object("object"))
        pulumi.export("secret", config.require_secret("secret"))
        pulumi.export("listed", config.require_secret("listed"))
        pulumi.export("other", pulumi.Config("aws").require("region"))
        pulumi.export("names", [pulumi.get_project(), pulumi.get_stack(), pulumi.get_organization()])

    graph = evaluate(
        program,
        project="shop",
        stack="dev",
        organization="acme",
        config={
            "text": "x",
            "shop:number": 3,
            "truth": True,
            "object": {"a": [1]},
            "secret": Secret("hunter2!"),
            "listed": "hunter3!",
            "aws:region": "eu-west-1",
        },
        secret_keys=["listed"],
    )
    assert graph.outputs == {
        "text": "x",
        "number": 3,
        "truth": True,
        "object": {"a": [1]},
        "secret": Secret("hunter2!"),
        "listed": Secret("hunter3!"),
        "other": "eu-west-1",
        "names": ["shop", "dev", "acme"],
    }


def test_an_encrypted_value_is_an_unknown_secret() -> None:
    """It is an unknown secret for every type that the program reads; the ciphertext is never visible."""

    def program() -> None:
        config = pulumi.Config()
        for kind in ("", "_int", "_bool", "_float", "_object"):
            pulumi.export(f"value{kind}", getattr(config, f"require_secret{kind}")("key"))
        sqs.Queue("queue", name=config.get_secret("key"))

    graph = render(program, config={"key": Secret(UNKNOWN)})
    assert set(graph.outputs.values()) == {Secret(UNKNOWN)}
    assert graph.one("aws:sqs/queue:Queue").inputs == {"name": Secret(UNKNOWN)}


def test_names_that_all_output_shows_are_not_hidden() -> None:
    """The project's name is never redacted, and a namespace does not make a key sensitive."""

    def program() -> None:
        pulumi.export("shown", [pulumi.Config().require(name) for name in ("secret_name", "size", "on")])

    graph = evaluate(
        program,
        project="token-service",
        stack="dev",
        config={"secret_name": "token-service", "size": "large", "on": "true", "use_token": True},
    )
    assert graph.to_dict()["outputs"] == {"shown": ["token-service", "large", "true"]}


@pytest.mark.parametrize("kind", ["", "_int", "_bool", "_float", "_object"])
def test_an_encrypted_value_is_given_as_an_output_alone(kind: str) -> None:
    """This applies to every type that a program reads."""
    with pytest.raises(ProgramError, match=f"read it with `require_secret{kind}`, which returns an Output"):
        render(lambda: getattr(pulumi.Config(), f"require{kind}")("key"), config={"key": Secret(UNKNOWN)})


def test_configuration_of_the_environment_is_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same arguments result in the same graph, in any directory."""
    monkeypatch.setenv("PULUMI_CONFIG_TEST_NAME", "from outside")
    monkeypatch.setenv("PULUMI_CONFIG", '{"test:name": "from outside"}')
    graph = render(lambda: pulumi.export("name", pulumi.Config().get("name") or "none"))
    assert graph.outputs == {"name": "none"}


def test_asynchronous_programs_are_awaited() -> None:
    """`pulumi.run` and awaiting inside apply are supported."""

    async def slowly(value: str) -> str:
        await asyncio.sleep(0.001)
        return f"slow {value}"

    async def main() -> dict[str, Any]:
        queue = sqs.Queue("queue", name="known")
        return {"name": queue.name.apply(slowly)}

    assert render(lambda: pulumi.run(main)).outputs == {"name": "slow known"}


def test_leaving_with_zero_is_an_ending_like_another() -> None:
    """As in the real engine, the resources declared before are in the graph."""

    def program() -> None:
        s3.Bucket("bucket")
        sys.exit(0)

    assert render(program).one("aws:s3/bucket:Bucket").name == "bucket"


def test_secrets_are_in_no_rendering_of_a_graph() -> None:
    """Known secrets are redacted by their text, even if the program unmarked them."""

    def program() -> None:
        config = pulumi.Config()
        sqs.Queue("marked", name=config.require_secret("password"))
        sqs.Queue("unmarked", name="x-" + config.require("password"))
        pulumi.export("made", pulumi.Output.secret("made-in-the-program"))

    graph = render(program, config={"password": Secret("hunter2!")})
    shown = f"{graph.to_dict()} {graph!r} {graph.resources!r} {graph.outputs!r}"
    assert "hunter2!" not in shown
    assert "made-in-the-program" not in shown
    assert graph.to_dict()["resources"][-1]["inputs"] == {"name": "x-[secret]"}


def test_one_evaluation_at_a_time() -> None:
    """A nested evaluation is rejected, and the outer one reports it."""
    with pytest.raises(ProgramError, match="an evaluation is already running in this process"):
        render(lambda: render(lambda: None))
    assert render(lambda: None).resources


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    """They are reported before the program runs."""
    with pytest.raises(InvalidInput, match="must be a Python file, or a directory with"):
        evaluate(tmp_path / "nothing", project="p", stack="s")


def test_remote_components_are_said_to_be_opaque() -> None:
    """Their plugin creates the children, so these are unknown, and a warning is reported."""

    class Remote(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("eks:index:Cluster", "remote", {"kubeconfig": None}, None, remote=True)

    graph = render(lambda: pulumi.export("config", Remote().kubeconfig))  # type: ignore[attr-defined]
    assert graph.outputs == {"config": UNKNOWN}
    assert [d.severity for d in graph.diagnostics] == ["warning"]
