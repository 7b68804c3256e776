"""Trajectories on disk: what survives, and what is refused."""

from pathlib import Path

import pytest

from harness.record import Recorder, RecordError, read_trajectory
from harness.trajectory import AgentInfo, Limits, Opening, Seeds
from sandbox_server.call import Reply
from sandbox_server.ledger import Entry


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


def test_what_json_cannot_hold_easily_is_kept(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.jsonl", opening())
    recorder.write(entry(1, "half \ud83d"))
    recorder.write(Entry(2, "call", "agent", "files", "t", {"n": 2**70}, told=Reply({})))
    recorder.abandon()

    first, second = read_trajectory(tmp_path / "a.jsonl").steps
    assert first.result["result"]["content"][0]["text"] == "half \ud83d"
    assert second.action.arguments == {"n": 2**70}


def test_long_observations_are_cut_and_say_so(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.jsonl", opening())
    recorder.write(entry(1, "x" * 10_000))
    recorder.write(entry(2))
    recorder.abandon()

    assert read_trajectory(tmp_path / "a.jsonl").steps[1].observation.endswith("x… (6000 more characters)")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "does not begin with an episode"),
        (b"nonsense\n", ":1: not a record"),
        (b'{"record": "dream"}\n', ":1: not a record"),
        (b'{"record": "step"}\n', ":1: not a record of a trajectory: Field required"),
        (b"\xff\xfe\n", ":1: not a record"),
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
