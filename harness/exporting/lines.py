"""Rows as lines of JSON."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from harness.exporter import Written
from harness.exporting.example import Example

Row = tuple[dict[str, Any], tuple[Example, ...]]
"""A row, and what it was made of."""


def write_lines(folder: Path, name: str, rows: Iterable[Row]) -> Iterator[Written]:
    """Write one line for each row. Raises OSError."""
    with (folder / name).open("wb") as file:
        for number, (row, examples) in enumerate(rows):
            file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
            yield Written(name, number, examples)


def spelled(value: Any) -> str:
    """A JSON-like value as text, its keys in their order."""
    return orjson.dumps(value).decode()
