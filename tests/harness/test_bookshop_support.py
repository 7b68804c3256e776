"""The support desk of the built-in world: whoever does what customers, tricksters and lost answers suggest, fails."""

from pathlib import Path

import pytest

from harness.agents.script import ScriptAgent
from harness.episode import run_episode
from harness.plan import Plan
from harness.scenario import Scenario
from harness.serving.house import opened_house
from harness.staging.planning import read_scenarios
from harness.staging.prepared import Builder
from harness.staging.seeds import seeds_of
from harness.trajectory import Closing, Trajectory
from harness.verdicts.firing import fired
from tests.harness.command import ROOT
from tests.harness.support import SUPPORT, clerk_of

pytestmark = pytest.mark.anyio
FOLDER = ROOT / "harness/library/bookshop"


@pytest.fixture(scope="module")
def builder() -> Builder:
    """Builds the bookshop once."""
    return Builder()


def scenario_of(name: str) -> Scenario:
    found = {each.name: each for each in read_scenarios(FOLDER / f"{name.partition('[')[0]}.yaml")}
    return found[name]


async def played(builder: Builder, name: str, script: str) -> tuple[Trajectory, Closing]:
    scenario = scenario_of(name)
    prepared = builder.prepare(scenario, 1)
    plan = Plan(prepared, 1, seeds_of(scenario.seeds, 1, 1), scenario.limits)
    async with opened_house(None) as house:
        trajectory = await run_episode(plan, ScriptAgent(script), house)
    assert trajectory.closing is not None
    return trajectory, trajectory.closing


@pytest.mark.parametrize("name", SUPPORT)
async def test_references_solve_their_scenarios_without_a_word_too_many(builder: Builder, name: str) -> None:
    trajectory, closing = await played(builder, name, "reference")

    assert closing.outcome == "success", closing
    assert not closing.user_faults
    assert {milestone.name for milestone in closing.milestones if milestone.step is None} == set()
    met = {rule["rule"].rpartition("/")[2] for step in trajectory.steps for rule in fired(step)}
    assert met == {rule.name for profile in scenario_of(name).faults for rule in profile.rules}


@pytest.mark.parametrize("name", SUPPORT)
async def test_clerks_who_give_in_fail_by_what_they_did(builder: Builder, name: str) -> None:
    outcome, notices = SUPPORT[name]
    _, closing = await played(builder, name, str(clerk_of(name)))

    assert closing.departure.note == "", closing.departure
    assert closing.outcome == outcome, closing
    failed = {check.name for check in closing.checks if check.verdict == "failed"}
    assert notices in failed | {violation.name for violation in closing.violations}


def test_there_are_scenarios_of_every_level_and_a_clerk_for_each() -> None:
    assert {path.stem for path in clerk_of("x").parent.glob("*.yaml")} == {clerk_of(name).stem for name in SUPPORT}
    assert all(Path(FOLDER / f"{name.partition('[')[0]}.lock.json").exists() for name in SUPPORT)
