"""Running a check's command on a folder: in isolation, without the network, within limits, never in this process."""

import os
import shlex
import sys
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import anyio

from harness.acting.process import Run
from harness.isolation import Jail, isolations
from worlds import host

T = TypeVar("T")
FILE_BYTES_MAX: Final = 1 << 30
_MARK: Final = "CHECK_RUN"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a command may use."""

    seconds: float
    memory_bytes: int
    processes: int


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended: its exit status (None: it was stopped), and the end of what it wrote."""

    status: int | None
    output: str
    stopped: str = ""
    """Why it was stopped, in words."""


def run_confined(command: str, folder: Path, isolation: str, bounds: Bounds) -> Ran:
    """Run a shell command in a folder that it may write; blocks. Raises OSError and IsolationError.

    It gets a thread and an event loop of its own, so that it can be called from anywhere.
    """
    return _alone(lambda: _run(command, folder, isolation, bounds))


async def _run(command: str, folder: Path, isolation: str, bounds: Bounds) -> Ran:
    mark = host.secret()
    run = Run(mark)
    jail = Jail(folder, writable=(folder,), network=False, readable=_readable())
    words = isolations.get(isolation).command(_limited(command, bounds), jail)
    with anyio.move_on_after(bounds.seconds):
        status = await run.complete(
            words, {**_environment(folder), _MARK: mark}, folder=folder, processes_max=bounds.processes
        )
        if run.crowded:
            return Ran(None, _written(run), f"it started more than {bounds.processes} processes")
        return Ran(status, _written(run))
    return Ran(None, _written(run), f"it took longer than {bounds.seconds:g} s")


def _limited(command: str, bounds: Bounds) -> Sequence[str]:
    """The command under a shell's limits; those of memory hold for each of its processes."""
    if sys.platform == "win32":
        return ["cmd", "/c", command]
    limits = f"ulimit -c 0 -v {bounds.memory_bytes // 1024} -f {FILE_BYTES_MAX // 512}".replace(" -", "; ulimit -")
    limits = limits.removeprefix("ulimit; ")
    return ["sh", "-c", f"{limits}; exec sh -c {shlex.quote(command)}"]


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of ours: where programs are, a home, a language, and that Python is to leave nothing behind."""
    path = host.environment().get("PATH", os.defpath)
    return {
        "PATH": os.pathsep.join([path, str(Path(sys.executable).parent)]),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
    }


def _readable() -> list[Path]:
    """Where this Python lies: commands find it when the machine offers no other."""
    return [Path(sys.prefix), Path(sys.base_prefix)]


def _written(run: Run) -> str:
    return (run.stdout.end() + run.stderr.end()).decode("utf-8", "replace").strip()


def _alone(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(anyio.run, make).result()
