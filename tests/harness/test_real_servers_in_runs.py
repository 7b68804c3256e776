"""Runs against real servers say what cannot be promised of them."""

import json
import sys
from pathlib import Path

import pytest

from tests.harness.command import Command, command_in

REAL = Path(__file__).parents[1] / "sandbox_server" / "outside" / "real.py"
SCENE = f"""
soundstage: 1
task: Count.
world:
  world: outside
  servers: {{real: {{kind: mcp, command: {json.dumps([sys.executable, str(REAL)])}}}}}
success: {{counted: {{calls: {{tool: real.count}}, at_least: 1}}}}
reference: [{{real.count: {{}}}}]
"""


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    (tmp_path / "scene.yaml").write_text(SCENE)
    return command_in(tmp_path, monkeypatch, capfd)


def test_trials_that_share_a_real_servers_state_are_said_to_depend_on_each_other(command: Command) -> None:
    words = "scene: real keeps what earlier trials left: they are not independent"
    run = ("run", "scene.yaml", "--agent", "script:reference", "--out")

    assert words in " ".join(command(*run, "two", "--trials", 2).out.split())
    assert "independent" not in command(*run, "one").out
    told = json.loads(command(*run, "json", "--trials", 2, "--json").out)
    assert [each["keeps_state"] for each in told["scenarios"]] == [["real"]]
