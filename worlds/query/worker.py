"""The process that holds DuckDB for queries: statements in, rows out, nothing else reachable, ended by its parent."""

import os
import sys
from dataclasses import replace
from typing import Final

import duckdb

from worlds.query.confined import UNSHOWABLE, limit_memory, reading, shut, without_answer
from worlds.query.messages import Batch, Job, Reply, read, write
from worlds.query.parting import end_with_asker

REPLY_BYTES_MAX: Final = 64 << 20
_GROUND: Final = (
    "attach ':memory:' as _world",
    "use _world",
    "detach memory",
    "attach ':memory:' as before",
    "create schema _kept",
)


def connect() -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that can reach neither files nor the network, and whose settings are locked."""
    return shut(_GROUND, late=("set disabled_filesystems = 'LocalFileSystem'",))


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
    except (MemoryError, *UNSHOWABLE) as error:
        return Reply(error=without_answer(error), done=done)


def answers(connection: duckdb.DuckDBPyConnection, batch: Batch) -> list[Reply]:
    """Do a batch: one reply for each query, or one in all where the ground could not be prepared."""
    ground = answer(connection, Job(batch.setup, ("select 1", []), 1))
    if ground.error:
        return [ground]
    jobs = (Job((), query, batch.rows_max) for query in batch.queries)
    return [replace(_within_reason(answer(connection, job)), done=ground.done) for job in jobs]


def _queried(connection: duckdb.DuckDBPyConnection, job: Job, done: int) -> Reply:
    with reading(connection):
        connection.execute(*job.query)
        described = connection.description or []
        rows = connection.fetchmany(job.rows_max + 1)
    names = tuple(str(column[0]) for column in described)
    types = tuple(str(column[1]) for column in described)
    return Reply(names, types, tuple(rows[: job.rows_max]), len(rows) > job.rows_max, done=done)


def main() -> None:
    """Answer jobs from stdin on stdout until the parent goes away."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    limit_memory()
    end_with_asker()
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


if __name__ == "__main__":
    main()
