"""Workers are started before somebody waits for one, and not more of them than that takes."""

from collections.abc import Iterator
from typing import Any

import pytest

from worlds.part import Warming
from worlds.parts.sql.sqlite import workers
from worlds.parts.sql.sqlite.part import SqliteDatabase
from worlds.parts.sql.sqlite.workers import Worker, Workers


class Started:
    """Stands for a worker's process that only counts."""

    def __init__(self) -> None:
        self.ended = False

    def poll(self) -> int | None:
        return 1 if self.ended else None


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    found: list[Any] = []

    def start() -> Started:
        one = Started()
        found.append(one)
        return one

    monkeypatch.setattr(workers, "_start", start)
    yield found


def test_a_worker_is_warm_however_often_that_is_asked_for(started: list[Any]) -> None:
    pool = Workers()
    pool.warm()
    pool.warm()

    assert len(started) == 1
    assert pool._take().process is started[0]
    assert len(started) == 1


def test_another_is_started_while_one_is_busy(started: list[Any]) -> None:
    pool = Workers()
    busy: Worker = pool._take()
    pool.warm()

    assert [each is busy.process for each in started] == [True, False]


def test_databases_can_be_warmed() -> None:
    assert issubclass(SqliteDatabase, Warming)
