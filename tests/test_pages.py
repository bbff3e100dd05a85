"""The pages in Markdown: tables are tables, links lead somewhere, and the sample in README.md is real."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tree import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/adr/*.md")])
SEPARATOR = re.compile(r"\|(-+\|)+")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_row_is_in_a_table(page: Path) -> None:
    """A row after prose, or with another number of cells than its header, is shown as raw text."""
    for number, block in blocks_of(page):
        rows = [line for line in block if line.startswith("|")]
        if not rows:
            continue
        where = f"line {number}"
        assert rows == block, f"{where}: a table has an empty line before and after it"
        header = "".join(rows[1:2]).replace(" ", "")
        assert SEPARATOR.fullmatch(header), f"{where}: rows without a header"
        assert {len(cells(row)) for row in rows} == {len(cells(rows[0]))}, f"{where}: rows of several lengths"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_row_is_repeated(page: Path) -> None:
    """Two rows for one thing come to contradict each other."""
    for number, block in blocks_of(page):
        rows = Counter(line for line in block if line.startswith("|"))
        assert max(rows.values(), default=1) == 1, f"line {number}: {rows.most_common(1)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_heading_has_a_text(page: Path) -> None:
    """A heading has its own lines, and is not followed at once by one of its level."""
    previous = ""
    for number, block in blocks_of(page):
        for line in block:
            if level(line):
                assert block[0] == line, f"line {number}: no empty line before {line}"
        if level(block[0]) and len(block) == 1:
            assert level(block[0]) != level(previous), f"line {number}: {previous} is empty"
        previous = block[-1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_a_file_and_a_heading(page: Path) -> None:
    """Also links within the page."""
    text = "\n".join(line for _, block in blocks_of(page) for line in block)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors_of(file), target


def test_a_change_has_one_row_in_the_table_of_upgrades() -> None:
    """Its first cell names it."""
    text = (ROOT / "docs/upgrading.md").read_text(encoding="utf-8")
    section = text.partition("\n## What a preview shows\n")[2].partition("\n## ")[0]
    names = Counter(cells(line)[0] for line in section.splitlines() if line.startswith("|"))
    assert len(names) > 20
    assert {name for name, number in names.items() if number > 1} == set()


def test_the_preview_in_the_readme_is_real() -> None:
    """Each line of the sample is one of `platform preview --env dev`, in its order, apart from the time."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    sample = text.partition("```\ndev · ")[2].partition("\n```")[0]
    program = str(Path(sys.executable).parent / "platform")
    environment = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1"}
    printed = subprocess.run(
        [program, "preview", "--env", "dev"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rest = iter([without_time(line) for line in printed.splitlines()])
    for line in f"dev · {sample}".splitlines():
        assert line == "…" or without_time(line) in rest, f"{line}\nis not a line of\n{printed}"


def blocks_of(page: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the paragraphs, with the number of their first line. Lines of code are only "```"."""
    block: list[str] = []
    code = False
    for number, line in enumerate([*page.read_text(encoding="utf-8").splitlines(), ""], start=1):
        fence = line.lstrip().startswith("```")
        if fence or code:
            block.append("```")
            code ^= fence
        elif line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def cells(row: str) -> list[str]:
    """Return the cells of a row; `\\|` is a character."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip())[1:-1]]


def level(line: str) -> int:
    """Return the level of a heading; 0 for another line."""
    match = re.match(r"(#+) ", line)
    return len(match[1]) if match else 0


def anchors_of(page: Path) -> set[str]:
    """Return the anchors of the headings, as GitHub forms them."""
    lines = page.read_text(encoding="utf-8").splitlines()
    headings = [line.lstrip("# ") for line in lines if level(line)]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def without_time(line: str) -> str:
    """Return the line without the seconds of the run."""
    return re.sub(r" · [0-9.]+ s$", "", line)
