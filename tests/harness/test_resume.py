"""Runs that were killed, interrupted or broke off: nothing that ended is lost or run twice."""

import errno
import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from harness.engines import inprocess
from harness.episode import run_episode
from harness.recording.run_folder import RunFolder
from harness.recording.summary import ended_summary, read_summary
from tests.harness.agents import agent
from tests.harness.command import Command, start
from tests.harness.scenes import NOTE, read_json, write_scene

WAITS = """
import pathlib
gate, seen = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
call("read_text_file", path="/workspace/a.txt")
with seen.open("a") as file:
    file.write("x")
while len(seen.read_text()) > 1 and not gate.exists():
    time.sleep(0.02)
call("write_file", path="/workspace/out.txt", content="hello")
answer("done")
"""
PATIENCE_S = 120.0
"""Only what hangs takes so long."""


def waiting(folder: Path) -> str:
    """An agent whose first episode ends at once, and whose others wait for a file."""
    return agent(folder, WAITS, f"{folder / 'gate'} {folder / 'seen'}")


def until(condition: Any) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ended(folder: Path, trial: int) -> bool:
    return ended_summary(folder / f"out/episodes/note-{trial}.jsonl") is not None


def stopped(folder: Path, number: int) -> subprocess.Popen[str]:
    """A run of three trials that was stopped while the second one waited."""
    words = ("--agent", waiting(folder), "--trials", 3, "--threshold", "success>=0.5", "--out", "out")
    process = start(folder, "run", write_scene(folder), *words)
    until(lambda: ended(folder, 1) and (folder / "seen").exists() and len((folder / "seen").read_text()) == 2)
    process.send_signal(number)
    process.communicate(timeout=PATIENCE_S)
    (folder / "gate").touch()
    return process


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_goes_on_where_it_was(soundstage: Command, tmp_path: Path, number: int) -> None:
    process = stopped(tmp_path, number)
    assert process.returncode == (-9 if number == signal.SIGKILL else 130)
    first = (tmp_path / "out/episodes/note-1.jsonl").read_bytes()
    torn = (tmp_path / "out/episodes/note-2.jsonl").read_bytes()

    ran = soundstage("run", "--resume", "out", "--json")

    told = json.loads(ran.out)
    assert (ran.status, told["ended"], told["success"]["successes"]) == (0, 3, 3), ran.err
    assert [episode["attempt"] for episode in told["scenarios"][0]["episodes"]] == [1, 2, 1]
    assert told["thresholds"][0]["state"] == "met"
    assert (tmp_path / "out/episodes/note-1.jsonl").read_bytes() == first
    assert (tmp_path / "out/attempts/note-2.1/note-2.jsonl").read_bytes() == torn
    manifest = read_json(tmp_path / "out/manifest.json")
    assert (manifest["status"], len(manifest["resumed_at"])) == ("finished", 1)


def test_a_run_that_was_killed_before_it_began_stands_in_nobodys_way(soundstage: Command, tmp_path: Path) -> None:
    write_scene(tmp_path, NOTE)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/manifest.json.partial").write_text('{"status": "run')

    assert soundstage("run", "--resume", "out").status == 2
    ran = soundstage("run", "note.yaml", "--agent", "script:reference", "--out", "out")

    assert ran.status == 0, ran.err
    assert read_json(tmp_path / "out/manifest.json")["status"] == "finished"
    assert not (tmp_path / "out/manifest.json.partial").exists()


def test_a_run_that_goes_on_cannot_be_resumed(soundstage: Command, tmp_path: Path) -> None:
    (tmp_path / "seen").write_text("xx")
    process = start(
        tmp_path, "run", write_scene(tmp_path), "--agent", waiting(tmp_path), "--out", "out", stdin=subprocess.DEVNULL
    )
    until(lambda: (tmp_path / "out/episodes").exists())

    ran = soundstage("run", "--resume", "out")
    (tmp_path / "gate").touch()

    assert process.wait(PATIENCE_S) == 0
    process.communicate()
    assert (ran.status, "out is being run" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda folder: write_scene(folder, NOTE + "description: other\n"), "note has changed since the run began"),
        (lambda folder: (folder / "files/a.txt").write_text("other"), "the world of note has changed"),
        (lambda folder: (folder / "note.yaml").unlink(), "there is no suite and no file"),
    ],
)
def test_what_changed_since_is_not_mixed_with_what_was(
    soundstage: Command, tmp_path: Path, change: Any, complaint: str
) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files/a.txt").write_text("one")
    tree = NOTE[NOTE.index("tree: ") : NOTE.index("}'}") + 3]
    write_scene(tmp_path, NOTE.replace(tree, "from: files"))
    soundstage("run", "note.yaml", "--agent", "script:nothing", "--out", "out")

    change(tmp_path)
    ran = soundstage("run", "--resume", "out")

    assert (ran.status, complaint in ran.err) == (2, True), ran.err


@pytest.mark.parametrize("words", [["--trials", 2], ["note.yaml"], ["--agent", "script:nothing"], ["--seed", 3]])
def test_what_was_said_at_the_beginning_cannot_be_said_again(
    soundstage: Command, tmp_path: Path, words: list[Any]
) -> None:
    soundstage("run", write_scene(tmp_path), "--agent", "script:reference", "--out", "out")

    ran = soundstage("run", "--resume", "out", *words)

    assert (ran.status, "--resume takes it from there" in ran.err) == (2, True)
    assert soundstage("run", "--resume", "nowhere").status == 2
    assert soundstage("run", write_scene(tmp_path)).status == 2
    assert soundstage("run", "note.yaml", "--agent", "script:nothing", "--retry-invalid").status == 2


def test_one_broken_episode_keeps_no_other_back(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run_episode

    async def sometimes(plan: Any, *rest: Any) -> Any:
        if plan.trial == 2:
            raise KeyError("oops")
        return await whole(plan, *rest)

    monkeypatch.setattr(inprocess, "run_episode", sometimes)
    words = ["run", write_scene(tmp_path), "--agent", "script:reference", "--trials", 3, "--out", "out", "--json"]
    told = json.loads(soundstage(*words).out)

    assert [episode["outcome"] for episode in told["scenarios"][0]["episodes"]] == ["success", "invalid", "success"]
    assert told["scenarios"][0]["episodes"][1]["note"] == "KeyError: 'oops'"
    assert (told["invalid"], told["bounds"]["high"], told["exit_code"]) == ({"infrastructure": 1}, 1.0, 3)
    assert read_summary(tmp_path / "out/episodes/note-2.jsonl").outcome == "invalid"

    monkeypatch.setattr(inprocess, "run_episode", whole)
    again = json.loads(soundstage("run", "--resume", "out", "--json").out)
    tried = json.loads(soundstage("run", "--resume", "out", "--retry-invalid", "--json").out)
    assert (again["exit_code"], tried["exit_code"], tried["success"]["successes"]) == (3, 0, 3)


def test_a_disk_that_takes_nothing_more_ends_the_run_and_not_what_was_recorded(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, probe = run_episode, RunFolder.probe

    async def full(plan: Any, *rest: Any) -> Any:
        if plan.trial > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return await whole(plan, *rest)

    def refuse(folder: RunFolder) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(inprocess, "run_episode", full)
    monkeypatch.setattr(RunFolder, "probe", refuse)
    ran = soundstage("run", write_scene(tmp_path), "--agent", "script:reference", "--trials", 9, "--out", "out")

    assert ran.status == 3
    assert "2 of 9 planned episodes ended, 1 invalid (1 infrastructure), 7 not run" in ran.out
    assert "The run broke off: nothing can be written to out: No space left on device." in ran.out
    assert "soundstage run --resume out" in ran.out
    monkeypatch.setattr(inprocess, "run_episode", whole)
    monkeypatch.setattr(RunFolder, "probe", probe)
    assert soundstage("run", "--resume", "out", "--retry-invalid").status == 0


def test_worlds_vary_from_trial_to_trial_only_when_asked_and_not_pinned(soundstage: Command, tmp_path: Path) -> None:
    shop = "shop: {kind: sql, schema: 'create table t (id integer primary key, name text not null);', generate: {t: 5}}"
    text = NOTE.replace("servers:\n", f"servers:\n    {shop}\n")

    def digests(scene: str, name: str, *words: str) -> list[str]:
        run = ["run", write_scene(tmp_path, scene, name), "--agent", "script:reference", "--trials", 3]
        out = soundstage(*run, "--out", f"{name}-{len(words)}", *words)
        assert out.status == 0, out.err
        paths = [tmp_path / f"{name}-{len(words)}/episodes/{name}-{trial}.jsonl" for trial in (1, 2, 3)]
        return [read_summary(path).start_digest for path in paths]

    steady, varied = digests(text, "free"), digests(text, "free", "--vary", "world")
    pinned = digests(text + "seeds: {world: 4}\n", "pinned", "--vary", "world")

    assert len(set(steady)) == 1
    assert len(set(varied)) == 3
    assert varied[0] == steady[0]
    assert len(set(pinned)) == 1


def judged_by_a_command(folder: Path) -> Path:
    """A scenario whose check goes on until there is a gate, and the first time says that it has begun."""
    waits = f"touch {folder}/judging; while [ ! -e {folder}/gate ]; do sleep 0.02; done"
    command = f"[ -e out.txt ] || exit 1; {waits}; grep -q hello out.txt"
    check = f"success:\n  tested: {{command: '{command}', isolation: none, timeout: 600}}\n"
    return write_scene(folder, NOTE.replace("success:\n", check))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_an_episode_that_waits_for_its_verdict_is_judged_and_not_played_again(
    soundstage: Command, tmp_path: Path, number: int
) -> None:
    body = (
        f'open("{tmp_path}/played", "a").write("x")\n'
        + 'call("write_file", path="/workspace/out.txt", '
        + ('content="hello")\nanswer("done")\n')
    )
    process = start(tmp_path, "run", judged_by_a_command(tmp_path), "--agent", agent(tmp_path, body), "--out", "out")
    until((tmp_path / "judging").exists)
    process.send_signal(number)
    process.communicate(timeout=PATIENCE_S)  # the check itself would go on for ten minutes
    left = (tmp_path / "out/episodes/note-1.jsonl").read_bytes()
    (tmp_path / "gate").touch()

    ran = soundstage("run", "--resume", "out", "--json")

    told = json.loads(ran.out)
    assert (ran.status, told["success"]["successes"]) == (0, 1), ran.err
    assert (tmp_path / "played").read_text() == "x"
    record = (tmp_path / "out/episodes/note-1.jsonl").read_bytes()
    assert record.startswith(left)
    assert record.count(b"\n") == left.count(b"\n") + 1
    assert told["scenarios"][0]["episodes"][0]["attempt"] == 1


def test_what_this_machine_lacked_for_a_verdict_is_judged_again_and_not_played(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = "success:\n  tested: {command: 'grepper hello out.txt', isolation: none}\n"
    scene = write_scene(tmp_path, NOTE.replace("success:\n", check))
    assert soundstage("run", scene, "--agent", "script:reference", "--out", "out").status == 3
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/grepper").symlink_to("/bin/grep")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.setattr(inprocess, "run_episode", None)

    ran = soundstage("run", "--resume", "out", "--retry-invalid")

    assert ran.status == 0, ran.out + ran.err
    assert not (tmp_path / "out/attempts").exists()
