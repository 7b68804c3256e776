"""Processes that answer queries end with whoever asks, though a query would go on for ever."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
BOUND_SECONDS: Final = 60
ASKS: Final = """
import sys, threading
from worlds.query.messages import Job
from worlds.query.process import Worker
worker = Worker()
assert worker.ask(Job((), ("select 1", []), 1), 60).rows == ((1,),)
endless = Job((), ("select sum(a.range * b.range) from range(10000000) a, range(10000000) b", []), 1)
threading.Thread(target=worker.ask, args=(endless, 600), daemon=True).start()
print(worker.process.pid, flush=True)
sys.stdin.read()
"""


def has_begun(pid: int) -> bool:
    """Whether a process is at something long: it used a second of a processor."""
    return ticks(pid) > 100


def ticks(pid: int) -> int:
    """Hundredths of a second that a process used; -1 once it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return -1
    return -1 if fields[0] == "Z" else int(fields[11]) + int(fields[12])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
def test_an_endless_query_ends_when_its_asker_is_killed() -> None:
    words = [sys.executable, "-c", ASKS]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as asker:
        assert asker.stdout is not None
        worker = int(asker.stdout.readline())
        deadline = time.monotonic() + BOUND_SECONDS
        while not has_begun(worker):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        asker.kill()
    while ticks(worker) >= 0:
        assert time.monotonic() < deadline + BOUND_SECONDS
        time.sleep(0.02)
