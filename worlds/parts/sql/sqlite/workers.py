"""The worker processes behind heavy statements: started when first needed, reused, ended when they overstay."""

import atexit
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, Final

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

from worlds import host
from worlds.parts.sql.sqlite.pages import Pages
from worlds.parts.sql.sqlite.told import RawChange
from worlds.parts.sql.sqlite.wire import Done, Work, read_frame, read_list, read_pages, write_frame, write_pages

log = logging.getLogger(__name__)

WORKERS_MAX: Final = 32
IDLE_MAX: Final = 2
"""Kept for later; each costs about 30 MB."""
WAIT_SECONDS: Final = 600.0
"""Real time after which a worker is ended, whatever it does; its own limits of operations and CPU time come first, on a
busy machine too, where it gives way to all others."""


_PLACES: Final[RunVar[anyio.CapacityLimiter]] = RunVar("places")


class WorkerEnded(Exception):
    """A worker ended, or was ended, before it answered."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A worker's answer in parts."""

    done: Done
    rows: list[tuple[Any, ...]]
    changes: list[RawChange]
    pages: dict[int, bytes]


class Worker:
    """One process; used by one thread at a time."""

    def __init__(self) -> None:
        self.process = _start()

    def ask(self, work: Work, pages: Pages) -> Reply:
        """Have work done; blocks. Raises WorkerEnded, and then the process is gone."""
        timer = threading.Timer(WAIT_SECONDS, self.process.kill)
        timer.start()
        try:
            return self._exchange(work, pages)
        except (EOFError, OSError):
            self.close()
            raise WorkerEnded from None
        finally:
            timer.cancel()

    def close(self) -> None:
        """End the process."""
        if (status := self.process.poll()) is not None and status > 0:
            log.warning("a worker of SQLite ended by itself, with status %d", status)
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                _close(stream)

    def _exchange(self, work: Work, pages: Pages) -> Reply:
        sending, receiving = self.process.stdin, self.process.stdout
        assert sending and receiving
        write_frame(sending, work)
        write_pages(sending, (pages.overlay[number] for number in work.overlay))
        sending.flush()
        done: Done = read_frame(receiving, Done)
        rows = read_list(receiving, list[tuple[Any, ...]])
        changes = [RawChange(*change) for change in read_list(receiving)]
        return Reply(done, rows, changes, dict(read_pages(receiving, done.overlay)))


class Errand:
    """One statement's way through a worker, which can be cut short from any thread."""

    __slots__ = ("_ended", "_lock", "_worker")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended = False
        self._worker: Worker | None = None

    def begin(self, worker: Worker) -> None:
        """The statement is about to be given to a worker."""
        with self._lock:
            self._worker = worker
            if self._ended:
                worker.process.kill()

    def finish(self) -> None:
        """The worker has answered, and is somebody else's from now on."""
        with self._lock:
            self._worker = None

    def end(self) -> None:
        """Kill the worker, now or as soon as there is one; the thread that waits for it closes it."""
        with self._lock:
            self._ended = True
            if self._worker is not None:
                self._worker.process.kill()


class Workers:
    """Idle workers, and the way to one for each statement that needs it."""

    def __init__(self) -> None:
        self._idle: list[Worker] = []
        self._lock = threading.Lock()

    async def ask(self, work: Callable[[], Work], pages: Pages, errand: Errand | None = None) -> Reply:
        """Have work done without blocking the event loop, on which it is not even made. Raises WorkerEnded."""
        errand = errand or Errand()
        try:
            return await anyio.to_thread.run_sync(
                self._ask, work, pages, errand, limiter=_limiter(), abandon_on_cancel=True
            )
        except anyio.get_cancelled_exc_class():
            errand.end()
            raise

    def warm(self) -> None:
        """See that a worker is idle or on its way to that; the process starts by itself."""
        with self._lock:
            if self._idle:
                return
        self._give_back(Worker())

    def close(self) -> None:
        """End the idle workers."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.close()

    def forget(self) -> None:
        """Leave the workers to the process that this one was forked from."""
        self._idle = []
        self._lock = threading.Lock()

    def _ask(self, work: Callable[[], Work], pages: Pages, errand: Errand) -> Reply:
        worker = self._take()
        errand.begin(worker)
        reply = worker.ask(work(), pages)
        errand.finish()
        self._give_back(worker)
        return reply

    def _take(self) -> Worker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.process.poll() is None:
                    return worker
                worker.close()
        return Worker()

    def _give_back(self, worker: Worker) -> None:
        with self._lock:
            if len(self._idle) < IDLE_MAX and worker.process.poll() is None:
                self._idle.append(worker)
                return
        worker.close()


def _limiter() -> anyio.CapacityLimiter:
    """Threads of its own for this event loop, so that nobody else's are taken."""
    try:
        return _PLACES.get()
    except LookupError:
        places = anyio.CapacityLimiter(WORKERS_MAX)
        _PLACES.set(places)
        return places


def _start() -> subprocess.Popen[bytes]:
    given = host.environment()
    kept = {name: given[name] for name in ("PATH", "LANG", "LC_ALL", "SYSTEMROOT") if name in given}
    paths = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(
        [sys.executable, "-m", "worlds.parts.sql.sqlite.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**kept, "PYTHONPATH": paths, "TZ": "UTC"},
        start_new_session=True,  # a Ctrl-C at the terminal is for the parent alone
    )


def _close(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except OSError:  # what was still to be sent cannot be
        return


WORKERS: Final = Workers()
atexit.register(WORKERS.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=WORKERS.forget)
