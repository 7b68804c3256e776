"""What a run shows while it goes on, and what it leaves for pipelines."""

import io
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from harness.printing.pace import Pace, clock, speed
from harness.printing.paper import THEME
from harness.printing.progress import Progress
from harness.recording.summary import Summary
from harness.running.budget import read_budget
from harness.trajectory import Seeds, Usage
from sandbox_server.ledger import Entry
from tests.harness.agents import agent
from tests.harness.command import Command, start
from tests.harness.scenes import NOTE, write_scene
from worlds.clock import SECOND

SOMETIMES = """
path = os.path.join(os.path.dirname(sys.argv[0]), "seen")
with open(path, "a") as file:
    file.write("x")
if len(open(path).read()) % 2:
    call("write_file", path="/workspace/out.txt", content="hello")
answer("done")
"""


def terminal(columns: int = 100) -> Console:
    """A terminal that a test can read."""
    return Console(
        theme=THEME, force_terminal=True, color_system=None, width=columns, file=io.StringIO(), highlight=False
    )


def shown(progress: Progress) -> str:
    with progress.console.capture() as capture:
        progress.console.print(progress.picture())
    return capture.get()


def summary(trial: int, outcome: str) -> Summary:
    return Summary("id", "note", trial, 1, Seeds(world=1, user=1, faults=1, agent=1), outcome, 3, "", seconds=1.25)


def test_the_live_area_tells_what_is_under_way_and_how_far_everything_is() -> None:
    progress = Progress(terminal(), ["note", "other[a=1]"], 4)
    (sink,) = progress.began("note", 1, 30)
    progress.began("other[a=1]", 1, 5)
    for number in (1, 2):
        sink.write(Entry(number, "call", "agent", "files", "write_file"))
    sink.write(Entry(3, "act", "owner", tool="snapshot"))
    before = shown(progress)
    progress.ended(summary(1, "success"))
    progress.ended(summary(2, "failure"))
    after = shown(progress)

    assert "note #1" in before
    assert "2/30 steps" in before
    assert "files.write_file" in before
    assert "other[a=1] #1" in before
    assert "0/8" in before
    assert "note #1" not in after
    assert "2/8  ● 1  ○ 1  0 s, " in after
    assert "/s, about 0 s left" in after
    assert "50 % succeed (9 to 91)   blame: infrastructure 1" in after
    assert all(len(line) <= 100 for line in (before + after).splitlines())


def test_a_long_run_tells_a_terminal_only_what_went_wrong() -> None:
    console = terminal()
    progress = Progress(console, ["note"], 500)
    with console.capture() as capture:
        progress.ended(summary(1, "success"))
        progress.ended(summary(2, "failure"))

    assert "note #1" not in capture.get()
    assert "note #2" in capture.get()


def test_a_log_of_ten_thousand_episodes_stays_short_and_costs_next_to_nothing() -> None:
    console = Console(theme=THEME, width=120, file=io.StringIO(), highlight=False)
    progress = Progress(console, [f"s{number}" for number in range(100)], 100)
    began = time.process_time()
    with console.capture() as capture, progress.shown():
        for number in range(10_000):
            progress.began(f"s{number % 100}", number // 100 + 1, 30)
            ended = replace(summary(number // 100 + 1, "failure" if number % 20 == 0 else "success"), tokens=1_500)
            progress.ended(replace(ended, scenario=f"s{number % 100}", blame="agent" if number % 20 == 0 else None))
    spent = time.process_time() - began

    lines = capture.get().splitlines()
    assert len([line for line in lines if "failed" in line]) == 200
    assert len([line for line in lines if "/10,000" in line]) == 20
    assert len(lines) == 221
    assert "95 % succeed (95 to 95)   blame: agent 500   15.0 M tokens" in lines[-1]
    assert spent < 2


def test_what_was_spent_is_told_beside_what_may_be() -> None:
    pace = Pace(4, 0, budget=read_budget(["tokens=2M", "usd=5"], ["3/15"]))
    usage = Usage(requests=1, input_tokens=100_000, output_tokens=10_000)
    pace.count(replace(summary(1, "success"), tokens=110_000, usage=usage), SECOND)

    assert pace.spent == "110.0 k of 2.0 M tokens, 0.45 of 5.00 usd"


@pytest.mark.parametrize(
    ("per_second", "words"), [(143.4, "143/s"), (2.54, "2.5/s"), (0.21, "12.6/min"), (12_345, "12,345/s")]
)
def test_paces_are_told_as_people_read_them(per_second: float, words: str) -> None:
    assert speed(per_second) == words


def test_the_rest_is_told_by_the_pace_of_late() -> None:
    pace = Pace(4_000, 0)
    for number in range(1_000):
        pace.count(summary(number, "success"), (number // 2 if number < 500 else 250 + 2 * (number - 499)) * SECOND)

    assert pace.per_second(1_250 * SECOND) == pytest.approx(0.5, rel=0.01)
    assert pace.left(1_250 * SECOND) == pytest.approx(6_000, rel=0.01)
    assert Pace(5, 0).left(SECOND) is None


@pytest.mark.parametrize(("seconds", "words"), [(8.9, "8 s"), (187, "3:07"), (3_720, "1:02:00")])
def test_lengths_of_time_are_told_as_people_read_them(seconds: float, words: str) -> None:
    assert clock(seconds) == words


def test_a_report_that_cannot_be_written_is_said_and_costs_nothing_else(soundstage: Command, tmp_path: Path) -> None:
    (tmp_path / "full").touch()

    ran = soundstage("run", write_scene(tmp_path), "--agent", "script:reference", "--junit", "full/j.xml")

    assert (ran.status, "cannot write full/j.xml" in ran.err, "1/1" in ran.out) == (3, True, True)


def test_mixed_outcomes_are_told_with_what_several_trials_say(soundstage: Command, tmp_path: Path) -> None:
    words = ["run", write_scene(tmp_path), "--agent", agent(tmp_path, SOMETIMES), "--trials", 4, "--out", "out"]

    ran = soundstage(*words)

    assert "●○●○" in ran.out
    assert "pass@k   1: 50 % (15 to 85)   2: 83 % (28 to 98)   4: 100 % (48 to 100)" in ran.out
    assert "pass^k   1: 50 % (15 to 85)   2: 17 % (2 to 72)    4: 0 % (0 to 52)" in ran.out
    assert "◑ Flaky: note (2 of 4)." in ran.out
    assert "Next: soundstage show out/episodes/note-2.jsonl" in ran.out
    assert "soundstage diff out/episodes/note-1.jsonl out/episodes/note-2.jsonl" in ran.out


def test_harm_and_collateral_are_told(soundstage: Command, tmp_path: Path) -> None:
    guard = "guard:\n  may_change: []\n  never: [{name: wrote_hello, file: /workspace/out.txt, exists: false}]\n"

    ran = soundstage("run", write_scene(tmp_path, NOTE + guard), "--agent", "script:reference", "--trials", 2)
    told: dict[str, Any] = json.loads(
        soundstage("run", "note.yaml", "--agent", "script:reference", "--json", "--threshold", "violations<=0").out
    )

    assert "▲ Harm: wrote_hello in 2 episodes." in ran.out
    assert "Collateral in 2 episodes: 2 things changed that should have stayed." in ran.out
    (episode,) = told["scenarios"][0]["episodes"]
    assert (episode["violations"], episode["collateral"], told["exit_code"]) == (["wrote_hello"], 1, 4)


def test_a_run_is_listed_with_its_rate(soundstage: Command, tmp_path: Path) -> None:
    soundstage("run", write_scene(tmp_path), "--agent", agent(tmp_path, SOMETIMES), "--trials", 4)

    listed, told = soundstage("list"), json.loads(soundstage("list", "--json").out)

    assert "2/4" in listed.out
    assert "15 to 85 %" in listed.out
    assert told["runs"][0]["success"]["value"] == 0.5
    assert told["runs"][0]["outcomes"] == {"success": 2, "failure": 2}


def test_a_reader_who_leaves_does_not_end_a_run(tmp_path: Path) -> None:
    words = ["run", write_scene(tmp_path), "--agent", "script:reference", "--trials", 50, "--out", "out"]
    process = start(tmp_path, *words)
    assert process.stdout and process.stderr
    process.stdout.close()

    assert process.wait(300) == 0
    assert process.stderr.read() == ""
    process.stderr.close()
    assert json.loads((tmp_path / "out/manifest.json").read_text())["status"] == "finished"
