"""Small runs that tests of the store ask, share out and send."""

from pathlib import Path
from typing import Any, Final

from tests.harness.command import Command, Ran
from tests.harness.scenes import NOTE, write_scene

LOSING: Final = """
profile: losing
description: Writes are lost.
rules:
  - {name: lost, on: "files.write_file", fault: lost_write}
"""
ARMS: Final = ("--faults", "calm", "--faults", "losing.yaml")
_WALL: Final = {"seconds", "seconds_median", "run", "file", "thresholds"}


def run(soundstage: Command, folder: Path, *words: str, names: tuple[str, ...] = ("note",)) -> Ran:
    """A run of small scenarios by their references."""
    (folder / "suite").mkdir(exist_ok=True)
    (folder / "losing.yaml").write_text(LOSING, encoding="utf-8")
    for name in names:
        write_scene(folder / "suite", NOTE, name)
    return soundstage("run", "suite", "--agent", "script:reference", *words)


def told(value: Any) -> Any:
    """What a run says of itself, but for where it lies and what the host's clock says."""
    if isinstance(value, dict):
        return {key: told(item) for key, item in value.items() if key not in _WALL}
    return [told(item) for item in value] if isinstance(value, list) else value
