"""The worker processes of this process: few, shared by all databases, and never all taken by what takes long.

A job starts in one of the quick places. After 50 ms it moves to a slow place, at a lower priority, and its quick place
is free again; when no slow place is free, its worker is killed and the job starts again once there is one. So a quick
job waits for quick jobs only, however many slow ones there are.
"""

import atexit
import os
import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from worlds.errors import WorldError
from worlds.parts.sql.duckdb.nursery import Nursery
from worlds.parts.sql.duckdb.worker import OWNER_S, Job, Killed, Patience, Position, Postponed, Unreachable, Worker


@dataclass(frozen=True, slots=True)
class Size:
    """How many jobs run at once."""

    quick: int = max(4, 2 * (os.cpu_count() or 1))
    slow: int = max(2, os.cpu_count() or 1)


@dataclass(slots=True)
class _Places:
    """Jobs of one sort: how many may run, how many do, and who waits."""

    total: int
    taken: int = 0
    waiting: deque[Job] = field(default_factory=deque)


class Pool:
    """Workers, started when first needed."""

    def __init__(self, size: Size | None = None, patience: Patience | None = None) -> None:
        size = size or Size()
        self._nursery = Nursery()
        self._patience = patience or Patience()
        self._lock = threading.RLock()
        self._quick, self._slow = _Places(size.quick), _Places(size.slow)
        self._idle: list[Worker] = []
        self._preparing: set[Worker] = set()
        """Workers that are being started; they can be given a job already."""
        self._workers: list[Worker] = []
        self._uses = 0
        self._closed = False

    @property
    def folder(self) -> Path:
        """A folder that all workers can read."""
        return self._nursery.folder

    @property
    def workers(self) -> tuple[Worker, ...]:
        """All places that were ever needed."""
        return tuple(self._workers)

    def submit(self, job: Job) -> "Future[Any]":
        """Have a job done as soon as a worker is free; the future raises Killed, or WorldError."""
        with self._lock:
            if self._closed:
                raise WorldError("the database workers have been closed")
            self._quick.waiting.append(job)
            self._dispatch()
        return job.answer

    def interrupt(self, job: Job) -> None:
        """End a job wherever it stands; its future raises Killed. Blocks shortly."""
        with self._lock:
            job.ended = True
            waiting = next((each for each in (self._quick.waiting, self._slow.waiting) if job in each), None)
            if waiting is not None:
                waiting.remove(job)
                job.answer.set_exception(Killed())
        for worker in self.workers:
            worker.interrupt(job)

    def ask(self, message: Any) -> Any:
        """The answer to an owner's message that needs no state. Blocks."""
        return self.submit(Job(lambda _: message, limit_s=OWNER_S)).result()

    def close(self) -> None:
        """End all workers; jobs under way fail."""
        with self._lock:
            self._closed = True
        self._nursery.close()

    def abandon(self) -> None:
        """Leave the workers to the process that this one was forked from."""
        self._closed = True
        self._nursery.abandon()

    def _dispatch(self) -> None:
        """Start what can be started; called with the lock held."""
        for places in (self._slow, self._quick):
            while places.waiting and places.taken < places.total:
                job = places.waiting.popleft()
                if not job.answer.running() and not job.answer.set_running_or_notify_cancel():
                    continue
                places.taken += 1
                job.slow = places is self._slow
                self._uses += 1
                worker = self._take(job.wanted)
                worker.used = self._uses
                worker.give(job, self._done)
        self._keep_spare()

    def _keep_spare(self) -> None:
        """Have one more worker than is needed now, ready."""
        if not self._idle and self._quick.taken and len(self._workers) < self._quick.total + self._slow.total:
            self._prepare(self._add())

    def _take(self, wanted: Position | None) -> Worker:
        """The idle worker that is nearest to a state, or a new one."""
        if not self._idle:
            return self._preparing.pop() if self._preparing else self._add()
        worker = min(self._idle, key=lambda worker: _distance(worker, wanted))
        self._idle.remove(worker)
        if worker.lowered and not _is_near(worker, wanted):
            worker.end()
        return worker

    def _prepare(self, worker: Worker) -> None:
        """Start a worker's process ahead of its next job."""
        self._preparing.add(worker)
        worker.give(None, self._done)

    def _add(self) -> Worker:
        worker = Worker(len(self._workers), self._nursery, self._patience, self._slow_down)
        self._workers.append(worker)
        return worker

    def _slow_down(self, job: Job) -> bool:
        """Move a running job to a slow place; false when none is free."""
        with self._lock:
            if self._slow.taken >= self._slow.total:
                return False
            self._slow.taken += 1
            self._quick.taken -= 1
            job.slow = True
            self._dispatch()
            return True

    def _done(self, worker: Worker, job: Job, answer: Any) -> None:
        """Take a worker back, and let the next job start."""
        with self._lock:
            worked = job.answer.running()
            if worked and worker.pid is None:
                self._prepare(worker)
            elif worked or worker in self._preparing:
                self._preparing.discard(worker)
                self._idle.append(worker)
            if worked:
                (self._slow if job.slow else self._quick).taken -= 1
            if isinstance(answer, Postponed) and job.ended:
                answer = Killed()
            if isinstance(answer, Postponed):
                self._slow.waiting.append(job)
            self._dispatch()
        if worked and not isinstance(answer, Postponed):
            _resolve(job.answer, answer)


def _resolve(future: "Future[Any]", answer: Any) -> None:
    if isinstance(answer, Unreachable):
        future.set_exception(WorldError(f"the database's state could not be reached: {answer}"))
    elif isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def _is_near(worker: Worker, wanted: Position | None) -> bool:
    at = worker.position
    return bool(at and wanted and at.base is wanted.base and wanted.log.since(at.log) is not None)


def _distance(worker: Worker, wanted: Position | None) -> tuple[int, int, int]:
    """How much it costs to have a worker do something in a state: a few statements, a reset, or someone's place."""
    at = worker.position
    if at and wanted and at.base is wanted.base:
        entries = wanted.log.since(at.log)
        if entries is not None:
            return (0, len(entries), 0)
    taken = 3 if worker.pinned else 1 if at is None else 2
    return (taken, int(worker.lowered), worker.used)


_SHARED: Final[list[Pool]] = []
_SHARING: Final = threading.Lock()


def shared_pool() -> Pool:
    """The pool of this process, started when first needed."""
    with _SHARING:
        if not _SHARED:
            _SHARED.append(Pool())
        return _SHARED[0]


def close_shared() -> None:
    """End this process's workers."""
    for pool in _SHARED:
        pool.close()
    _SHARED.clear()


def _abandon_shared() -> None:
    for pool in _SHARED:
        pool.abandon()
    _SHARED.clear()


atexit.register(close_shared)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_shared)
