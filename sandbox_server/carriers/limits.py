"""What one listener puts up with from strangers."""

import gc
import sys
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a listener; times are real seconds, because they protect the machine and not the world."""

    connections_max: int = 4_096
    """Connections open at once; beyond it, the oldest that never finished a request head is dropped."""
    head_bytes_max: int = 64 * 1024
    head_seconds_max: float = 20
    """From the first byte of a request (or the opening of the connection) to the end of its head."""
    body_seconds_max: float = 60
    write_seconds_max: float = 60
    """How long a client may leave an answer unread."""
    keep_alive_seconds: float = 75
    body_bytes_max: int = 4 * 1024 * 1024

    @property
    def seconds_min(self) -> float:
        """The shortest of the times."""
        return min(self.head_seconds_max, self.body_seconds_max, self.write_seconds_max, self.keep_alive_seconds)


_COLLECT_EVERY: Final = (5_000, 0, 4_000)
"""What survives one collection is all but sure to stay, so that the next one but one takes it to the oldest."""
_SWITCH_SECONDS: Final = 0.0001
"""The loop lets go of the interpreter some times for each statement of SQLite, and waits this long for it every time
while a thread calculates: with a millisecond, a call of one takes thirty."""


def collect_rarely() -> None:
    """Let the garbage collector of this process run rarely, unless its thresholds were changed already.

    A stage keeps what it makes (ledgers, steps), so that Python's default of a collection per 700 new objects looks
    at living things over and over: a third of the CPU time of a call. What was there before is never looked at again.
    """
    if gc.get_threshold()[0] < _COLLECT_EVERY[0]:
        gc.set_threshold(*_COLLECT_EVERY)
        gc.collect()
        gc.freeze()


def switch_often() -> None:
    """Let no thread of this process keep the others from the interpreter for longer than a tenth of a millisecond.

    The loop asks for it anew whenever something arrives, so each wait counts for all episodes.
    """
    sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_SECONDS))


def allow_many_files(wanted: int) -> None:
    """Raise this process's soft limit of open files towards `wanted` where the system has such a limit."""
    if sys.platform == "win32":
        return
    import resource  # the module exists on POSIX only

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < target:
        resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))
