"""Agents of other makers, the examples among them, do a task of the bookshop with a scripted model."""

import json
import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.recording.record import read_trajectory
from harness.trajectory import Trajectory
from tests import tools
from tests.harness.command import Command
from tests.harness.scripted_model import Endpoint, Turn, scripted_model

EXAMPLES = tools.ROOT / "examples" / "agents"
FOREIGN = Path(__file__).parent / "foreign"
FILE = "/workspace/opening-hours.md"
EDITS = [
    {"oldText": "| Market Row | closed |", "newText": "| Market Row | 11:00 to 17:00 |"},
    {
        "oldText": "| Station Kiosk | 06:30 to 19:00 | 06:30 to 19:00 |",
        "newText": "| Station Kiosk | 06:00 to 19:00 | 06:00 to 19:00 |",
    },
    {"oldText": "Valid since 6 January 2026.", "newText": "Valid since 6 April 2026."},
]
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("read_text_file", {"path": FILE}),
    ("edit_file", {"path": FILE, "edits": EDITS}),
]
ANSWER = "The opening hours are up to date."
TURNS = [Turn("I look first.", [CALLS[0]]), Turn("Now I edit.", [CALLS[1]]), Turn(ANSWER)]
LINES = [*(Turn(f"CALL files {name} {json.dumps(given)}") for name, given in CALLS), Turn(f"ANSWER {ANSWER}")]
INSPECT = ["inspect-ai==0.3.285", "mcp>=2.3,<3", "openai>=3,<4"]
LANGCHAIN = ["langchain-mcp-adapters==0.3.2", "langchain>=1.4,<2", "langchain-openai>=1.7,<2"]


def do(
    soundstage: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, words: Sequence[str | Path],
    turns: Sequence[Turn] = TURNS,
) -> tuple[Trajectory, Endpoint]:  # fmt: skip
    """Let a command do the task, through a gateway to a scripted model."""
    script = folder / "script.json"
    script.write_text(json.dumps({"calls": CALLS, "answer": ANSWER}))
    monkeypatch.setenv("SCRIPT", str(script))
    with scripted_model(turns) as endpoint:
        for name, value in endpoint.environment.items():
            monkeypatch.setenv(name, value)
        command = shlex.join(map(str, words))
        ran = soundstage("run", "bookshop", "-k", "opening", "--agent", command, "--gateway", "--out", "out")
    trajectory = read_trajectory(folder / "out/episodes/opening-hours-1.jsonl")
    assert ran.status == 0, (trajectory.closing, (folder / "out/agents/opening-hours-1/stderr.txt").read_text()[-3000:])
    return trajectory, endpoint


def did_it(trajectory: Trajectory) -> None:
    """The task was done, by the calls of the script."""
    assert trajectory.closing is not None
    assert trajectory.outcome == "success"
    assert [step.action.tool for step in trajectory.steps] == ["read_text_file", "edit_file"]
    assert trajectory.closing.departure.answer == ANSWER


@pytest.mark.parametrize("name", ["pydantic_ai_agent.py", "openai_agents_agent.py"])
def test_examples_on_frameworks(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    trajectory, _ = do(soundstage, tmp_path, monkeypatch, [sys.executable, EXAMPLES / name])

    did_it(trajectory)
    assert trajectory.closing is not None
    assert [step.thought for step in trajectory.steps] == ["I look first.", "Now I edit."]
    assert trajectory.closing.total_tokens == 330


def test_the_example_in_typescript(soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tools.require_node_package("@modelcontextprotocol/client")
    folder = tmp_path / "typescript"
    shutil.copytree(EXAMPLES / "typescript", folder, ignore=shutil.ignore_patterns("node_modules"))
    (folder / "node_modules").symlink_to(package.parents[1])

    trajectory, _ = do(soundstage, tmp_path, monkeypatch, [tools.node(), folder / "agent.ts"])

    did_it(trajectory)
    assert [step.thought for step in trajectory.steps] == ["I look first.", "Now I edit."]


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_example_in_a_shell(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    tools.require_program("curl")
    words: list[str | Path] = [tools.require_program(shell), EXAMPLES / "shell_agent.sh"]

    trajectory, endpoint = do(soundstage, tmp_path, monkeypatch, words, LINES)

    did_it(trajectory)
    shown = endpoint.requests[1]["messages"][-1]["content"]
    assert "| Market Row | closed |" in shown
    assert shown.count("\n") > 5


def test_the_client_of_fastmcp(soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trajectory, _ = do(soundstage, tmp_path, monkeypatch, [sys.executable, FOREIGN / "fastmcp_agent.py"])

    did_it(trajectory)


def test_the_agent_of_inspect(soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tools.require_venv("agents-v2", INSPECT) / "bin" / "python"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("PYTHONPATH", raising=False)

    trajectory, _ = do(soundstage, tmp_path, monkeypatch, [python, FOREIGN / "inspect_agent.py"])

    did_it(trajectory)


def test_the_agent_of_langchain(soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tools.require_venv("agents-v1", LANGCHAIN) / "bin" / "python"
    assert os.environ.get("LANGSMITH_TRACING", "false") == "false"

    trajectory, _ = do(soundstage, tmp_path, monkeypatch, [python, FOREIGN / "langchain_agent.py"])

    did_it(trajectory)
    assert [step.thought for step in trajectory.steps] == ["I look first.", "Now I edit."]
