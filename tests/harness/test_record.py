"""Trajectories on disk: what survives, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from harness.recording.record import Recorder, RecordError, read_trajectory
from harness.recording.rewind import RewindError, world_at
from harness.recording.states import States
from harness.trajectory import AgentInfo, Closing, Departure, Leaving, Limits, Opening, Seeds, json_schema
from sandbox_server.call import Reply
from sandbox_server.ledger import Entry
from tests.harness.command import Command
from tests.harness.records import assert_published_form
from tests.harness.scenes import NOTE, write_scene
from worlds.pack import PackBlobs

FIRST_VERSION = Path(__file__).parent / "data/first-version.jsonl"


def opening() -> Opening:
    return Opening(
        trajectory_id="t1", scenario="s", scenario_hash="h", task="Do it.", world="w", trial=1,
        seeds=Seeds(world=1, user=2, faults=3, agent=4), agent=AgentInfo(kind="script", spec="script:x"),
        limits=Limits(), isolation="none", clock="virtual", start_digest="00", soundstage="0", started_at="now",
    )  # fmt: skip


def entry(number: int, text: str = "told") -> Entry:
    told = Reply({"content": [{"type": "text", "text": text}]})
    return Entry(number, "call", "agent", "files", "read_file", {"path": "a", "token": "s3cret"}, told=told)


def recorded(path: Path, steps: int = 2) -> Path:
    recorder = Recorder(path, opening(), ("s3cret",))
    for number in range(1, steps + 1):
        recorder.write(entry(number, f"told {number}"))
    recorder.abandon()
    return path


def test_a_record_is_readable_after_every_step(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.jsonl", opening())
    for number in range(1, 4):
        recorder.write(entry(number))

        assert len(read_trajectory(tmp_path / "a.jsonl").steps) == number
    recorder.abandon()


def test_what_was_told_last_is_the_next_observation(tmp_path: Path) -> None:
    trajectory = read_trajectory(recorded(tmp_path / "a.jsonl", 3))

    assert [step.observation for step in trajectory.steps] == ["Do it.", "told 1", "told 2"]


def test_a_line_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.jsonl")
    whole = path.read_bytes()
    for length in range(whole.index(b"\n") + 1, len(whole), 7):
        path.write_bytes(whole[:length])

        assert len(read_trajectory(path).steps) == whole[:length].count(b"\n") - 1


def test_credentials_are_masked(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.jsonl")

    assert b"s3cret" not in path.read_bytes()
    assert read_trajectory(path).steps[0].action.arguments["token"] == "***"


def test_credentials_are_masked_in_what_an_agent_says_last(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    recorder = Recorder(path, opening(), ("s3cret",))
    departure = Departure(how="finished", answer="I was at http://here/s3cret/files/mcp")
    left: dict[str, Any] = {"departure": departure, "final_digest": "00", "world_seconds": 0.0, "wall_seconds": 0.0}
    recorder.leave(Leaving(**left))
    closing = recorder.close(Closing(outcome="success", checks=[], reward=1.0, steps=0, **left)).closing

    assert b"s3cret" not in path.read_bytes()
    assert closing and closing.departure.answer == "I was at http://here/***/files/mcp"


def test_what_json_cannot_hold_easily_is_kept(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.jsonl", opening())
    recorder.write(entry(1, "half \ud83d"))
    recorder.write(Entry(2, "call", "agent", "files", "t", {"n": 10**30, "m": [-(2**64)]}, told=Reply({})))
    recorder.abandon()

    first, second = read_trajectory(tmp_path / "a.jsonl").steps
    assert first.result["result"]["content"][0]["text"] == "half \ud83d"
    assert repr(second.action.arguments) == repr({"n": 10**30, "m": [-(2**64)]})


def test_long_observations_are_cut_and_say_so(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.jsonl", opening())
    recorder.write(entry(1, "x" * 10_000))
    recorder.write(entry(2))
    recorder.abandon()

    assert read_trajectory(tmp_path / "a.jsonl").steps[1].observation.endswith("x… (6000 more characters)")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "holds no whole line yet"),
        (b'{"record": "epi', "holds no whole line yet"),
        (b"nonsense\n", ":1: not a record of a trajectory: it is no JSON"),
        (b'{"record": "dream"}\n', ":1: not a record of a trajectory: it is none of episode, step, left, end"),
        (b'{"record": "step"}\n', ":1: not a record of a trajectory: Field required"),
        (b"\xff\xfe\n", ":1: not a record of a trajectory: it is no JSON"),
    ],
)
def test_foreign_files_are_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)

    with pytest.raises(RecordError, match=complaint):
        read_trajectory(path)


def test_records_out_of_order_are_refused(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.jsonl")
    first, *rest = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([first, first, *rest]))

    with pytest.raises(RecordError, match="out of their order"):
        read_trajectory(path)


def test_a_record_is_never_written_over(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.jsonl")

    with pytest.raises(FileExistsError):
        Recorder(path, opening())


def test_what_the_first_version_wrote_stays_readable() -> None:
    trajectory = read_trajectory(FIRST_VERSION)

    assert trajectory.outcome == "success"
    assert [step.action.tool for step in trajectory.steps] == ["read_text_file", "write_file"]
    assert_published_form(FIRST_VERSION)
    with pytest.raises(RewindError, match="without the states of its world"):
        world_at(FIRST_VERSION, 1)


def test_what_the_first_version_wrote_can_be_replayed(soundstage: Command, tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NOTE.replace(""", "b.json": '{"n": [1, {"x": 2}]}'""", ""))

    ran = soundstage("replay", FIRST_VERSION, "--scenario", scene)

    assert ran.status == 0, ran.out


@pytest.mark.parametrize("record", ["opening", "step", "closing"])
def test_the_schema_names_every_field_that_records_must_have(record: str) -> None:
    wanted = {
        "opening": {"trajectory_id", "scenario", "scenario_hash", "seeds", "agent", "started_at", "schema_version"},
        "step": {
            "step_number",
            "observation",
            "thought",
            "action",
            "result",
            "world_state_hash",
            "world_time",
            "delta",
        },
        "closing": {"outcome", "cause", "blame", "reward", "total_tokens", "wall_seconds", "milestones", "violations"},
    }[record]
    definitions = json_schema()["$defs"]

    assert wanted <= definitions[record.capitalize()]["properties"].keys()
    assert {"model", "temperature"} <= definitions["AgentInfo"]["properties"].keys()
    assert all(
        "description" in each or "$ref" in each for each in definitions[record.capitalize()]["properties"].values()
    )


def test_what_cannot_be_kept_makes_the_episode_worth_nothing(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(blobs: PackBlobs) -> None:
        raise OSError(28, "No space left on device")

    real = States.step

    def step(states: States, *arguments: Any) -> str:
        monkeypatch.setattr(PackBlobs, "flush", full)
        return real(states, *arguments)

    monkeypatch.setattr(States, "step", step)
    soundstage("run", write_scene(tmp_path), "--agent", "script:reference", "--out", "out")
    trajectory = read_trajectory(tmp_path / "out/episodes/note-1.jsonl")

    assert len(trajectory.steps) == 1
    assert trajectory.closing is None or (trajectory.closing.outcome, trajectory.closing.blame) == (
        "invalid",
        "infrastructure",
    )
