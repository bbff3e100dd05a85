"""Skips tests whose requirements are not met on this machine, with the missing requirement as reason."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable

import pytest
from hypothesis import settings

from platform_components.testing import Graph, render

# No deadline: a busy machine can be slow, which is not a defect of the code.
settings.register_profile("here", deadline=None)
settings.load_profile("here")

KUBECONFIG_VARIABLE = "PLATFORM_TEST_KUBECONFIG"
"""Names the cluster that `kube` tests may write to: never KUBECONFIG, which may be a real one."""


@pytest.fixture(name="render")
def render_fixture() -> Callable[..., Graph]:
    """Renders a program that creates resources to its graph."""
    return render


def _why_no_engine() -> str | None:
    missing = [name for name in ("pulumi", "pulumi-language-python") if shutil.which(name) is None]
    return f"no {' and no '.join(missing)} on PATH" if missing else None


def _why_no_kube() -> str | None:
    path = os.environ.get(KUBECONFIG_VARIABLE)
    if not path:
        return f"{KUBECONFIG_VARIABLE} is not set: it names a cluster made for tests"
    return None if os.path.exists(path) else f"{KUBECONFIG_VARIABLE} names no file: {path}"


def pytest_configure() -> None:
    """Handle SIGINT as in a terminal: a background job of a shell inherits it as ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip tests that can't run on this machine."""
    reasons = {"engine": _why_no_engine(), "kube": _why_no_kube()}
    if "slow" not in config.getoption("markexpr"):
        reasons["slow"] = 'slow: runs when named, as in make test ARGS="-m slow"'
    for item in items:
        for marker, reason in reasons.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))
