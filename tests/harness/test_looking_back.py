"""What people and programs are shown of an episode, of the world at a step, and of where two episodes part."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from harness.recording.divergence import first_divergence
from harness.recording.record import read_trajectory
from harness.trajectory import Trajectory
from harness.verdicts.grading import grade
from tests.harness.command import Command
from tests.harness.scenes import NOTE, write_scene
from tests.harness.test_rewind import BUSY, recorded


def told(soundstage: Command, *words: object) -> Any:
    ran = soundstage(*words, "--json")
    assert ran.status in (0, 1), ran.err
    return orjson.loads(ran.out)


def test_the_world_at_a_step_is_shown(soundstage: Command, tmp_path: Path) -> None:
    path = recorded(soundstage, tmp_path)

    shown = soundstage("show", path, "--at", 2).out

    assert "After step 2 of 10: shop.write_query" in shown
    assert "2026-03-02T09:00:00.002Z" in shown
    assert "~ files:/workspace/a.txt  size: 3 → 7" in shown
    assert "~ shop.t[1]  n: 1 → 3" in shown
    assert "Nothing differs" in soundstage("show", path, "--at", 0).out


def test_programs_are_told_the_same(soundstage: Command, tmp_path: Path) -> None:
    path = recorded(soundstage, tmp_path)
    step = read_trajectory(path).steps[1]

    found = told(soundstage, "show", path, "--at", 2)

    assert (found["step"], found["time"], found["digest"]) == (2, step.world_time, step.world_state_hash)
    assert [change["path"] for change in found["changes"]] == ["files:/workspace/a.txt", "shop.t[1]"]
    sql = "select t.id, t.n, b.n as was from shop.t left join before.shop.t b using (id) order by 1"
    rows = told(soundstage, "show", path, "--at", 7, "--sql", sql)["rows"]
    assert rows == [{"id": 1, "n": 3, "was": 1}, {"id": 2, "n": 2, "was": 2}, {"id": 7, "n": 7, "was": None}]
    assert told(soundstage, "show", path, "--file", "files:/workspace/e/c.txt")["file"] == {
        "path": "files:/workspace/e/c.txt",
        "text": "two",
    }


def test_closer_looks_are_printed_as_they_are(soundstage: Command, tmp_path: Path) -> None:
    path = recorded(soundstage, tmp_path)

    assert soundstage("show", path, "--at", 0, "--file", "/workspace/a.txt").out == "one"
    assert soundstage("show", path, "--at", 1, "--file", "/workspace/a.txt").out == "changed"
    assert soundstage("show", path, "--sql", "select n from shop.t where id = 1").out.split() == ["n", "─", "3"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--at", 11], "known: 0-10"),
        (["--sql", "select nothing"], "nothing"),
        (["--sql", "delete from shop.t"], "SELECT"),
        (["--at", 1, "--file", "/workspace/none"], "changed by then: files:/workspace/a.txt"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(
    soundstage: Command, tmp_path: Path, words: list[object], complaint: str
) -> None:
    ran = soundstage("show", recorded(soundstage, tmp_path), *words)

    assert ran.status == 2
    assert complaint in ran.err


def test_a_run_has_no_single_world(soundstage: Command, tmp_path: Path) -> None:
    recorded(soundstage, tmp_path)

    assert "look at one trajectory" in soundstage("show", "out", "--at", 1).err


def test_a_story_tells_what_people_ask_for(soundstage: Command, tmp_path: Path) -> None:
    path = recorded(soundstage, tmp_path)
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    lines[1]["thought"] = "I had better write it down."
    lines[-1] |= {
        "milestones": [
            {"name": "begun", "worth": 0.05, "step": 1}, {"name": "never_reached", "worth": 0.05, "step": None},
        ],
        "collateral": [{"path": "shop.t[7]", "kind": "added", "steps": [7], "note": "only 0 may be added"}],
        "violations": [{"name": "no_deletes", "step": 8, "found": "1 row is gone"}],
        "usage": {"input_tokens": 1200, "output_tokens": 34, "requests": 5},
        "blame": "agent",
    }  # fmt: skip
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))

    story = soundstage("show", path).out

    for words in (
        "I had better write it down.", "1  files.write_file  2026-03-02 09:00:00.001", "content: changed",
        "→ Successfully wrote to /workspace/a.txt", "~ files:/workspace/a.txt  size: 3 → 7",
        "2  shop.write_query  09:00:00.002", "✓ changed", "● begun  after step 1, worth 0.05",
        "○ never_reached  never", "! shop.t[7] added  step 7  only 0 may be", "● success", "blame agent",
        "▲ no_deletes  after step 8  1 row is gone", "tokens 1,234 (1,200 in, 34 out, 5 requests)",
    ):  # fmt: skip
        assert words in story, words


def runs(soundstage: Command, folder: Path, *scripts: str) -> list[Path]:
    """The trajectories of scripts that are played on one scenario."""
    write_scene(folder, BUSY, "busy")
    for number, script in enumerate(scripts):
        (folder / f"{number}.yaml").write_text(script or "[]")
        soundstage("run", "busy.yaml", "--agent", f"script:{number}.yaml", "--out", f"run{number}")
    return [folder / f"run{number}/episodes/busy-1.jsonl" for number in range(len(scripts))]


READ = "- files.read_text_file: {path: /workspace/a.txt}\n"
WRITE = "- files.write_file: {path: /workspace/a.txt, content: %s}\n"


def test_the_first_different_action_is_found(soundstage: Command, tmp_path: Path) -> None:
    one, other = runs(soundstage, tmp_path, READ + WRITE % "x", READ + WRITE % "y" + READ)

    found = told(soundstage, "diff", one, other)

    assert (found["same"], found["lengths"], found["outcomes"]) == (False, [2, 3], ["failure", "failure"])
    divergence = found["divergence"]
    assert (divergence["step"], divergence["kind"], divergence["observation"]) == (2, "action", "one")
    assert [divergence[side]["action"]["arguments"]["content"] for side in "ab"] == ["x", "y"]
    assert [divergence[side]["thought"] for side in "ab"] == [None, None]
    shown = soundstage("diff", one, other)
    assert shown.status == 1
    assert "At step 2 they do different things." in shown.out
    assert "told after step 1 one" in shown.out


def test_one_that_goes_on_where_the_other_ends_is_told(soundstage: Command, tmp_path: Path) -> None:
    one, other, none = runs(soundstage, tmp_path, READ, READ + WRITE % "y", "")

    found = told(soundstage, "diff", one, other)
    assert (found["divergence"]["kind"], found["divergence"]["step"], found["lengths"]) == ("length", 2, [1, 2])
    assert found["divergence"]["a"]["action"] is None
    assert "the same up to step 1; then one goes on" in soundstage("diff", other, one).out
    assert "One of them does nothing." in soundstage("diff", none, one).out


def test_equal_episodes_are_the_same(soundstage: Command, tmp_path: Path) -> None:
    one, other = runs(soundstage, tmp_path, READ + WRITE % "y", READ + WRITE % "y")

    assert told(soundstage, "diff", one, other)["same"] is True
    ran = soundstage("diff", one, other)
    assert (ran.status, "They do the same in all 2 steps" in ran.out) == (0, True)


def changed(trajectory: Trajectory, number: int, **fields: Any) -> Trajectory:
    steps = [step.model_copy(update=fields) if step.step_number == number else step for step in trajectory.steps]
    return trajectory.model_copy(update={"steps": tuple(steps)})


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"result": {"result": {}}}, "result"),
        ({"world_state_hash": "00"}, "state"),
        ({"actor": "ida"}, "action"),
        ({"thought": "hm", "real_ms": 99.0}, None),
    ],
)
def test_what_differs_is_named(soundstage: Command, tmp_path: Path, fields: dict[str, Any], kind: str | None) -> None:
    trajectory = read_trajectory(recorded(soundstage, tmp_path))

    found = first_divergence(trajectory, changed(trajectory, 3, **fields))

    assert (found and (found.kind, found.step)) == (kind and (kind, 3))


def test_worlds_that_begin_differently_are_told_apart(soundstage: Command, tmp_path: Path) -> None:
    one = recorded(soundstage, tmp_path)
    soundstage("run", write_scene(tmp_path), "--agent", "script:reference", "--out", "other")
    ran = soundstage("diff", one, "other/episodes/note-1.jsonl")

    assert "The worlds begin in different states." in ran.out


def test_an_error_while_grading_costs_no_second_episode(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the grader fell over")

    scene = write_scene(tmp_path, NOTE)
    monkeypatch.setattr("harness.episode.grade", broken)
    assert soundstage("run", scene, "--agent", "script:reference", "--out", "out").status == 3
    path = tmp_path / "out/episodes/note-1.jsonl"
    closing = read_trajectory(path).closing
    assert closing is not None
    assert (closing.outcome, closing.cause, closing.note) == ("invalid", "grader", "RuntimeError: the grader fell over")

    monkeypatch.setattr("harness.episode.grade", grade)
    ran = soundstage("score", path, "--regrade")
    assert ran.status == 0, ran.err
    assert "success" in ran.out


def test_an_episode_whose_judging_was_killed_is_judged_from_its_record(soundstage: Command, tmp_path: Path) -> None:
    soundstage("run", write_scene(tmp_path), "--agent", "script:reference", "--out", "out")
    path = tmp_path / "out/episodes/note-1.jsonl"
    judged = read_trajectory(path)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))

    assert "was not judged" in soundstage("show", path).out
    (again,) = told(soundstage, "score", path, "--regrade")["episodes"]

    assert judged.closing is not None
    assert (again["outcome"], again["figures"]["task_success"]["value"]) == ("success", 1)
