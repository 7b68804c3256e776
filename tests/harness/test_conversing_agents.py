"""Agents that converse: by POST and by lines, one conversation an episode, to the end of either side."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.agent import Agent, AgentError, Options, find_agent
from harness.agents import http
from harness.episode import run_episode
from harness.plan import Plan
from harness.serving.house import opened_house
from harness.staging.prepared import Builder
from harness.staging.seeds import seeds_of
from harness.trajectory import Trajectory
from sandbox_server.turns import SAYS
from tests.harness.scenes import scene
from tests.harness.sockets import unanswered_port
from tests.harness.talks import desk

pytestmark = pytest.mark.anyio

REPLIES = (
    "I am sorry. What is your email address?",
    "Thank you. On which day was it, please? On which date?",
    "I really need the day.",
    "I have issued the refund. It arrives by 6 March.",
)
BOT = """
import json, sys
replies = REPLIES
for line in sys.stdin:
    told = json.loads(line)
    print("[log] not for anybody", file=sys.stderr)
    if told["turn"] > len(replies):
        break
    print(json.dumps({"message": replies[told["turn"] - 1]}), flush=True)
""".replace("REPLIES", repr(REPLIES))


class _Handler(BaseHTTPRequestHandler):
    said: list[Any]
    status = 200
    told_bytes: int | None = None
    """How long it calls its answers, where that is not how long they are."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.said.append(told)
        body = json.dumps({"message": REPLIES[min(told["turn"], len(REPLIES)) - 1]}).encode()
        self.send_response(self.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(self.told_bytes or len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def endpoint(status: int = 200, told_bytes: int | None = None) -> Iterator[tuple[str, list[Any]]]:
    said: list[Any] = []
    handler = type("Handler", (_Handler,), {"said": said, "status": status, "told_bytes": told_bytes})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/chat", said
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


async def played(folder: Path, agent: Agent, *changes: tuple[str, str]) -> Trajectory:
    scenario = desk(folder, *changes)
    agent.check(scenario)
    plan = Plan(Builder().prepare(scenario, 1), 1, seeds_of(scenario.seeds, 1, 1), scenario.limits)
    async with opened_house("127.0.0.1") as house:
        return await run_episode(plan, agent, house)


async def test_an_agent_at_a_url_converses_one_post_a_turn(tmp_path: Path) -> None:
    with endpoint() as (url, said):
        trajectory = await played(tmp_path, find_agent(url), ("patience: 6", "patience: 4"))

    assert [told["turn"] for told in said] == [1, 2, 3, 4, 5]
    assert said[0]["message"] == "I was charged twice. Sort it out."
    assert "ida@example.test" in said[1]["message"]
    assert said[2]["history"][:2] == [
        {"role": "user", "content": "I was charged twice. Sort it out."},
        {"role": "assistant", "content": REPLIES[0]},
    ]
    assert trajectory.closing is not None
    assert trajectory.closing.departure.answer == REPLIES[-1]
    assert "ever mind" in trajectory.steps[-2].action.arguments["text"]


async def test_an_agent_at_a_url_is_given_the_other_servers(tmp_path: Path) -> None:
    with endpoint() as (url, said):
        await played(tmp_path, find_agent(url))

    assert set(said[0]["mcpServers"]) == {"shop", "phone"}
    assert len({told["conversation"] for told in said}) == 1


async def test_an_endpoint_that_fails_midway_is_the_agents_failure(tmp_path: Path) -> None:
    with endpoint(500) as (url, _):
        trajectory = await played(tmp_path, find_agent(url))

    assert trajectory.outcome == "failure"
    assert trajectory.closing is not None and "status 500" in trajectory.closing.departure.note


async def test_an_endpoint_that_says_too_much_is_the_agents_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "WORDS_BYTES_MAX", 10)
    with endpoint() as (url, _):
        trajectory = await played(tmp_path, find_agent(url))

    assert trajectory.outcome == "failure"
    assert trajectory.closing is not None and "more than 10 bytes" in trajectory.closing.departure.note


async def test_an_endpoint_that_hangs_up_is_told_in_words(tmp_path: Path) -> None:
    with endpoint(told_bytes=1_000) as (url, _):
        trajectory = await played(tmp_path, find_agent(url))

    assert trajectory.outcome == "invalid"
    assert trajectory.closing is not None and trajectory.closing.departure.note.endswith("the server hung up")


async def test_an_endpoint_that_nobody_listens_at_is_no_failure_of_the_agent(tmp_path: Path) -> None:
    with unanswered_port() as port:
        trajectory = await played(tmp_path, find_agent(f"http://127.0.0.1:{port}/chat"))

    assert (trajectory.outcome, trajectory.closing and trajectory.closing.cause) == ("invalid", "infrastructure")


async def test_a_command_converses_in_lines(tmp_path: Path) -> None:
    bot = tmp_path / "bot.py"
    bot.write_text(BOT, encoding="utf-8")
    trajectory = await played(tmp_path, find_agent(f"chat:{sys.executable} {bot}"))
    spoken = [step.action.arguments["text"] for step in trajectory.steps if step.action.tool == SAYS]

    assert trajectory.closing is not None
    assert trajectory.closing.departure.answer == REPLIES[-1]
    assert "27 February" in spoken[3]
    assert [step.action.tool for step in trajectory.steps if step.by_agent].count("send_message") == 4


async def test_a_command_that_stays_silent_or_dies_ends_the_conversation(tmp_path: Path) -> None:
    bot = tmp_path / "bot.py"
    bot.write_text("import sys; sys.stdin.readline(); sys.exit(3)", encoding="utf-8")
    trajectory = await played(tmp_path, find_agent(f"chat:{sys.executable} {bot}"))

    assert trajectory.outcome == "failure"
    assert trajectory.closing is not None and trajectory.closing.departure.exit_code == 3


async def test_a_command_that_talks_nonsense_is_told_apart(tmp_path: Path) -> None:
    bot = tmp_path / "bot.py"
    bot.write_text("import sys; sys.stdin.readline(); print('no json', flush=True); sys.stdin.read()", encoding="utf-8")
    trajectory = await played(tmp_path, find_agent(f"chat:{sys.executable} {bot}"))

    assert trajectory.closing is not None and "no JSON" in trajectory.closing.departure.note


async def test_without_people_the_task_is_the_only_message(tmp_path: Path) -> None:
    scenario = scene(tmp_path)
    with endpoint() as (url, said):
        agent = find_agent(url)
        plan = Plan(Builder().prepare(scenario, 1), 1, seeds_of(scenario.seeds, 1, 1), scenario.limits)
        async with opened_house("127.0.0.1") as house:
            trajectory = await run_episode(plan, agent, house)

    assert [told["message"] for told in said] == [scenario.task]
    assert trajectory.closing is not None and trajectory.closing.departure.answer == REPLIES[0]


@pytest.mark.parametrize("spec", ["http:nowhere", "http:ftp://x/y", "chat:", "chat:no_such_program_here"])
def test_what_names_no_agent_is_refused(spec: str) -> None:
    with pytest.raises(AgentError):
        find_agent(spec)


def test_an_agent_at_a_url_takes_no_options_of_commands() -> None:
    with pytest.raises(AgentError, match="somebody else"):
        find_agent("http://localhost:1/", Options(clean_env=True))
