"""The two readers of YAML: what the quick one reads, the careful one reads alike, to the place of every key."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worlds.yaml_carefully import read_carefully
from worlds.yaml_quickly import read_quickly
from worlds.yamlfile import Document, FileProblem, parse_yaml, plain_scalar

ROOT = Path(__file__).parents[2]
FILES = [
    path
    for folder in ("worlds", "harness", "fault_injection", "examples")
    for path in sorted((ROOT / folder).rglob("*.yaml"))
]
PIECES = [
    *"ab:-#'\"[]{},|>&*!?%@`0~<\\.\t",
    "\n",
    "\n  ",
    "- ",
    ": ",
    "a: ",
    "\n- ",
    "''",
    "\\u00e9",
    "é",
    "\n\n",
    "1e3",
]


def quick(text: str) -> Document | None:
    document = Document("f.yaml", None)
    return document if read_quickly(text, document, plain_scalar) else None


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.parts[-2:]))
def test_every_shipped_file_is_read_quickly_and_alike(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found, wanted = quick(text), read_carefully(text, "f.yaml")

    assert found is not None
    assert (found.data, found.places) == (wanted.data, wanted.places)


@settings(max_examples=2000, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@example("a: >\n  b\n\n   c\n")
@example('{"a":1, "b":[]}')
def test_whatever_is_read_quickly_is_read_alike(text: str) -> None:
    found, wanted = quick(text), careful(text)

    if found is not None and wanted is not None:
        assert (spelled(found.data), found.places) == (spelled(wanted.data), wanted.places)


def careful(text: str) -> Document | None:
    try:
        return read_carefully(text, "f.yaml")
    except FileProblem:
        return None


def spelled(data: Any) -> str:
    """Data as a text: a number that is none equals itself there."""
    return repr(data)


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\nb: *x", "a: !!str 1", "a: 1\na: 2", "<<: {a: 1}", "a: 1\n---\nb: 2", "[a, b]: c", "a: [",
        "\ufeffa: 1", "a: b\x85c", "a: b\u2028c", "[" * 200 + "]" * 200, '"\\ud83d\\ude00"', "a: \x00",
    ],
)  # fmt: skip
def test_what_is_unusual_is_left_to_the_careful_reader(text: str) -> None:
    assert quick(text) is None


def test_nothing_at_all_is_read_as_nothing() -> None:
    assert parse_yaml("").data is None
    assert parse_yaml("# only a remark\n").data is None
