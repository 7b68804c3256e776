"""A small program between the harness and one command: it ends what the command started, whoever dies first.

It runs in a process of its own, on Linux, with nothing but the standard library:

    python -I -S keeper.py REPORT_FD

Its stdin comes from the harness. First a length in eight digits and as many bytes of JSON: the `words` of the command,
its `folder`, `processes_max`, `status_fd`, `hidden_fd` and `hidden_words`, and a folder to `clear` should the harness
die; for a jail that is no process below this one also the command line that makes it (`first`), one whose output says
afterwards what became of the command (`inquiry`), and one that removes it, whatever happened (`last`). Then a byte asks
the command to end, and the end of the stream (the harness has died, or wants no more) ends everything at once. The
keeper is the reaper of all that descends from it, so a process that left its session, its group and its environment
behind is still found. What became of the command goes to REPORT_FD as lines of JSON, and the keeper exits when nobody
is left.
"""
# ruff: noqa: PTH110, PTH123, PTH208 - pathlib is slow to load, and this program starts once for each command

import ctypes
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

TICK_MS: Final = 100
END_ROUNDS_MAX: Final = 5_000
_PAUSE_SECONDS: Final = 0.002
_SET_DEATH_SIGNAL: Final = 1
_SET_CHILD_SUBREAPER: Final = 36
_LENGTH_DIGITS: Final = 8
_STATUS_BYTES_MAX: Final = 65_536
_ANSWER_SECONDS_MAX: Final = 30.0


class Keeper:
    """One command and all that descends from it."""

    def __init__(self, report: int, settings: dict[str, Any]) -> None:
        self.report = report
        self.words: list[str] = settings["words"]
        self.folder: str | None = settings.get("folder")
        self.status_fd: int | None = settings.get("status_fd")
        self.hidden_words: list[str] = settings.get("hidden_words", [])
        self.hidden_fd: int | None = settings.get("hidden_fd")
        self.processes_max: int = settings.get("processes_max", 0)
        self.clear: str | None = settings.get("clear")
        self.first: list[str] = settings.get("first", [])
        self.inquiry: list[str] = settings.get("inquiry", [])
        self.last: list[str] = settings.get("last", [])
        self._asked = False
        self._orphaned = False
        self.pid = 0
        self.status: int | None = None
        self.crowded = False
        self._threads_first = threads()
        self._status_pipe = os.pipe()

    def run(self) -> None:
        """Start the command, wait for it or for the harness, and leave nobody behind."""
        refusal = None
        if self._is_made():
            woken = _wake_on_children()
            refusal = self._start()
            if refusal is None:
                self.tell({"pid": self.pid})
                _fall_silent()
                self._watch(woken)
        left = self._end_all()
        self.tell({"status": self.status, "errno": refusal, "crowded": self.crowded, "left": left, **self._inner()})
        removed = not self.last or _answer(self.last)[0] == 0
        if self._orphaned and self.clear:
            _clear(self.clear)
        if not removed:
            sys.exit(1)

    def tell(self, report: dict[str, Any]) -> None:
        """Write one line for the harness, if it still listens."""
        with suppress(OSError):
            os.write(self.report, json.dumps(report).encode() + b"\n")

    def _is_made(self) -> bool:
        """Make the jail, if it has to be made; its refusal goes to stderr."""
        self.status = _answer(self.first)[0] if self.first else 0
        made = self.status == 0
        self.status = None if made else self.status
        return made

    def _start(self) -> int | None:
        """Start the command; returns the error's number when that cannot be done."""
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _become(self.words, self.folder, self._lent(), writing)
        os.close(writing)
        os.close(self._status_pipe[1])
        said = os.read(reading, 16)
        os.close(reading)
        return int(said) if said else None

    def _lent(self) -> dict[int, int]:
        """The files that the command finds under given numbers: one to report to, and one with words for it alone."""
        lent = {}
        if self.status_fd is not None:
            lent[self.status_fd] = self._status_pipe[1]
        if self.hidden_fd is not None:
            file = os.memfd_create("words")
            os.write(file, b"".join(word.encode("utf-8", "surrogateescape") + b"\0" for word in self.hidden_words))
            os.lseek(file, 0, os.SEEK_SET)
            lent[self.hidden_fd] = file
        return lent

    def _watch(self, woken: int) -> None:
        """Wait until the command has ended, the harness wants no more, or there are too many processes."""
        poll = select.poll()
        poll.register(0, select.POLLIN)
        poll.register(woken, select.POLLIN)
        while self.status is None and not self.crowded:
            for file, _ in poll.poll(TICK_MS):
                heard = os.read(file, 1024)
                if file == 0 and not heard:
                    self._orphaned = not self._asked
                    return
                if file == 0:
                    self._asked = True
                    self._signal(signal.SIGTERM)
            self._reap()
            self.crowded = self._too_many()

    def _too_many(self) -> bool:
        """Whether more processes descend from here than allowed; looks closely only when the machine grew fuller."""
        if not self.processes_max or threads() - self._threads_first < self.processes_max // 2:
            return False
        return len(descendants()) > self.processes_max

    def _end_all(self) -> int:
        """Kill until nobody is left; returns how many withstood."""
        for _ in range(END_ROUNDS_MAX):
            if self._reap():
                return 0
            self._signal(signal.SIGKILL)
            time.sleep(_PAUSE_SECONDS)
        return len(descendants())

    def _signal(self, number: int) -> None:
        """Signal the command's group in one go, then everybody else one by one."""
        if self.status is None:
            _sent(lambda: os.killpg(self.pid, number))
        for pid in descendants():
            _sent(lambda pid=pid: os.kill(pid, number))  # type: ignore[misc]

    def _reap(self) -> bool:
        """Bury the dead; True when there is nobody left to die."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return True
            if pid == 0:
                return False
            if pid == self.pid:
                self.status = os.waitstatus_to_exitcode(status)

    def _inner(self) -> dict[str, Any]:
        """What a jail said of the command in it, where one was asked for."""
        if self.inquiry:
            return {"inner": _answer(self.inquiry)[1]}
        if self.status_fd is None:
            return {}
        os.set_blocking(self._status_pipe[0], False)
        said = b""
        with suppress(BlockingIOError):
            said = os.read(self._status_pipe[0], _STATUS_BYTES_MAX)
        return {"inner": said.decode("utf-8", "replace")}


def _answer(words: list[str]) -> tuple[int, str]:
    """The exit status of another program (-1: it gave none) and the end of its output. Failures alone are overheard."""
    import subprocess  # slow to load, and rarely needed

    try:
        ran = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=_ANSWER_SECONDS_MAX)
    except (OSError, subprocess.TimeoutExpired):
        return -1, ""
    if ran.returncode:
        os.write(2, ran.stderr[-_STATUS_BYTES_MAX:])
    return ran.returncode, ran.stdout[-_STATUS_BYTES_MAX:].decode("utf-8", "replace")


def _fall_silent() -> None:
    """Leave the outputs to the command alone."""
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    os.dup2(1, 2)


def descendants() -> list[int]:
    """Everybody who descends from this process, as far as the system tells at this moment."""
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        children = _children(waiting.pop())
        found += children
        waiting += children
    return found


def threads() -> int:
    """How many threads the machine runs; costs next to nothing."""
    try:
        with open("/proc/loadavg", "rb") as file:
            return int(file.read().split()[3].partition(b"/")[2])
    except (OSError, ValueError, IndexError):
        return 0


def _children(pid: int) -> list[int]:
    if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):
        return [child for child, parent in _parents() if parent == pid]
    found: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError), open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                found += map(int, file.read().split())
    return found


def _parents() -> list[tuple[int, int]]:
    """Every process and its parent, for systems that do not list children."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError, ValueError, IndexError), open(f"/proc/{name}/stat", "rb") as file:
            found.append((int(name), int(file.read().rpartition(b")")[2].split()[1])))
    return found


def _become(words: list[str], folder: str | None, lent: dict[int, int], refused: int) -> None:
    """Turn this process, a fresh child, into the command; on refusal say why and exit."""
    try:
        os.setsid()
        _prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _volunteer()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for place, file in lent.items():
            os.dup2(file, place)
        if folder is not None:
            os.chdir(folder)
        os.execvp(words[0], words)
    except OSError as error:
        os.write(refused, str(error.errno or 1).encode())
    finally:
        os._exit(127)


def _volunteer() -> None:
    """When memory runs out, let the system take this process and what it starts before anybody else."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "wb") as file:
        file.write(b"1000")


def _asked(count: int) -> bytes:
    """So many bytes of what the harness says; nothing when it falls silent before."""
    heard = b""
    while len(heard) < count:
        more = os.read(0, count - len(heard))
        if not more:
            return b""
        heard += more
    return heard


def _wake_on_children() -> int:
    """A file that becomes readable whenever a child dies."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    return reading


def _clear(folder: str) -> None:
    """Remove a folder that nobody is left to remove."""
    os.execvp("rm", ["rm", "-rf", "--", folder])


def _sent(send: Callable[[], None]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        send()


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def main() -> None:
    """Keep one command."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    _prctl(_SET_CHILD_SUBREAPER, 1)
    report = int(sys.argv[1])
    os.set_inheritable(report, False)
    settings = _asked(int(_asked(_LENGTH_DIGITS) or b"0"))
    if settings:
        Keeper(report, json.loads(settings)).run()


if __name__ == "__main__":
    main()
