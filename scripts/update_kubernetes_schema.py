"""Generate the Kubernetes OpenAPI definitions that the tests validate objects against.

Run it after a change of KUBERNETES_VERSION. It needs a package that is too large for the dev group:

    uv run --no-project --with kubernetes-validate==1.37.0 python scripts/update_kubernetes_schema.py 1.36
"""

from __future__ import annotations

import gzip
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "tests" / "data"


def definitions(minor: str) -> Any:
    """Return the strict definitions of a Kubernetes version, in which unknown fields are errors."""
    spec = find_spec("kubernetes_validate")
    if spec is None or spec.origin is None:
        raise SystemExit("kubernetes_validate is not installed: see the docstring of this script")
    schemas = Path(spec.origin).parent / "kubernetes-json-schema"
    file = schemas / f"v{minor}.0-local-strict" / "_definitions.json"
    if not file.is_file():
        known = sorted(path.name for path in schemas.glob("v*-local-strict"))
        raise SystemExit(f"no definitions of Kubernetes {minor}; available: {', '.join(known)}")
    return json.loads(file.read_text(encoding="utf-8"))


def without_descriptions(node: Any) -> Any:
    """Return the schema without descriptions, which are 90% of its size."""
    if isinstance(node, dict):
        return {
            key: without_descriptions(value)
            for key, value in node.items()
            # A property can be named `description`; then its value is a schema.
            if key != "description" or not isinstance(value, str)
        }
    return [without_descriptions(item) for item in node] if isinstance(node, list) else node


def write(minor: str) -> Path:
    """Write the data file of a Kubernetes version. The output is reproducible."""
    text = json.dumps(without_descriptions(definitions(minor)), separators=(",", ":"), sort_keys=True)
    target = DATA / f"kubernetes-{minor}.json.gz"
    target.write_bytes(gzip.compress(text.encode(), mtime=0))
    return target


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    print(write(sys.argv[1]).name)
