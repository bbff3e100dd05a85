"""Unchanged queues: `platform preview` beside `pulumi preview` of the same state.

`python -m benchmarks.real_engine 1000 5000` requires `pulumi` and its Python language host on PATH. The
provider returns its inputs, so the time of a real plugin is not included. `pulumi up` writes the state.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import measure
from tests.engine.cli import Cli
from tests.engine.echo_provider import serving

PLATFORM = Path(sys.executable).with_name("platform")
PROGRAM = (Path(__file__).parent / "programs" / "queues.py").read_text(encoding="utf-8")
RUNS = 3


def compare(size: int) -> None:
    """Deploy queues, then print the seconds of both previews, medians of three runs after a warm-up run."""
    with tempfile.TemporaryDirectory() as scratch, serving() as port:
        cli = Cli(Path(scratch), port)
        (cli.project / "Pulumi.yaml").write_text("name: queues\nruntime: python\n", encoding="utf-8")
        (cli.project / "__main__.py").write_text(PROGRAM, encoding="utf-8")
        cli.run("stack", "init", "dev")
        cli.run("config", "set", "count", str(size))
        cli.run("config", "set", "aws:region", "eu-west-1")
        cli.run("up", "--yes", "--skip-preview", "--suppress-progress")
        state = Path(scratch) / "state.json"
        cli.run("stack", "export", "--file", str(state))
        command = [str(PLATFORM), "preview", "dev", "--state", f"dev={state}", "--policy-pack", "none"]
        ours = measure([*command, "--expect-no-changes"], directory=cli.project, runs=RUNS)
        theirs = []
        for run in range(RUNS + 1):
            started = time.perf_counter()
            cli.run("preview", "--expect-no-changes", "--suppress-progress")
            if run:
                theirs.append(time.perf_counter() - started)
    engine = statistics.median(theirs)
    print(f"{size:,}: platform {ours.seconds:.2f} s, {ours.megabytes:.0f} MB; Pulumi's engine {engine:.2f} s")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        compare(int(argument))
