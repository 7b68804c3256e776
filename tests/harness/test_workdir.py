"""Agents that edit files directly: a server's tree is their working directory, and what they make of it counts."""

import sys
from pathlib import Path

import pytest

from harness.acting.laid_out import laid_out
from harness.acting.taking_in import differences
from harness.recording.record import read_trajectory
from harness.trajectory import Step, Trajectory
from tests.harness.agents import agent
from tests.harness.command import Command
from tests.harness.jails import ISOLATIONS, python_in, words_of
from tests.harness.scenes import NOTE, write_scene
from worlds.chance import Chance
from worlds.part import Ground, Moment, part_kinds
from worlds.parts.filesystem.tree import FileTree

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and links of POSIX")

TREE = (
    "{a.txt: one, notes/b.md: two, run.sh: {text: go, mode: 755}, raw: {base64: AP8B}, "
    "to_a: {symlink: a.txt}, out: {symlink: /etc/passwd}, shut/: {mode: 555}, shut/in.txt: {text: kept, mode: 444}}"
)
SCENE = NOTE.replace('tree: {a.txt: one, "b.json": \'{"n": [1, {"x": 2}]}\'}', f"tree: {TREE}") + "workdir: files\n"


def worked(
    soundstage: Command, folder: Path, body: str, scene: str = SCENE, *words: object, python: str = sys.executable
) -> tuple[Trajectory, Step]:
    """What became of an episode in which an agent works in its folder."""
    spec = agent(folder, body, python=python)
    ran = soundstage("run", write_scene(folder, scene), "--agent", spec, "--out", "out", *words)
    assert ran.status in (0, 1), ran.err + ran.out
    trajectory = read_trajectory(folder / "out/episodes/note-1.jsonl")
    return trajectory, trajectory.steps[-1]


def changed(step: Step) -> dict[str, str]:
    """Path below the root to what became of it."""
    return {change["path"].removeprefix("files:/workspace/"): change["kind"] for change in step.changes}


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_what_an_agent_does_in_its_folder_counts(soundstage: Command, tmp_path: Path, isolation: str) -> None:
    body = """
assert sorted(os.listdir()) == ["a.txt", "notes", "out", "raw", "run.sh", "shut", "to_a"]
assert open("raw", "rb").read() == b"\\x00\\xff\\x01" and os.readlink("out") == "/etc/passwd"
assert os.stat("run.sh").st_mode & 0o777 == 0o755 and open("to_a").read() == "one"
open("out.txt", "w").write("hello")
answer("done")
"""
    trajectory, step = worked(soundstage, tmp_path, body, SCENE, *words_of(isolation), python=python_in(isolation))

    assert trajectory.outcome == "success"
    assert (step.actor, step.action.server, changed(step)) == ("agent", "files", {"out.txt": "added"})
    assert trajectory.closing is not None
    assert trajectory.closing.footprint == ["files:/workspace/out.txt"]


def test_every_kind_of_change_is_taken_in(soundstage: Command, tmp_path: Path) -> None:
    body = """
import shutil
shutil.rmtree("notes"); os.remove("to_a"); os.symlink("raw", "to_a"); os.chmod("run.sh", 0o600)
os.makedirs("new/deep"); open("new/deep/x.bin", "wb").write(bytes(range(256))); os.chmod("new", 0o500)
os.chmod("shut", 0o755); os.chmod("shut/in.txt", 0o644); open("shut/in.txt", "w").write("changed")
open("shut/more", "w").write("!"); os.chmod("shut", 0o555); os.chmod("shut/in.txt", 0o444)
os.remove("raw"); os.mkdir("raw"); open("a.txt", "r+").write("ONE")
answer("done")
"""
    _, step = worked(soundstage, tmp_path, body)

    assert changed(step) == {
        "a.txt": "changed", "new": "added", "new/deep": "added", "new/deep/x.bin": "added", "notes": "removed",
        "notes/b.md": "removed", "raw": "changed", "run.sh": "changed", "shut/in.txt": "changed", "shut/more": "added",
        "to_a": "changed",
    }  # fmt: skip
    assert step.notes == {} or "not_taken_in" not in step.notes


def test_a_replay_takes_the_same_work_in_again(soundstage: Command, tmp_path: Path) -> None:
    body = "call('write_file', path='/workspace/t.txt', content='t'); open('a.txt', 'w').write('ONE')\n"
    body += "os.mkfifo('pipe'); os.remove('to_a'); answer('done')\n"
    worked(soundstage, tmp_path, body)

    replay = soundstage("replay", "out/episodes/note-1.jsonl")

    assert replay.status == 0, replay.err + replay.out


def test_nothing_is_recorded_where_nothing_was_done(soundstage: Command, tmp_path: Path) -> None:
    spec = agent(tmp_path, "open('a.txt').read(); os.utime('a.txt'); answer('done')\n")

    soundstage("run", write_scene(tmp_path, SCENE), "--agent", spec, "--out", "out")

    assert read_trajectory(tmp_path / "out/episodes/note-1.jsonl").steps == ()


def test_what_no_tree_can_hold_stays_outside_and_is_noted(soundstage: Command, tmp_path: Path) -> None:
    body = """
os.mkfifo("pipe"); open("sparse", "wb").truncate(1 << 40); os.remove("a.txt"); os.mkfifo("a.txt")
open(b"caf\\xe9", "w").write("x"); open("new\\nline; rm -rf *", "w").write("y"); os.symlink("/etc/shadow", "leak")
answer("done")
"""
    _, step = worked(soundstage, tmp_path, body)

    assert changed(step) == {"leak": "added", "new\nline; rm -rf *": "added"}
    noted = " | ".join(step.notes["not_taken_in"])
    for words in ("pipe: neither", "a.txt: neither", "sparse: too large (1099511627776 bytes)", "not Unicode"):
        assert words in noted


def test_a_full_tree_refuses_what_does_not_fit(soundstage: Command, tmp_path: Path) -> None:
    scene = SCENE.replace("root: /workspace,", "root: /workspace, quota: {bytes: 1000},")

    _, step = worked(soundstage, tmp_path, "open('big', 'w').write('x' * 2000); open('s', 'w').write('x')\n", scene)

    assert changed(step) == {"s": "added"}
    assert "big: " in step.notes["not_taken_in"][0]


def test_files_and_tools_can_be_used_side_by_side(soundstage: Command, tmp_path: Path) -> None:
    body = "call('write_file', path='/workspace/by_tool.txt', content='t'); open('by_hand.txt', 'w').write('h')\n"

    trajectory, step = worked(soundstage, tmp_path, body)

    assert changed(step) == {"by_hand.txt": "added"}
    assert trajectory.closing is not None
    assert trajectory.closing.footprint == ["files:/workspace/by_hand.txt", "files:/workspace/by_tool.txt"]


def test_work_that_was_stopped_is_taken_in_too(soundstage: Command, tmp_path: Path) -> None:
    body = "open('late', 'w').write('x')\nwhile True: call('read_text_file', path='/workspace/a.txt')\n"

    trajectory, step = worked(soundstage, tmp_path, body)

    assert (trajectory.outcome, changed(step)) == ("timeout", {"late": "added"})


def test_a_folder_put_in_the_place_of_ours_is_not_followed(soundstage: Command, tmp_path: Path) -> None:
    body = "os.chdir('..'); os.rename('work', 'gone'); os.symlink('/etc', 'work'); answer('done')\n"

    trajectory, step = worked(soundstage, tmp_path, body)

    assert trajectory.outcome == "failure"
    assert set(changed(step).values()) == {"removed"}


@pytest.mark.parametrize(
    ("scene", "words", "complaint"),
    [
        (SCENE.replace("workdir: files", "workdir: shop"), [], "'shop' is no file server"),
        (SCENE, ["--workdir", "nowhere"], "there is no server 'nowhere'"),
    ],
)
def test_a_working_directory_that_cannot_be_is_refused(
    soundstage: Command, tmp_path: Path, scene: str, words: list[str], complaint: str
) -> None:
    ran = soundstage("run", write_scene(tmp_path, scene), "--agent", agent(tmp_path, ""), *words)

    assert ran.status == 2
    assert complaint in ran.err


def test_operations_bring_a_tree_to_what_was_found(tmp_path: Path) -> None:
    builder = part_kinds.get("filesystem")
    tree = builder.build(
        builder.Settings.model_validate({"tree": {"a/b": "x", "a/c": "y", "d": {"symlink": "a"}}}),
        Ground(tmp_path, Chance(1), 0),
    )
    assert isinstance(tree, FileTree)
    laid = laid_out(tree, tmp_path / "work")
    (tmp_path / "work/a").rename(tmp_path / "work/z")
    (tmp_path / "work/z/b").chmod(0o640)

    for operation in differences(laid, tmp_path / "work").operations:
        rest = {key: value for key, value in operation.items() if key != "do"}
        tree.perform(operation["do"], rest, Moment(0, "agent", Chance(1)))
    tree.settle("agent")

    again = laid_out(tree, tmp_path / "again")
    assert set(again.nodes) == {"", "z", "z/b", "z/c", "d"}
    assert tree.lstat("/workspace/z/b").mode == 0o640
    assert differences(laid_out(tree, tmp_path / "third"), tmp_path / "third").operations == []
