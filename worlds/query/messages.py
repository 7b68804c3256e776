"""What a query worker and its parent say to each other: pickles with their length in front."""

import pickle
from dataclasses import dataclass
from typing import IO, Any


@dataclass(frozen=True, slots=True)
class Job:
    """Statements to prepare the ground, then one query in a read-only transaction; parameters beside each."""

    setup: tuple[tuple[str, Any], ...]
    query: tuple[str, Any]
    rows_max: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Statements to prepare the ground for several queries, each in a read-only transaction of its own."""

    setup: tuple[tuple[str, Any], ...]
    queries: tuple[tuple[str, Any], ...]
    rows_max: int


@dataclass(frozen=True, slots=True)
class Reply:
    """The query's answer, or what DuckDB says instead; `done` counts the statements of the setup that succeeded."""

    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    cut: bool = False
    error: tuple[str, str] | None = None
    """DuckDB's class of the failure and its words."""
    done: int = 0


def read(stream: IO[bytes]) -> Any:
    """One message: eight bytes of length, then a pickle. Raises EOFError at the end of the stream."""
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    length = int.from_bytes(head, "little")
    body = stream.read(length)
    if len(body) < length:
        raise EOFError
    return pickle.loads(body)


def write(stream: IO[bytes], message: Any) -> None:
    """Send one message."""
    body = pickle.dumps(message, protocol=5)
    stream.write(len(body).to_bytes(8, "little"))
    stream.write(body)
    stream.flush()
