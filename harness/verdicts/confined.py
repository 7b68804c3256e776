"""Running a check's command on a folder: in isolation, without the network, within limits, never in this process."""

import asyncio
import os
import shlex
import sys
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import anyio
import anyio.from_thread

from harness.acting.process import STATUS_FD, Run
from harness.aside import is_left_behind
from harness.isolation import Jail, isolations
from worlds import host

T = TypeVar("T")
FILE_BYTES_MAX: Final = 1 << 30
FOLDER_BYTES_MAX: Final = 1 << 30
FOLDER_ENTRIES_MAX: Final = 200_000
"""By how much a command may let its folder grow, which lies on the host's disk."""
_MARK: Final = "CHECK_RUN"
_LOOK_SECONDS: Final = 0.05


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
    confined = isolation != "none"
    jail = Jail(folder, (folder,), network=False, readable=_readable(), status_fd=STATUS_FD if confined else None)
    words = isolations.get(isolation).command(_limited(command, bounds), jail)
    status = None
    with anyio.move_on_after(bounds.seconds) as clock:
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(_watch, folder, group.cancel_scope)
                status = await run.complete(
                    words, {**_environment(folder), _MARK: mark}, folder=folder, processes_max=bounds.processes,
                    status_fd=jail.status_fd,
                )  # fmt: skip
                group.cancel_scope.cancel()
        except* OSError as errors:
            raise errors.exceptions[0] from None
    if status is not None:
        return _ended(run, status, bounds, confined=confined)
    late = f"it took longer than {bounds.seconds:g} s"
    return Ran(
        None, _written(run), late if clock.cancelled_caught else f"it wrote more than {FOLDER_BYTES_MAX >> 20} MB"
    )


def _ended(run: Run, status: int, bounds: Bounds, *, confined: bool) -> Ran:
    """How a command ended. Raises OSError for an isolation that never ran it: that says nothing of the command."""
    if run.crowded:
        return Ran(None, _written(run), f"it started more than {bounds.processes} processes")
    if confined and status == 1 and "exit-code" not in run.inner:
        raise OSError(_written(run)[-300:] or "the isolation did not start it")
    return Ran(status, _written(run))


async def _watch(folder: Path, scope: anyio.CancelScope) -> None:
    """Cancel once a folder has grown too much; what is tested must not fill the disk of the harness."""
    before = await anyio.to_thread.run_sync(_used, folder, abandon_on_cancel=True)
    while True:
        await anyio.sleep(_LOOK_SECONDS)
        now = await anyio.to_thread.run_sync(_used, folder, abandon_on_cancel=True)
        if now.size - before.size > FOLDER_BYTES_MAX or now.entries - before.entries > FOLDER_ENTRIES_MAX:
            scope.cancel()


@dataclass(frozen=True, slots=True)
class _Used:
    """What lies in a folder: bytes on the disk, and how many files and folders."""

    size: int
    entries: int


def _used(folder: Path) -> _Used:
    """Looks at everything, up to a number; what goes away meanwhile does not count."""
    size = entries = 0
    for above, folders, files in os.walk(folder):
        entries += len(folders) + len(files)
        for name in files:
            with suppress(OSError):
                size += (Path(above) / name).lstat().st_blocks * 512
        if entries > 2 * FOLDER_ENTRIES_MAX:
            break
    return _Used(size, entries)


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
    """What a coroutine returns, run in a thread of its own; stopped where whoever waits for it is cancelled."""
    stop = threading.Event()
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(anyio.run, _stoppable, make, stop)
        try:
            while not wait([future], timeout=_LOOK_SECONDS).done:
                _heed_cancellation()
        except BaseException:
            stop.set()
            raise
        return future.result()


async def _stoppable(make: Callable[[], Coroutine[Any, Any, T]], stop: threading.Event) -> T:
    async def watch() -> None:
        while not stop.is_set():  # noqa: ASYNC110 - another thread sets it
            await anyio.sleep(_LOOK_SECONDS)
        group.cancel_scope.cancel()

    try:
        async with anyio.create_task_group() as group:
            group.start_soon(watch)
            result = await make()
            group.cancel_scope.cancel()
    except* Exception as errors:
        raise errors.exceptions[0] from None
    return result


def _heed_cancellation() -> None:
    """Raise what cancels, where the harness waits for this thread; elsewhere nobody cancels."""
    if is_left_behind():
        raise asyncio.CancelledError
    with suppress(RuntimeError):
        anyio.from_thread.check_cancelled()
