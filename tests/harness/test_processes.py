"""Episodes in processes of their own: the same as in one, whatever becomes of a process."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import soundstage as facade
from harness.engine import EngineOptions
from tests.harness.agents import agent
from tests.harness.command import Command, start
from tests.harness.runs import outcome_of, played, steady
from tests.harness.scenes import NOTE, without_wall_clock, write_scene
from tests.harness.test_command_agents import alive, until_gone

PATIENCE_S = 240.0
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
WHEN = """
import pathlib
seen = pathlib.Path(sys.argv[1])
with seen.open("a") as file:
    file.write(f"{os.getpid()} ")
call("read_text_file", path="/workspace/a.txt")
while not pathlib.Path(sys.argv[2]).exists():
    time.sleep(0.02)
call("write_file", path="/workspace/out.txt", content="hello")
answer("done")
"""


def until(condition: Any) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def words_in(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def workers_of(pid: int) -> list[int]:
    """The processes that play for a run."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if b"worker.main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def waiting_run(folder: Path, *words: object) -> subprocess.Popen[str]:
    """A run whose agents have all begun and wait for a file named `gate`."""
    spec = agent(folder, WHEN, f"{folder / 'pids'} {folder / 'gate'}")
    run = start(folder, "run", write_scene(folder), "--agent", spec, "--engine", "processes", "--out", "out", *words)
    until(lambda: len(words_in(folder / "pids")) == 2)
    return run


def test_episodes_in_processes_equal_those_in_one(soundstage: Command, tmp_path: Path) -> None:
    write_scene(tmp_path)
    write_scene(tmp_path, NOTE.replace("hello}", "hallo}", 1), "other")
    words = ["run", tmp_path, "--agent", "script:reference", "--trials", 4, "--faults", "calm", "--faults", "slow-lane"]

    here = soundstage(*words, "--out", "here", "--json")
    there = soundstage(*words, "--out", "there", "--json", "--engine", "processes", "--workers", 2, "--parallel", 3)

    assert here.status == there.status == 1, there.err
    assert steady(json.loads(there.out)) == steady(json.loads(here.out))
    assert played(tmp_path / "there") == played(tmp_path / "here")
    assert len(played(tmp_path / "there")) == 16
    manifest = json.loads((tmp_path / "there/manifest.json").read_text())
    assert manifest["engine"] == {"name": "processes", "workers": 2}
    assert soundstage("show", tmp_path / "there/episodes/note@calm-1.jsonl", "--at", 2).status == 0


def test_a_run_that_is_not_kept_equals_one_in_this_process(tmp_path: Path) -> None:
    scene = write_scene(tmp_path)

    here = facade.run(scene, agent="script:reference", trials=2)
    there = facade.run(scene, agent="script:reference", trials=2, engine=EngineOptions("processes", 1))

    assert list(map(told, there.trajectories)) == list(map(told, here.trajectories))


def told(trajectory: Any) -> Any:
    return without_wall_clock(trajectory.model_dump(mode="json", warnings=False))


@LINUX
def test_a_process_that_is_killed_costs_an_attempt_and_takes_its_agents_along(
    soundstage: Command, tmp_path: Path
) -> None:
    run = waiting_run(tmp_path, "--trials", 2, "--workers", 2, "--json")
    victim = workers_of(run.pid)[0]
    agents = list(map(int, words_in(tmp_path / "pids")))

    os.kill(victim, signal.SIGKILL)
    until(lambda: len(words_in(tmp_path / "pids")) == 3)
    (tmp_path / "gate").touch()
    out, err = run.communicate(timeout=PATIENCE_S)

    told = json.loads(out)
    assert (run.returncode, told["success"]["successes"], told["tried_again"]) == (0, 2, 1), err
    assert sorted(episode["attempt"] for episode in told["scenarios"][0]["episodes"]) == [1, 2]
    (broken,) = (tmp_path / "out/attempts").glob("*/*.jsonl")
    closing = json.loads(broken.read_text().splitlines()[-1])
    assert (closing["outcome"], closing["cause"], closing["blame"]) == ("invalid", "infrastructure", "infrastructure")
    assert closing["note"] == "the worker that played it died (signal 9)"
    assert until_gone(*agents)


@LINUX
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_processes_and_their_agents_end_with_the_run(soundstage: Command, tmp_path: Path, number: int) -> None:
    run = waiting_run(tmp_path, "--trials", 4, "--workers", 2)
    everybody = [*workers_of(run.pid), *map(int, words_in(tmp_path / "pids"))]
    assert len(everybody) == 4
    assert all(map(alive, everybody))

    run.send_signal(number)
    run.communicate(timeout=PATIENCE_S)

    assert until_gone(*everybody)
    (tmp_path / "gate").touch()
    told = outcome_of(soundstage, tmp_path / "out")
    assert (told["ended"], told["success"]["successes"], told["lost"]) == (4, 4, 0)


def test_processes_that_keep_dying_end_the_run_with_a_clear_word(soundstage: Command, tmp_path: Path) -> None:
    (tmp_path / "scenes").mkdir()
    write_scene(tmp_path / "scenes")
    body = "for line in open(f'/proc/{os.getppid()}/status'):\n"
    body += "    if line.startswith('PPid:'): os.kill(int(line.split()[1]), signal.SIGKILL)\n"
    words = ["run", "scenes", "--agent", agent(tmp_path, body), "--trials", 40, "--out", "out", "--workers", 1]

    ran = soundstage(*words, "--engine", "processes", "--parallel", 1, "--retries", 1)

    assert ran.status == 3
    line = re.search(r"The run broke off: (\d+) episodes in a row were lost", ran.out.replace("\n", " "))
    assert line is not None, ran.out
    assert int(line[1]) <= 10
    assert "signal 9" in ran.out
    assert "not run" in ran.out
    assert "soundstage run --resume out" in ran.out


def test_what_processes_cannot_play_is_refused_before_anything_is_played(soundstage: Command, tmp_path: Path) -> None:
    ran = soundstage("run", write_scene(tmp_path), "--agent", "external", "--engine", "processes", "--out", "out")

    assert (ran.status, "external agents need a terminal" in ran.err) == (2, True)
    assert not (tmp_path / "out").exists()
