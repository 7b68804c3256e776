"""Jobs played away from a run come back whole or not at all; what does not come back is given up and tried again."""

import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from harness.agent import find_agent
from harness.engine import PlaceLost
from harness.engines import inprocess
from harness.episode import run_episode
from harness.recording.rewind import Rewind
from harness.recording.run_folder import RunFolder
from harness.recording.states import States
from harness.running.order import Order
from harness.staging.suite import collect
from harness.working.bench import opened_bench
from harness.working.job import Brief, Job, brief_of
from harness.working.parcel import put_in_place
from tests.harness.command import Command
from tests.harness.scenes import record_of, write_scene

JOB = Job(scenario="note", trial=2)


def brief(folder: Path) -> Brief:
    scene = str(write_scene(folder))
    order = Order(collect([scene]), find_agent("script:reference"), 2, paths=(scene,))
    return Brief.model_validate_json(brief_of(order, None).model_dump_json())


def sent(told: Brief, *jobs: Job) -> list[bytes]:
    """What jobs come to that are played without the run's folder."""

    async def play() -> list[bytes]:
        async with opened_bench(told) as bench:
            return [await bench.play_away(job) for job in jobs]

    return anyio.run(play)


def test_a_parcel_put_in_place_is_the_record_that_a_run_would_have(soundstage: Command, tmp_path: Path) -> None:
    told = brief(tmp_path)
    assert soundstage("run", "note.yaml", "--agent", "script:reference", "--trials", 2, "--out", "run").status == 0
    folder, states = RunFolder(tmp_path / "away"), States(tmp_path / "away/states")

    first, second = sent(told, JOB, Job(scenario="note", trial=1, first_held=True))
    answers = [
        put_in_place(first, folder, JOB, states),
        put_in_place(second, folder, Job(scenario="note", trial=1), states),
    ]
    states.close()

    assert [answer["summary"]["outcome"] for answer in answers] == ["success", "success"]
    assert len(second) < len(first)
    for trial in (1, 2):
        record = folder.record("note", trial)
        assert record_of(record) == record_of(tmp_path / f"run/episodes/note-{trial}.jsonl")
        rewind = Rewind(record)
        assert rewind.at(2).content_digest().hex() == rewind.trajectory.steps[1].world_state_hash
        rewind.close()
    assert not list((tmp_path / "away/arriving").iterdir())


def test_a_parcel_that_is_damaged_or_late_changes_nothing(tmp_path: Path) -> None:
    (parcel,) = sent(brief(tmp_path), JOB)
    folder, states = RunFolder(tmp_path / "away"), States(tmp_path / "away/states")

    with pytest.raises(PlaceLost, match="damaged"):
        put_in_place(parcel[:-40], folder, JOB, states)
    assert not folder.record("note", 2).exists()
    put_in_place(parcel, folder, JOB, states)
    before = folder.record("note", 2).read_bytes()
    with pytest.raises(PlaceLost, match="another attempt"):
        put_in_place(parcel, folder, JOB, states)
    states.close()

    assert folder.record("note", 2).read_bytes() == before


def test_what_does_not_come_back_is_given_up_and_tried_again_as_often_as_wanted(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, begun = run_episode, []

    async def sometimes(plan: Any, *rest: Any) -> Any:
        begun.append((plan.trial, plan.attempt))
        if plan.trial == 2 or (plan.trial == 1 and plan.attempt == 1):
            await anyio.sleep_forever()
        return await whole(plan, *rest)

    monkeypatch.setattr(inprocess, "run_episode", sometimes)
    words = ["--agent", "script:reference", "--trials", 3, "--parallel", 3, "--out", "out", "--json"]
    ran = soundstage("run", write_scene(tmp_path), *words, "--deadline", 0.05, "--retries", 1)

    told = json.loads(ran.out)
    episodes = told["scenarios"][0]["episodes"]
    assert ran.status == 3
    assert sorted(begun) == [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1)]
    assert [(one["outcome"], one["attempt"]) for one in episodes] == [("success", 2), ("invalid", 2), ("success", 1)]
    assert (told["tried_again"], told["blame"]) == (2, {"infrastructure": 1})
    assert episodes[1]["note"].startswith("it had not come back after 0.05 minutes")
    assert len(list((tmp_path / "out/attempts").iterdir())) == 2


def test_no_failure_of_an_agent_is_tried_again(soundstage: Command, tmp_path: Path) -> None:
    run = ["run", write_scene(tmp_path), "--agent", "script:nothing", "--out", "out", "--retries", 5]

    assert soundstage(*run).status == 1
    assert not (tmp_path / "out/attempts").exists()
