"""`--changed-since` and `--record` of `platform preview`: which stacks are affected, and the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from platform_components.cli.output import say, write
from platform_components.cli.output_file import check_writable, write_atomically

if TYPE_CHECKING:
    from platform_components.workspace.messages import PackSource
    from platform_components.workspace.record.recording import Recording
    from platform_components.workspace.run import Run
    from platform_components.workspace.selection import Selection

ChangedSince = Annotated[
    str | None,
    typer.Option(
        "--changed-since",
        metavar="REF",
        help="Only the stacks that changes since a git branch, tag or commit can affect. Requires the record "
        "of an earlier preview.",
    ),
]
RecordFile = Annotated[
    Path | None,
    typer.Option(
        "--record",
        metavar="FILE",
        readable=False,
        help="File that records what the programs read. Default with --changed-since: .platform/record.json.",
    ),
]


def recording_of(
    selection: Selection,
    ref: str | None,
    file: Path | None,
    *,
    pack: PackSource | None,
    answers: Sequence[Path] | None,
) -> Recording | None:
    """Prepare the record of a run; None without `--record` and `--changed-since`.

    Raises:
        InvalidInput: the revision is invalid, or the file can't be written.
    """
    from platform_components.base.errors import InvalidInput, Problem
    from platform_components.files.project_file import PLATFORM_FILE
    from platform_components.workspace.record.git import check_ref
    from platform_components.workspace.record.record import RECORD_FILE
    from platform_components.workspace.record.recording import Recording

    if ref is not None:
        check_ref(ref)
    if file is not None:
        _check_replaceable(file)
    if ref is None and file is None:  # a preview writes only what it is asked for
        return None
    if selection.platform is None:
        option = "--changed-since" if ref is not None else "--record"
        problem = Problem(PLATFORM_FILE, "does not exist", "create it: it lists what each stack references")
        raise InvalidInput(option, [problem])
    place = file or selection.project.root / RECORD_FILE
    directory = pack.place if pack else None
    return Recording(selection, selection.platform, place, ref, tuple(answers or ()), directory)


def save_record(run: Run, recording: Recording | None, file: Path | None) -> None:
    """Write the record of a run.

    Raises:
        InvalidInput: the file of `--record` can't be written. The default place is optional.
    """
    if recording is None or run.record is None:
        return
    if file is None and (obstacle := _obstacle(recording.file)):
        say(f"{recording.file.name} is not written: {obstacle}; pass another file with --record")
        return
    try:
        if file is None:
            _create_directory(recording.file.parent)
        write_atomically(recording.file, run.record.to_json())
    except OSError as error:
        from platform_components.base.errors import InvalidInput, Problem

        reason = (error.strerror or type(error).__name__).lower()
        if file is not None:
            raise InvalidInput("--record", [Problem(str(file), "can't be written", reason)]) from None
        say(f"{recording.file.name} is not written: {reason}; pass another file with --record")


def since_document(run: Run) -> dict[str, Any]:
    """The field `since` of the JSON document; absent without `--changed-since`."""
    return {"since": asdict(run.since)} if run.since else {}


def show_since(run: Run) -> None:
    """Show how many stacks are not affected, or why all were evaluated."""
    since = run.since
    if since and since.everything:
        say(f"--changed-since {since.ref}: evaluated all stacks, because {since.everything}")
    elif since:
        count = len(since.unchanged)
        write(f"{count} {'stack' if count == 1 else 'stacks'} unchanged since {since.ref}")


def _check_replaceable(file: Path) -> None:
    """Raises InvalidInput if the record can't be written, or would overwrite another file."""
    from platform_components.base.errors import InvalidInput, Problem
    from platform_components.workspace.record.record import is_replaceable

    check_writable(file, "--record")
    what = ""
    if file.exists() and not file.is_file():
        what = "is not a regular file"
    elif not is_replaceable(file):
        what = "is not the record of a preview"
    if what:
        raise InvalidInput("--record", [Problem(str(file), what, "remove it, or pass another file")])


def _obstacle(file: Path) -> str:
    """Why the record can't be at its default place, which a repository can contain; empty if it can."""
    link = next((each for each in (file.parent, file) if each.is_symlink()), None)
    if link is not None:
        return f"{link.name} is a link"
    return "it is not a regular file" if file.exists() and not file.is_file() else ""


def _create_directory(directory: Path) -> None:
    """Create the directory of the record, which git ignores."""
    if not directory.is_dir():
        directory.mkdir()
        (directory / ".gitignore").write_text("*\n", encoding="utf-8")
