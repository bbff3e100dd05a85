"""The diagnostics of a stack, and the results of functions that it uses, as rows of a preview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.text import Text

from platform_components.cli.findings import count_of
from platform_components.cli.output import printable, shortened, styled
from platform_components.engine import Diagnostic
from platform_components.engine.functions import FunctionUse

_MOST_PRINTED = 100
"""Diagnostics of one severity, such as printed lines."""
_MOST_FUNCTIONS = 10
_STYLES = {"error": "bold red", "warning": "yellow"}
"""Styles of diagnostics, by severity; others are dim."""


def diagnostic_rows(diagnostics: Sequence[Diagnostic]) -> Iterator[tuple[str, Text]]:
    """Severity and text. Of messages that repeat for several resources, the first one is shown."""
    repeated = Counter((each.severity, each.message) for each in diagnostics if each.urn)
    shown: set[tuple[str, str]] = set()
    counts = Counter[str]()
    for diagnostic in diagnostics:
        key = (diagnostic.severity, diagnostic.message)
        if diagnostic.urn and key in shown:
            continue
        shown.add(key)
        counts[diagnostic.severity] += 1
        if counts[diagnostic.severity] > _MOST_PRINTED:
            continue
        place = f"{diagnostic.source}: " if diagnostic.source else ""
        others = f" ({repeated[key]} resources)" if diagnostic.urn and repeated[key] > 1 else ""
        text = printable(shortened(f"{place}{diagnostic.message}") + others)
        yield diagnostic.severity, Text(text, style=_STYLES.get(diagnostic.severity, "dim"))
    for severity, count in counts.items():
        if count > _MOST_PRINTED:
            yield severity, Text(f"{count - _MOST_PRINTED:,} more; --json has all of them", style="dim")


def function_rows(uses: Sequence[FunctionUse]) -> Iterator[tuple[str, Text]]:
    """The assumed results of provider functions, and the number of unknown ones."""
    assumed = [use for use in uses if use.origin == "assumed"]
    if assumed:
        listed = [f"{use.token} {use.source or ''}".rstrip() for use in assumed[:_MOST_FUNCTIONS]]
        if len(assumed) > _MOST_FUNCTIONS:
            listed.append(f"{len(assumed) - _MOST_FUNCTIONS} more")
        text = f"{count_of(len(assumed), 'function result')} assumed: {', '.join(listed)}"
        yield "functions", styled((text, "yellow"))
    unknown = sum(use.origin == "unknown" for use in uses)
    if unknown:
        yield "functions", Text(f"{count_of(unknown, 'function result')} unknown", style="dim")
