"""Runs by the command line: outcomes, exit statuses, and what is left on disk."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from harness.recording.record import read_trajectory
from harness.trajectory import json_schema
from tests.harness.command import Command
from tests.harness.scenes import NOTE, read_json, record_of, write_scene


def test_the_reference_succeeds_and_everything_is_kept(soundstage: Command, tmp_path: Path) -> None:
    ran = soundstage("run", write_scene(tmp_path), "--agent", "script:reference", "--out", "out")

    assert ran.status == 0, ran.err
    assert "1/1" in ran.out
    assert "soundstage show out/episodes/note-1.jsonl" in ran.out
    assert read_json(tmp_path / "out/manifest.json")["status"] == "finished"
    trajectory = read_trajectory(tmp_path / "out/episodes/note-1.jsonl")
    assert [step.action.tool for step in trajectory.steps] == ["read_text_file", "write_file"]
    assert [step.observation for step in trajectory.steps] == [trajectory.opening.task, "one"]
    assert [change["path"] for change in trajectory.steps[1].changes] == ["files:/workspace/out.txt"]
    assert trajectory.opening.isolation == "none"
    assert trajectory.closing is not None
    assert trajectory.closing.outcome == "success"
    assert trajectory.closing.final_digest == trajectory.steps[1].world_state_hash


def test_every_line_keeps_to_the_published_schema(soundstage: Command, tmp_path: Path) -> None:
    soundstage("run", write_scene(tmp_path), "--agent", "script:reference", "--out", "out")
    published = json.loads(soundstage("schema", "--of", "trajectory").out)

    assert published == json.loads(json.dumps(json_schema()))
    validator = jsonschema_rs.validator_for(published)
    for line in (tmp_path / "out/episodes/note-1.jsonl").read_text().splitlines():
        validator.validate(json.loads(line))
    assert not validator.is_valid({"record": "step"})


def test_an_agent_that_does_nothing_fails(soundstage: Command, tmp_path: Path) -> None:
    ran = soundstage("run", write_scene(tmp_path), "--agent", "script:nothing", "--out", "out")

    assert ran.status == 1
    assert "not: written, said" in ran.out
    closing = read_trajectory(tmp_path / "out/episodes/note-1.jsonl").closing
    assert closing is not None
    assert (closing.outcome, closing.blame, closing.reward) == ("failure", "agent", 0)


def test_equal_seeds_give_equal_trajectories(soundstage: Command, tmp_path: Path) -> None:
    scene = write_scene(tmp_path)
    for name in ("a", "b"):
        soundstage("run", scene, "--agent", "script:reference", "--seed", 7, "--trials", 2, "--out", name)

    kept = [record_of(tmp_path / run / f"episodes/note-{trial}.jsonl") for run in ("a", "b") for trial in (1, 2)]
    assert kept[:2] == kept[2:]
    assert kept[0][0]["seeds"]["world"] == kept[1][0]["seeds"]["world"] == 7
    assert kept[0][0]["seeds"]["faults"] != kept[1][0]["seeds"]["faults"]


def test_programs_get_one_json_object(soundstage: Command, tmp_path: Path) -> None:
    ran = soundstage(
        "run", write_scene(tmp_path), "--agent", "script:nothing", "--trials", 3, "--parallel", 2, "--json"
    )

    told = json.loads(ran.out)
    assert told["exit_code"] == ran.status == 1
    assert (told["planned"], told["ended"], told["success"]["successes"]) == (3, 3, 0)
    assert sorted(episode["trial"] for episode in told["scenarios"][0]["episodes"]) == [1, 2, 3]
    assert Path(told["run"]) == Path("runs/note-1")


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (["nowhere"], 2, "there is no suite and no file 'nowhere'"),
        (["note.yaml", "-k", "other"], 5, "no scenario was found"),
        (["note.yaml", "-k", "("], 2, "cannot read -k"),
        (["note.yaml", "--out", "full"], 2, "full is not empty"),
        (["note.yaml", "--trials", "0"], 2, "--trials"),
        (["wrong.yaml"], 2, "wrong.yaml:3:1: 'nuisance' is not offered"),
        (["unasked.yaml"], 2, "unasked.yaml:3:17: odd: there is no table files.nothing"),
    ],
)
def test_what_cannot_be_run_says_why(
    soundstage: Command, tmp_path: Path, words: list[str], status: int, complaint: str
) -> None:
    write_scene(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").touch()
    write_scene(tmp_path, "task: t\nworld: {world: w, servers: {files: {kind: filesystem}}}\nnuisance: {}\n", "wrong")
    odd = "success: {odd: {sql: from files.nothing, is: 1}}\n"
    write_scene(tmp_path, "task: t\nworld: {world: w, servers: {files: {kind: filesystem}}}\n" + odd, "unasked")

    ran = soundstage("run", *words, "--agent", "script:nothing")

    assert (ran.status, complaint in ran.err) == (status, True), ran.err


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("no-such-program --fast", "there is no program 'no-such-program'"),
        ("'", "cannot read the command"),
        ("", "no agent is named"),
        ("image:", "no agent '' can be had here"),
        ("script:nowhere.yaml", "there is no script 'nowhere.yaml'"),
    ],
)
def test_agents_that_cannot_be_started_are_refused(
    soundstage: Command, tmp_path: Path, spec: str, complaint: str
) -> None:
    ran = soundstage("run", write_scene(tmp_path), "--agent", spec)

    assert ran.status == 2
    assert complaint in ran.err
    assert not (tmp_path / "runs").exists()


def test_scripts_are_played_from_files_too(soundstage: Command, tmp_path: Path) -> None:
    steps = """
    - files.read_text_file: {path: /workspace/a.txt}
      as: seen
    - files.write_file: {path: /workspace/out.txt, content: "${seen.text}"}
    - wait: 1h
    """
    (tmp_path / "steps.yaml").write_text(steps)

    ran = soundstage("run", write_scene(tmp_path), "--agent", "script:steps.yaml", "--out", "out")

    assert ran.status == 1
    trajectory = read_trajectory(tmp_path / "out/episodes/note-1.jsonl")
    assert trajectory.steps[1].action.arguments["content"] == "one"
    assert trajectory.closing is not None
    assert trajectory.closing.world_seconds > 3_600


def test_a_script_that_goes_wrong_is_a_failure_with_its_reason(soundstage: Command, tmp_path: Path) -> None:
    text = NOTE.replace("/workspace/a.txt", "/workspace/missing.txt", 1)

    ran = soundstage(
        "run", write_scene(tmp_path, text.replace("b.json", "c.json")), "--agent", "script:reference", "--json"
    )

    note = json.loads(ran.out)["scenarios"][0]["episodes"][0]["note"]
    assert "files.read_text_file: no error was expected" in note


def test_the_step_limit_ends_an_episode(soundstage: Command, tmp_path: Path) -> None:
    text = NOTE.replace("steps: 5", "steps: 1")

    ran = soundstage("run", write_scene(tmp_path, text), "--agent", "script:reference", "--json", "--out", "out")

    episode = json.loads(ran.out)["scenarios"][0]["episodes"][0]
    assert (episode["outcome"], episode["steps"], episode["note"]) == ("timeout", 1, "stopped after 1 steps")
    assert ran.status == 1


def test_runs_can_be_listed_and_shown(soundstage: Command, tmp_path: Path) -> None:
    soundstage("run", write_scene(tmp_path), "--agent", "script:reference")

    listed, episodes = soundstage("list"), soundstage("show", "note-1")
    story = soundstage("show", "runs/note-1/episodes/note-1.jsonl")

    assert "runs/note-1" in listed.out
    assert "1 success" in listed.out
    assert "bookshop" in listed.out
    assert "runs/note-1/episodes/note-1.jsonl" in episodes.out
    for words in ("Write hello", "files.write_file", "files:/workspace/out.txt", "✓ written", "success"):
        assert words in story.out
    assert json.loads(soundstage("show", "runs/note-1/episodes/note-1.jsonl", "--json").out)["opening"]["trial"] == 1
    assert json.loads(soundstage("list", "--json").out)["runs"][0]["name"] == "note-1"
    assert soundstage("show", "note-9").status == 2


def test_the_tables_that_checks_can_ask_are_printed(soundstage: Command, tmp_path: Path) -> None:
    shop = "{kind: sql, schema: 'create table t (a integer, b text);'}"
    world = f"world: w\nservers: {{files: {{kind: filesystem}}, shop: {shop}}}\n"
    (tmp_path / "w.yaml").write_text(world)

    told = json.loads(soundstage("schema", "w.yaml", "--json").out)

    assert "shop.t\n    a bigint, b varchar\n" in soundstage("schema", "w.yaml").out
    assert [table["table"] for table in told["servers"]["files"]] == ["files"]
    assert told["servers"]["shop"][0]["columns"][0] == {"name": "a", "type": "BIGINT"}


def test_seeds_that_cannot_be_recorded_are_refused_before_anything_is_written(
    soundstage: Command, tmp_path: Path
) -> None:
    scene = write_scene(tmp_path)

    said = soundstage("run", scene, "--agent", "script:reference", "--seed", 1 << 63, "--out", "out")
    pinned = write_scene(tmp_path, NOTE + f"seeds: {{user: {-(1 << 70)}}}\n", "pinned")
    told = soundstage("run", pinned, "--agent", "script:reference", "--out", "out")
    least = soundstage("run", scene, "--agent", "script:reference", "--seed", -(1 << 63), "--out", "least")

    assert (said.status, told.status, least.status) == (2, 2, 0)
    assert "is too long (give a whole number from" in said.err
    assert not (tmp_path / "out").exists()
