"""Rows that a world file names or spells out, as typed tuples."""

import base64
import binascii
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from worlds.errors import WorldError
from worlds.parts.sql.schema import ColumnInfo, TableInfo
from worlds.parts.sql.settings import RowsSource, read_text

_INTEGER: Final = re.compile(r"[+-]?\d{1,18}")
_REAL: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one table that name the same columns; columns left out get their defaults."""

    table: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def read_rows(table: TableInfo, source: RowsSource, folder: Path) -> Iterator[Batch]:
    """The rows of one table in the order written. Raises WorldError with what is wrong and what is accepted."""
    records = _read_file(folder / source, table) if isinstance(source, str) else source
    named = (_named(record, table, place) for place, record in enumerate(records, 1))
    for columns, group in groupby(named, key=lambda pair: tuple(column.name for column, _ in pair)):
        yield Batch(table.name, columns, [tuple(value for _, value in pairs) for pairs in group])


def _read_file(path: Path, table: TableInfo) -> Iterable[Any]:
    text = read_text(path, f"rows of {table.name}")
    if path.suffix.lower() == ".csv":
        return csv_records(text, table, path.name)
    if path.suffix.lower() != ".json":
        raise WorldError(f"rows of {table.name}: {path.name} is neither .csv nor .json")
    try:
        records = json.loads(text)
    except ValueError as error:
        raise WorldError(f"rows of {table.name}: {path.name}: {error}") from None
    if not isinstance(records, list):
        raise WorldError(f"rows of {table.name}: {path.name} holds no list of rows")
    return records


def csv_records(text: str, table: TableInfo, name: str) -> Iterator[dict[str, Any]]:
    """CSV lines as mappings by the header's columns, each cell in its column's type.

    An empty cell is NULL, except in a text column that refuses NULL, where it is an empty text.
    """
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(lines, [])
        columns = [_column(table, title.strip(), f"{name}, line 1") for title in header]
        for cells in lines:
            if not cells:
                continue
            if len(cells) != len(columns):
                raise WorldError(f"{name}, line {lines.line_num}: {len(cells)} cells, but {len(columns)} columns")
            yield {column.name: cell_value(cell, column) for column, cell in zip(columns, cells, strict=True)}
    except csv.Error as error:
        raise WorldError(f"{name}, line {lines.line_num}: {error}") from None


def cell_value(cell: str, column: ColumnInfo) -> Any:
    """A CSV cell in its column's type; what does not look like that type is left to the engine as text."""
    declared = column.declared.upper()
    textual = any(word in declared for word in ("CHAR", "TEXT", "CLOB", "STRING")) or not declared
    if cell == "":
        return "" if textual and column.not_null else None
    if "BOOL" in declared and cell.lower() in ("true", "false"):
        return cell.lower() == "true"
    if "INT" in declared and _INTEGER.fullmatch(cell):
        return int(cell)
    if any(word in declared for word in ("REAL", "FLOA", "DOUB")) and _REAL.fullmatch(cell):
        return float(cell)
    return cell


def _named(record: Any, table: TableInfo, place: int) -> list[tuple[ColumnInfo, Any]]:
    where = f"rows of {table.name}, row {place}"
    if isinstance(record, Mapping):
        return [(_column(table, str(name), where), plain_value(value, where)) for name, value in record.items()]
    if not isinstance(record, list):
        raise WorldError(f"{where}: neither a mapping by column nor a list in column order")
    if len(record) != len(table.writable):
        raise WorldError(f"{where}: {len(record)} values, but {len(table.writable)} columns")
    return [(column, plain_value(value, where)) for column, value in zip(table.writable, record, strict=True)]


def plain_value(value: Any, where: str) -> Any:
    """A JSON or YAML value as what an engine stores: `{base64: ...}` is a blob, other structures are JSON text.

    Raises WorldError, naming `where`, for a blob that is not base64.
    """
    if isinstance(value, Mapping) and set(value) == {"base64"}:
        try:
            return base64.b64decode(value["base64"], validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise WorldError(f"{where}: {value['base64']!r} is not base64") from None
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value if isinstance(value, str | int | float | bytes) or value is None else str(value)


def _column(table: TableInfo, name: str, where: str) -> ColumnInfo:
    column = table.column(name)
    if column is None or column.generated:
        known = ", ".join(column.name for column in table.writable)
        raise WorldError(f"{where}: {table.name} has no column {name!r} to fill", hint=f"its columns: {known}")
    return column
