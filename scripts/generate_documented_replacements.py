"""Generate the list of AWS properties whose documentation in the installed pulumi_aws states a replacement.

Run it after an upgrade of pulumi-aws: `python scripts/generate_documented_replacements.py`. Only sentences
without a condition count, and only properties of the resource itself, not of objects in them.
"""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

TARGET = (
    Path(__file__).parent.parent
    / "platform_components"
    / "providers"
    / "data"
    / "aws_documented_replacements.json"
)

_TOKEN = re.compile(r"super\(\w+, __self__\)\.__init__\(\s*'(aws:[^']+)'")
# The first class of a resource file has one documented getter per argument.
_ARGUMENTS = re.compile(r"^class \w+Args:\n(.*?)^(?:class|@pulumi\.input_type)", re.DOTALL | re.MULTILINE)
_GETTER = re.compile(
    r'@pulumi\.getter(?:\(name="(\w+)"\))?\n(?:    @\S+\n)*    def (\w+)\(.*?\n        """\n(.*?)"""',
    re.DOTALL,
)
_SENTENCE = re.compile(
    r"(?:^|[.)*] +)(?:Changing (?:this|this value|this argument|any value) (?:forces|will force)"
    r" (?:a )?(?:new resource(?: to be created)?|replacement|recreation)(?: of the resource)?"
    r"|Forces (?:a )?(?:new resource|replacement)(?: (?:if|when) (?:changed|modified))?)(?:\.|$)"
)


def documented() -> dict[str, dict[str, str]]:
    """Return the properties with a documented replacement, by type token."""
    spec = find_spec("pulumi_aws")
    if spec is None or spec.origin is None:
        raise SystemExit("pulumi_aws is not installed: run `make setup` first")
    found: dict[str, dict[str, str]] = {}
    for file in sorted(Path(spec.origin).parent.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        token, arguments = _TOKEN.search(text), _ARGUMENTS.search(text)
        if token and arguments:
            names = {
                name or attribute
                for name, attribute, description in _GETTER.findall(arguments.group(1))
                if _SENTENCE.search(" ".join(description.split()))
            }
            if names:
                found[token.group(1)] = {"replace": " ".join(sorted(names))}
    return dict(sorted(found.items()))


def rendered() -> str:
    """Return the content of the generated file."""
    document = {
        "about": "Properties whose documentation states that a change replaces the resource, by type.",
        "source": f"Docstrings of pulumi_aws {version('pulumi_aws')}, read by"
        " scripts/generate_documented_replacements.py; do not edit.",
        "types": documented(),
    }
    return json.dumps(document, indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(rendered(), encoding="utf-8")
    print(f"{TARGET.name}: {len(documented())} types")
