"""A worker process as whoever directs a run sees it: jobs go in, answers come out, and its death is noticed."""

import itertools
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from harness.engine import EngineError, PlaceLost
from harness.working.frames import framed, receive_frame
from harness.working.job import Brief, Job
from harness.working.worker import GRACE_SECONDS
from sandbox_server.ledger import Entry, Sink

START_SECONDS_MAX: Final = 120.0
_DRAIN_SECONDS: Final = 1.0
_START: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop()); from harness.working import worker; worker.main()"
)


@dataclass(slots=True)
class _UnderWay:
    sinks: Sequence[Sink]
    answered: anyio.Event = field(default_factory=anyio.Event)
    answer: dict[str, Any] | None = None


class WorkerProcess:
    """One process; what is under way in it is lost when it dies."""

    def __init__(self, brief: Brief) -> None:
        self.dead = False
        self.refusal = ""
        """Why it will play nothing, in words."""
        self._brief = brief
        self._numbers = itertools.count(1)
        self._under_way: dict[int, _UnderWay] = {}
        self._ready = anyio.Event()
        self._closed = anyio.Event()
        self._sending = anyio.Lock()
        self._process: Process | None = None

    @property
    def load(self) -> int:
        """How many episodes are under way in it."""
        return len(self._under_way)

    async def attend(self) -> None:
        """Start it, and see to it until it is gone."""
        words = [sys.executable, "-c", _START, json.dumps(sys.path)]
        try:
            async with await anyio.open_process(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None
            ) as process:
                self._process = process
                await self._until_gone(process)
        except OSError as error:
            self.refusal = self.refusal or f"a worker cannot be started: {error}"
        finally:
            self._let_go()

    async def started(self) -> None:
        """Return when it can play. Raises EngineError where it refuses to, and PlaceLost where it died before."""
        with anyio.move_on_after(START_SECONDS_MAX):
            await self._ready.wait()
        if self.refusal:
            raise EngineError(self.refusal)
        if self.dead or not self._ready.is_set():
            raise PlaceLost(f"a worker did not start{self._last_words()}")

    async def play(self, job: Job, sinks: Sequence[Sink]) -> dict[str, Any]:
        """The answer to a job. Raises PlaceLost when the process dies before, and EngineError."""
        number = next(self._numbers)
        one = self._under_way[number] = _UnderWay(sinks)
        try:
            await self.started()
            await self._send({"number": number, "job": job.model_dump(), "watched": bool(sinks)})
            await one.answered.wait()
        except anyio.get_cancelled_exc_class():
            await self._stop(number, one)
            raise
        finally:
            del self._under_way[number]
        if one.answer is None:
            raise PlaceLost(f"the worker that played it died{self._last_words()}")
        return one.answer

    async def close(self) -> None:
        """Let it give everything back, and end it."""
        self._closed.set()
        if self._process is not None and self._process.stdin is not None:
            await self._process.stdin.aclose()
            with anyio.move_on_after(GRACE_SECONDS):
                await self._process.wait()
            self._kill()

    async def _until_gone(self, process: Process) -> None:
        """Hear what it says until it says no more; then it is dead, or is made so."""
        await self._send(self._brief.model_dump(mode="json"))
        async with anyio.create_task_group() as group:
            group.start_soon(self._listen, process, group.cancel_scope)
            await process.wait()
            group.cancel_scope.deadline = anyio.current_time() + _DRAIN_SECONDS

    async def _listen(self, process: Process, scope: anyio.CancelScope) -> None:
        assert process.stdout is not None
        heard = BufferedByteReceiveStream(process.stdout)
        while True:
            try:
                message = await receive_frame(heard)
            except (anyio.EndOfStream, anyio.IncompleteRead, anyio.BrokenResourceError, anyio.ClosedResourceError):
                break
            self._take_in(message)
        if not self._closed.is_set():
            with anyio.move_on_after(_DRAIN_SECONDS):
                await process.wait()  # killing one that has just died would take its exit status away
            self._kill()

    def _take_in(self, message: Any) -> None:
        if "number" not in message:
            self.refusal = message.get("refused", "")
            self._ready.set()
            return
        one = self._under_way.get(message["number"])
        if one is None:
            return
        if "answer" in message:
            one.answer = message["answer"]
            one.answered.set()
            return
        actor, server, tool = message["heard"]
        for sink in one.sinks:
            sink.write(Entry(0, "call", actor, server, tool))

    async def _stop(self, number: int, one: _UnderWay) -> None:
        """Have an episode ended that is not wanted any more; a worker that cannot is ended itself."""
        with anyio.move_on_after(GRACE_SECONDS, shield=True):
            if self._ready.is_set() and not self.dead:
                await self._send({"number": number, "stop": True})
                await one.answered.wait()
        if not one.answered.is_set():
            self._kill()

    async def _send(self, message: Any) -> None:
        """Say something; what a dead process does not hear shows when its death is noticed."""
        async with self._sending:
            try:
                if self._process is not None and self._process.stdin is not None:
                    await self._process.stdin.send(framed(message))
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                return

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    def _let_go(self) -> None:
        self.dead = True
        self._ready.set()
        for one in self._under_way.values():
            one.answered.set()

    def _last_words(self) -> str:
        code = self._process.returncode if self._process is not None else None
        return "" if code is None else f" ({_told(code)})"


def _told(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit status {code}"
