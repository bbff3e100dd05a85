"""Write the Kubernetes OpenAPI definitions that the tests check objects against.

Run it after a change of KUBERNETES_VERSION; it needs a package that is too big to keep installed:

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
    """The definitions of a Kubernetes minor, of the strict kind, in which unknown fields are mistakes."""
    spec = find_spec("kubernetes_validate")
    if spec is None or spec.origin is None:
        raise SystemExit("kubernetes_validate is not installed: see the head of this file")
    schemas = Path(spec.origin).parent / "kubernetes-json-schema"
    file = schemas / f"v{minor}.0-local-strict" / "_definitions.json"
    if not file.is_file():
        known = sorted(path.name for path in schemas.glob("v*-local-strict"))
        raise SystemExit(f"no definitions of Kubernetes {minor}; there are: {', '.join(known)}")
    return json.loads(file.read_text(encoding="utf-8"))


def without_descriptions(node: Any) -> Any:
    """The same schema without its texts, which are nine tenths of it."""
    if isinstance(node, dict):
        return {
            key: without_descriptions(value)
            for key, value in node.items()
            # A property may be called so too; then it is a schema.
            if key != "description" or not isinstance(value, str)
        }
    return [without_descriptions(item) for item in node] if isinstance(node, list) else node


def write(minor: str) -> Path:
    """Write the data file of a Kubernetes minor; the same input gives the same bytes."""
    text = json.dumps(without_descriptions(definitions(minor)), separators=(",", ":"), sort_keys=True)
    target = DATA / f"kubernetes-{minor}.json.gz"
    target.write_bytes(gzip.compress(text.encode(), mtime=0))
    return target


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    print(write(sys.argv[1]).name)
