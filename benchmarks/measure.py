"""Wall time and peak memory of complete processes."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measurement:
    """Medians of several runs of one command."""

    seconds: float
    megabytes: float


def measure(
    command: Sequence[str], *, directory: Path, runs: int, accepted: Sequence[int] = (0,)
) -> Measurement:
    """Run a command once to warm up, then measure `runs` runs.

    Raises:
        SystemExit: the exit code of the command is not an accepted one.
    """
    seconds, megabytes = [], []
    for run in range(runs + 1):
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert process.stderr is not None
        error = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        taken = time.perf_counter() - started
        code = process.returncode = os.waitstatus_to_exitcode(status)
        if code not in accepted:
            raise SystemExit(f"{' '.join(command)} ended with {code}:\n{error.decode()}")
        if run:
            seconds.append(taken)
            megabytes.append(usage.ru_maxrss / 1024)
    return Measurement(statistics.median(seconds), statistics.median(megabytes))
