"""What agents and worlds say is shown on a terminal, and never obeyed by it."""

import os
import pty
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.printing.calls import call_line, plain
from harness.printing.inert import inert, is_inert
from harness.printing.paper import paper
from tests.harness.command import Command, start
from tests.harness.scenes import write_scene
from tests.harness.test_printing import ENTRY

HOSTILE = "\x1b]0;OWNED\x07\x1b[2J\x9b31m\u202egnp.exe\rdone"
SCENE = f"""
task: "Read {HOSTILE.encode("unicode_escape").decode()}"
world:
  soundstage: 1
  world: rude
  servers:
    files:
      kind: filesystem
      root: /workspace
      tree: {{a.txt: "{HOSTILE.encode("unicode_escape").decode()}", "\\e[31mred.txt": "漢字"}}
success:
  there: {{file: "/workspace/\\e[2Jnew.txt"}}
guard: {{may_change: []}}
reference:
  - files.read_text_file: {{path: /workspace/a.txt}}
  - files.write_file: {{path: "/workspace/\\e[2Jnew.txt", content: "\\e[2J\\a"}}
  - files.read_text_file: {{path: "/workspace/\\e[32mnope"}}
    expect: error
  - say: "{HOSTILE.encode("unicode_escape").decode()}"
"""


@given(st.text())
def test_whatever_is_said_becomes_harmless_and_stays_so(text: str) -> None:
    shown = inert(text)

    assert is_inert(shown)
    assert inert(shown) == shown
    assert shown.encode().decode() == shown


def test_what_people_write_is_left_alone() -> None:
    text = "naïve 漢字\n\tעברית 👩‍👩‍👧 €"

    assert inert(text) == text
    assert inert("a\r\nb\x1b") == "a\nb␛"


def test_what_looks_like_the_name_of_a_picture_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    paper().print("chat:x: at [bold]10:100:20[/]")

    assert capsys.readouterr().out == "chat:x: at 10:100:20\n"


def test_no_command_hands_the_world_s_control_characters_to_the_terminal(soundstage: Command, tmp_path: Path) -> None:
    scene = write_scene(tmp_path, SCENE)
    record = "out/episodes/note-1.jsonl"

    told = [
        soundstage("run", scene, "--agent", "script:reference", "--out", "out"),
        soundstage("run", scene, "--agent", r"""printf '\033[2Jx' >&2; exit 3""", "--out", "other"),
        soundstage("show", record),
        soundstage("show", record, "--whole"),
        soundstage("show", record, "--at", 2),
        soundstage("show", record, "--at", 2, "--sql", "select * from files.files"),
        soundstage("diff", record, "other/episodes/note-1.jsonl"),
        soundstage("check", scene),
        soundstage("show", "\x1b[2J"),
    ]

    for ran in told:
        assert is_inert(ran.out), ran.out
        assert is_inert(ran.err), ran.err
    assert "␛[2J" in told[2].out
    assert "Read ␛]0;OWNED" in told[2].out


def test_a_file_is_printed_as_it_is_except_on_a_terminal(soundstage: Command, tmp_path: Path) -> None:
    soundstage("run", write_scene(tmp_path, SCENE), "--agent", "script:reference", "--out", "out")
    words = ("show", "out/episodes/note-1.jsonl", "--file", "/workspace/a.txt")
    reader, terminal = pty.openpty()

    piped = soundstage(*words).out
    with start(tmp_path, *words, stdout=terminal) as shown:
        assert shown.wait(120) == 0
    os.close(terminal)
    on_terminal = os.read(reader, 10_000).decode()
    os.close(reader)

    assert piped == HOSTILE
    assert on_terminal == inert(HOSTILE)


def test_a_tool_s_name_is_as_harmless_as_its_arguments() -> None:
    assert plain(call_line({**ENTRY, "tool": "\x1b[2Jx"})).startswith("09:00:00 files. [2Jx path=")
