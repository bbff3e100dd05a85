"""Files that are generated from the code: golden files, reference pages, a policy and a schema.

`make generated` writes them and removes those of components that are gone. A change of a golden file in
review is a change of what users' stacks hold.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from platform_components.base import Component
from policies import RULES
from scripts import platform_schema, policy_reference, recording_policy, reference
from tests.inventory import COMPONENTS, children_by_variant
from tests.report.scenario import sample_page
from tests.tree import ROOT

GOLDEN = Path("tests/golden")
REFERENCE = Path("docs/reference")


def golden(component: type[Component[Any]]) -> str:
    """The golden file of a component: the children of each variant."""
    return json.dumps(children_by_variant(component), indent=2) + "\n"


GENERATED: Mapping[Path, Callable[[], str]] = {
    **{GOLDEN / f"{component.__name__}.json": partial(golden, component) for component in COMPONENTS},
    **{
        REFERENCE / f"{component.__name__}.md": partial(reference.page, component, COMPONENTS)
        for component in COMPONENTS
    },
    REFERENCE / "README.md": partial(reference.index, COMPONENTS),
    REFERENCE / "policies.md": partial(policy_reference.page, RULES),
    Path("docs/preview-sample.md"): sample_page,
    Path("docs/recording-policy.json"): recording_policy.policy,
    Path("docs/schemas/platform.json"): platform_schema.schema,
}
"""Every generated file, by its path from the root of the tree, with what makes its text."""


def leftovers() -> list[Path]:
    """Files beside the generated ones that belong to no component."""
    present = [path.relative_to(ROOT) for place in (GOLDEN, REFERENCE) for path in (ROOT / place).iterdir()]
    return sorted(set(present) - set(GENERATED))


if __name__ == "__main__":
    for path, text in GENERATED.items():
        (ROOT / path).parent.mkdir(exist_ok=True)
        (ROOT / path).write_text(text(), encoding="utf-8")
    for path in leftovers():
        (ROOT / path).unlink()
        sys.stdout.write(f"removed {path}\n")
    sys.stdout.write(f"wrote {len(GENERATED)} files to {GOLDEN} and docs\n")
