"""Runs that are killed at every one of hundreds of moments, gone on with, and compared with one that was left alone."""

import random
import shutil
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.measure import Row
from harness.engine import EngineOptions
from tests.harness import killed

OPERATIONS: Final = range(1, 291)
"""Each operation on files of the run that `tests/harness/killed.py` plays."""
PROCESS_KILLS: Final = 60
_HERE: Final = EngineOptions()
_THERE: Final = EngineOptions("processes", 2)


def rows() -> list[Row]:
    """The rows of the report."""
    place = Path(tempfile.mkdtemp())
    try:
        whole = killed.left_alone(place)
        at = [_at(place / f"at-{operation}", operation) == whole for operation in OPERATIONS]
        after = [_after(place / f"after-{seed}", seed) == whole for seed in range(PROCESS_KILLS // 3)]
    finally:
        shutil.rmtree(place)
    return [
        _row("killed at an operation on files and again while going on, in one process", at),
        _row("killed three times at random, in two processes", after),
    ]


def _row(name: str, equal: list[bool]) -> Row:
    return Row(f"runs {name}: the same result", f"{sum(equal)} of {len(equal)}", must="all", met=all(equal))


def _at(folder: Path, operation: int) -> object:
    folder.mkdir()
    scenes = killed.write_scenes(folder)
    killed.killed_at(scenes, folder / "out", _HERE, operation)
    killed.killed_at(scenes, folder / "out", _HERE, operation // 2 + 1)
    return killed.told(killed.finished(folder / "out", scenes, _HERE))


def _after(folder: Path, seed: int) -> object:
    folder.mkdir()
    scenes, drawn = killed.write_scenes(folder), random.Random(seed)
    for _ in range(3):
        killed.killed_after(scenes, folder / "out", _THERE, drawn.randint(0, 20))
    return killed.told(killed.finished(folder / "out", scenes, _THERE))
