"""One public program, evaluated by both engines."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import shutil
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from tests.engine.cli import Cli
from tests.engine.states import our_state, real_state

STACK = "dev"
ANSWERS = Path(__file__).with_name("answers.yaml")
SETTINGS = Path(__file__).with_name("settings.yaml")
_PYTHON = re.compile(r"^runtime:\s*(['\"]?python|\n\s+name:\s*python)", re.MULTILINE)
_RUNTIME = re.compile(r"^runtime:.*(\n[ \t]+.*)*", re.MULTILINE)
_THIS_PYTHON = "runtime:\n  name: python\n  options:\n    toolchain: pip"
_SECONDS = 180

Kind = Literal["equal", "lines", "different", "ours", "real", "both"]
"""`lines`: equal but for the lines of resources. `ours`, `real`, `both`: which engine's preview fails."""


@dataclass(frozen=True)
class Outcome:
    """The result of one comparison."""

    kind: Kind
    detail: str


def programs(directory: Path) -> tuple[str, ...]:
    """The paths of the Python programs below a directory, sorted."""
    files = sorted(directory.rglob("Pulumi.yaml"))
    return tuple(
        file.parent.relative_to(directory).as_posix() for file in files if _PYTHON.search(file.read_text())
    )


def compare(program: Path, name: str, scratch: Path, port: int) -> Outcome:
    """Evaluate a copy of a program with both engines and compare the resources."""
    references = _settings()["references"].get(name, {})
    cli = _prepared(program, name, scratch, port, references)
    real, real_error = _real(cli)
    ours, our_error = _ours(cli.project, references)
    shutil.rmtree(scratch)
    if real_error and our_error:
        return Outcome("both", f"real: {real_error} | ours: {our_error}")
    if real_error:
        return Outcome("real", real_error)
    if our_error:
        return Outcome("ours", our_error)
    differences = _differences(real, ours)
    if not differences:
        return Outcome("equal", f"{len(ours)} resources")
    kind: Kind = "lines" if {field for _, field, _, _ in differences} == {"sourcePosition"} else "different"
    return Outcome(kind, f"{len(ours)} resources; " + "; ".join(map(_shown, differences[:8])))


def _prepared(program: Path, name: str, scratch: Path, port: int, references: Mapping[str, Any]) -> Cli:
    """A copy of the program, with its configuration and the stacks that it references."""
    settings = _settings()
    scratch.mkdir()
    cli = Cli(scratch, port, packages=_PACKAGES)
    for stack, outputs in references.items():
        _deploy(cli, stack, outputs)
    shutil.copytree(program, cli.project, dirs_exist_ok=True, ignore=shutil.ignore_patterns("Pulumi.*.yaml"))
    if built := settings["built"].get(name):
        (cli.project / built).parent.mkdir(parents=True)
        (cli.project / built).touch()
    file = cli.project / "Pulumi.yaml"
    file.write_text(_RUNTIME.sub(_THIS_PYTHON, file.read_text()))  # as text: YAML 1.1 and 1.2 differ in `on`
    project = yaml.safe_load(file.read_text())["name"]
    cli.run("stack", "init", STACK)
    config = {**settings["config"]["*"], **settings["config"].get(name, {})}
    named = {key if ":" in key else f"{project}:{key}": value for key, value in config.items()}
    (cli.project / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump({"config": named}))
    return cli


_PACKAGES = (
    "aws", "kubernetes", "azure-native", "azure", "azuread", "gcp", "random", "docker", "docker-build", "tls",
    "digitalocean", "command", "awsx", "aws-apigateway", "tailscale", "openstack", "libvirt", "mysql", "eks",
)  # fmt: skip


@cache
def _settings() -> dict[str, Any]:
    return dict(yaml.safe_load(SETTINGS.read_text()))


def _real(cli: Cli) -> tuple[dict[str, Any], str]:
    try:
        preview = json.loads(cli.run("preview", "--json", "--stack", STACK))
    except AssertionError as error:
        return {}, _last_line(str(error))
    return {step["urn"]: real_state(step["newState"]) for step in preview["steps"]}, ""


def _deploy(cli: Cli, stack: str, outputs: Mapping[str, Any]) -> None:
    """Deploy a stack that a program references."""
    _, project, name = stack.split("/")
    (cli.project / "Pulumi.yaml").write_text(f"name: {project}\nruntime: python\n")
    exports = "".join(f"pulumi.export({name!r}, {value!r})\n" for name, value in outputs.items())
    (cli.project / "__main__.py").write_text(f"import pulumi\n\n{exports}")
    cli.run("stack", "init", name)
    cli.run("up", "--yes", "--skip-preview", "--stack", name)


def _ours(project: Path, references: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_evaluate, args=(project, references, sender))
    process.start()
    sender.close()
    try:
        found: tuple[dict[str, Any], str] = receiver.recv() if receiver.poll(_SECONDS) else ({}, "timeout")
    except EOFError:
        found = {}, "no result"
    process.kill()
    process.join()
    return found


def _evaluate(project: Path, references: Mapping[str, Any], sender: Any) -> None:
    from platform_components.engine import ProgramError, Project, evaluate_stack
    from platform_components.functions import Answers, OfflineFunctions

    os.environ.setdefault("USER", "someone")  # as for the CLI
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        functions = OfflineFunctions(Answers.load([ANSWERS]))
        graph = evaluate_stack(Project.load(project), STACK, references=references, functions=functions)
    except ProgramError as error:
        sender.send(({}, str(error).replace("\n", " ⏎ ")))
    except Exception:
        sender.send(({}, traceback.format_exc().replace("\n", " ⏎ ")))
    else:
        managed = [r for r in graph.resources if not (r.is_provider and not r.parent)]
        sender.send(({r.urn: our_state(r) for r in managed}, ""))


Difference = tuple[str, str, Any, Any]


def _differences(real: Mapping[str, Any], ours: Mapping[str, Any]) -> list[Difference]:
    """URN, field, real and our value of everything that differs."""
    found: list[Difference] = [(urn, "missing", real[urn]["type"], None) for urn in real.keys() - ours.keys()]
    found += [(urn, "surplus", None, ours[urn]["type"]) for urn in ours.keys() - real.keys()]
    for urn in sorted(real.keys() & ours.keys()):
        there, here = dict(real[urn]), dict(ours[urn])
        if "sourcePosition" not in there:
            here.pop("sourcePosition", None)
        there["inputs"], here["inputs"] = _as_data(there.get("inputs")), _as_data(here.get("inputs"))
        found += [
            (urn, field, there.get(field), here.get(field))
            for field in sorted(there.keys() | here.keys())
            if there.get(field) != here.get(field)
        ]
    return found


def _as_data(value: Any) -> Any:
    """A value with JSON texts as data: a provider stores documents that are given as objects as text."""
    if isinstance(value, dict):
        return {key: _as_data(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_data(item) for item in value]
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return _as_data(json.loads(value))
        except ValueError:
            return value
    return value


def _shown(difference: Difference) -> str:
    urn, field, real, ours = difference
    if field == "inputs":
        there, here = real or {}, ours or {}
        keys = [key for key in sorted({*there, *here}) if there.get(key) != here.get(key)]
        real, ours = {key: there.get(key) for key in keys}, {key: here.get(key) for key in keys}
    return f"{urn.split('::', 2)[2]} {field}: {str(real)[:300]} / {str(ours)[:300]}"


def _last_line(text: str) -> str:
    """The error in the output of the CLI: the last line of the program's traceback."""
    messages = [json.loads(m) for m in re.findall(r'"message": ("(?:[^"\\]|\\.)*")', text)] or [text]
    lines = [line for message in messages for line in message.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(\w+\.)*\w*(Error|Exception)\b|error: ", line)]
    return (errors or lines)[-1][:400] if lines else "no output"
