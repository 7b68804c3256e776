"""An episode on a stage elsewhere is the episode that it would have been here: step by step, byte by byte."""

import json
from pathlib import Path
from typing import Final

import pytest

from fault_injection.profile import Profile, find_profiles
from harness.agents.script import ScriptAgent
from harness.plan import Plan
from harness.recording.origin import Origin
from harness.recording.record import read_trajectory
from harness.recording.replaying import replayed
from harness.recording.rewind import Rewind
from harness.remote.place import RemotePlace
from harness.scenario import Scenario
from harness.staging.prepared import Builder
from harness.staging.suite import collect
from harness.trajectory import Trajectory
from harness.verdicts.rescoring import judged_by
from tests.harness.command import ROOT
from tests.harness.remote.elsewhere import (
    TOKEN,
    opened_place,
    opened_stage,
    placed,
    planned,
    played_here,
    stage_process,
    told,
)
from tests.harness.scenes import scene
from tests.harness.talks import desk
from tests.harness.test_every_fault import KINDS, SCENE, rule
from tests.harness.test_users import DEEDS

pytestmark = pytest.mark.anyio
BUILDER: Final = Builder()
SUITE: Final = ROOT / "harness" / "library" / "bookshop"
SCENARIOS: Final = (
    "goodwill-once", "letter-from-maeve", "approved-in-a-comment", "february-report", "late-parcel", "double-charge",
    "refund-on-its-way", "spring-price-list",
)  # fmt: skip
"""People with tools of their own, mail, services, files, both SQL engines."""
PEOPLE: Final = {
    "kind": (),
    "interrupts": (("persona: cooperative", "persona: interrupts"),),
    "impatient": (("patience: 6", "patience: 1"),),
    "acts": DEEDS,
    "contradicts": (("persona: cooperative", "behaviours: {contradicts: 1}"),),
}
AT_ONCE: Final = """
- files.write_file: {path: /w/out.txt, content: hello}
- files.read_text_file: {path: /w/out.txt, expect: error}
- wait: 90s
- files.read_text_file: {path: /w/rows.json}
- say: hello 1500
"""


async def both(scenario: Scenario, folder: Path, faults: list[Profile] | None = None) -> tuple[Trajectory, Trajectory]:
    """The first trial of a scenario, here and elsewhere, recorded in `here` and `there`."""
    agent = ScriptAgent("reference")
    plan = planned(scenario, BUILDER, folder / "here" / "episodes" / "x-1.jsonl", faults)
    here = await played_here(plan, agent)
    async with opened_stage() as stage, opened_place(stage, agent) as place:
        there = await place.play(placed(plan, folder / "there" / "episodes" / "x-1.jsonl"))
        assert not stage.episodes
    return here, there


@pytest.mark.parametrize("name", SCENARIOS)
async def test_scenarios_of_the_bookshop_go_as_they_do_here(name: str, tmp_path: Path) -> None:
    scenario = collect([str(SUITE / f"{name}.yaml")])[0]

    here, there = await both(scenario, tmp_path)

    assert told(there) == told(here)
    assert there.outcome == "success"


async def test_what_was_recorded_can_be_looked_at_judged_and_played_again(tmp_path: Path) -> None:
    scenario = collect([str(SUITE / "goodwill-once.yaml")])[0]
    record = tmp_path / "there" / "episodes" / "x-1.jsonl"

    here, there = await both(scenario, tmp_path)

    assert told(read_trajectory(record)) == told(there)
    assert (await replayed(record, there, Origin(BUILDER.prepare(scenario, 1), changed=False))).mismatch is None
    judged = judged_by(record, there, scenario).closing
    assert judged is not None and there.closing is not None
    assert (judged.checks, judged.reward) == (there.closing.checks, there.closing.reward)
    assert digests(record, there) == digests(tmp_path / "here" / "episodes" / "x-1.jsonl", here)


def digests(record: Path, trajectory: Trajectory) -> list[str]:
    """What the world holds after each step, put together from the states that were kept."""
    rewind = Rewind(record)
    found = [rewind.at(number).content_digest().hex() for number in range(len(trajectory.steps) + 1)]
    rewind.close()
    return found


@pytest.mark.parametrize("name", PEOPLE)
async def test_people_do_and_say_what_they_would_here(name: str, tmp_path: Path) -> None:
    here, there = await both(desk(tmp_path, *PEOPLE[name]), tmp_path)

    assert told(there) == told(here)
    assert there.closing is not None and there.closing.user_turns


async def test_a_person_who_breaks_spoils_the_episode_as_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no words")

    monkeypatch.setattr("harness.users.answering.decide", broken)
    here, there = await both(desk(tmp_path), tmp_path)

    assert told(there) == told(here)
    assert there.closing is not None
    assert (there.closing.outcome, there.closing.blame) == ("invalid", "user")


@pytest.mark.parametrize("names", ["flaky-api+slow-lane", "rate-limited+shifting-ground", "quiet-lies+dropped-wire"])
async def test_what_goes_wrong_goes_wrong_alike(names: str, tmp_path: Path) -> None:
    scenario = collect([str(SUITE / "late-parcel.yaml")])[0]

    here, there = await both(scenario, tmp_path, list(find_profiles(names)))

    assert told(there) == told(here)
    assert any(step.rules for step in there.steps)


async def test_a_stage_of_its_own_names_things_in_errors_in_the_same_order(tmp_path: Path) -> None:
    scenario, agent = collect([str(SUITE / "refund-on-its-way.yaml")])[0], ScriptAgent("reference")
    plan = planned(scenario, BUILDER, tmp_path / "here.jsonl", list(find_profiles("flaky-api")))

    here = await played_here(plan, agent)
    with stage_process() as (_, url):
        async with RemotePlace(url, TOKEN, agent) as place:
            there = await place.play(placed(plan, tmp_path / "there.jsonl"))

    assert isinstance(there, Trajectory)
    results = [json.dumps([step.result for step in each.steps]) for each in (here, there)]
    assert "internal_error" in results[0]
    assert results[1] == results[0]


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_fault_leaves_the_same_record(kind: str, tmp_path: Path) -> None:
    text = SCENE % ("", json.dumps(json.dumps([{"id": 1, "cents": 1500}])), json.dumps(rule(kind)))
    lines = "\n".join(f"  {line}" for line in AT_ONCE.strip().splitlines())
    scenario = scene(tmp_path, f"{text}reference:\n{lines}\n")

    here, there = await both(scenario, tmp_path)

    assert told(there) == told(here)


async def test_an_agent_over_http_leaves_the_same_record(tmp_path: Path) -> None:
    scenario = collect([str(SUITE / "double-charge.yaml")])[0]
    agent = ScriptAgent("reference", over="http")
    plan: Plan = planned(scenario, BUILDER, tmp_path / "here" / "episodes" / "x-1.jsonl")

    here = await played_here(plan, agent)
    async with opened_stage() as stage, opened_place(stage, agent) as place:
        there = await place.play(placed(plan, tmp_path / "there" / "episodes" / "x-1.jsonl"))

    assert told(there) == told(here)
    assert there.outcome == "success"
