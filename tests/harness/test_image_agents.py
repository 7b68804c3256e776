"""Agents that are images: what they find and reach, and that nothing of them is left."""

import json
import os
import shlex
import signal
import time
from pathlib import Path

import pytest

from harness.recording.record import read_trajectory
from harness.trajectory import Closing
from tests.harness.agents import PRELUDE
from tests.harness.command import Command, start
from tests.harness.jails import IMAGE, containers_of
from tests.harness.scenes import write_scene
from tests.harness.test_command_agents import PATIENCE_SECONDS, WRITES

pytestmark = pytest.mark.usefixtures("image")
LOOKS = """
import socket
def connects(address):
    try:
        return bool(socket.create_connection(address, 2))
    except OSError as error:
        return type(error).__name__
print()
print(json.dumps({
    "words": sys.argv[1:], "folder": os.getcwd(), "user": os.getuid(), "work": os.path.exists("/mnt/work"),
    "outside": [connects(("192.0.2.1", 80)), connects(("one.example", 80))], "names": sorted(os.environ),
}))
"""


def spec_of(body: str, *words: str) -> str:
    """An image whose agent is a body after the prelude: what `docker run IMAGE WORDS` would start."""
    return shlex.join([f"image:{IMAGE}", "python3", "-c", PRELUDE + body, *words])


def run(soundstage: Command, folder: Path, body: str, *words: str) -> Closing:
    """What became of such an agent, which leaves nothing behind."""
    ran = soundstage("run", write_scene(folder), "--agent", spec_of(body, *words), "--out", "out")
    record = folder / "out/episodes/note-1.jsonl"
    assert record.exists(), ran.err
    closing = read_trajectory(record).closing
    assert closing is not None, ran.err
    assert containers_of(os.getpid()) == []
    return closing


def test_it_finds_its_desk_and_reaches_its_servers_alone(soundstage: Command, tmp_path: Path) -> None:
    closing = run(soundstage, tmp_path, LOOKS + WRITES + "answer('done')\n", "{task}", "more")
    seen = json.loads((tmp_path / "out/agents/note-1/stdout.txt").read_text().strip().rpartition("\n")[2])

    assert closing.outcome == "success", closing.note
    assert seen["words"] == ["/mnt/task/task.md", "more"]
    assert (seen["folder"], seen["work"], seen["user"]) == ("/", False, os.getuid() or 65_534)
    assert True not in seen["outside"]
    assert set(seen["names"]) - {"LC_CTYPE"} == {"ANSWER_FILE", "HOME", "HOSTNAME", "MCP_CONFIG", "PATH", "TASK_FILE"}


def test_an_agent_that_forks_without_end_is_alone_with_that(soundstage: Command, tmp_path: Path) -> None:
    forks = (
        "count = 0\ntry:\n  while True:\n    os.fork() or time.sleep(60); count += 1\n"
        "except OSError: sys.exit(count > 500)\n"
    )

    closing = run(soundstage, tmp_path, forks)

    assert (closing.outcome, closing.blame, closing.departure.exit_code) == ("failure", "agent", 1)


def test_a_harness_that_is_killed_leaves_no_container(tmp_path: Path) -> None:
    body = "call('read_text_file', path='/workspace/a.txt'); time.sleep(600)\n"
    harness = start(tmp_path, "run", write_scene(tmp_path), "--agent", spec_of(body), "--out", "out")
    record, deadline = tmp_path / "out/episodes/note-1.jsonl", time.monotonic() + PATIENCE_SECONDS
    while not record.exists() or '"step"' not in record.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert len(containers_of(harness.pid)) == 1

    os.kill(harness.pid, signal.SIGKILL)
    harness.communicate(timeout=PATIENCE_SECONDS)
    while containers_of(harness.pid):
        assert time.monotonic() < deadline + PATIENCE_SECONDS
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("spec", "words", "said"),
    [
        ("image:no-such:image", [], "docker pull no-such:image"),
        (f"image:{IMAGE}", ["--isolation", "container", "--image", IMAGE], "leave out --image and --isolation"),
    ],
)
def test_what_cannot_be_is_said_before_anything_runs(
    soundstage: Command, tmp_path: Path, spec: str, words: list[str], said: str
) -> None:
    ran = soundstage("run", write_scene(tmp_path), "--agent", spec, *words)

    assert (ran.status, said in ran.err) == (2, True), ran.err
