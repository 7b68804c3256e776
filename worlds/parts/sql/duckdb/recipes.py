"""Recipes of bases: how a database came to be, as bytes that are the same on every machine.

The first line says how the schema is run, each further one adds rows of one table, given as texts by column. A base
is known by the hash of its recipe; the file that an engine makes from it is not portable and is made where it is
needed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from worlds.digest import canonical
from worlds.errors import ArchiveError
from worlds.parts.sql.duckdb.messages import Name

_FORMAT: Final = "duckdb-recipe-1"


@dataclass(frozen=True, slots=True)
class Head:
    """How the schema is run."""

    alias: str
    """The database's name in statements."""
    schema: str
    now_us: int
    seed: float


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one table, given as texts by column."""

    table: Name
    columns: tuple[str, ...]
    cells: tuple[tuple[str | None, ...], ...]


@dataclass(slots=True)
class Recipe:
    """A recipe that is being written."""

    head: Head
    batches: list[Batch] = field(default_factory=list)

    def to_bytes(self) -> bytes:
        """The recipe's one spelling."""
        head = [_FORMAT, self.head.alias, self.head.schema, self.head.now_us, self.head.seed]
        rows = ([list(batch.table), batch.columns, batch.cells] for batch in self.batches)
        return b"\n".join(canonical(line) for line in [head, *rows])


def read_recipe(lines: Iterable[bytes]) -> tuple[Head, Iterator[Batch]]:
    """What the lines of a recipe say; rows are read as they are asked for.

    Raises ArchiveError when they say nothing that can be done.
    """
    remaining = iter(lines)
    try:
        name, alias, schema, now_us, seed = orjson.loads(next(remaining))
        if name != _FORMAT or not isinstance(schema, str) or not isinstance(alias, str):
            raise ValueError(name)
        return Head(alias, schema, int(now_us), float(seed)), (_read_batch(line) for line in remaining)
    except (ValueError, TypeError, StopIteration) as error:
        raise ArchiveError(f"a database's base is not readable: {error}") from None


def _read_batch(line: bytes) -> Batch:
    try:
        return _batch(orjson.loads(line))
    except (ValueError, TypeError) as error:
        raise ArchiveError(f"rows of a database's base are not readable: {error}") from None


def _batch(row: Any) -> Batch:
    table, columns, cells = row
    schema, name = table
    width = len(columns)
    if width != len(cells) or len({len(column) for column in cells}) > 1:
        raise ValueError("rows of uneven length")
    return Batch((str(schema), str(name)), tuple(columns), tuple(tuple(column) for column in cells))


def as_cells(rows: Sequence[Sequence[Any]]) -> tuple[tuple[str | None, ...], ...]:
    """Rows as texts by column."""
    return tuple(tuple(_text(value) for value in column) for column in zip(*rows, strict=True))


def _text(value: Any) -> str | None:
    """A value as the engine reads it from a text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return "".join(f"\\x{byte:02X}" for byte in value)
    return repr(value) if isinstance(value, float) else str(value)
