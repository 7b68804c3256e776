"""A stage by itself: no world, no memory; tokens from anywhere but its command line; what is in progress ends first."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox_server.serving.finding import Admin, Answered, Unreachable
from tests.harness.command import ROOT
from tests.harness.stages import WAIT_S, WORLD, Agent, Lines, Process

CHAT = {"soundstage": 1, "world": "chat", "servers": {"customer": {"kind": "user"}}}
FILES = {
    "soundstage": 1,
    "world": "pad",
    "servers": {"files": {"kind": "filesystem", "root": "/w", "tree": {"a.txt": "one"}}},
}
Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a stage with words and variables; both ports are free ones. It ends with the test."""
    processes: list[Process] = []

    def started(*words: str, text: str = "", **variables: str) -> Process:
        popen = subprocess.Popen(
            [sys.executable, "-m", "sandbox_server", "--port", "0", "--admin-port", "0", *words],
            cwd=ROOT, env={**os.environ, **variables}, text=True, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert popen.stdin and popen.stdout and popen.stderr
        process = Process(popen, Lines(popen.stdout), Lines(popen.stderr))
        processes.append(process)
        popen.stdin.write(text)
        popen.stdin.close()
        return process

    yield started
    for process in processes:
        process.close()


def ready(process: Process) -> dict[str, Any]:
    line = process.out.next()
    assert line is not None, process.err.rest()
    told: dict[str, Any] = json.loads(line)
    return told


def refusal(process: Process) -> str:
    """What it says when it does not start; it says nothing on stdout."""
    assert process.popen.wait(WAIT_S) == 2
    assert process.out.rest() == []
    return "\n".join(process.err.rest())


def test_it_needs_no_world_and_takes_episodes_from_its_owner(start: Start) -> None:
    told = ready(start())
    admin = Admin(told["admin"], told["token"])

    assert sorted(told) == ["admin", "agents", "token"]
    assert admin.ask("GET", "/episodes") == {"episodes": []}
    episode = admin.ask("POST", "/episodes", {"world": FILES})
    assert episode["servers"]["files"].startswith(told["agents"])
    with Agent(episode["servers"]["files"]) as agent:
        assert agent.call("read_text_file", path="/w/a.txt") == "one"
    admin.ask("DELETE", f"/episodes/{episode['id']}")
    assert httpx.post(episode["servers"]["files"]).status_code == 404


def test_a_world_can_be_there_from_the_start(start: Start, tmp_path: Path) -> None:
    (tmp_path / "world.yaml").write_text(WORLD)

    told = ready(start("--world", str(tmp_path / "world.yaml"), "--clock", "virtual", TOKEN="guests-token"))

    assert told["episode"] == "default"
    assert told["servers"]["more"] == f"{told['agents']}/guests-token/more/mcp"
    seen = Admin(told["admin"], told["token"]).ask("GET", "/episodes/default")
    assert (seen["digest"], seen["clock"]["mode"]) == (told["digest"], "virtual")


@pytest.mark.parametrize("way", ["variable", "file", "stdin"])
def test_the_owners_token_comes_by_the_environment_a_file_or_stdin_and_is_not_told(
    start: Start, tmp_path: Path, way: str
) -> None:
    token = "of-the-owner-only"
    (tmp_path / "token").write_text(f"{token}\n")
    variables = {
        "variable": {"ADMIN_TOKEN": token},
        "file": {"ADMIN_TOKEN_FILE": str(tmp_path / "token")},
        "stdin": {"ADMIN_TOKEN_FILE": "/dev/stdin"},
    }

    told = ready(start(text=token if way == "stdin" else "", **variables[way]))

    assert token not in json.dumps(told) and "token" not in told
    assert Admin(told["admin"], token).ask("GET", "/health") == {"status": "ok", "episodes": 0}
    with pytest.raises(Answered, match="not the stage's admin token"):
        Admin(told["admin"], "another-token").ask("GET", "/health")


def test_neither_listener_answers_what_belongs_to_the_other(start: Start) -> None:
    told = ready(start())
    owner = {"authorization": f"Bearer {told['token']}"}

    assert httpx.get(f"{told['agents']}/admin/v1/health", headers=owner).status_code == 404
    episode = Admin(told["admin"], told["token"]).ask("POST", "/episodes", {"world": FILES})
    strayed = episode["servers"]["files"].replace(told["agents"], told["admin"])
    assert httpx.post(strayed, headers=owner).status_code == 404


def test_what_is_in_progress_ends_before_the_stage_does_and_its_owner_can_still_help(start: Start) -> None:
    process = start("--grace-s", "30")
    told = ready(process)
    admin = Admin(told["admin"], told["token"])
    episode = admin.ask("POST", "/episodes", {"world": CHAT})
    turns = f"/episodes/{episode['id']}/turns"
    admin.ask("GET", turns)
    heard: list[str] = []
    with Agent(episode["servers"]["customer"]) as agent:
        call = threading.Thread(target=lambda: heard.append(agent.call("send_message", text="Hello?")))
        call.start()
        turn = pending(admin, turns)

        process.popen.send_signal(signal.SIGTERM)
        wait_until_closed(told["agents"])
        admin.ask("POST", turns, {"id": turn, "text": "Here I am."})
        call.join(WAIT_S)

    assert "Here I am." in heard[0]
    assert process.popen.wait(WAIT_S) == 0
    assert process.err.rest() == []
    with pytest.raises(Unreachable):
        admin.ask("GET", "/health")


def pending(admin: Admin, turns: str) -> str:
    """The message that waits for an answer, as soon as it does."""
    with admin.opened("GET", turns, accept="text/event-stream", wait_s=WAIT_S) as events:
        for line in events:
            waiting = json.loads(line[6:])["turns"] if line.startswith(b"data: ") else []
            if waiting:
                return str(waiting[0]["id"])
    raise AssertionError("nothing waits")


def wait_until_closed(url: str) -> None:
    """Until nobody is let in any more: each try is answered, or refused at once."""
    for _ in range(2_000):
        try:
            httpx.get(url, timeout=WAIT_S)
        except httpx.HTTPError:
            return
    raise AssertionError("it still listens")


def test_health_tells_a_stage_that_answers_from_one_that_does_not(start: Start) -> None:
    process = start()
    told = ready(process)
    ports = {name: told[door].rpartition(":")[2] for name, door in (("PORT", "agents"), ("ADMIN_PORT", "admin"))}

    def asked(**variables: str) -> int:
        words = [sys.executable, "-m", "sandbox_server", "--healthy"]
        return subprocess.run(words, cwd=ROOT, env={**os.environ, **variables}, check=False).returncode

    assert asked(**ports) == 0
    assert asked(**{**ports, "ADMIN_PORT": ports["PORT"]}) == 1
    process.stop()
    assert asked(**ports) == 1


def test_an_address_can_be_named_by_its_network(start: Start) -> None:
    told = ready(start("--host", "127.0.0.0/8", "--admin-host", "127.0.0.1"))

    assert told["agents"].startswith("http://127.")
    assert httpx.get(told["agents"]).status_code == 404


@pytest.mark.parametrize(
    ("words", "variables", "told"),
    [
        (["--host", "240.0.0.0/24"], {}, "no address in 240.0.0.0/24"),
        (["--admin-host", "here/there"], {}, "no network"),
        (["--clock", "sun"], {}, "virtual, flowing, real"),
        (["--port", "70000"], {}, "0 to 65535"),
        (["--seed", "-1"], {}, "0 to 9223372036854775807"),
        (["--grace-s", "-1"], {}, "0 to 3600"),
        (["--world", "nowhere"], {}, "nowhere"),
        ([], {"GRACE_S": "long"}, "not 'long'"),
        ([], {"ADMIN_TOKEN": "short"}, "8 to 200"),
        ([], {"ADMIN_TOKEN": "same-token", "TOKEN": "same-token"}, "must not be the owner's"),
        ([], {"ADMIN_TOKEN_FILE": "/nowhere/token"}, "ADMIN_TOKEN_FILE"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    start: Start, words: list[str], variables: dict[str, str], told: str
) -> None:
    assert told in refusal(start(*words, **variables))
