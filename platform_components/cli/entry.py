"""Entry point of the command `platform`, with a clear message if the extra [cli] is not installed."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    try:
        from platform_components.cli.main import main as run
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        sys.stderr.write("platform requires the extra [cli]: pip install 'platform-components[cli]'\n")
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    run()
