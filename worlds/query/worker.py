"""The process that holds DuckDB for queries: statements in, rows out, nothing else reachable, ended by its parent."""

import os
import sys
from dataclasses import replace
from typing import Final

import duckdb

from worlds.query.messages import Batch, Job, Reply, read, write

MEMORY_BYTES: Final = 3 << 30
REPLY_BYTES_MAX: Final = 64 << 20
_OPEN: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 1,
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
_SHUT: Final = (
    "set ieee_floating_point_ops = false",
    "set TimeZone = 'UTC'",
    "attach ':memory:' as _world",
    "use _world",
    "detach memory",
    "attach ':memory:' as before",
    "create schema _kept",
    "set enable_external_access = false",
    "set disabled_filesystems = 'LocalFileSystem'",
    "set lock_configuration = true",
)


def connect() -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that can reach neither files nor the network, and whose settings are locked."""
    connection = duckdb.connect(config=_OPEN)
    for statement in _SHUT:
        connection.execute(statement)
    return connection


def answer(connection: duckdb.DuckDBPyConnection, job: Job) -> Reply:
    """Do one job; whatever fails is said in the reply."""
    done = 0
    try:
        for statement, parameters in job.setup:
            connection.execute(statement, parameters)
            done += 1
        return _queried(connection, job, done)
    except duckdb.Error as error:
        kind, _, words = str(error).partition(" Error: ")
        return Reply(error=(kind, words.partition("\n\nLINE ")[0]) if words else ("Query", str(error)), done=done)
    except MemoryError:
        return Reply(error=("Out of Memory", "the query needs more memory than it may use"), done=done)
    except (OverflowError, ValueError, TypeError, NotImplementedError) as error:
        return Reply(error=("Conversion", f"a value cannot be shown: {error}"), done=done)


def answers(connection: duckdb.DuckDBPyConnection, batch: Batch) -> list[Reply]:
    """Do a batch: one reply for each query, or one in all where the ground could not be prepared."""
    ground = answer(connection, Job(batch.setup, ("select 1", []), 1))
    if ground.error:
        return [ground]
    jobs = (Job((), query, batch.rows_max) for query in batch.queries)
    return [replace(_within_reason(answer(connection, job)), done=ground.done) for job in jobs]


def _queried(connection: duckdb.DuckDBPyConnection, job: Job, done: int) -> Reply:
    connection.execute("begin transaction read only")
    try:
        connection.execute(*job.query)
        described = connection.description or []
        rows = connection.fetchmany(job.rows_max + 1)
    finally:
        _roll_back(connection)
    names = tuple(str(column[0]) for column in described)
    types = tuple(str(column[1]) for column in described)
    return Reply(names, types, tuple(rows[: job.rows_max]), len(rows) > job.rows_max, done=done)


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """End the transaction, unless a failure that DuckDB takes for fatal to it has ended it already."""
    try:
        connection.execute("rollback")
    except duckdb.Error as error:
        if "no transaction is active" not in str(error):
            raise


def main() -> None:
    """Answer jobs from stdin on stdout until the parent goes away."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    limit_memory()
    connection = connect()
    while True:
        try:
            job = read(sys.stdin.buffer)
        except EOFError:
            return
        if isinstance(job, Batch):
            write(replies, answers(connection, job))
        else:
            write(replies, _within_reason(answer(connection, job)))


def _within_reason(reply: Reply) -> Reply:
    size = sum(len(cell) for row in reply.rows for cell in row if isinstance(cell, str | bytes))
    if size <= REPLY_BYTES_MAX:
        return reply
    return Reply(error=("Too Large", f"the answer holds more than {REPLY_BYTES_MAX >> 20} MB"), done=reply.done)


def limit_memory() -> None:
    """Bound the address space, because DuckDB's own limit does not bind inside one function call."""
    if sys.platform == "linux":
        import resource  # exists on POSIX only

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
