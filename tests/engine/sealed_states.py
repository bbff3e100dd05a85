"""A program with secrets of each kind, and the state that the real CLI wrote after its deployment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platform_components.engine.state.deployment import Deployment
from platform_components.engine.state.format import StackName, parse_state
from platform_components.engine.state.secrets import Unsealer
from platform_components.engine.values import Asset

RECORDED_STATE = Path(__file__).with_name("recorded_states") / "secrets.json"
STACK = StackName("test", "sealed")
PASSPHRASE = "passphrase"
"""Of the recorded state, as of the CLI of the tests."""

PROGRAM = """\
import pulumi
from pulumi import Output

values = {
    "text": "an invented password 1",
    "unicode": 'Amélie said "no"\\n',
    "number": 8675309,
    "fraction": 0.25,
    "flag": True,
    "structure": {"user": "app", "hosts": ["a", "b"], "port": 5432, "none": None},
    "list": [1, [2, {"three": 3}]],
    "nested": {"plain": "x", "inner": Output.secret("an invented token 2")},
    "asset": pulumi.StringAsset("an invented file 3"),
    "empty": "",
}


class Holder(pulumi.ComponentResource):
    def __init__(self) -> None:
        super().__init__("test:index:Holder", "holder", {"password": Output.secret(values["text"])})
        self.register_outputs({})


Holder()
for name, value in values.items():
    pulumi.export(name, Output.secret(value))
pulumi.export("partly", {"plain": "x", "sealed": Output.secret("an invented token 2")})
pulumi.export("plain", "not a secret")
"""

VALUES: Mapping[str, Any] = {
    "text": "an invented password 1",
    "unicode": 'Amélie said "no"\n',
    "number": 8675309,
    "fraction": 0.25,
    "flag": True,
    "structure": {"user": "app", "hosts": ["a", "b"], "port": 5432},
    "list": [1, [2, {"three": 3}]],
    "nested": {"plain": "x", "inner": "an invented token 2"},
    "asset": Asset(
        text="an invented file 3", hash="e03b1638211473fd8b97dbad8cb34530168f61101a8538b8e346a6a811462a96"
    ),
    "empty": "",
}
"""The values of its secret outputs. A key without a value is the same as none."""


def recorded(unsealing: Unsealer | None = None) -> Deployment:
    """Return the recorded state."""
    found = parse_state(
        RECORDED_STATE.read_bytes(),
        subject="state",
        source="secrets.json",
        expected=STACK,
        unsealing=unsealing or Unsealer(),
    )
    assert found is not None
    return found
