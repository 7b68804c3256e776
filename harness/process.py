"""A command run as a process of its own, with all its descendants, whose outputs cannot flood anybody."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import anyio
from anyio.abc import ByteReceiveStream, Process

KEPT_BYTES: Final = 256 * 1024
GRACE_SECONDS: Final = 2.0
LINGER_SECONDS: Final = 0.5
FLOOD_BYTES: Final = 16 * 1024 * 1024
"""Beyond this an output is read slowly, so that it holds up its writer and nobody else."""
_CHUNK_BYTES: Final = 65_536
_PAUSE_SECONDS: Final = 0.01
_ROUNDS_MAX: Final = 50


class Tail:
    """The beginning and the end of an output, however long it is."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self.kept_bytes = kept_bytes
        self.total_bytes = 0
        self._head = bytearray()
        self._tail = bytearray()

    def add(self, data: bytes) -> None:
        """Take in some more."""
        self.total_bytes += len(data)
        room = self.kept_bytes - len(self._head)
        self._head += data[:room]
        self._tail += data[room:] if room < len(data) else b""
        if len(self._tail) > 2 * self.kept_bytes:
            del self._tail[: -self.kept_bytes]

    @property
    def lost_bytes(self) -> int:
        """How many bytes in the middle are not kept."""
        return max(0, self.total_bytes - len(self._head) - min(len(self._tail), self.kept_bytes))

    def content(self) -> bytes:
        """What is kept, with a line in the middle that says how much is not."""
        tail = bytes(self._tail[-self.kept_bytes :])
        gap = f"\n... {self.lost_bytes} bytes left out ...\n".encode() if self.lost_bytes else b""
        return bytes(self._head) + gap + tail

    def end(self) -> bytes:
        """The last bytes only."""
        tail = bytes(self._tail[-self.kept_bytes :])
        return tail if self.lost_bytes else bytes(self._head) + tail


class Run:
    """One run of a command: started, read to its end, and gone afterwards with everything that it started."""

    def __init__(self, mark: str) -> None:
        """`mark` is a text that only this run's environment holds; it finds descendants that left the group."""
        self.stdout = Tail()
        self.stderr = Tail()
        self._mark = mark

    async def complete(self, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Run to the end and return the exit status (negative: the signal). When cancelled, kill everything.

        Raises OSError when the command cannot be started.
        """
        process = await anyio.open_process(
            command, stdin=subprocess.DEVNULL, env=environment, start_new_session=sys.platform != "win32"
        )
        try:
            return await self._finish(process)
        finally:
            with anyio.CancelScope(shield=True):
                await self._end(process)

    async def _finish(self, process: Process) -> int:
        async with anyio.create_task_group() as readers:
            readers.start_soon(_drain, process.stdout, self.stdout)
            readers.start_soon(_drain, process.stderr, self.stderr)
            status = await process.wait()
            # A descendant may hold the outputs open: what it still writes is none of the answer.
            readers.cancel_scope.deadline = anyio.current_time() + LINGER_SECONDS
        return status

    async def _end(self, process: Process) -> None:
        if process.returncode is None:
            _signal_tree(process.pid, self._mark, signal.SIGTERM)
            with anyio.move_on_after(GRACE_SECONDS):
                await process.wait()
        for _ in range(_ROUNDS_MAX):  # whoever forks while being killed is met in the next round
            if not _signal_tree(process.pid, self._mark, getattr(signal, "SIGKILL", signal.SIGTERM)):
                break
            await anyio.sleep(_PAUSE_SECONDS)
        await process.wait()
        await process.aclose()


async def _drain(stream: ByteReceiveStream | None, tail: Tail) -> None:
    if stream is None:
        return
    with suppress(anyio.EndOfStream, anyio.ClosedResourceError, anyio.BrokenResourceError):
        while True:
            tail.add(await stream.receive(_CHUNK_BYTES))
            if tail.total_bytes > FLOOD_BYTES:
                await anyio.sleep(_PAUSE_SECONDS)


def _signal_tree(pid: int, mark: str, number: int) -> bool:
    """Signal the process group, and whoever else carries the mark; False when nobody is left."""
    met = _signalled(lambda: os.killpg(pid, number) if hasattr(os, "killpg") else os.kill(pid, number))
    for other in _marked(mark):
        met = _signalled(partial(os.kill, other, number)) or met
    return met


def _signalled(send: Callable[[], None]) -> bool:
    try:
        send()
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _marked(mark: str) -> Iterator[int]:
    """The processes whose environment holds the mark (where the system tells)."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (folder / "environ").read_bytes():
                yield int(folder.name)
