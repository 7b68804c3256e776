"""Every kind of fault, one after the other, under agents of every sort: no episode breaks, each is recorded whole, and
what became of the agent is told apart.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from fault_injection.fault import Delivering, Fault, Refusing, Rewriting, Saying, faults
from harness.recording.record import read_trajectory
from harness.trajectory import Trajectory
from tests.harness.command import Command
from tests.harness.records import assert_published_form
from tests.harness.scenes import write_scene

AGENT: Final = Path(__file__).parent / "sdk_agent.py"
ROWS: Final = [{"id": n, "name": f"n{n}", "cents": 100 * n} for n in range(1, 6)]
SCENE: Final = """
soundstage: 1
task: Write hello into /w/out.txt, then say what stands there and how many cents the rows of /w/rows.json have.%s
world:
  world: tiny
  clock: 2026-03-02T09:00:00Z
  servers:
    files: {kind: filesystem, root: /w, tree: {rows.json: %s, note.txt: one}}
success:
  written: {file: /w/out.txt, is: hello}
  said: {said: {matches: "^hello 1500$"}}
limits: {steps: 60, minutes: 10}
faults: [%s]
seeds: {world: 1}
"""
SCRIPT: Final = """
- files.write_file: {path: /w/out.txt, content: hello}
- files.read_text_file: {path: /w/out.txt}
- files.read_text_file: {path: /w/rows.json}
- say: hello 1500
"""
GIVEN: Final[dict[str, dict[str, Any]]] = {
    "concurrent_actor": {"do": {"do": "append", "with": {"path": "/w/note.txt", "text": "more"}}},
    "interruption": {"event": {"do": "append", "with": {"path": "/w/note.txt", "text": "late"}}},
    "latency": {"fixed": "50ms"}, "list_changed": {"vanishes": True, "length": "1s"},
    "schema_drift": {"field": "cents"}, "wrong_neighbour": {"field": "cents"},
    "hang": {"length": "5m"}, "lock_held": {"waits": "5m"}, "silence": {"length": "2s"},
    "slow_body": {"length": "200ms"}, "slow_head": {"length": "200ms"}, "timed_out": {"waits": "50ms"},
    **{name: {"wait": "1s"} for name, kind in faults if kind.lasts},
}  # fmt: skip
"""Settings of kinds that need some, or that would take long."""
HURRIED: Final = dict.fromkeys(("hang", "lock_held", "wrong_id"), " Wait 2 seconds for an answer.")
"""Kinds that leave one call without an answer however long its client waits."""
DONE, DIED, GAVE_UP, WRONG = "success", "failure client_died fault", "failure gave_up fault", "failure wrong fault"
ODD: Final = {
    "hang": DIED, "lock_held": DIED, "invalid_result": DIED, "lost_write": GAVE_UP, "stale_read": GAVE_UP,
    "partial_write": WRONG, "list_changed": GAVE_UP,
    **dict.fromkeys(("reordered", "structured_mismatch", "wrong_neighbour"), DONE),
}  # fmt: skip
"""Kinds that come to something else with this task: nobody waits as long as they take, or the sum is right."""
KINDS: Final = [name for name, kind in faults if "http" in kind.transports]
ELSEWHERE: Final = [name for name, kind in faults if "http" not in kind.transports]


def rule(kind: str) -> dict[str, Any]:
    """A rule that hits one call of those that the kind can do something to."""
    made: type[Fault] = faults.get(kind)
    where: dict[str, Any] = {"on": "files.write_file"}
    if issubclass(made, Rewriting):
        where = {"on": "files.read_text_file", "where": {"path": "/w/rows.json"}}
    if kind == "stale_read":
        where = {"on": "files.read_text_file", "where": {"path": "/w/out.txt"}, "budget": {"times": 1}}
    phase = {"phase": "after"} if issubclass(made, Delivering) and "after" in made.phases else {}
    where = where if "budget" in where else {**where, "nth": 1}
    return {"name": "hit", **where, "fault": kind, "with": GIVEN.get(kind, {}), **phase}


def scene(kind: str, made: dict[str, Any]) -> str:
    """A scenario with one rule."""
    return SCENE % (HURRIED.get(kind, ""), json.dumps(json.dumps(ROWS)), json.dumps(made))


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A folder with one scenario for each kind."""
    folder = tmp_path / "suite"
    folder.mkdir()
    for kind in KINDS:
        write_scene(folder, scene(kind, rule(kind)), kind.replace("_", "-"))
    return folder


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where agents on the SDK are to be had."""
    path = str(tmp_path_factory.mktemp("sdk") / "line")
    with subprocess.Popen([sys.executable, str(AGENT), "serve", path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "ready\n"
        yield path
        process.kill()


def ran(soundstage: Command, folder: Path, agent: str, *more: str) -> dict[str, Trajectory]:
    """The trajectories of a run, by kind."""
    out = folder.parent / "out"
    told = soundstage("run", str(folder), "--agent", agent, "--out", str(out), "--parallel", "6", "--json", *more)
    assert told.out, told.err
    return {kind: whole(out / "episodes" / f"{kind.replace('_', '-')}-1.jsonl") for kind in KINDS}


def whole(path: Path) -> Trajectory:
    """A trajectory that has everything."""
    assert_published_form(path)
    trajectory = read_trajectory(path)
    assert trajectory.closing is not None, path
    assert [step.step_number for step in trajectory.steps] == list(range(1, len(trajectory.steps) + 1))
    fired = [each["rule"] for step in trajectory.steps for each in step.rules if each["fired"]]
    assert set(fired) == {"inline/hit"} or trajectory.closing.departure.unanswered, path
    return trajectory


def fate(trajectory: Trajectory) -> str:
    """What became of the agent, and whose fault it is."""
    closing = trajectory.closing
    assert closing is not None and closing.departure.how == "finished", trajectory.closing
    return " ".join(filter(None, [closing.outcome, closing.undoing, closing.blame]))


def expected(kind: str) -> str:
    """What becomes of an agent that lets every exception end it, as far as its kind tells."""
    made = faults.get(kind)
    if kind in ODD:
        return ODD[kind]
    if issubclass(made, Saying):
        return GAVE_UP
    if issubclass(made, Refusing):
        return DIED
    if issubclass(made, Delivering):
        return DONE if made.arrives else DIED
    return WRONG if issubclass(made, Rewriting) else DONE


def played(kind: str, over: str) -> str:
    """What becomes of a script, which reads nothing and waits for everything; over HTTP its client repeats what does
    no harm where the answer was lost."""
    made = faults.get(kind)
    if issubclass(made, Rewriting) or kind == "hang":
        return DONE
    if kind == "lock_held":
        return GAVE_UP
    repeated = over == "http" and issubclass(made, Delivering) and kind != "http_status"
    return DONE if repeated else expected(kind)


def test_an_agent_that_every_exception_ends_is_told_apart_from_one_that_was_wrong(
    soundstage: Command, suite: Path, ready: str
) -> None:
    found = ran(soundstage, suite, f"{sys.executable} -I -S {AGENT} naive {ready}")

    assert {kind: fate(each) for kind, each in found.items()} == {kind: expected(kind) for kind in KINDS}


def test_an_agent_that_opens_another_client_gets_over_every_kind(soundstage: Command, suite: Path, ready: str) -> None:
    found = ran(soundstage, suite, f"{sys.executable} -I -S {AGENT} careful {ready}")

    assert {kind: fate(each) for kind, each in found.items()} == dict.fromkeys(KINDS, DONE)


@pytest.mark.parametrize("over", ["process", "http"])
def test_a_script_under_every_kind_is_recorded_whole(soundstage: Command, suite: Path, over: str) -> None:
    script = suite.parent / "script.yaml"
    script.write_text(SCRIPT)
    found = ran(soundstage, suite, f"script:{script}", "--over", over)

    assert {kind: fate(each) for kind, each in found.items()} == {kind: played(kind, over) for kind in KINDS}


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_kinds_that_exist_only_on_lines_are_refused_in_a_run(soundstage: Command, tmp_path: Path, kind: str) -> None:
    made = {**rule(kind), "on": "files"} if kind == "slow_start" else rule(kind)
    path = write_scene(tmp_path, scene(kind, made))
    found = soundstage("run", str(path), "--agent", "script:nothing", "--out", str(tmp_path / "out"))

    assert found.status == 2 and f"{kind} exists only over stdio" in found.err
    assert not (tmp_path / "out").exists()
