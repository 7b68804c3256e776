"""A command run as a process of its own, with all its descendants, whose outputs cannot flood anybody."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Final

import anyio
from anyio.abc import ByteReceiveStream, Process

from harness.errors import one_error

KEPT_BYTES: Final = 256 * 1024
GRACE_SECONDS: Final = 2.0
LINGER_SECONDS: Final = 0.5
FLOOD_BYTES: Final = 16 * 1024 * 1024
"""Beyond this an output is read slowly, so that it holds up its writer and nobody else."""
PROCESSES_MAX: Final = 1_000
"""How many processes one command may start that live at the same time."""
KEEPER: Final = Path(__file__).parent / "keeper.py"
HIDDEN_FD: Final = 200
STATUS_FD: Final = 201
"""Numbers of files that a jail is lent; too high to be anybody else's."""
KEEPER_SECONDS_MAX: Final = 15.0
REMOVAL_SECONDS_MAX: Final = 60.0
"""How long a jail may take to be asked and removed; a daemon that is busy is slow."""
_REPORT_BYTES_MAX: Final = 200_000
_KEPT: Final = sys.platform.startswith("linux")
_CHUNK_BYTES: Final = 65_536
_PAUSE_SECONDS: Final = 0.01
_ROUNDS_MAX: Final = 50
_INQUIRY_PAUSES_SECONDS: Final = (0.1, 0.2, 0.4, 1.0)
"""Between two looks at whether a jail has started its command; the last one again and again."""


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
        self.crowded = False
        """Whether it was ended because it started too many processes."""
        self.inner = ""
        """What a jail reported of the command in it, where it was asked to."""
        self.note = ""
        """What a jail did to the command, in words."""
        self.begun: Callable[[], None] | None = None
        """Is called once the command runs: whatever makes its jail takes its time before that."""
        self._mark = mark

    async def complete(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        folder: Path | None = None,
        status_fd: int | None = None,
        hidden_words: Sequence[str] = (),
        clear: Path | None = None,
        processes_max: int = PROCESSES_MAX,
        first: Sequence[str] = (),
        inquiry: Sequence[str] = (),
        has_begun: Callable[[str], bool] = bool,
        last: Sequence[str] = (),
    ) -> int:
        """Run to the end and return the exit status (negative: the signal). When cancelled, kill everything.

        `folder` is the working directory (default: this process's); a jail reports to the file `status_fd`, and finds
        words of its command line that nobody else is to read in the file HIDDEN_FD. The folder `clear` is removed
        should this process be killed. A jail that is no process of ours is made by the command line `first`, tells by
        that of `inquiry` how it is with the command (`has_begun` reads it) and what became of it, and is removed by
        that of `last`, even should this process be killed.
        Raises OSError when the command cannot be started.
        """
        if not _KEPT:
            return await self._plain(command, environment, folder)
        settings = {
            "words": list(command), "folder": str(folder) if folder else None, "processes_max": processes_max,
            "clear": str(clear) if clear else None, "status_fd": status_fd, "hidden_words": list(hidden_words),
            "hidden_fd": HIDDEN_FD if hidden_words else None, "first": list(first), "inquiry": list(inquiry),
            "last": list(last),
        }  # fmt: skip
        return await self._kept(environment, settings, has_begun)

    async def _kept(
        self, environment: Mapping[str, str], settings: dict[str, Any], has_begun: Callable[[str], bool]
    ) -> int:
        """Run under a keeper, which ends everything even when this process is killed."""
        reading, writing = os.pipe()
        words = [sys.executable, "-I", "-S", str(KEEPER), str(writing)]
        asked = json.dumps(settings).encode()
        try:
            try:
                process = await anyio.open_process(
                    words, stdin=subprocess.PIPE, env=environment, start_new_session=True, pass_fds=(writing,)
                )
            finally:
                os.close(writing)
            try:
                if process.stdin is not None:
                    await process.stdin.send(b"%08d%b" % (len(asked), asked))
                with one_error():
                    async with anyio.create_task_group() as group:
                        group.start_soon(self._tell_begun, reading, settings["inquiry"], has_begun)
                        await self._finish(process)
                        group.cancel_scope.cancel()
            finally:
                with anyio.CancelScope(shield=True):
                    await self._end_kept(process, settings["last"])
            return self._told(_report(reading), process)
        finally:
            os.close(reading)

    async def _tell_begun(self, report: int, inquiry: Sequence[str], has_begun: Callable[[str], bool]) -> None:
        """Tell whoever wants to know that the command runs; a jail that is no process of ours is asked."""
        if self.begun is None:
            return
        await anyio.wait_readable(report)  # the keeper has started its charge
        for pause in chain(_INQUIRY_PAUSES_SECONDS, repeat(_INQUIRY_PAUSES_SECONDS[-1])):
            if not inquiry or has_begun(await _output(inquiry)):
                break
            await anyio.sleep(pause)
        self.begun()

    async def _plain(self, command: Sequence[str], environment: Mapping[str, str], folder: Path | None) -> int:
        process = await anyio.open_process(
            command, stdin=subprocess.DEVNULL, env=environment, cwd=folder, start_new_session=sys.platform != "win32"
        )
        try:
            if self.begun is not None:
                self.begun()
            return await self._finish(process)
        finally:
            with anyio.CancelScope(shield=True):
                await self._end(process)

    def _told(self, report: dict[str, Any], process: Process) -> int:
        """The exit status that a keeper reported, or its own: then somebody killed it, and its charge with it."""
        number = report.get("errno")
        if number is not None:
            raise OSError(number, os.strerror(number))
        if not report and (process.returncode or 0) > 0:
            raise OSError(f"its keeper broke: {self.stderr.end().decode('utf-8', 'replace').strip()[-300:]}")
        self.crowded = bool(report.get("crowded"))
        self.inner = str(report.get("inner", ""))
        status = report.get("status")
        return status if isinstance(status, int) else process.returncode or -signal.SIGKILL

    async def _finish(self, process: Process) -> int:
        async with anyio.create_task_group() as readers:
            readers.start_soon(_drain, process.stdout, self.stdout)
            readers.start_soon(_drain, process.stderr, self.stderr)
            status = await process.wait()
            # A descendant may hold the outputs open: what it still writes is none of the answer.
            readers.cancel_scope.deadline = anyio.current_time() + LINGER_SECONDS
        return status

    async def _end_kept(self, process: Process, last: list[str]) -> None:
        """Ask, then insist by closing the keeper's stdin; a keeper that was stopped or killed is replaced from here."""
        if process.returncode is None and process.stdin is not None:
            with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                await process.stdin.send(b"e")
            with anyio.move_on_after(GRACE_SECONDS):
                await process.wait()
            await process.stdin.aclose()
            with anyio.move_on_after(REMOVAL_SECONDS_MAX if last else KEEPER_SECONDS_MAX):
                await process.wait()
        if process.returncode != 0:
            await self._end(process)
            if last:
                with anyio.move_on_after(REMOVAL_SECONDS_MAX), suppress(OSError):
                    await anyio.run_process(last, check=False)
        else:
            await process.aclose()

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


async def _output(words: Sequence[str]) -> str:
    """What another program says; nothing where it fails."""
    try:
        ran = await anyio.run_process(list(words), check=False, stderr=subprocess.DEVNULL)
    except OSError:
        return ""
    return ran.stdout.decode("utf-8", "replace")


def _report(file: int) -> dict[str, Any]:
    """What a keeper that has ended had reported."""
    os.set_blocking(file, False)
    told: dict[str, Any] = {}
    with suppress(BlockingIOError, ValueError):
        for line in os.read(file, _REPORT_BYTES_MAX).splitlines():
            told |= json.loads(line)
    return told


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
