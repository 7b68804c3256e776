"""Agents that a person attaches: what is shown, how the answer is handed in, and that limits hold."""

import json
import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.recording.record import read_trajectory
from tests.harness.command import Command, start
from tests.harness.scenes import NOTE, write_scene
from tests.harness.stages import Agent
from tests.harness.test_command_agents import PATIENCE_SECONDS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


class Waiting:
    """A run that waits for a client."""

    def __init__(
        self, folder: Path, *words: object, scene: str = NOTE, stdin: int = subprocess.DEVNULL, until: str = "curl"
    ) -> None:
        command = ("run", write_scene(folder, scene), "--agent", "external", "--out", "out", *words)
        with (folder / "shown.txt").open("w") as file:
            self.run = start(folder, *command, stdin=stdin, stderr=file)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while until not in (shown := (folder / "shown.txt").read_text()) or not shown.endswith("\n"):
            assert time.monotonic() < deadline, shown
            time.sleep(0.01)
        self.shown = shown
        self.answers = re.findall(r"http://\S+", shown)[-1]
        block = shown[shown.index("{") : shown.index("The task:")]
        self.servers: dict[str, Any] = json.loads(block)["mcpServers"]

    def ended(self) -> tuple[int, str]:
        """The exit status and what was printed."""
        out, _ = self.run.communicate(timeout=PATIENCE_SECONDS)
        return self.run.returncode, out


def asked(method: str, url: str, **more: Any) -> httpx.Response:
    """What one request is answered, on a connection of its own."""
    return httpx.request(method, url, timeout=PATIENCE_SECONDS, **more)


def test_a_person_attaches_a_client_and_hands_in_the_answer(tmp_path: Path) -> None:
    waiting = Waiting(tmp_path, "--json")
    told = asked("GET", waiting.answers).json()

    with Agent(waiting.servers["files"]["url"]) as client:
        client.call("write_file", path="/workspace/out.txt", content="hello")
    refused = asked("POST", waiting.answers, content="x", headers={"origin": "http://elsewhere.test"})
    handed_in = asked("POST", waiting.answers, json={"answer": "done"})
    status, out = waiting.ended()

    assert (refused.status_code, handed_in.status_code) == (404, 200)
    assert (told["task"], told["mcpServers"]) == (
        "Write hello into /workspace/out.txt, then say done.",
        waiting.servers,
    )
    assert status == 0
    assert json.loads(out)["success"]["successes"] == 1
    trajectory = read_trajectory(tmp_path / "out/episodes/note-1.jsonl")
    assert (trajectory.opening.agent.kind, trajectory.opening.isolation) == ("external", "none")
    assert trajectory.closing is not None
    assert trajectory.closing.departure.answer == "done"
    assert "5 calls, 10 minutes at most" in waiting.shown


def test_an_answer_can_be_plain_text_and_too_long(tmp_path: Path) -> None:
    waiting = Waiting(tmp_path)

    assert asked("POST", waiting.answers, content=b"x" * 2_000_000).status_code == 413
    assert asked("PUT", waiting.answers).status_code == 405
    assert asked("GET", waiting.answers + "x").status_code == 404
    assert asked("POST", waiting.answers, content="all done\n").status_code == 200
    status, out = waiting.ended()

    assert status == 1
    assert "Isolation: none. The client ran where its person started it." in out
    closing = read_trajectory(tmp_path / "out/episodes/note-1.jsonl").closing
    assert closing is not None
    assert closing.departure.answer == "all done"


def test_limits_hold_for_people_too(tmp_path: Path) -> None:
    waiting = Waiting(tmp_path, scene=NOTE.replace("minutes: 10", "minutes: 0.02"))

    assert waiting.ended()[0] == 1
    assert read_trajectory(tmp_path / "out/episodes/note-1.jsonl").outcome == "timeout"


def test_the_answer_can_be_typed(tmp_path: Path) -> None:
    person, terminal = pty.openpty()
    try:
        waiting = Waiting(tmp_path, stdin=terminal, until="type it here")
        os.write(person, b"done by hand\n")
        status, _ = waiting.ended()
    finally:
        for file in (person, terminal):
            os.close(file)

    assert status == 1
    closing = read_trajectory(tmp_path / "out/episodes/note-1.jsonl").closing
    assert closing is not None
    assert closing.departure.answer == "done by hand"


@pytest.mark.parametrize("words", [["--isolation", "namespace"], ["--clean-env"], ["--workdir", "files"]])
def test_options_of_agents_that_are_started_are_refused(soundstage: Command, tmp_path: Path, words: list[str]) -> None:
    ran = soundstage("run", write_scene(tmp_path), "--agent", "external", *words)

    assert ran.status == 2
