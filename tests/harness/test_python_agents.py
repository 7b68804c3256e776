"""Agents that are Python functions: called in a process of their own, by the names of their parameters."""

import os
import sys
from pathlib import Path

import pytest

from harness.recording.record import read_trajectory
from harness.trajectory import Trajectory
from tests.harness.agents import PRELUDE
from tests.harness.command import Command
from tests.harness.jails import ISOLATIONS, words_of
from tests.harness.scenes import write_scene

HELLO = '    call("write_file", path="/workspace/out.txt", content="hello")\n'


def play(soundstage: Command, folder: Path, code: str, spec: str = "py:mine:solve", *words: object) -> Trajectory:
    """Run a function once and read its record."""
    (folder / "mine.py").write_text(PRELUDE + code)
    ran = soundstage("run", write_scene(folder), "--agent", spec, "--out", "out", *words)
    assert ran.status in (0, 1), ran.err + ran.out
    return read_trajectory(folder / "out/episodes/note-1.jsonl")


@pytest.mark.parametrize("isolation", ISOLATIONS)
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_what_a_function_returns_is_the_answer(soundstage: Command, tmp_path: Path, kind: str, isolation: str) -> None:
    code = f"{kind} solve(task, servers, seed, mcp_config):\n{HELLO}"
    code += "    assert servers['files'].startswith('http') and mcp_config.exists() and isinstance(seed, int)\n"
    code += "    print('chatter')\n    return 'done: ' + task.split()[0]\n"

    trajectory = play(soundstage, tmp_path, code, "py:mine:solve", *words_of(isolation))

    assert trajectory.outcome == "success"
    assert trajectory.closing is not None
    assert trajectory.closing.departure.answer == "done: Write"
    assert (trajectory.opening.agent.kind, trajectory.opening.agent.spec) == ("py", "py:mine:solve")


def test_it_never_runs_in_the_harness(soundstage: Command, tmp_path: Path) -> None:
    code = (
        f"if os.getpid() == {os.getpid()}:\n    raise SystemExit('here')\ndef solve():\n    return str(os.getpid())\n"
    )

    trajectory = play(soundstage, tmp_path, code)

    assert trajectory.closing is not None
    assert trajectory.closing.departure.answer != str(os.getpid())
    assert "mine" not in sys.modules


def test_what_is_printed_is_no_answer_and_values_become_json(soundstage: Command, tmp_path: Path) -> None:
    nothing = play(soundstage, tmp_path, "def solve(**all):\n    print('done', sorted(all))\n")
    (tmp_path / "out").rename(tmp_path / "before")
    value = play(soundstage, tmp_path, "def solve():\n    return {'done': [1, 'ü', '\\ud83d']}\n")

    assert nothing.closing is not None
    assert value.closing is not None
    assert nothing.closing.departure.answer is None
    assert value.closing.departure.answer == '{"done": [1, "ü", "\ufffd"]}'


def test_an_error_is_the_agents_and_kept(soundstage: Command, tmp_path: Path) -> None:
    trajectory = play(soundstage, tmp_path, "def solve():\n    raise ValueError('lost my mind')\n")

    assert trajectory.closing is not None
    assert (trajectory.outcome, trajectory.closing.blame) == ("failure", "agent")
    assert "ValueError: lost my mind" in trajectory.closing.note
    assert "Traceback" in (tmp_path / "out/agents/note-1/stderr.txt").read_text()


def test_functions_are_found_in_packages(soundstage: Command, tmp_path: Path) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / "team/__init__.py").write_text("")
    (tmp_path / "team/one.py").write_text("from .two import solve\n")
    (tmp_path / "team/two.py").write_text("def solve(task):\n    return 'done'\n")

    trajectory = play(soundstage, tmp_path, "", "py:team.one:solve")

    assert trajectory.closing is not None
    assert trajectory.closing.departure.answer == "done"


@pytest.mark.parametrize(
    ("spec", "code", "complaint"),
    [
        ("py:mine", "", "names no function"),
        ("py:nowhere.at_all:solve", "", "there is no Python module 'nowhere'"),
        ("py:mine:nope", "def solve(): ...", "has no 'nope' (its functions: solve)"),
        ("py:mine:solve", "def solve(task, budget): ...", "solve asks for 'budget'"),
        ("py:mine:solve", "def solve(:", "cannot be read as Python"),
    ],
)
def test_what_cannot_be_called_is_refused_before_anything_runs(
    soundstage: Command, tmp_path: Path, spec: str, code: str, complaint: str
) -> None:
    (tmp_path / "mine.py").write_text(code)

    ran = soundstage("run", write_scene(tmp_path), "--agent", spec)

    assert ran.status == 2
    assert complaint in ran.err
