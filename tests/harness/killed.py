"""Runs that are killed at a moment of somebody's choosing, gone on with, and compared with one that was left alone."""

import multiprocessing
import os
import random
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from harness.agent import find_agent
from harness.engine import EngineOptions
from harness.recording.run_folder import RunFolder
from harness.running.begin import carry_out, new_run, old_run
from harness.running.order import Order
from harness.running.tally import RunResult
from harness.running.terms import Terms
from harness.staging.suite import collect
from tests.harness.runs import played
from tests.harness.scenes import NOTE, write_scene

TRIALS: Final = 4
PARALLEL: Final = 3
WAIT_SECONDS: Final = 300
_LOOK_SECONDS: Final = 0.005
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.harness.killed", "harness.engines.inprocess", "harness.engines.processes"])
_TOUCHING: Final = ("os.rename", "os.mkdir", "os.remove", "os.truncate")
UNGRADABLE: Final = NOTE.replace("success:\n", "success:\n  tested: {command: no-such-command-here, isolation: none}\n")


def write_scenes(folder: Path) -> list[str]:
    """Two scenarios that are played to a verdict, and one that this machine cannot judge and tries again."""
    scenes = {"note": NOTE, "wrong": NOTE.replace("is: hello}", "is: hallo}"), "unclear": UNGRADABLE}
    return [str(write_scene(folder, text, name)) for name, text in scenes.items()]


def begin(scenes: list[str], out: str, engine: EngineOptions, operation: int = 0) -> None:
    """A process that begins a run, or goes on with it; it kills itself at an operation on files, from 1."""
    if operation:
        _die_at(operation)
    folder = RunFolder(Path(out))
    if not (folder.path / "manifest.json").exists():
        order = Order(
            collect(scenes), find_agent("script:reference"), TRIALS, parallel=PARALLEL, paths=tuple(scenes),
            engine=engine, terms=Terms(retries=1),
        )  # fmt: skip
        carry_out(new_run(order, folder.path), heed_signals=False)
    else:
        carry_out(old_run(folder, None, ()), heed_signals=False)


def _die_at(operation: int) -> None:
    """Have this process killed at the moment before it writes, forces to disk, opens, moves, makes or removes."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1
        if count == operation:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(function: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*given: Any, **named: Any) -> Any:
            step()
            return function(*given, **named)

        return stepped

    os.write, os.fsync = before(os.write), before(os.fsync)
    sys.addaudithook(lambda event, given: step() if _is_touching(event, given) else None)


def _is_touching(event: str, given: tuple[Any, ...]) -> bool:
    """Whether files are changed, made, moved or removed; opening one only to read it is nothing."""
    if event == "open":
        return bool((given[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    return event in _TOUCHING


def killed_at(scenes: list[str], out: Path, engine: EngineOptions, operation: int) -> bool:
    """Whether a process was still alive at that operation, and was killed there."""
    process = FORKS.Process(target=begin, args=(scenes, str(out), engine, operation))
    process.start()
    process.join(WAIT_SECONDS)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def killed_after(scenes: list[str], out: Path, engine: EngineOptions, lines: int) -> bool:
    """Whether a process was still alive after it had recorded so much more, and was killed then."""
    process, wanted = FORKS.Process(target=begin, args=(scenes, str(out), engine)), _recorded(out) + lines
    process.start()
    while _recorded(out) < wanted and process.is_alive():
        process.join(_LOOK_SECONDS)
    process.kill()
    process.join(WAIT_SECONDS)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def _recorded(out: Path) -> int:
    """How many lines all records have."""
    count = 0
    for path in out.glob("episodes/*.jsonl"):
        with suppress(FileNotFoundError):
            count += path.read_bytes().count(b"\n")
    return count


def finished(out: Path, scenes: list[str], engine: EngineOptions) -> RunResult:
    """The run when it has been gone on with to its end."""
    process = FORKS.Process(target=begin, args=(scenes, str(out), engine))
    process.start()
    process.join(WAIT_SECONDS)
    assert process.exitcode == 0
    folder = RunFolder(out)
    assert folder.manifest().status == "finished"
    return old_run(folder, None, ()).result


def left_alone(folder: Path) -> tuple[Any, Any]:
    """What a run comes to that nobody kills."""
    return told(finished(folder / "whole", write_scenes(folder), EngineOptions()))


def told(result: RunResult) -> tuple[Any, Any]:
    """All that must be equal: every record, and every planned episode with what became of it."""
    assert result.folder is not None
    found = [
        (tally.scenario, tally.planned, tally.begun, [(one.trial, one.outcome, one.blame) for one in tally.ordered])
        for tally in result.tallies
    ]
    return found, played(result.folder.path)


def moments(seed: int, count: int, most: int) -> list[int]:
    """Operations at which to kill, drawn from all."""
    return sorted(random.Random(seed).sample(range(1, most), count))
