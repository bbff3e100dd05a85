"""Edits of YAML files: one value changes, and every other byte stays."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import assume, given, strategies as st

from platform_components.engine.pulumi_yaml import StackFileLoader
from platform_components.files.yaml_edit import CannotEdit, with_entry

KEY = "shop:image"
NEW = "registry.example/shop@sha256:" + "9" * 64


def edited(text: str, value: str = NEW) -> str:
    return with_entry(text, "config", KEY, value, StackFileLoader)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("config:\n  shop:image: a:1\n", "config:\n  shop:image: NEW\n"),
        ("config:\n  shop:image:   a:1  # kept\n", "config:\n  shop:image:   NEW  # kept\n"),
        ('config:\r\n  shop:image: "a:1"\r\n', 'config:\r\n  shop:image: "NEW"\r\n'),
        ("config:\n  'shop:image' : 'a:1' # kept", "config:\n  'shop:image' : 'NEW' # kept"),
        ("config: {shop:image: 'a:1', b: 2}\n", "config: {shop:image: 'NEW', b: 2}\n"),
        ("config:\n  shop:image:\n", "config:\n  shop:image: NEW\n"),
        ("config:\n  shop:image:  # none yet\n  b: 1\n", "config:\n  shop:image: NEW  # none yet\n  b: 1\n"),
        ("config: {b: 1}\n", 'config: {"shop:image": "NEW", b: 1}\n'),
        ("config: {}\n", 'config: {"shop:image": "NEW"}\n'),
        ("config:  # ours\n    # b\n    b: 1\n", "config:  # ours\n    shop:image: NEW\n    # b\n    b: 1\n"),
        ("config:\r\n  b: 1", "config:\r\n  shop:image: NEW\r\n  b: 1"),
        ("config:\n# later\nother: 1\n", "config:\n  shop:image: NEW\n# later\nother: 1\n"),
        ("config:", "config:\n  shop:image: NEW\n"),
        ("config: ~\n", "config:\n  shop:image: NEW\n"),
        ("config:   null  # none\nb: 1\n", "config:  # none\n  shop:image: NEW\nb: 1\n"),
        ("config: ~", "config:\n  shop:image: NEW\n"),
        ("# empty\n", "# empty\nconfig:\n  shop:image: NEW\n"),
        ("", "config:\n  shop:image: NEW\n"),
        ("other: 1", "other: 1\nconfig:\n  shop:image: NEW\n"),
        ("\ufeffconfig:\n  shop:image: ä:1 # ü\n", "\ufeffconfig:\n  shop:image: NEW # ü\n"),
    ],
)
def test_only_the_value_changes(before: str, after: str) -> None:
    """Quotes, comments, spaces and line endings stay; a new entry has the style of its neighbours."""
    assert edited(before) == after.replace("NEW", NEW)


@pytest.mark.parametrize(
    "text",
    [
        "config:\n  a: &image a:1\n  shop:image: *image\n",
        "config:\n  shop:image: &image a:1\n  a: *image\n",
        "config:\n  shop:image: !!str a:1\n",
        "config:\n  shop:image: |\n    a:1\n",
        "config:\n  shop:image: >-\n    a:1\n",
        'config:\n  shop:image: "a\\\n    b"\n',
        "config:\n  shop:image: a\n    b\n",
        "config:\n  shop:image: {secure: x}\n",
        "config: text\n",
        "other: 1\n...\n",
        "{other: 1}\n",
    ],
)
def test_a_form_in_which_it_is_not_certain_is_rejected(text: str) -> None:
    """Rather than a file that has another meaning."""
    with pytest.raises(CannotEdit):
        edited(text)


@pytest.mark.parametrize("value", ["3.10", "true", "1e5", "12:30", "null", "", "a: b", "a #b", "0" * 64])
def test_a_string_that_looks_like_another_type_is_quoted(value: str) -> None:
    """It is a string for Pulumi, too."""
    for text in ("config:\n  shop:image: a\n", "config:\n  b: 1\n"):
        content = StackFileLoader(edited(text, value), None).get_single_data()
        assert content["config"][KEY] == value


KEYS = st.sampled_from(["aws:region", "shop:zones", "shop:size", "other:image", "b", "shop:images"])
VALUES = st.sampled_from(
    [
        "eu-west-1",
        "'a # b'",
        '"a: b"',
        "[a, b]",
        "\n    x: 1\n    y: [2]",
        "{secure: v1:abc}",
        "12",
        "",
        "~",
        "|\n    a\n    b",
    ]
)
COMMENTS = st.sampled_from(["", "", "  # kept: a", "# at the margin", "\t# tab", "    # ümläut"])
IMAGES = st.sampled_from(["a:1", '"a:1"', "'a:1'", "registry.example:5000/a@sha256:" + "0" * 64, ""])


@st.composite
def stack_files(draw: st.DrawFn) -> str:
    """Files of stacks with comments, blank lines and other sections, in any order."""
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    entries = [(key, draw(VALUES)) for key in draw(st.lists(KEYS, unique=True))]
    if draw(st.booleans()):
        entries.insert(draw(st.integers(0, len(entries))), (KEY, draw(IMAGES)))
    lines = [
        draw(COMMENTS),
        draw(st.sampled_from(["encryptionsalt: v1:abc=", "secretsprovider: passphrase", ""])),
    ]
    config = [f"config:{draw(st.sampled_from(['', '  # of the stack']))}"]
    for key, value in entries:
        block = value.startswith(("\n", "|"))
        after = "" if block else draw(st.sampled_from(["", "   # why"]))
        config += [draw(COMMENTS), f"  {key}: {value}{after}".rstrip(" ")]
    sections = draw(st.permutations([lines, config, [draw(COMMENTS), "environment: [shop/dev]"]]))
    text = newline.join(line for section in sections for line in section).replace("\r\n", "\n")
    return text.replace("\n", newline) + draw(st.sampled_from(["", newline]))


@given(stack_files())
def test_in_any_file_of_a_stack_only_this_value_changes(text: str) -> None:
    """Comments and all other values survive byte for byte: without the new value, the text is the old one."""
    try:
        before = StackFileLoader(text, None).get_single_data() or {}
    except yaml.YAMLError:
        assume(False)
    try:
        after = edited(text)
    except CannotEdit:
        assume(False)
    content = StackFileLoader(after, None).get_single_data()
    assert content == {**before, "config": {**(before.get("config") or {}), KEY: NEW}}
    old, new = text.split("\n"), after.split("\n")
    (at,) = (number for number, line in enumerate(new) if NEW in line)
    prefix, suffix = new[at].split(NEW)
    if KEY in (before.get("config") or {}):
        assert old[:at] + old[at + 1 :] == new[:at] + new[at + 1 :]
        assert old[at].startswith(prefix.rstrip())
        assert old[at].endswith(suffix)
    else:
        without = [*new[:at], *new[at + 1 :]]
        assert "\n".join(without).rstrip() == text.rstrip()
    assert all(line.endswith("\r") for line in new[:-1]) == ("\r\n" in text)
    assert edited(after) == after


def test_a_block_scalar_at_the_end_needs_its_line_break() -> None:
    """The remedy is not about the key: a line break that the edit adds would be part of the other value."""
    with pytest.raises(CannotEdit, match="without a final line break") as raised:
        edited("other: |\n  text")
    assert raised.value.remedy == "add a line break"
    assert edited("other: |-\n  text") == f"other: |-\n  text\nconfig:\n  {KEY}: {NEW}\n"
