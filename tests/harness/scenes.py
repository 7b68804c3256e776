"""Small scenarios that tests write down and run."""

import json
from pathlib import Path
from typing import Any

from harness.scenario import Scenario
from harness.staging.planning import read_scenario

WALL = {"started_at", "wall_seconds", "real_ms"}

NOTE = """
soundstage: 1
task: Write hello into /workspace/out.txt, then say done.
world:
  world: tiny
  clock: 2026-03-02T09:00:00Z
  servers:
    files: {kind: filesystem, root: /workspace, tree: {a.txt: one, "b.json": '{"n": [1, {"x": 2}]}'}}
success:
  written: {file: /workspace/out.txt, is: hello}
  said: {said: {matches: done}}
limits: {steps: 5, minutes: 10}
reference:
  - files.read_text_file: {path: /workspace/a.txt}
  - files.write_file: {path: /workspace/out.txt, content: hello}
  - say: done
"""


def write_scene(folder: Path, text: str = NOTE, name: str = "note") -> Path:
    """A scenario file."""
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def scene(folder: Path, text: str = NOTE, name: str = "note") -> Scenario:
    """A scenario read from a file."""
    return read_scenario(write_scene(folder, text, name))


def read_json(path: Path) -> Any:
    """What a JSON file holds."""
    return json.loads(path.read_text(encoding="utf-8"))


def record_of(path: Path) -> list[Any]:
    """The records of a trajectory file without what the host's clock says."""
    return [without_wall_clock(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def without_wall_clock(value: Any) -> Any:
    """A record without its wall-clock fields, at any depth."""
    if isinstance(value, dict):
        return {key: without_wall_clock(item) for key, item in value.items() if key not in WALL}
    return [without_wall_clock(item) for item in value] if isinstance(value, list) else value
