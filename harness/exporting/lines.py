"""Rows as lines of JSON."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from harness.exporter import Written
from harness.exporting.conversation import Conversation
from harness.exporting.example import Example

Row = tuple[dict[str, Any], tuple[Example, ...]]
"""A row, and what it was made of."""


def write_lines(folder: Path, name: str, rows: Iterable[Row]) -> Iterator[Written]:
    """Write one line for each row. Raises OSError."""
    with (folder / name).open("wb") as file:
        for number, (row, examples) in enumerate(rows):
            file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
            yield Written(name, number, examples)


class LineFormat(ABC):
    """A format that is a file of lines for each split."""

    data_files = "{split}.jsonl"

    @abstractmethod
    def rows(self, examples: Iterable[Example]) -> Iterator[Row]:
        """The rows of a split."""

    def write(self, folder: Path, split: str, examples: Iterable[Example]) -> Iterable[Written]:
        """Write a split into a folder. Raises OSError."""
        return write_lines(folder, self.data_files.format(split=split), self.rows(examples))


def offered(examples: Iterable[Example]) -> Iterator[tuple[Example, Conversation]]:
    """The conversations that can be told with the tools that were offered, in their order."""
    for example in examples:
        conversation = example.conversation(offered_only=True)
        if conversation is not None:
            yield example, conversation


def spelled(value: Any) -> str:
    """A JSON-like value as text, its keys in their order."""
    return orjson.dumps(value).decode()
