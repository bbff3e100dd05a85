"""Words of a command: problems that make it fail only when its container starts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from platform_components.base import Problem
from platform_components.kubernetes.plain_secrets import plain_secrets

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # without newline and tab


def command_problems(field: str, words: Sequence[str], *, executable: bool = True) -> Iterator[Problem]:
    """Yield the problems of the words of a command, without their values, which may contain secrets.

    `executable`: the first word is the executable.
    """
    if executable and words and not words[0].strip():
        yield Problem(f"{field}[0]", "must not be empty: it is the executable", "such as [./healthcheck]")
    for index, word in enumerate(words):
        if _CONTROL.search(word):
            what = "must not contain control characters other than newline and tab"
            yield Problem(f"{field}[{index}]", what, "remove them")
    for index, what, remedy in plain_secrets(words):
        yield Problem(f"{field}[{index}]", what, remedy)
