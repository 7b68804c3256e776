"""One place for a worker process: a thread that hands it one job at a time, and knows which state it holds."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from worlds import host
from worlds.parts.sql.duckdb.log import Log
from worlds.parts.sql.duckdb.messages import READY, Broken
from worlds.parts.sql.duckdb.nursery import Line, Nursery

if TYPE_CHECKING:
    from worlds.parts.sql.duckdb.bases import Base

_NS: Final = 1e9
_ATTEMPTS_MAX: Final = 3
OWNER_S: Final = 300.0
"""How long an owner's own work may take: laying down bases, reading, hashing and comparing all there is."""


class Killed(Exception):
    """The worker ended, or was ended, during the work proper: what it did there is undone."""


class Unreachable(Exception):
    """The state that a job needs could not be reached."""


class Postponed(Exception):
    """The job takes long and there is no place for that now: it starts again when there is."""


@dataclass(frozen=True, slots=True)
class Position:
    """A state as workers know it."""

    base: "Base"
    log: Log


@dataclass(eq=False)
class Job:
    """Something to ask of a worker."""

    request: Callable[[Position | None], Any]
    """The message, given where the worker stands."""
    wanted: Position | None = None
    """The state that it needs."""
    lands: Callable[[Any], Position | None] = lambda _: None
    """Where the worker stands after an answer."""
    lasting: Callable[[Any], bool] = lambda _: False
    """Whether it should be left to this state afterwards, because getting back there is dear."""
    answer: "Future[Any]" = field(default_factory=Future)
    limit_s: float | None = None
    """How long the work may take, where that is not the usual time."""
    slow: bool = False
    """Whether it has a place among those that may take long."""
    ended: bool = False
    """Whether nobody wants it any more."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long, in seconds, a job may take."""

    quick_s: float = 0.05
    """Of work, until it counts as slow."""
    settle_s: float = 0.25
    """Of getting to the state that it needs, until it counts as slow."""
    reach_s: float = 60.0
    """Until the state that it needs is reached."""
    work_s: float = 10.0
    """Until the work is done."""


class Worker:
    """A worker process that is started again whenever it has ended."""

    def __init__(self, number: int, nursery: Nursery, patience: Patience, slow_down: Callable[[Job], bool]) -> None:
        self.number = number
        self.position: Position | None = None
        self.pinned = False
        self.lowered = False
        self.used = 0
        self._nursery = nursery
        self._patience = patience
        self._slow_down = slow_down
        self._line: Line | None = None
        self._job: Job | None = None
        self._ending = threading.Lock()
        self._jobs: queue.SimpleQueue[tuple[Job | None, Callable[[Worker, Job, Any], None]]] = queue.SimpleQueue()
        threading.Thread(target=self._live, name=f"database-{number}", daemon=True).start()

    @property
    def pid(self) -> int | None:
        """The process's id, while there is one."""
        return self._line.pid if self._line else None

    def give(self, job: Job | None, done: "Callable[[Worker, Job, Any], None]") -> None:
        """Hand it a job, or None to only get ready; `done` is called in its thread with the answer or exception."""
        self._jobs.put((job, done))

    def interrupt(self, job: Job) -> None:
        """Kill the process if it works on that job."""
        with self._ending:
            line = self._line
            if self._job is job and line is not None:
                self._nursery.kill(line.pid)

    def end(self) -> None:
        """Kill the process; the next job gets a new one."""
        line, self._line = self._line, None
        self.position, self.pinned, self.lowered = None, False, False
        if line is not None:
            line.kill()

    def _live(self) -> None:
        while True:
            job, done = self._jobs.get()
            if job is None:
                self._prepare()
                done(self, Job(lambda _: None), None)
                continue
            self._job = job
            try:
                answer: Any = self._do(job)
            except Exception as error:
                self.end()
                answer = error
            with self._ending:
                self._job = None
            done(self, job, answer)

    def _prepare(self) -> None:
        try:
            self._line = self._line or Line(self._nursery, self.number)
        except Exception:
            self._line = None  # the next job tries again, and says why it fails

    def _do(self, job: Job) -> Any:
        """The answer to a job. Raises Killed, Unreachable, Postponed."""
        for attempt in range(_ATTEMPTS_MAX):
            try:
                line = self._line = self._line or Line(self._nursery, self.number)
                if job.ended:
                    raise Killed
                line.send(job.request(self.position))
                ready = self._wait(job, line, self._patience.settle_s, self._patience.reach_s)
                break
            except (OSError, EOFError) as error:
                self.end()
                if job.ended:
                    raise Killed from None
                if attempt == _ATTEMPTS_MAX - 1:
                    raise Unreachable(f"a database's worker ended: {error}") from error
        if isinstance(ready, Broken):
            raise Unreachable(ready.message)
        answer = ready if ready != READY else self._work(job, line)
        if isinstance(answer, Broken):
            raise Unreachable(answer.message)
        self.position, self.pinned = job.lands(answer), job.lasting(answer)
        self.lowered = self.lowered and not line.raise_again()
        return answer

    def _work(self, job: Job, line: Line) -> Any:
        try:
            return self._wait(job, line, self._patience.quick_s, job.limit_s or self._patience.work_s)
        except (EOFError, TimeoutError):
            raise Killed from None

    def _wait(self, job: Job, line: Line, quick_s: float, limit_s: float) -> Any:
        """One message. Beyond a short while the job counts as slow; raises Postponed when it cannot go on as such."""
        began_ns = host.monotonic_ns()
        if not job.slow:
            try:
                return line.receive(quick_s)
            except TimeoutError:
                if not self._slow_down(job):
                    raise Postponed from None
        if not self.lowered:
            self.lowered = line.lower()
        return line.receive(limit_s - (host.monotonic_ns() - began_ns) / _NS)
