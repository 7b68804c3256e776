"""Asking runs questions in SQL: which runs are meant, under which names, and what they answer."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.recording.run_folder import RunFolder, found_run
from harness.store.asking import WAIT_S, Table, asked
from harness.store.checkout import index_at
from harness.store.index import indexed
from harness.store.object_store import is_url


@contextmanager
def asked_of_runs(names: Sequence[str], sql: str, wait_s: float = WAIT_S) -> Iterator[Table]:
    """Answer one SELECT over the tables of some runs: folders, names below `runs/`, or URLs.

    The column `run` tells them apart. Raises QueryFailed, QueryLimit, FolderError and UnindexedError.
    """
    if not names:
        raise HarnessError("no run was named", hint='soundstage query RUN "select ..."')
    indexes = [index_of(name) for name in names]
    labels = _labels(names, [label for label, _ in indexes])
    with asked([(label, place) for label, (_, place) in zip(labels, indexes, strict=True)], sql, wait_s) as table:
        yield table


def rows_of(names: Sequence[str], sql: str, wait_s: float = WAIT_S) -> list[dict[str, Any]]:
    """The same as a list of rows by the names of their columns."""
    with asked_of_runs(names, sql, wait_s) as table:
        columns = distinct(table.columns)
        return [dict(zip(columns, row, strict=True)) for row in table.rows]


def index_of(name: str) -> tuple[str, Path]:
    """A run's own name, and its index."""
    there = index_at(name) if is_url(name) else None
    if there is not None:
        return there
    folder: RunFolder = found_run(name)
    return folder.path.resolve().name, indexed(folder)


def distinct(columns: Sequence[str]) -> list[str]:
    """Names of columns, each once: `n`, `n_2`."""
    told: list[str] = []
    for column in columns:
        number, name = 1, column
        while name in told:
            number += 1
            name = f"{column}_{number}"
        told.append(name)
    return told


def _labels(names: Sequence[str], own: Sequence[str]) -> list[str]:
    """What the runs are called in the column `run`: by their own names, or as they were given where two are equal."""
    if len(set(names)) < len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise HarnessError(f"{twice} is named twice", hint="every run is asked once")
    return [given if list(own).count(name) > 1 else name for given, name in zip(names, own, strict=True)]
