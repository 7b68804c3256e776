"""No process of an agent outlives its run, whoever is killed and however it hides."""

import json
import os
import random
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from harness.isolations import container
from harness.recording.record import read_trajectory
from tests.harness.agents import agent
from tests.harness.command import Command, start
from tests.harness.jails import ISOLATIONS, containers_of, python_in, words_of
from tests.harness.scenes import NOTE, write_scene
from tests.harness.test_command_agents import WRITES, alive, play, until_gone

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="keepers need Linux")

PATIENCE_SECONDS = 120.0
CALL_ON = "while True: call('read_text_file', path='/workspace/a.txt')\n"
"""An agent that calls on is stopped where its steps end, however long it takes to come to that."""
DAEMONS = """
def hide(mark):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for file in range(3):
                os.close(file)
            note = "open(%r, 'a').write(str(__import__('os').getpid()) + ' '); __import__('time').sleep(600)" % mark
            os.execve(sys.executable, [sys.executable, "-c", note], {})
        os._exit(0)
    os.wait()
"""


def pids_in(path: Path) -> list[int]:
    return [int(word) for word in path.read_text().split()] if path.exists() else []


def test_daemons_that_cleared_their_environment_end_with_the_agent(soundstage: Command, tmp_path: Path) -> None:
    body = DAEMONS + WRITES + "hide(sys.argv[1]); hide(sys.argv[1])\n"
    body += "while len(open(sys.argv[1]).read().split()) < 2: time.sleep(0.01)\nanswer('done')\n"
    (tmp_path / "pids").touch()

    trajectory = play(soundstage, tmp_path, body, arguments=str(tmp_path / "pids"))

    assert trajectory.outcome == "success"
    assert len(pids_in(tmp_path / "pids")) == 2
    assert not any(map(alive, pids_in(tmp_path / "pids")))


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_a_harness_killed_at_any_moment_leaves_no_process_and_no_folder(tmp_path: Path, isolation: str) -> None:
    pids = tmp_path / "shared"
    pids.mkdir()
    body = DAEMONS + "seen = os.path.join(os.path.dirname(os.environ['ANSWER_FILE']), 'pids')\n"
    body += "hide(seen); hide(seen)\nwhile True: call('read_text_file', path='/workspace/a.txt')\n"
    scene = write_scene(tmp_path, NOTE.replace("steps: 5", "steps: 100000"))
    spec, moments = agent(tmp_path, body, python=python_in(isolation)), random.Random(7)
    for number in range(2 if isolation == "container" else 5):
        run = start(
            tmp_path, "run", scene, "--agent", spec, "--out", f"out{number}", *words_of(isolation),
            env={**os.environ, "TMPDIR": str(pids), "PYTHONPATH": str(Path(__file__).parents[2])},
        )  # fmt: skip
        if isolation == "container":
            until_contained(run.pid)
        time.sleep(moments.random() + (0 if isolation == "container" else 0.5))
        below = descendants(run.pid)
        run.kill()
        run.communicate()

        assert until_gone(*below), number
        assert until_uncontained(run.pid), number
        assert until_cleared(pids), list(pids.iterdir())


def until_cleared(folder: Path) -> bool:
    """Whether every desk in a folder, and whatever else was there for a while, is cleared away in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while list(folder.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not list(folder.iterdir())


def until_uncontained(pid: int) -> bool:
    """Whether no container is left of a process, in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while containers_of(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not containers_of(pid)


def until_contained(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not containers_of(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def descendants(pid: int) -> list[int]:
    """Everybody who descends from a process; those who end meanwhile may be missing."""
    found: list[int] = []
    with suppress(OSError):
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in map(int, children.read_text().split()):
                found += [child, *descendants(child)]
    return found


def test_a_chain_of_processes_that_flees_is_caught(soundstage: Command, tmp_path: Path) -> None:
    body = """
log = open(sys.argv[1], "a")
if os.fork() == 0:
    while True:
        os.setsid() if os.getpgrp() != os.getpid() else None
        log.write(f"{os.getpid()} "); log.flush()
        if os.fork():
            os._exit(0)
while os.stat(sys.argv[1]).st_size < 1000: time.sleep(0.01)
"""
    trajectory = play(soundstage, tmp_path, body + CALL_ON, arguments=str(tmp_path / "pids"))

    assert trajectory.outcome == "timeout"
    length = (tmp_path / "pids").stat().st_size
    assert length >= 1000
    time.sleep(0.1)
    assert (tmp_path / "pids").stat().st_size == length


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_a_bomb_of_forks_is_stopped(
    soundstage: Command, tmp_path: Path, isolation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container, "PROCESSES_MAX", 100)
    body = "while True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n    time.sleep(0.05)\n"
    spec = agent(tmp_path, body, python=python_in(isolation))
    scene = write_scene(tmp_path, NOTE.replace("minutes: 1", "minutes: 0.05") if isolation == "container" else NOTE)

    ran = soundstage("run", scene, "--agent", spec, "--out", "out", *words_of(isolation))

    closing = read_trajectory(tmp_path / "out/episodes/note-1.jsonl").closing
    assert ran.status == 1, ran.err
    assert closing is not None
    assert closing.blame == "agent"
    if isolation == "container":
        assert (closing.outcome, containers_of(os.getpid())) == ("timeout", [])
    else:
        assert "it started more than 1000 processes" in closing.note


def test_an_agent_that_kills_its_parent_harms_only_itself(soundstage: Command, tmp_path: Path) -> None:
    body = WRITES + "answer('done'); os.kill(os.getppid(), signal.SIGKILL); time.sleep(600)\n"

    trajectory = play(soundstage, tmp_path, body)

    assert trajectory.closing is not None
    assert (trajectory.outcome, trajectory.closing.departure.exit_code) == ("success", -signal.SIGKILL)


def test_what_an_agent_writes_to_its_outputs_never_fills_the_harness(soundstage: Command, tmp_path: Path) -> None:
    body = """
import threading
def flood():
    while True:
        os.write(1, b'x' * 65536); os.write(2, b'y' * 65536)
        written.release()
written = threading.Semaphore(0)
threading.Thread(target=flood, daemon=True).start()
for _ in range(200): written.acquire()
"""
    trajectory = play(soundstage, tmp_path, body + CALL_ON)

    assert trajectory.outcome == "timeout"
    assert (tmp_path / "out/agents/note-1/stderr.txt").stat().st_size < 600_000
    assert json.loads((tmp_path / "out/manifest.json").read_text())["status"] == "finished"
