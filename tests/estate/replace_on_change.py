"""Extract the types in the recorded states from a measurement of replacements.

    python -m tests.estate.replace_on_change MEASURED.json

README.md describes the measurement. The table contains `replace` and `unknown`; other properties are
updated in place.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.estate.changes import TABLE
from tests.estate.states import STACKS, read_state

KNOWN = {"region": "replace"}
"""Not measured, but documented: pulumi-aws 7 replaces a resource whose region changes."""


def restrict(measured: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    types = {item["type"] for stack in STACKS for item in read_state(stack).resources.values()}
    return {
        type_: {
            path: KNOWN.get(path, effect)
            for path, effect in sorted(measured[type_].items())
            if effect != "update"
        }
        for type_ in sorted(types & measured.keys())
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    table = restrict(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
