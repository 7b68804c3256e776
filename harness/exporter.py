"""The contract of a format of training data: it writes the conversations of a split to a file that its readers know."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.errors import HarnessError
from harness.exporting.example import Example
from harness.trajectory import Outcome
from worlds.registry import Registry


class ExportError(HarnessError):
    """Something that cannot be exported as it was asked for."""

    code = "export"


@dataclass(frozen=True, slots=True)
class Written:
    """One row, or one file of its own, and what it was made of."""

    file: str
    """Below the export's folder."""
    row: int
    """From 0."""
    examples: Sequence[Example]


class Exporter(Protocol):
    """One format. One file per format in `exporters/`."""

    outcomes: Sequence[Outcome]
    """The outcomes that are taken where nobody says which."""
    data_files: str
    """The files of a split, as a pattern in which `{split}` is its name; loaders find them by it."""

    def write(self, folder: Path, split: str, examples: Iterable[Example]) -> Iterable[Written]:
        """Write a split into a folder; what cannot be told is left out, and noted by the example. Raises OSError."""
        ...


exporters: Registry[Exporter] = Registry("soundstage.exporters", "harness.exporters")
"""Formats by name."""


def find_exporter(name: str) -> Exporter:
    """The format of a name; `-` and `_` are the same. Raises UnknownName with the known names."""
    return exporters.get(name.replace("-", "_"))


def format_names() -> list[str]:
    """Every format that could be asked for, without importing any."""
    return [name.replace("_", "-") for name in exporters.names()]
