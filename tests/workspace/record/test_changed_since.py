"""`--changed-since`: which stacks changes since a commit affect."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.workspace.record.conftest import Change, Estate, git


def test_nothing_changed(recorded: Estate) -> None:
    """No stack is affected, and none is evaluated."""
    run = recorded.preview("HEAD")
    assert run.stacks == ()
    assert run.since is not None
    assert run.since.unchanged == ("base.dev", "mail.dev", "shop.dev", "till.dev")


def _text(estate: Estate) -> str:
    return (estate.root / "shop_program.py").read_text(encoding="utf-8")


def _add_layer(estate: Estate) -> None:
    estate.edit("platform.yaml", "  mail: {owner: team}", "  bank: {owner: team}\n  mail: {owner: team}")
    estate.write("bank_program.py", "")


CHANGES: dict[str, tuple[Change, list[str]]] = {
    "the program of one stack": (lambda e: e.edit("mail_program.py", "all", "some"), ["mail"]),
    "a program, without an effect on outputs": (
        lambda e: e.write("shop_program.py", _text(e) + "\n# c"),
        ["shop"],
    ),
    "a file that a program reads": (lambda e: e.edit("name.txt", "market", "bazaar"), ["base"]),
    "an output, and all that follows from it": (
        lambda e: e.write("name.txt", "m" * 250),
        ["base", "shop", "till"],
    ),
    "the program of all stacks": (
        lambda e: e.write("__main__.py", (e.root / "__main__.py").read_text() + "# c\n"),
        ["base", "mail", "shop", "till"],
    ),
    "the configuration of one stack": (
        lambda e: e.write("Pulumi.mail.dev.yaml", "config:\n  market:a: b\n"),
        ["mail"],
    ),
    "the configuration of another environment": (
        lambda e: e.write("Pulumi.mail.prod.yaml", "config:\n  market:a: b\n"),
        [],
    ),
    "a deleted configuration file": (lambda e: (e.root / "Pulumi.mail.dev.yaml").unlink(), ["mail"]),
    "the owner in platform.yaml": (
        lambda e: e.edit("platform.yaml", "mail: {owner: team}", "mail: {owner: other}"),
        ["mail"],
    ),
    "the comments of platform.yaml": (lambda e: e.edit("platform.yaml", "regions", "# c\nregions"), []),
    "a size of another tier": (lambda e: e.edit("platform.yaml", "replicas: 4", "replicas: 5"), []),
    "a size of the tier": (
        lambda e: e.edit("platform.yaml", "replicas: 2", "replicas: 3"),
        ["base", "mail", "shop", "till"],
    ),
    "the account of another environment": (
        lambda e: e.edit(
            "platform.yaml", "production, region", 'production, account: "123456789012", region'
        ),
        [],
    ),
    "the account of the environment": (
        lambda e: e.edit(
            "platform.yaml", "development, region", 'development, account: "123456789012", region'
        ),
        ["base", "mail", "shop", "till"],
    ),
    "a new layer": (_add_layer, ["bank"]),
    "a file that nothing reads": (lambda e: e.write("docs/readme.md", "text"), []),
    "a module that hides an imported one": (lambda e: e.write("mail_program/__init__.py", ""), ["mail"]),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("committed", [False, True], ids=["in the working tree", "committed"])
def test_what_a_change_affects(recorded: Estate, name: str, committed: bool) -> None:
    """The stacks that read what changed, and those that read outputs that are different now."""
    change, affected = CHANGES[name]
    git(recorded.root, "tag", "before")
    change(recorded)
    if committed:
        recorded.commit()
    assert recorded.affected("before") == affected


def test_a_record_of_the_change_itself_does_not_hide_it(recorded: Estate) -> None:
    """The second preview of a branch affects the same stacks as the first, although the record is newer."""
    recorded.write("name.txt", "m" * 250)
    first = recorded.preview("HEAD")
    second = recorded.preview("HEAD")
    names = [stack.name for stack in first.stacks]
    assert names == ["base.dev", "shop.dev", "till.dev"]
    assert [stack.name for stack in second.stacks] == names


def test_a_record_of_another_commit_is_used_where_it_fits(recorded: Estate) -> None:
    """A stack whose inputs differ between the record and the commit is evaluated, the others are not."""
    recorded.edit("mail_program.py", "all", "some")
    recorded.commit()
    recorded.edit("shop_program.py", "import pulumi", "import pulumi  # c")
    assert recorded.affected("HEAD") == ["mail", "shop"]


def test_a_stack_that_is_needed_is_evaluated_but_not_shown(recorded: Estate) -> None:
    """`till` reads the outputs of `shop`, which did not change."""
    recorded.edit("till_program.py", "import pulumi", "import pulumi  # c")
    run = recorded.preview("HEAD")
    assert [stack.name for stack in run.stacks] == ["till.dev"]
    assert run.stacks[0].graph.outputs == {"size": 0}


def test_a_requested_stack_follows_a_change_of_one_that_is_not(recorded: Estate) -> None:
    """`shop` is affected by an output of `base`, `mail` by nothing."""
    recorded.write("name.txt", "m" * 250)
    assert recorded.affected(layers=("shop", "mail")) == ["shop"]


def test_a_changed_secret_output_affects_its_readers(recorded: Estate) -> None:
    """No digest of a secret is stored, so that it counts as different if its stack is evaluated."""
    recorded.edit("shop_program.py", '"size")', '"key")')
    recorded.commit()
    recorded.preview()
    assert recorded.affected() == []
    recorded.edit("base_program.py", "hunter2", "hunter3")
    assert recorded.affected() == ["base", "shop", "till"]


def test_the_record_contains_no_secret(recorded: Estate) -> None:
    """Neither in plain text nor as a digest."""
    record = json.loads(recorded.record.read_text())
    assert "hunter" not in recorded.record.read_text()
    assert record["stacks"]["base.dev"]["outputs"]["key"] is None


def test_a_new_file_in_a_directory_that_a_program_lists(recorded: Estate) -> None:
    """Such as a pattern of files; a changed file that it does not read has no effect."""
    listing = '\nfrom pathlib import Path\nprint(len(list(Path("rules").glob("*.json"))))\n'
    recorded.write("rules/a.json", "{}")
    recorded.write("mail_program.py", listing)
    recorded.commit()
    recorded.preview()
    recorded.write("rules/a.json", "[]")
    assert recorded.affected() == []
    recorded.write("rules/b.json", "{}")
    assert recorded.affected() == ["mail"]


def test_a_file_that_does_not_exist_yet(recorded: Estate) -> None:
    """A program that tries to open it is affected when it is created."""
    code = "\ntry:\n    open('more.txt')\nexcept FileNotFoundError:\n    pass\n"
    recorded.write("mail_program.py", code)
    recorded.commit()
    recorded.preview()
    assert recorded.affected() == []
    recorded.write("more.txt", "")
    assert recorded.affected() == ["mail"]


@pytest.mark.parametrize(
    "code",
    [
        "import yaml\nyaml.safe_load(open('rules.yaml'))",
        "import os\nos.read(os.open('rules.yaml', os.O_RDONLY), 10)",
        "import shutil, tempfile\nshutil.copy('rules.yaml', tempfile.mkdtemp())",
        "import linecache\nlinecache.getline('rules.yaml', 1)",
        "import pulumi, pulumi_aws\n"  # noqa: ISC004
        "pulumi_aws.s3.BucketObject('a', bucket='b', source=pulumi.FileAsset('rules.yaml'))",
    ],
    ids=["a parser", "a descriptor", "a copy", "linecache", "an asset"],
)
def test_a_file_that_a_library_reads(recorded: Estate, code: str) -> None:
    """It does not matter which code opens the file."""
    recorded.write("rules.yaml", "a: 1\n")
    recorded.write("mail_program.py", code)
    recorded.commit()
    assert not recorded.preview().failures
    assert recorded.affected() == []
    recorded.write("rules.yaml", "a: 2\n")
    assert recorded.affected() == ["mail"]


@pytest.mark.parametrize("linked", ["file", "directory"])
def test_a_symbolic_link_and_its_target(recorded: Estate, linked: str) -> None:
    """A change of either affects the stack."""
    recorded.write("real/rules.txt", "a")
    recorded.write("other/rules.txt", "a")
    link = recorded.root / ("rules.txt" if linked == "file" else "rules")
    link.symlink_to("real/rules.txt" if linked == "file" else "real")
    path = "rules.txt" if linked == "file" else "rules/rules.txt"
    recorded.write("mail_program.py", f"open({path!r}).read()")
    recorded.commit()
    recorded.preview()
    recorded.write("real/rules.txt", "b")
    assert recorded.affected() == ["mail"]
    recorded.write("real/rules.txt", "a")
    assert recorded.affected() == []
    link.unlink()
    link.symlink_to("other/rules.txt" if linked == "file" else "other")
    assert recorded.affected() == ["mail"]


def test_a_renamed_file(recorded: Estate) -> None:
    """Its old name is gone, which affects the stack that reads it."""
    recorded.write("mail_program.py", "import shared_names")
    recorded.write("shared_names.py", "A = 1\n")
    recorded.commit()
    recorded.preview()
    git(recorded.root, "mv", "shared_names.py", "names_shared.py")
    run = recorded.preview("HEAD")
    assert list(run.failures) == ["mail.dev"]


def test_a_file_that_git_ignores(recorded: Estate) -> None:
    """Git does not know its content in the commit, so it is compared with the record."""
    recorded.write(".gitignore", "__pycache__/\n.platform/\ngenerated.txt\n")
    recorded.write("mail_program.py", "open('generated.txt').read()")
    recorded.write("generated.txt", "1")
    recorded.commit()
    recorded.preview()
    assert recorded.affected() == []
    recorded.write("generated.txt", "2")
    assert recorded.affected() == ["mail"]


def test_a_file_that_the_program_writes_itself(recorded: Estate) -> None:
    """Its content follows from the program."""
    code = "import os\nopen('out.txt', 'w').write(str(os.getpid()))\nopen('out.txt').read()\n"
    recorded.write(".gitignore", "__pycache__/\n.platform/\nout.txt\n")
    recorded.write("mail_program.py", code)
    recorded.commit()
    recorded.preview()
    assert recorded.affected() == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import subprocess\nsubprocess.run(['true'])", "the program starts a process"),
        ("import os\nos.system('true')", "the program starts a process"),
        (
            "import socket\nsocket.getaddrinfo('127.0.0.1', 9)",
            "the program uses the network",
        ),
        (
            "from pathlib import Path\nPath('../outside.txt').read_text()",
            "reads a file outside the repository",
        ),
    ],
)
def test_a_program_that_depends_on_more_than_files(recorded: Estate, code: str, reason: str) -> None:
    """It is always evaluated, with the reason."""
    (recorded.root.parent / "outside.txt").write_text("")
    recorded.write("mail_program.py", code)
    recorded.commit()
    assert not recorded.preview().failures
    run = recorded.preview("HEAD")
    assert [stack.name for stack in run.stacks] == ["mail.dev"]
    assert run.since is not None
    assert reason in run.since.reasons["mail.dev"]


def test_a_failed_stack_is_evaluated_again(recorded: Estate) -> None:
    """Its former evaluation is no longer in the record."""
    recorded.edit("mail_program.py", "pulumi.export", "1 / 0; pulumi.export")
    recorded.commit()
    assert list(recorded.preview().failures) == ["mail.dev"]
    assert list(recorded.preview("HEAD").failures) == ["mail.dev"]


def test_readers_of_a_failed_stack_are_skipped(recorded: Estate) -> None:
    """As without the option: their inputs are not known."""
    recorded.edit("base_program.py", "import pulumi", "import pulumi; 1 / 0")
    run = recorded.preview("HEAD")
    assert (list(run.failures), run.skipped) == (
        ["base.dev"],
        {"shop.dev": "base.dev", "till.dev": "shop.dev"},
    )
    assert run.since is not None
    assert run.since.unchanged == ("mail.dev",)


def test_a_stack_of_another_environment_is_not_in_the_record(recorded: Estate) -> None:
    """It is evaluated, and then in the record next to those of the first environment."""
    assert recorded.affected(environment="prod") == ["base", "mail", "shop", "till"]
    recorded.preview(environment="prod")
    assert recorded.affected(environment="prod") == []
    assert recorded.affected(environment="all") == []


def test_a_project_below_the_root_of_the_repository(estate: Estate, tmp_path: Path) -> None:
    """A module of the repository outside the project is a dependency, too."""
    shutil.rmtree(estate.root / ".git")
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "shared.py").write_text("A = 1\n")
    estate.write("mail_program.py", "import sys\nsys.path.append('../common')\nimport shared\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "c")
    estate.preview()
    assert estate.affected() == []
    (tmp_path / "common" / "shared.py").write_text("A = 2\n")
    assert estate.affected() == ["mail"]


def test_a_submodule_counts_as_one_path(recorded: Estate, tmp_path: Path) -> None:
    """A change inside it affects the stacks that read any file of it."""
    library = tmp_path / "library"
    library.mkdir()
    (library / "rules.txt").write_text("a")
    git(library, "init", "-q")
    git(library, "add", "-A")
    git(library, "commit", "-q", "-m", "c")
    git(recorded.root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), "vendor")
    recorded.write("mail_program.py", "open('vendor/rules.txt').read()")
    recorded.commit()
    recorded.preview()
    assert recorded.affected() == []
    (recorded.root / "vendor" / "rules.txt").write_text("b")
    assert recorded.affected() == ["mail"]


def test_git_runs_no_program_that_the_repository_configures(recorded: Estate, tmp_path: Path) -> None:
    """Neither an external diff nor a file system monitor."""
    marker = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {marker}\n")
    script.chmod(0o755)
    for key in ("diff.external", "core.fsmonitor"):
        git(recorded.root, "config", key, str(script))
    recorded.edit("mail_program.py", "all", "some")
    assert recorded.affected() == ["mail"]
    assert not marker.exists()
    assert subprocess.run([script], check=True).returncode == 0
    assert marker.exists()
