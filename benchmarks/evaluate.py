"""Evaluates one program in a process of its own: `python benchmarks/evaluate.py PROGRAM COUNT`.

PROGRAM is a file of benchmarks/programs, which reads COUNT from its configuration. Writes the time
since the start of the process, in seconds, and its peak memory, in MB, as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

PROGRAMS = Path(__file__).resolve().parent / "programs"


def main() -> None:
    program, count = sys.argv[1:]
    from platform_components.engine import evaluate
    from platform_components.engine.tuning import without_garbage_collection

    with without_garbage_collection():
        graph = evaluate(
            PROGRAMS / f"{program}.py", project="benchmark", stack="dev", config={"count": count}
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"resources": len(graph.resources), "peak_mb": peak}), flush=True)
    os._exit(0)  # as the CLI leaves: tearing down a million objects takes time and helps nobody


main()
