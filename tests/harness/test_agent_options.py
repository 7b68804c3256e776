"""What the options give to agents, whatever their kind: their environment, servers of the user's own, limits."""

import json
from pathlib import Path

import pytest

from harness.recording.record import read_trajectory
from tests.harness.agents import agent
from tests.harness.command import Command
from tests.harness.scenes import NOTE, read_json, write_scene
from tests.harness.test_command_agents import WRITES, play

OWN = {"mcpServers": {"mine": {"command": "my-server", "args": ["-x"], "env": {"KEY": "hush"}}}}
TELL = "answer(json.dumps({'names': sorted(os.environ), 'keys': [os.environ.get('KEY'), os.environ.get('OTHER')]}))\n"


def given(soundstage: Command, folder: Path, *words: object) -> dict[str, list[str]]:
    """What an agent found in its environment."""
    ran = soundstage("run", write_scene(folder), "--agent", agent(folder, TELL), "--out", "out", *words)
    assert ran.status == 1, ran.err
    found: dict[str, list[str]] = json.loads((folder / "out/agents/note-1/answer.md").read_text())
    return found


def test_the_environment_is_handed_on_or_clean(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "k")
    monkeypatch.setenv("OTHER", "o")
    monkeypatch.setenv("SOUNDSTAGE_X", "s")

    whole = given(soundstage, tmp_path)
    (tmp_path / "out").rename(tmp_path / "whole")
    clean = given(soundstage, tmp_path, "--clean-env", "--pass-env", "KEY")

    assert whole["keys"] == ["k", "o"]
    assert "SOUNDSTAGE_X" not in whole["names"]
    assert clean["keys"] == ["k", None]
    known = {"ANSWER_FILE", "MCP_CONFIG", "TASK_FILE", "KEY", "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR"}
    assert set(clean["names"]) <= known | {"USER", "LOGNAME", "TZ", "TEMP", "TMP"}


def test_a_variable_that_is_not_set_cannot_be_passed(soundstage: Command, tmp_path: Path) -> None:
    ran = soundstage("run", write_scene(tmp_path), "--agent", agent(tmp_path, ""), "--pass-env", "NO_SUCH_NAME")

    assert ran.status == 2
    assert "NO_SUCH_NAME is not set" in ran.err


def test_servers_of_ones_own_stand_beside_ours_and_are_named(soundstage: Command, tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text(json.dumps(OWN))
    body = WRITES + "answer('done ' + json.dumps(json.load(open(os.environ['MCP_CONFIG']))['mcpServers']))\n"

    ran = soundstage(
        "run", write_scene(tmp_path), "--agent", agent(tmp_path, body), "--mcp-config", "own.json", "--out", "out"
    )

    servers = json.loads((tmp_path / "out/agents/note-1/answer.md").read_text().removeprefix("done "))
    assert (servers["mine"], sorted(servers)) == (OWN["mcpServers"]["mine"], ["files", "mine"])
    assert read_trajectory(tmp_path / "out/episodes/note-1.jsonl").opening.agent.unrecorded == ("mine",)
    assert "Not recorded: what the agent did with your own servers (mine)." in " ".join(ran.out.split())
    assert "not recorded mine" in soundstage("show", "out/episodes/note-1.jsonl").out
    recorded = (tmp_path / "out/episodes/note-1.jsonl").read_text().partition("\n")[0]
    assert "hush" not in recorded + (tmp_path / "out/manifest.json").read_text()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"mcpServers": {"files": {"url": "http://x"}}}', "files is the name of a server of note as well"),
        ('{"servers": {}}', "does not list servers"),
        ('{"mcpServers": {"a": {}}}', "does not list servers"),
        ("{,", "is no JSON"),
    ],
)
def test_server_lists_that_cannot_be_used_are_refused(
    soundstage: Command, tmp_path: Path, text: str, complaint: str
) -> None:
    (tmp_path / "own.json").write_text(text)

    ran = soundstage("run", write_scene(tmp_path), "--agent", agent(tmp_path, ""), "--mcp-config", "own.json")

    assert ran.status == 2
    assert complaint in ran.err


@pytest.mark.parametrize(("limit", "steps"), [(1, 1), (3, 3)])
def test_calls_that_repeat_without_effect_end_an_episode(
    soundstage: Command, tmp_path: Path, limit: int, steps: int
) -> None:
    text = NOTE.replace("steps: 5", f"steps: 50, same_call: {limit}")
    body = "while True: call('read_text_file', path='/workspace/a.txt')\n"

    trajectory = play(soundstage, tmp_path, body, text)

    assert trajectory.closing is not None
    assert (trajectory.outcome, trajectory.closing.departure.how) == ("timeout", "same_call")
    assert len(trajectory.steps) == steps


def test_calls_in_between_or_with_an_effect_begin_the_count_anew(soundstage: Command, tmp_path: Path) -> None:
    text = NOTE.replace("steps: 5", "steps: 50, same_call: 2")
    body = "for number in range(6):\n    call('read_text_file', path='/workspace/a.txt')\n"
    body += "    call('list_directory', path='/workspace')\n"
    body += "    call('edit_file', path='/workspace/a.txt', edits=[{'oldText': 'o', 'newText': 'oo'}])\n"

    trajectory = play(soundstage, tmp_path, body + WRITES + "answer('done')\n", text)

    assert trajectory.outcome == "success"
    assert read_json(tmp_path / "out/manifest.json")["status"] == "finished"
