"""Files that are generated from the components: golden files and reference pages.

`make generated` writes them and removes those of components that are gone. A change of a golden file in
review is a change of what users' stacks hold.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from scripts.reference import pages
from tests.inventory import COMPONENTS, ROOT, children_by_variant

GOLDEN = Path("tests/golden")
REFERENCE = Path("docs/reference")


@cache
def generated() -> Mapping[Path, str]:
    """The text of every generated file, by its path from the root of the tree."""
    golden = {
        GOLDEN / f"{component.__name__}.json": json.dumps(children_by_variant(component), indent=2) + "\n"
        for component in COMPONENTS
    }
    return golden | {REFERENCE / name: text for name, text in pages(COMPONENTS).items()}


def leftovers() -> list[Path]:
    """Files beside the generated ones that belong to no component."""
    present = [path.relative_to(ROOT) for place in (GOLDEN, REFERENCE) for path in (ROOT / place).iterdir()]
    return sorted(set(present) - set(generated()))


if __name__ == "__main__":
    for path, text in generated().items():
        (ROOT / path).parent.mkdir(exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")
    for path in leftovers():
        (ROOT / path).unlink()
        sys.stdout.write(f"removed {path}\n")
    sys.stdout.write(f"wrote {len(generated())} files to {GOLDEN} and {REFERENCE}\n")
