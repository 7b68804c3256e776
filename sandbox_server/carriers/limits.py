"""What one listener puts up with from strangers."""

import sys
from dataclasses import dataclass


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


def allow_many_files(wanted: int) -> None:
    """Raise this process's soft limit of open files towards `wanted` where the system has such a limit."""
    if sys.platform == "win32":
        return
    import resource  # the module exists on POSIX only

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < target:
        resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))
