"""The parent's handle of the process that workers are forked from, and of one worker's channel."""

import os
import select
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

from worlds.errors import WorldError
from worlds.parts.sql.duckdb.messages import receive, send
from worlds.passing import passing_folder

_NURSERY: Final = "worlds.parts.sql.duckdb.process.nursery"
_MAIN: Final = f"import gc; gc.disable(); from {_NURSERY} import main; gc.enable(); main()"
"""What is imported stays: nobody need look through it for garbage meanwhile."""
_LEAVE_SECONDS_MAX: Final = 30.0
_FAST_FOLDER: Final = Path("/dev/shm")
_FAST_BYTES_MIN: Final = 4 << 30


class Line:
    """One worker process and the channel to it; used by one thread at a time."""

    def __init__(self, nursery: "Nursery", number: int) -> None:
        self._nursery = nursery
        self.pid, self._channel = nursery.fork(f"worker-{number}")
        self._poll = select.poll()
        self._poll.register(self._channel, select.POLLIN)

    def send(self, message: Any) -> None:
        """Write one message. Raises OSError when the worker is gone."""
        send(self._channel, message)

    def receive(self, within_s: float) -> Any:
        """Read one message. Raises TimeoutError when none begins in time, EOFError when the worker is gone."""
        if not self._poll.poll(max(0, within_s) * 1_000):
            raise TimeoutError
        try:
            return receive(self._channel)
        except OSError:
            raise EOFError from None

    def lower(self) -> bool:
        """Give way to other processes from now on; whether that can not be taken back."""
        return _set_priority(self.pid, 10)

    def raise_again(self) -> bool:
        """Take that back, where the system allows it."""
        return _set_priority(self.pid, 0)

    def kill(self) -> None:
        """End the process."""
        self._nursery.kill(self.pid)
        self._channel.close()


class Nursery:
    """Starts workers. Its process is spawned when first needed, and ends with this one."""

    def __init__(self) -> None:
        self.folder = _scratch_folder()
        self._lock = threading.Lock()
        self._channel: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def fork(self, name: str) -> tuple[int, socket.socket]:
        """A new worker with a folder of its own: its process id and the channel to it."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            try:
                return self._asked(b"F" + os.fsencode(self.folder / name), [theirs.fileno()]), ours
            except OSError:
                self._forget()
                return self._asked(b"F" + os.fsencode(self.folder / name), [theirs.fileno()]), ours

    def kill(self, pid: int) -> None:
        """End a worker, if it is still one."""
        with self._lock:
            if self._channel is None:
                return
            try:
                self._asked(b"K%d" % pid, [])
            except OSError:
                self._forget()

    def close(self) -> None:
        """End every worker and remove the folder."""
        with self._lock:
            process = self._process
            self._forget()
        if process is not None:
            try:
                process.wait(_LEAVE_SECONDS_MAX)
            except subprocess.TimeoutExpired:  # its workers end with it
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def abandon(self) -> None:
        """Leave it to the process that this one was forked from."""
        if self._channel is not None:
            self._channel.close()

    def _asked(self, request: bytes, descriptors: list[int]) -> int:
        channel = self._channel or self._start()
        socket.send_fds(channel, [request], descriptors)
        data = channel.recv(8, socket.MSG_WAITALL)
        if len(data) != 8:
            raise OSError("the process that starts database workers is gone")
        return int.from_bytes(data, "little")

    def _start(self) -> socket.socket:
        if not hasattr(os, "fork"):
            raise WorldError("DuckDB databases need a POSIX system", hint="use imitates: sqlite here")
        ours, theirs = socket.socketpair()
        path = os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _MAIN, str(self.folder)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": path, "TZ": "UTC", "LC_ALL": "C.UTF-8"},
                cwd="/",
                start_new_session=True,
            )
        self._channel = ours
        return ours

    def _forget(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        self._process = None


def _scratch_folder() -> Path:
    """A new folder; in memory where there is plenty, because every commit waits for its disk."""
    fast = None
    if os.access(_FAST_FOLDER, os.W_OK) and shutil.disk_usage(_FAST_FOLDER).free >= _FAST_BYTES_MIN:
        fast = _FAST_FOLDER
    return passing_folder("db-", fast)


def _set_priority(pid: int, priority: int) -> bool:
    try:
        os.setpriority(os.PRIO_PROCESS, pid, priority)
    except OSError:
        return False
    return True
