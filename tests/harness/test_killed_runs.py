"""`kill -9` of the harness at any moment, then `--resume`: the missing episodes, and the same result."""

import random
from pathlib import Path
from typing import Any

import pytest

from harness.engine import EngineOptions
from tests.harness import killed

OPERATIONS = 290
MOMENTS = killed.moments(7, 7, OPERATIONS)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """What the run comes to that nobody kills."""
    return killed.left_alone(tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("operation", MOMENTS)
def test_a_run_that_was_killed_at_any_operation_comes_to_the_same(
    tmp_path: Path, whole: tuple[Any, Any], operation: int
) -> None:
    scenes, here = killed.write_scenes(tmp_path), EngineOptions()

    was_killed = killed.killed_at(scenes, tmp_path / "out", here, operation)
    killed.killed_at(scenes, tmp_path / "out", here, operation // 2 + 1)

    assert was_killed
    assert killed.told(killed.finished(tmp_path / "out", scenes, here)) == whole


def test_a_run_in_processes_that_was_killed_again_and_again_comes_to_the_same(
    tmp_path: Path, whole: tuple[Any, Any]
) -> None:
    scenes, there, drawn = killed.write_scenes(tmp_path), EngineOptions("processes", 2), random.Random(11)

    kills = sum(killed.killed_after(scenes, tmp_path / "out", there, drawn.randint(1, 16)) for _ in range(4))

    assert kills
    assert killed.told(killed.finished(tmp_path / "out", scenes, there)) == whole
