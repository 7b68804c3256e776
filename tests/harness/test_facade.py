"""`import soundstage`: episodes in Python code."""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import soundstage
from tests.harness.command import ROOT
from tests.harness.scenes import write_scene

OUT = {"path": "/workspace/out.txt", "content": "hello"}


@pytest.fixture
def episode(tmp_path: Path) -> Iterator[soundstage.Episode]:
    with soundstage.Episode(write_scene(tmp_path), seed=7) as opened:
        yield opened


def texts(episode: soundstage.Episode) -> list[str]:
    rows = episode.query("select path from files.files where kind = 'file' order by path")
    return [Path(row["path"]).name for row in rows]


def test_importing_it_imports_next_to_nothing() -> None:
    code = "import sys, soundstage; print(len({m for m in sys.modules if m.split('.')[0] in ('harness', 'pydantic')}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "0"


def test_everything_that_is_promised_can_be_had() -> None:
    assert all(hasattr(soundstage, name) for name in soundstage.__all__)
    assert set(soundstage.__all__) <= set(dir(soundstage))
    assert not hasattr(soundstage, "nothing")


def test_calls_change_the_world_and_are_steps(episode: soundstage.Episode) -> None:
    first = episode.digest
    answer = episode.call("files", "read_text_file", {"path": "/workspace/a.txt"})
    episode.call("files", "write_file", OUT)

    assert (answer.text, answer.failed) == ("one", False)
    assert episode.digest != first
    assert [step.action.tool for step in episode.steps] == ["read_text_file", "write_file"]
    assert [(change.path, change.kind, change.actors) for change in episode.diff()] == [
        ("files:/workspace/out.txt", "added", ("agent",))
    ]
    assert episode.seed == 7
    assert "read_text_file" in {tool["name"] for tool in episode.tools("files")}


def test_what_a_tool_refuses_is_an_answer_and_an_unknown_server_is_not(episode: soundstage.Episode) -> None:
    assert episode.call("files", "read_text_file", {"path": "/workspace/no"}).failed
    assert episode.call("files", "no_such_tool").failed
    with pytest.raises(soundstage.StageError, match="there is no server 'shop'"):
        episode.call("shop", "read_query", {})


def test_scores_follow_the_world_and_the_answer(episode: soundstage.Episode) -> None:
    before = episode.score("done")
    episode.call("files", "write_file", OUT)

    assert (before.success, before.outcome, before.reward) == (False, "failure", 0.0)
    assert episode.score("done").success
    assert episode.score("done").reward == pytest.approx((0.5 + 0.2 * 4 / 5) / 0.7)
    assert [check.verdict for check in episode.score().checks] == ["passed", "failed"]


def test_forks_go_their_own_ways(episode: soundstage.Episode) -> None:
    episode.call("files", "read_text_file", {"path": "/workspace/a.txt"})
    forks = episode.fork(3)
    forks[0].call("files", "write_file", OUT)

    assert [fork.score("done").success for fork in forks] == [True, False, False]
    assert not episode.score("done").success
    assert [len(fork.steps) for fork in forks] == [2, 1, 1]
    assert forks[1].digest == forks[2].digest == episode.digest


def test_restoring_goes_back_to_a_snapshot_or_a_step_with_its_steps(episode: soundstage.Episode) -> None:
    first = episode.digest
    episode.call("files", "write_file", OUT)
    kept, wanted = episode.snapshot(), episode.digest
    episode.call("files", "write_file", {**OUT, "content": "other"})

    assert episode.restore(kept) == wanted
    assert len(episode.steps) == 1
    assert episode.restore(step=0) == first
    assert episode.steps == ()
    with pytest.raises(soundstage.StageError):
        episode.restore("snap_9")


def test_a_branch_can_start_from_any_past_step(episode: soundstage.Episode) -> None:
    episode.call("files", "write_file", OUT)
    episode.call("files", "write_file", {**OUT, "path": "/workspace/more.txt"})

    [past] = episode.fork(step=1)

    assert texts(past) == ["a.txt", "b.json", "out.txt"]
    assert texts(episode) == ["a.txt", "b.json", "more.txt", "out.txt"]
    assert len(past.steps) == 1


def test_resetting_gives_the_first_state(episode: soundstage.Episode) -> None:
    first = episode.digest
    episode.call("files", "write_file", OUT)

    assert episode.reset() == first
    assert episode.diff() == []


def test_waiting_moves_the_worlds_clock(episode: soundstage.Episode) -> None:
    episode.wait(3_600)
    episode.call("files", "write_file", OUT)

    assert episode.steps[0].world_time.startswith("2026-03-02T10:00:00")


def test_agents_reach_the_servers_at_their_urls(episode: soundstage.Episode) -> None:
    info = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": info}
    head = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    request = urllib.request.Request(episode.servers["files"], json.dumps(message).encode(), head)
    with urllib.request.urlopen(request, timeout=120) as answer:
        assert "protocolVersion" in answer.read().decode()


@pytest.mark.anyio
async def test_it_works_inside_a_running_loop(tmp_path: Path) -> None:
    await asyncio.sleep(0)
    with soundstage.Episode(write_scene(tmp_path)) as episode:
        assert episode.call("files", "read_text_file", {"path": "/workspace/a.txt"}).text == "one"


def test_a_bare_world_is_an_episode_without_a_score(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text("world: w\nservers: {files: {kind: filesystem, tree: {x: y}}}\n")
    with soundstage.Episode(tmp_path / "w.yaml") as episode:
        assert episode.task == ""
        with pytest.raises(soundstage.HarnessError, match="nothing to score"):
            episode.score()


def test_runs_and_scores_are_functions(tmp_path: Path) -> None:
    result = soundstage.run(write_scene(tmp_path), agent="script:reference", trials=3, parallel=2, out=tmp_path / "out")

    assert (result.success.successes, result.success.trials) == (3, 3)
    scores = [soundstage.score(trajectory)["task_success"].value for trajectory in result.trajectories]
    assert scores == [1.0, 1.0, 1.0]
    assert soundstage.score(tmp_path / "out/episodes/note-1.jsonl")["task_success"].value == 1.0


def test_runs_can_stay_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    result = soundstage.run(write_scene(tmp_path), agent="script:nothing")

    assert result.folder is None
    assert result.trajectories[0].outcome == "failure"
    assert [path.name for path in tmp_path.iterdir()] == ["note.yaml"]


def test_what_fell_due_while_waiting_is_seen_without_a_call(tmp_path: Path) -> None:
    world = "world: w\nservers: {inbox: {kind: mail, account: me@l.test, people: {bo@l.test: {delay_s: 5}}}}\n"
    (tmp_path / "w.yaml").write_text(world)
    with soundstage.Episode(tmp_path / "w.yaml") as episode:
        episode.call("inbox", "send_message", {"to": ["bo@l.test"], "subject": "Lamps", "body": "?"})
        episode.wait(10)

        assert episode.query("select count(*) as n from inbox.messages where mailbox = 'bo@l.test'") == [{"n": 1}]
        assert len(episode.diff()) == 2


def test_what_cannot_be_forked_says_why(tmp_path: Path) -> None:
    real = Path(__file__).parents[1] / "sandbox_server" / "outside" / "real.py"
    command = json.dumps([sys.executable, str(real)])
    (tmp_path / "w.yaml").write_text(f"world: w\nservers: {{real: {{kind: mcp, command: {command}}}}}\n")
    with soundstage.Episode(tmp_path / "w.yaml") as episode:
        for act in (episode.fork, episode.snapshot, episode.reset):
            with pytest.raises(soundstage.WorldError, match="keeps its own state"):
                act()
