"""Ten thousand scripted episodes as runs play them: recorded, judged, none lost, none doubled, memory flat.

They are played in three ways, some minutes each. What a way came to is kept in `.tools/batch` by commit until all three
have ended, so that measuring goes on with the next one after it was stopped; how far it is stands on stderr.
"""

import hashlib
import json
import multiprocessing
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import Row
from harness.agent import find_agent
from harness.engine import EngineOptions
from harness.recording.run_folder import RunFolder
from harness.recording.summary import Summary
from harness.running.begin import carry_out, new_run
from harness.running.order import Order
from harness.staging.suite import collect
from sandbox_server.ledger import Sink

EPISODES: Final = 10_000
MARKS: Final = (0.1, 0.5, 1.0)
"""Shares of the episodes at which memory is looked at."""
TOLD_EVERY: Final = 500
"""After so many episodes it is told how far a way is."""
KEPT: Final = Path(__file__).parent.parent / ".tools/batch"
WAYS: Final = {
    "one at a time": (1, EngineOptions()),
    "64 at a time": (64, EngineOptions()),
    "in two processes, 64 at a time": (64, EngineOptions("processes", 2)),
}
MUST_AN_HOUR: Final = 200_000
MUST_GROWTH: Final = 1.5
SCENE: Final = """
soundstage: 1
task: Write hello into /workspace/out.txt, then say done.
world:
  world: tiny
  clock: 2026-03-02T09:00:00Z
  servers: {files: {kind: filesystem, root: /workspace, tree: {a.txt: one}}}
success:
  written: {file: /workspace/out.txt, is: hello}
  said: {said: {matches: done}}
reference:
READS
  - files.write_file: {path: /workspace/out.txt, content: hello}
  - say: done
""".replace("READS", "\n".join(9 * ["  - files.read_text_file: {path: /workspace/a.txt}"]))
_WALL: Final = {"started_at", "wall_seconds", "real_ms"}


@dataclass(frozen=True, slots=True)
class Played:
    """What one run came to."""

    seconds: float
    rss_mb: tuple[float, ...]
    """Memory of the process that directs, at each mark."""
    ended: int
    records: int
    successes: int
    digest: str
    """Of all records, without what the clock of the host says."""

    @property
    def an_hour(self) -> float:
        """Episodes per hour."""
        return self.ended / self.seconds * 3600


class Meter:
    """A watcher that looks at the memory of its process, and tells how far the run is."""

    def __init__(self, name: str, planned: int) -> None:
        self._name = name
        self._planned = planned
        self._marks = [int(planned * share) for share in MARKS]
        self._ended = 0
        self._began = time.monotonic()
        self.rss_mb: list[float] = []

    def began(self, scenario: str, trial: int, steps_max: int) -> Sequence[Sink]:
        """Nobody to be told of calls."""
        return ()

    def ended(self, summary: Summary) -> None:
        """Look at a mark."""
        self._ended += 1
        if self._ended in self._marks:
            self.rss_mb.append(rss_mb())
        if self._ended % TOLD_EVERY == 0:
            seconds = time.monotonic() - self._began
            print(f"batch: {self._name}: {self._ended:,} of {self._planned:,}, {seconds:.0f} s", file=sys.stderr)


def rss_mb() -> float:
    """Megabytes that this process holds in memory."""
    words = Path("/proc/self/status").read_text(encoding="utf-8").partition("VmRSS:")[2].split()
    return int(words[0]) / 1024


def play(folder: str, name: str, episodes: int) -> Played:
    """One run in a folder of its own, measured from the first episode to the last."""
    parallel, engine = WAYS[name]
    place, scene = Path(folder) / name, Path(folder) / "batch.yaml"
    shutil.rmtree(place, ignore_errors=True)
    scene.write_text(SCENE, encoding="utf-8")
    order = Order(
        collect([str(scene)]), find_agent("script:reference"), episodes, parallel=parallel, paths=(str(scene),),
        engine=engine,
    )  # fmt: skip
    ready, meter, began = new_run(order, place), Meter(name, episodes), time.monotonic()
    carry_out(ready, meter)
    seconds = time.monotonic() - began
    names = {path.name for path in (place / "episodes").iterdir()}
    assert ready.result.folder is not None
    successes = sum(tally.successes for tally in ready.result.tallies)
    found = digest_of(ready.result.folder)
    return Played(seconds, tuple(meter.rss_mb), len(ready.result.summaries), len(names), successes, found)


def digest_of(folder: RunFolder) -> str:
    """A hash of all that was recorded, in the order planned."""
    found = hashlib.sha256()
    for planned in folder.manifest().planned:
        for line in (folder.path / planned.file).read_bytes().splitlines():
            found.update(json.dumps(_steady(json.loads(line)), sort_keys=True).encode())
    return found.hexdigest()


def _steady(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _steady(item) for name, item in value.items() if name not in _WALL}
    return [_steady(item) for item in value] if isinstance(value, list) else value


def measured(episodes: int) -> dict[str, Played]:
    """The same run in each way, in a process of its own; what was measured earlier is not again."""
    folder = KEPT / f"{_commit()}-{episodes}"
    folder.mkdir(parents=True, exist_ok=True)
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for name in WAYS:
            kept = folder / f"{name}.json"
            if not kept.exists():
                kept.write_text(json.dumps(asdict(pool.apply(play, (str(folder), name, episodes)))), encoding="utf-8")
                shutil.rmtree(folder / name)
    found = {name: Played(**json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))) for name in WAYS}
    shutil.rmtree(folder)
    return found


def _commit() -> str:
    """The commit that is measured."""
    words = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def rows() -> list[Row]:
    """The rows of the report."""
    found = measured(EPISODES)
    first = found["one at a time"]
    result = []
    for name, played in found.items():
        rss = " / ".join(f"{each:.0f}" for each in played.rss_mb)
        growth = played.rss_mb[-1] / played.rss_mb[0]
        whole = played.ended == played.records == played.successes == EPISODES
        result += [
            Row(f"recorded and judged ten-step episodes per hour, {name}", f"{played.an_hour:,.0f}",
                must=f">= {MUST_AN_HOUR:,}", met=played.an_hour >= MUST_AN_HOUR),
            Row(f"MB at {EPISODES // 10:,} / {EPISODES // 2:,} / {EPISODES:,} episodes, {name}", rss, ratio=growth,
                must=f"<= {MUST_GROWTH}x", met=growth <= MUST_GROWTH),
            Row(f"none lost, none doubled, equal to one at a time, {name}", f"{played.records:,} records",
                must=f"{EPISODES:,}, equal", met=whole and played.digest == first.digest),
        ]  # fmt: skip
    return result
