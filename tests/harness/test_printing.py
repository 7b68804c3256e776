"""What people see: lines that fit, commands that can be copied, tables that keep what is there to be copied."""

import sys
from pathlib import Path
from typing import Any

import pytest

from harness.printing.calls import call_line, fitted, plain
from harness.printing.own_command import own_command
from tests.harness.command import Command
from tests.harness.reporting.pages import contents
from tests.harness.scenes import write_scene

ENTRY: dict[str, Any] = {
    "kind": "call", "actor": "agent", "server": "files", "tool": "write_file", "arrived": "2026-03-02T09:00:00.001Z",
    "arguments": {"path": "/workspace/notes/a-rather-long-name.txt", "content": "x" * 500},
    "told": {"result": {"content": [{"type": "text", "text": "done"}]}},
    "changes": [{"kind": "added"}, {"kind": "changed"}], "real_ms": 0.42,
}  # fmt: skip


def told(text: str, **more: Any) -> dict[str, Any]:
    return {**ENTRY, "told": {"result": {"content": [{"type": "text", "text": text}], **more}}}


@pytest.mark.parametrize("columns", [64, 80, 120])
def test_a_narrow_line_keeps_the_outcome_and_cuts_the_longest(columns: int) -> None:
    line = plain(fitted(call_line(ENTRY), columns))

    assert len(line) <= columns
    assert line.startswith("09:00:00 files.write_file path=/")
    assert line.endswith("ok +1 ~1 0.4 ms")
    assert "content=x" in line


def test_a_line_that_fits_is_left_as_it_is() -> None:
    pieces = call_line(ENTRY)

    assert fitted(pieces, 200) == pieces


def test_a_failure_that_counts_as_a_success_is_shown_in_its_own_words() -> None:
    line = plain(call_line(told("Database error: no such table: nope")))

    assert "Database error: no such table: nope" in line
    assert " ok " not in line


def test_a_failure_is_shown_as_one() -> None:
    assert "failed: no such file" in plain(call_line(told("no such file", isError=True)))


def test_the_command_to_try_next_can_be_typed_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "soundstage"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"))
    assert own_command() == str(program)

    monkeypatch.setenv("PATH", str(tmp_path))
    assert own_command() == "soundstage"


def test_why_an_episode_failed_is_never_cut_off(soundstage: Command, tmp_path: Path) -> None:
    agent = "python -c 'raise SystemExit(\"no key, and no way to get one without asking somebody who has the time\")'"

    ran = soundstage("run", write_scene(tmp_path), "--agent", agent, "--out", "out")

    words = " ".join(ran.out.split())
    assert "not: written, said; the command ended with exit status 1: no key, and no way to get one without " in words


def test_a_run_is_shown_with_what_to_look_at_next(soundstage: Command, tmp_path: Path) -> None:
    soundstage("run", write_scene(tmp_path), "--agent", "script:nothing", "--trials", 2, "--out", "out")

    shown = soundstage("show", "out").out

    assert shown.count("failure") == 2
    assert "Trajectories: out/episodes\n" in shown
    assert "Next: soundstage show out/episodes/note-1.jsonl\n" in shown


def test_records_that_cannot_be_read_are_told_as_such_everywhere(soundstage: Command, tmp_path: Path) -> None:
    """One that was only just created, and one that is none; the third episode was never run."""
    soundstage("run", write_scene(tmp_path), "--agent", "script:reference", "--trials", 4, "--out", "out")
    records = [tmp_path / f"out/episodes/note-{trial}.jsonl" for trial in (1, 2, 3)]
    records[0].write_bytes(b"")
    records[1].write_bytes(b"nonsense\n")
    records[2].unlink()

    shown = " ".join(soundstage("show", "out").out.split())
    scored, exported = soundstage("score", records[0]), soundstage("export", "out", "--format", "trl", "--out", "data")
    asked = soundstage("query", "out", "select outcome, note from episodes order by trial", "--csv").out
    soundstage("report", "out")
    reported = contents(tmp_path / "out/report.html").index

    assert (shown.count("without an end"), shown.count("not run")) == (2, 1)
    assert "note-1.jsonl holds no whole line yet" in shown and "note-2.jsonl: not a trajectory: it is no JSON" in shown
    assert (scored.status, "holds no whole line yet" in scored.err) == (2, True), scored.err
    assert "1 without an end" in exported.out and "1 record cannot be read" in exported.out, exported.out
    assert asked.splitlines()[1:] == [
        "lost,cannot be read: it holds no whole line yet", "lost,cannot be read: it is no JSON", "not_run,", "success,"
    ]  # fmt: skip
    assert [reported["outcomes"][row[4]] for row in reported["rows"][:3]] == ["lost", "lost", "not_run"]
    records[1].unlink()
    assert soundstage("score", "out").status == 0


def test_a_scenario_shows_what_its_checks_can_ask(soundstage: Command, tmp_path: Path) -> None:
    ran = soundstage("schema", write_scene(tmp_path))

    assert ran.status == 0, ran.err
    assert ran.out.startswith("files.files\n    path varchar, ")
