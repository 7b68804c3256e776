"""Writing tables with DuckDB's own Parquet writer, in bounded memory: rows go through a file of JSON lines first."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any, Final

import duckdb
import orjson

from harness.store.rows import Row
from harness.store.tables import TABLES, Table
from worlds.query.spelling import quoted

_SETTINGS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 2,
    "async_threads": 0,
    "memory_limit": "512MB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_LINE_BYTES_MAX: Final = 64 << 20
_DOUBTFUL: Final = ("TIMESTAMP", "INTEGER", "BIGINT")
"""What may not fit is read as text, and is null where it does not."""
_FLAGS: Final = orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS


class Lines:
    """Rows on their way into tables: one file of JSON lines for each."""

    def __init__(self, folder: Path, tables: Sequence[Table] = TABLES) -> None:
        self._folder = folder
        self._columns = {table.name: [column.name for column in table.columns] for table in tables}
        self._files: dict[str, IO[bytes]] = {name: self.path(name).open("wb") for name in self._columns}

    def path(self, table: str) -> Path:
        """Where the rows of a table wait."""
        return self._folder / f"{table}.jsonl"

    def add(self, table: str, row: Row) -> None:
        """Take in a row; what is no column of the table is left out. Raises OSError."""
        self._files[table].write(_line({name: row.get(name) for name in self._columns[table]}))

    def close(self) -> None:
        """Give back the files."""
        for file in self._files.values():
            file.close()


def write_tables(lines: Lines, folder: Path, older: Path | None, places: Iterable[int]) -> None:
    """Write every table into a folder; rows of episodes at other `places` are taken over from `older`.

    Raises OSError and duckdb.Error.
    """
    connection = duckdb.connect(config={**_SETTINGS, "temp_directory": str(folder)})
    try:
        connection.execute("set enable_progress_bar = false")  # it would be drawn on standard output
        connection.execute("create table renewed as select unnest(?::integer[]) as place", [list(places)])
        for table in TABLES:
            _write(connection, table, lines.path(table.name), folder / table.file, older)
            lines.path(table.name).unlink()
    finally:
        connection.close()


def _write(connection: duckdb.DuckDBPyConnection, table: Table, lines: Path, target: Path, older: Path | None) -> None:
    read = f"select {_casts(table)} from read_json({_text(lines)}, columns = {{{_types(table)}}}, {_READ})"
    if older is not None and table.order[0] == "place":
        kept = f"from read_parquet({_text(older / table.file)}) where place not in (from renewed)"
        read = f"{kept} union all {read} order by {', '.join(table.order)}"
    connection.execute(f"copy ({read}) to {_text(target)} (format parquet, compression zstd, row_group_size 20000)")


_READ: Final = f"format = 'newline_delimited', maximum_object_size = {_LINE_BYTES_MAX}"


def _types(table: Table) -> str:
    kinds = {column.name: "VARCHAR" if column.kind in _DOUBTFUL else column.kind for column in table.columns}
    return ", ".join(f"{quoted(name)}: {_text(kind)}" for name, kind in kinds.items())


def _casts(table: Table) -> str:
    return ", ".join(
        f"try_cast({quoted(name)} as {kind}) as {quoted(name)}" if kind in _DOUBTFUL else quoted(name)
        for name, kind, _ in table.columns
    )


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _line(row: Row) -> bytes:
    """A row as one line. Half characters, which agents may send and which no table can hold, become signs."""
    try:
        return orjson.dumps(row, default=str, option=_FLAGS)
    except TypeError:
        return json.dumps(_whole(row), default=str, ensure_ascii=False).encode() + b"\n"


def _whole(value: Any) -> Any:
    """The same without half characters."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_whole(str(key)): _whole(item) for key, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list | tuple) else value
