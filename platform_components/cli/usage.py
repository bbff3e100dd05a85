"""Usage lines, and usage errors such as an unknown flag: with --json they are a JSON document too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from typer import Context, TyperException
from typer.core import TyperCommand, TyperGroup

from platform_components.cli.failure import failed, print_json

_AS_JSON = f"{__name__}.as_json"


class Commands(TyperGroup):
    """The commands. With --json, a usage error is printed to standard output as JSON too."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        as_json = _requests_json(args)
        with _usage_errors_printed(as_json):
            context = super().make_context(info_name, args, parent, **extra)
        context.meta[_AS_JSON] = as_json
        return context

    def invoke(self, ctx: Any) -> Any:
        with _usage_errors_printed(ctx.meta[_AS_JSON]):
            return super().invoke(ctx)


class Command(TyperCommand):
    """A command whose usage line has required arguments as `STACK`, not `{STACK}`."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [re.sub(r"^\{(.*)\}", r"\1", piece) for piece in super().collect_usage_pieces(ctx)]


def _requests_json(words: Sequence[str]) -> bool:
    options = words[: words.index("--")] if "--" in words else words
    return "--json" in options


@contextmanager
def _usage_errors_printed(as_json: bool) -> Iterator[None]:
    try:
        yield
    except TyperException as error:
        if as_json:
            print_json(failed(_command_of(error), {"stack": "", "message": error.format_message()}))
        raise


def _command_of(error: TyperException) -> str:
    """The command without the program's name: `policy list`; empty if the error is before it."""
    context: Context | None = getattr(error, "ctx", None)
    return context.command_path.partition(" ")[2] if context else ""
