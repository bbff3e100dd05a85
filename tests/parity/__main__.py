"""Compares the embedded engine with the real one over a directory of public Python programs.

python -m tests.parity DIRECTORY [PROGRAM...]

Every directory below DIRECTORY with a Pulumi.yaml for Python is a program. `pulumi` must be on PATH, and the
SDKs that the programs import must be installed. settings.yaml has their configuration and answers.yaml the
results of functions, for both engines. The result is one line a program, and a summary: docs/parity.md.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.engine.echo_provider import serving
from tests.engine.stand_in import StandInProvider
from tests.parity.answers import canned
from tests.parity.program import Outcome, compare, programs


def main(directory: Path, selected: list[str]) -> None:
    outcomes: dict[str, Outcome] = {}
    with serving(StandInProvider(canned)) as port, tempfile.TemporaryDirectory() as temporary:
        for number, name in enumerate(selected or programs(directory)):
            outcome = outcomes[name] = compare(directory / name, name, Path(temporary) / str(number), port)
            print(f"{outcome.kind:10} {name}  {outcome.detail}", flush=True)  # noqa: T201 - a command
    print(json.dumps(Counter(outcome.kind for outcome in outcomes.values())))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
