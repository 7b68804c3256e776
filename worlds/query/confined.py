"""What every process that answers queries shares: a DuckDB that is shut, transactions that only read, its failures."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import duckdb

MEMORY_BYTES: Final = 3 << 30
_OPEN: Final[dict[str, str | bool | int | float | list[str]]] = {
    "async_threads": 0,
    "memory_limit": "1GB",
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
    "home_directory": "/",
    "secret_directory": "/nowhere",
}
NO_BAR: Final = "set enable_progress_bar = false"
"""Where standard output is a terminal, a bar would be drawn there."""
UNSHOWABLE: Final = (OverflowError, ValueError, TypeError, NotImplementedError)
"""What the client raises for values that Python does not hold."""


def shut(statements: Sequence[str] = (), *, threads: int = 1, late: Sequence[str] = ()) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that has run some statements and reaches nothing from then on; its settings are locked.

    `late` ones are run when nothing can be reached any more. Raises duckdb.Error.
    """
    connection = duckdb.connect(config={**_OPEN, "threads": threads})
    usual = (NO_BAR, "set ieee_floating_point_ops = false", "set TimeZone = 'UTC'")
    ending = ("set enable_external_access = false", *late, "set lock_configuration = true")
    for statement in (*usual, *statements, *ending):
        connection.execute(statement)
    return connection


@contextmanager
def reading(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """A transaction that can only read, rolled back whatever happens in it."""
    connection.execute("begin transaction read only")
    try:
        yield
    finally:
        _roll_back(connection)


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """End the transaction, unless a failure that DuckDB takes for fatal to it has ended it already."""
    try:
        connection.execute("rollback")
    except duckdb.Error as error:
        if "no transaction is active" not in str(error):
            raise


def without_answer(error: Exception) -> tuple[str, str]:
    """The kind and the words of a failure that is not the engine's own: no memory, or a value that cannot be held."""
    if isinstance(error, MemoryError):
        return "Out of Memory", "the query needs more memory than it may use"
    return "Conversion", f"a value cannot be shown: {error}"


def limit_memory() -> None:
    """Bound the address space, because DuckDB's own limit does not bind inside one function call."""
    if sys.platform == "linux":
        import resource  # exists on POSIX only

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
