"""The process that worker processes are forked from: it has imported what they need, and has one thread.

Over its channel come `F` with a file descriptor and the path of a folder (fork a worker that answers there) and `K`
with a process id (kill that worker); each is answered with the worker's process id in 8 bytes. When the channel
closes, every worker is killed, the folder is removed, and the process ends.
"""

import ctypes
import json
import os
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import Final, NoReturn

from worlds.parts.sql.duckdb.process.instance import builtin_names
from worlds.parts.sql.duckdb.process.main import work

MEMORY_BYTES: Final = 1 << 30
FILE_BYTES: Final = 1 << 29
_PATH_BYTES_MAX: Final = 4_096
_DIE_WITH_PARENT: Final = 1


class Nursery:
    """Forks and kills workers on request."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self.children: set[int] = set()
        self.builtin = _names_from_child()

    def serve(self) -> None:
        """Do what is asked until nobody asks any more."""
        while True:
            data, descriptors, _, _ = socket.recv_fds(self.channel, _PATH_BYTES_MAX, 1)
            self._reap()
            if not data:
                return
            if data[:1] == b"F":
                self._fork(descriptors[0], Path(os.fsdecode(data[1:])))
            else:
                self._kill(int(data[1:]))
                self._answer(int(data[1:]))

    def close(self) -> None:
        """Kill every worker."""
        for child in self.children:
            os.kill(child, signal.SIGKILL)
        for child in self.children:
            os.waitpid(child, 0)

    def _fork(self, descriptor: int, folder: Path) -> None:
        child = os.fork()
        if child == 0:
            self.channel.close()
            _live(descriptor, folder, self.builtin)
        os.close(descriptor)
        self.children.add(child)
        self._answer(child)

    def _answer(self, child: int) -> None:
        self.channel.sendall(child.to_bytes(8, "little"))

    def _kill(self, child: int) -> None:
        if child in self.children:
            os.kill(child, signal.SIGKILL)

    def _reap(self) -> None:
        while self.children:
            child, _ = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            self.children.discard(child)


def _live(descriptor: int, folder: Path, builtin: frozenset[str]) -> NoReturn:
    """Be a worker, and never return into the nursery's loop."""
    code = 1
    try:
        _die_with_parent()
        _limit()
        work(socket.socket(fileno=descriptor), folder, builtin)
        code = 0
    finally:
        os._exit(code)


def _limit() -> None:
    """Bound memory and files, because the engine's own limits do not bind inside one function call."""
    import resource  # exists on POSIX only

    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _names_from_child() -> frozenset[str]:
    """The engine's function names, asked in a process of its own: the engine must never have run in this one."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, json.dumps(sorted(builtin_names())).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        names = json.load(file)
    os.waitpid(child, 0)
    return frozenset(names)


def main() -> None:
    """Serve on standard input, which is a socket; the first argument is the folder to remove at the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nursery = Nursery(socket.socket(fileno=os.dup(0)))
    nursery.serve()
    nursery.close()
    shutil.rmtree(Path(sys.argv[1]), ignore_errors=True)
