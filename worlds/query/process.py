"""The worker processes behind queries: started when first needed, reused, killed when a query overstays."""

import atexit
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from worlds import host
from worlds.query.errors import QueryLimit
from worlds.query.messages import Batch, Job, Reply, read, write
from worlds.query.tables import Table

WORKERS_MAX: Final = 2
"""More only help when several long queries run at once; each costs about 60 MB."""
START_SECONDS: Final = 120.0
"""Real time for a process to get going, which is not taken from the query that waits for it."""
_FIRST: Final = Job((), ("select 1", []), 1)
_MAIN: Final = "import gc; gc.disable(); from {} import main; gc.enable(); main()"
"""What is imported stays: nobody need look through it for garbage meanwhile."""


class Worker:
    """One process; used by one thread at a time."""

    def __init__(self, module: str = "worlds.query.worker") -> None:
        """`module` is what the process runs."""
        self.process = _start(module)
        self.tables: OrderedDict[Any, Table] = OrderedDict()
        """What it holds by content key, the least recently used first."""
        self.views: dict[str, str] = {}
        """What its views are made of at present."""
        self.made = 0
        self.bytes = 0
        self._ready = False

    def keep(self, key: Any, table: Table) -> None:
        """Note that it holds a table."""
        self.tables[key] = table
        self.bytes += table.size

    def drop(self, key: Any) -> Table:
        """Note that it will not hold a table any more."""
        table = self.tables.pop(key)
        self.bytes -= table.size
        return table

    @property
    def alive(self) -> bool:
        """Whether it still answers."""
        return self.process.poll() is None

    def ask(self, job: Job, wait_s: float) -> Reply:
        """Have a job done. Raises QueryLimit, after which the worker is dead, when it takes too long or collapses."""
        reply: Reply = self._answered(job, wait_s)
        return reply

    def ask_all(self, batch: Batch, wait_s: float) -> list[Reply]:
        """The same for several queries, which share the time."""
        replies: list[Reply] = self._answered(batch, wait_s)
        return replies

    def _answered(self, job: Job | Batch, wait_s: float) -> Any:
        if not self._ready:
            self._timed(_FIRST, START_SECONDS)
            self._ready = True
        return self._timed(job, wait_s)

    def _timed(self, job: Job | Batch, wait_s: float) -> Any:
        overdue = threading.Event()
        timer = threading.Timer(wait_s, self._overstayed, (overdue,))
        timer.start()
        try:
            return self._exchange(job)
        except (EOFError, OSError):
            self.close()
            if overdue.is_set():
                raise QueryLimit(f"the query took longer than {wait_s:g} s", kind="Timeout") from None
            raise QueryLimit("the query ended the process that ran it", kind="Out of Memory") from None
        finally:
            timer.cancel()

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()

    def _exchange(self, job: Job | Batch) -> Any:
        assert self.process.stdin and self.process.stdout
        write(self.process.stdin, job)
        return read(self.process.stdout)

    def _overstayed(self, overdue: threading.Event) -> None:
        overdue.set()
        self.process.kill()


class Workers:
    """Up to `workers_max` workers, leased to threads."""

    def __init__(self, workers_max: int = WORKERS_MAX) -> None:
        self._free: list[Worker] = []
        self._places = threading.Semaphore(workers_max)
        self._lock = threading.Lock()

    @contextmanager
    def lease(self) -> Iterator[Worker]:
        """A worker for a while: the one used last if it is free, because it holds the most."""
        with self._places:
            with self._lock:
                worker = self._free.pop() if self._free else None
            if worker is not None and not worker.alive:
                worker.close()
                worker = None
            worker = worker or Worker()
            try:
                yield worker
            finally:
                self._take_back(worker)

    def _take_back(self, worker: Worker) -> None:
        if not worker.alive:
            worker.close()
            return
        with self._lock:
            self._free.append(worker)

    def forget(self) -> None:
        """Leave the workers to the process that this one was forked from."""
        self._free = []
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the workers that nobody uses."""
        with self._lock:
            free, self._free = self._free, []
        for worker in free:
            worker.close()


def _start(module: str) -> subprocess.Popen[bytes]:
    environment = {**host.environment(), "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(
        [sys.executable, "-c", _MAIN.format(module)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,  # a Ctrl-C at the terminal is for the parent alone
    )


WORKERS: Final = Workers()
atexit.register(WORKERS.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=WORKERS.forget)
