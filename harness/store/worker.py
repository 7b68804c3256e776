"""The process that answers questions about runs: DuckDB over the named files, read-only, everything else shut."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import duckdb

from worlds.query.confined import UNSHOWABLE, limit_memory, reading, shut, without_answer
from worlds.query.messages import read, write
from worlds.query.parting import end_with_asker
from worlds.query.spelling import quoted

_ROWS: Final = 1_000
_THREADS: Final = 2


@dataclass(frozen=True, slots=True)
class Opened:
    """The first message: by table, the runs' names and their files."""

    files: dict[str, list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Ask:
    """A query."""

    sql: str
    parameters: list[Any]


@dataclass(frozen=True, slots=True)
class Head:
    """An answer begins."""

    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows; none: the answer ends."""

    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """What DuckDB says instead."""

    kind: str
    words: str
    position: int | None = None
    candidates: str = ""
    missing_column: bool = False


def connect(files: dict[str, list[tuple[str, str]]]) -> duckdb.DuckDBPyConnection:
    """A DuckDB that can read these files and nothing else; each table is a view over those of all runs."""
    paths = [path for each in files.values() for _, path in each]
    allowed = f"set allowed_paths = [{', '.join(map(_text, paths))}]"
    views = (f"create view {quoted(table)} as {_view(each)}" for table, each in files.items())
    return shut((allowed, *views, "set errors_as_json = true"), threads=_THREADS)


def _view(files: list[tuple[str, str]]) -> str:
    """All rows of a table; each run goes by the name that it was asked for with."""
    parts = (f"select * replace ({_text(run)} as run) from read_parquet({_text(path)})" for run, path in files)
    return " union all by name ".join(parts)


def answer(connection: duckdb.DuckDBPyConnection, ask: Ask) -> Iterator[Head | Rows | Failure]:
    """The answer, a part at a time; whatever fails is said."""
    try:
        with reading(connection):
            yield from _found(connection, ask)
    except duckdb.Error as error:
        yield _failure(error)
    except (MemoryError, *UNSHOWABLE) as error:
        yield Failure(*without_answer(error))


def _found(connection: duckdb.DuckDBPyConnection, ask: Ask) -> Iterator[Head | Rows | Failure]:
    connection.execute(ask.sql, ask.parameters)
    described = connection.description or []
    yield Head(tuple(str(each[0]) for each in described), tuple(str(each[1]) for each in described))
    while rows := connection.fetchmany(_ROWS):
        yield Rows(tuple(rows))
    yield Rows(())


def _failure(error: duckdb.Error) -> Failure:
    kind, _, words = str(error).partition(" Error: ")
    try:
        told = json.loads(words)
    except ValueError:
        return Failure(kind if words else "Query", words or str(error))
    position = told.get("position")
    return Failure(
        str(told.get("exception_type", kind)),
        str(told.get("exception_message", words)).partition("\nCandidate")[0].partition("\nDid you mean")[0],
        int(position) if position is not None else None,
        str(told.get("candidates", "")),
        told.get("error_subtype") == "COLUMN_NOT_FOUND",
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def main() -> None:
    """Answer on stdout what is asked on stdin until the parent goes away."""
    replies: BinaryIO = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    limit_memory()
    end_with_asker()
    try:
        connection = connect(read(sys.stdin.buffer).files)
        write(replies, Head())
        while True:
            for part in answer(connection, read(sys.stdin.buffer)):
                write(replies, part)
    except duckdb.Error as error:
        write(replies, _failure(error))
    except (EOFError, BrokenPipeError):
        return


if __name__ == "__main__":
    from harness.store import worker

    worker.main()  # by its own name, so that what it says can be read by its parent
