"""Programs: what a deployment runs, besides Python."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from platform_components.doctor.check import Check

_PROGRAMS = {
    "pulumi": "deploys the stacks; its installation page is https://www.pulumi.com/docs/install",
    "aws": "requests the token for the Kubernetes API; install version 2 of the AWS CLI",
}


def check_programs() -> Iterator[Check]:
    """Check that the programs that a deployment runs are on the PATH."""
    for program, purpose in _PROGRAMS.items():
        found = shutil.which(program)
        if found:
            yield Check("programs", program, "ok", found)
        else:
            yield Check("programs", program, "failed", "is not on the PATH", f"it {purpose}")
