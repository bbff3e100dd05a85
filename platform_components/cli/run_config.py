"""The options for the configuration of one run."""

from __future__ import annotations

from typing import Annotated

import typer

Images = Annotated[
    list[str] | None,
    typer.Option(
        "--image",
        metavar="[STACK=]REPO@sha256:...",
        help="Image for this run only. Default of STACK: the service with an image of this repository. "
        "Can be repeated.",
    ),
]
ConfigValues = Annotated[
    list[str] | None,
    typer.Option(
        "--config",
        metavar="KEY=VALUE",
        help="Configuration of the selected stacks for this run only; KEY can be a path. Can be repeated.",
    ),
]
