"""The figures of docs/performance.md: `python -m benchmarks.table --runs 5`.

Complete processes, medians of several runs. Ratios are taken within one run of this script, because the
speed of a machine varies.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.estate import Kind, write_estate
from benchmarks.measure import Measurement, measure
from benchmarks.states import write_state

PROGRAMS = Path(__file__).parent / "programs"
PLATFORM = Path(sys.executable).with_name("platform")
SIZES = (100, 1_000, 5_000, 10_000)


def preview(program: str, stack: str, runs: int, pack: Path) -> Measurement:
    """`platform preview` of one stack, from start to exit."""
    command = [str(PLATFORM), "preview", stack, "--policy-pack", str(pack)]
    return measure(command, directory=PROGRAMS / program, runs=runs)


def unchanged(size: int, runs: int, pack: Path) -> Measurement:
    """`platform preview` of queues that are deployed and unchanged."""
    with tempfile.TemporaryDirectory() as scratch:
        file = write_state(PROGRAMS / "queues", f"n{size}", Path(scratch) / "state.json")
        command = [str(PLATFORM), "preview", f"n{size}", "--state", f"n{size}={file}"]
        command += ["--policy-pack", str(pack)]
        return measure(command, directory=PROGRAMS / "queues", runs=runs)


def estate(kind: Kind, services: int, runs: int) -> Measurement:
    """`platform preview` of a foundation and `services` services, each with its own stack and program."""
    with tempfile.TemporaryDirectory() as scratch:
        directory = write_estate(Path(scratch), kind, services)
        pack = PROGRAMS.parent.parent / "policies"
        command = [str(PLATFORM), "preview", "--policy-pack", str(pack)]
        return measure(command, directory=directory, runs=runs, accepted=(0, 1))


def python(code: str, runs: int) -> Measurement:
    """A new interpreter that runs one line."""
    return measure([sys.executable, "-c", code], directory=PROGRAMS, runs=runs)


def write_pack(directory: Path) -> Path:
    """Write a pack with one rule that reads nothing, so that only the evaluation is measured."""
    (directory / "PulumiPolicy.yaml").write_text('runtime: python\nversion: "1.0.0"\n', encoding="utf-8")
    (directory / "__init__.py").write_text(
        """
from platform_components.policy import Example, Rule

EXAMPLES = (Example("none", {}),)
NAME = "benchmark"
RULES = (
    Rule(
        id="nothing", title="t", why="w", remedy="r", severity="low", types=("none",),
        check=lambda view, context: (), passing=EXAMPLES, failing=EXAMPLES,
    ),
)
""",
        encoding="utf-8",
    )
    return directory


def policies(runs: int) -> tuple[int, int, float]:
    """Evaluate the built-in rules for the mixed resources: number of rules and resources, median seconds."""
    from platform_components.engine import Project, evaluate_stack
    from platform_components.policy import PolicyContext, evaluate_policies, load_pack

    resources = evaluate_stack(Project.load(PROGRAMS / "services"), "n1000").managed
    rules = load_pack(PROGRAMS.parent.parent / "policies").rules
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        evaluate_policies(resources, rules, PolicyContext.of("dev"))
        seconds.append(time.perf_counter() - started)
    return len(rules), len(resources), statistics.median(seconds)


def row(name: str, figure: Measurement, budget: str) -> None:
    print(f"| {name} | {figure.seconds:.2f} s | {figure.megabytes:.0f} MB | {budget} |", flush=True)


def main(runs: int) -> None:
    print(f"{os.cpu_count()} cores · Python {platform.python_version()} · medians of {runs} runs\n")
    print("| what | wall | peak memory | budget |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        pack = write_pack(Path(scratch))
        budgets = dict(zip(SIZES, ("0.6 s", "1.6 s, 200 MB", "8 s", "60 KB per resource"), strict=True))
        queues = {size: preview("queues", f"n{size}", runs, pack) for size in SIZES}
        for size, figure in queues.items():
            row(f"preview of {size:,} queues", figure, budgets[size])
        deployed = {size: unchanged(size, runs, pack) for size in (1_000, 5_000)}
        row("1,000 unchanged queues, compared with their state", deployed[1_000], "1.8 s")
        row("5,000 unchanged queues, compared with their state", deployed[5_000], "9 s, 1 GB")
        row(
            "preview of 1,000 mixed resources (complete services)",
            preview("services", "n1000", runs, pack),
            "4 ms per resource",
        )
        buckets = preview("buckets", "n1000", runs, pack)
        raw = preview("buckets_raw", "n1000", runs, pack)
        row("1,001 resources in Buckets", buckets, "without components + 25%")
        row("the same resources without components", raw, "")
    row(
        "import platform_components",
        python("import platform_components", runs),
        "0.15 s more than the interpreter",
    )
    row("interpreter", python("pass", runs), "")
    row("platform --help", measure([str(PLATFORM), "--help"], directory=PROGRAMS, runs=runs), "0.3 s")
    few, many = estate("small", 40, runs), estate("small", 400, runs)
    row("42 stacks with one queue each", few, "")
    row("402 stacks with one queue each", many, "42 stacks x 11")
    row(
        "200 complete services in a stack each",
        estate("whole", 200, max(1, runs // 2)),
        "3.2 ms per resource",
    )
    row("500 complete services in a stack each", estate("whole", 500, 1), "45 s")
    print(f"\ntime(402 stacks) / time(42 stacks) = {many.seconds / few.seconds:.1f} (at most 11)")
    per_resource = (queues[10_000].megabytes - queues[100].megabytes) * 1024 / 9_900
    print(f"memory per queue = {per_resource:.0f} KB (at most 60)")
    print(f"time(5,000) / time(1,000) = {queues[5_000].seconds / queues[1_000].seconds:.1f} (at most 5.5)")
    ratio = deployed[5_000].seconds / deployed[1_000].seconds
    print(f"time(5,000 unchanged) / time(1,000 unchanged) = {ratio:.1f} (at most 5.5)")
    print(f"with / without components = {buckets.seconds / raw.seconds:.2f} (at most 1.25)")
    rules, resources, seconds = policies(runs)
    print(f"{rules} policies over {resources:,} resources = {seconds:.2f} s (10 over 1,000: at most 0.3 s)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    main(parser.parse_args().runs)
