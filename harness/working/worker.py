"""A process that plays episodes for a run that another process directs; it ends when that one does.

    python -c "... from harness.working.worker import main; main()"

Its stdin and stdout carry frames. First comes the run's `Brief`, answered by `ready` or `refused`; then jobs with a
number each, and `stop` for one that is not wanted any more. Each number is answered once, and before that, where
somebody watches, its calls are told as they happen. The end of stdin ends all.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import anyio
import anyio.from_thread
import anyio.lowlevel
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream

from harness.working.answer import answer_of, failed_answer
from harness.working.bench import Bench, opened_bench
from harness.working.frames import framed, read_frame
from harness.working.job import Brief, Job
from sandbox_server.ledger import Entry
from worlds.errors import Problem

GRACE_SECONDS: Final = 8.0
"""How long a worker that nobody directs any more may take to give everything back."""
_SET_DEATH_SIGNAL: Final = 1
_WAITING_MAX: Final = 100_000

Send = Callable[[Any], None]


def main() -> None:
    """Play what is asked for until nobody asks any more."""
    inbox, send = _channels()
    _end_with(os.getppid())
    signal.signal(signal.SIGINT, lambda number, frame: None)  # Ctrl-C is for whoever directs; agents get their own
    brief = read_frame(inbox)
    if brief is not None:
        anyio.run(_serve, Brief.model_validate(brief), inbox, send)


def _channels() -> tuple[BinaryIO, Send]:
    """Where messages come from, and where answers go; whatever else is printed goes to stderr."""
    inbox, outbox = os.fdopen(os.dup(0), "rb"), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)

    def send(message: Any) -> None:
        data = memoryview(framed(message))
        while data:
            data = data[os.write(outbox, data) :]

    return inbox, send


def _end_with(parent: int) -> None:
    """Have the system end this process with its parent, where it can; else the end of stdin has to do."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


async def _serve(brief: Brief, inbox: BinaryIO, send: Send) -> None:
    try:
        async with opened_bench(brief) as bench, anyio.create_task_group() as group:
            send({"ready": True})
            await _Desk(bench, group, send, whole=brief.folder is None).work(_messages(inbox))
            group.cancel_scope.cancel()
    except Problem as error:
        send({"refused": str(error)})


def _messages(inbox: BinaryIO) -> MemoryObjectReceiveStream[Any]:
    """What is asked for, read by a thread, which also sees to the end where this process is stuck."""
    sending, receiving = anyio.create_memory_object_stream[Any](_WAITING_MAX)
    token = anyio.lowlevel.current_token()

    def read() -> None:
        while (message := read_frame(inbox)) is not None:
            anyio.from_thread.run_sync(sending.send_nowait, message, token=token)
        anyio.from_thread.run_sync(sending.close, token=token)
        time.sleep(GRACE_SECONDS)
        os._exit(1)

    threading.Thread(target=read, daemon=True).start()
    return receiving


@dataclass(frozen=True, slots=True)
class _Teller:
    """A sink that tells of the calls of one episode."""

    number: int
    send: Send

    def write(self, entry: Entry) -> None:
        """Tell of a call."""
        if entry.kind == "call":
            self.send({"number": self.number, "heard": [entry.actor, entry.server, entry.tool]})


class _Desk:
    """Takes jobs and gives answers."""

    def __init__(self, bench: Bench, group: TaskGroup, send: Send, *, whole: bool) -> None:
        self._bench = bench
        self._group = group
        self._send = send
        self._whole = whole
        self._scopes: dict[int, anyio.CancelScope] = {}

    async def work(self, messages: MemoryObjectReceiveStream[Any]) -> None:
        """Begin what is asked for until nobody asks any more."""
        async for message in messages:
            number = int(message["number"])
            if "job" in message:
                self._scopes[number] = anyio.CancelScope()
                self._group.start_soon(self._play, number, message)
            elif number in self._scopes:
                self._scopes[number].cancel()

    async def _play(self, number: int, message: Any) -> None:
        answer: dict[str, Any] = {}
        with self._scopes[number]:
            try:
                sinks = (_Teller(number, self._send),) if message["watched"] else ()
                answer = answer_of(await self._bench.play(Job.model_validate(message["job"]), sinks), whole=self._whole)
            except Exception as error:
                answer = failed_answer(error)
        del self._scopes[number]
        self._send({"number": number, "answer": answer})
