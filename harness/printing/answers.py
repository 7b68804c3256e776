"""Answers to queries: as a table for people, as JSON or CSV for programs."""

import base64
import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import orjson
from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from harness.printing.inert import inert
from harness.store.tables import TABLES

_NUMBERS: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL")
_TEXT_MAX: Final = 400
_FLAGS: Final = orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS


def answer_table(columns: Sequence[str], types: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """The rows on paper: numbers to the right, nothing as a dim dash, long texts cut."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for column, kind in zip(columns, types, strict=True):
        table.add_column(escape(column), justify="right" if kind.startswith(_NUMBERS) else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    return table


def schema_table(name: str | None = None) -> Table:
    """The tables that runs have, and their columns."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("column", "type", ""):
        table.add_column(title, overflow="fold")
    for each in TABLES:
        if name in (None, each.name):
            table.add_section()
            table.add_row(Text(each.name, "name"), "", Text(each.about, "quiet"))
            for column in each.columns:
                table.add_row(f"  {column.name}", Text(column.kind.lower(), "where"), column.about)
    return table


def json_lines(columns: Sequence[str], types: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A JSON array with one object for each row, a piece at a time; columns of JSON are what they say."""
    before = b"["
    for row in rows:
        told = {name: _told(kind, value) for name, kind, value in zip(columns, types, row, strict=True)}
        yield before + orjson.dumps(told, default=str, option=_FLAGS)[:-1]
        before = b",\n"
    yield b"]\n" if before != b"[" else b"[]\n"


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """CSV with a line of names first; nothing is an empty field, and what has parts is JSON."""
    for row in [columns]:
        yield _csv(row)
    for row in rows:
        yield _csv([_field(value) for value in row])


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def _told(kind: str, value: Any) -> Any:
    if kind != "JSON" or not isinstance(value, str):
        return plain(value)
    try:
        return orjson.loads(value)
    except ValueError:  # longer numbers than programs can hold
        return value


def _csv(row: Sequence[Any]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(row)  # both letters, so that both are quoted in texts
    return buffer.getvalue().removesuffix("\r\n").encode(errors="replace") + b"\n"


def _field(value: Any) -> Any:
    told = plain(value)
    return orjson.dumps(told, default=str, option=orjson.OPT_NON_STR_KEYS).decode() if _has_parts(told) else told


def _cell(value: Any) -> Text:
    if value is None:
        return Text("-", "quiet")
    if isinstance(value, float):
        return Text(f"{value:.4g}" if math.isfinite(value) and abs(value) < 1e6 else str(value))
    text = inert(str(_field(value)))
    return Text(text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]}…")


def _has_parts(value: Any) -> bool:
    return isinstance(value, dict | list)
