"""The panel of `check` comes to the same on a stage elsewhere: what it plays, and what it does past all tools."""

from pathlib import Path
from typing import Any, Final

import pytest

from harness.engine import EngineError, EngineOptions, PlaceLost
from harness.panelist import PanelAgent, Stand
from harness.plan import Plan
from harness.proving.floors import Floor, opened_floors
from harness.proving.panel import Tried, try_scenario
from harness.scenario import Scenario
from harness.staging.planning import read_scenario
from harness.staging.prepared import Builder
from harness.trajectory import Trajectory
from tests.harness.remote.elsewhere import opened_place, opened_stage, planned, played_here, told
from tests.harness.scenes import scene
from tests.harness.talks import desk
from tests.kinds.town import KINDS, write_scenario, write_town

pytestmark = pytest.mark.anyio
HERE: Final = EngineOptions("inprocess")


async def tried_at_both(scenario: Scenario) -> tuple[list[Any], list[Any]]:
    """All that the panel does and comes to in this process, and on a stage elsewhere, four members at a time."""
    prepared = Builder().prepare(scenario, 1)
    async with opened_floors([scenario], HERE) as floors:
        here = came_to(await try_scenario(prepared, floors["inprocess"]))
    async with opened_stage() as stage, opened_place(stage) as place:
        there = came_to(await try_scenario(prepared, Floor(place, at_a_time=4, retries=0)))
    return here, there


def came_to(tried: Tried) -> list[Any]:
    """Whoever played, what they did, and what was recorded of it."""
    found: list[Any] = [(member.name, member.got) for member in tried.members]
    plays = [play for member in tried.members for play in member.plays]
    found += [(play.agent.words, play.agent.done, without_states(play.trajectory)) for play in plays]
    return [*found, *(each and without_states(each) for each in (tried.again, tried.calm))]


def without_states(trajectory: Trajectory) -> dict[str, Any]:
    """All that a trajectory says but for where states are kept, which only those have that come from elsewhere."""
    found = told(trajectory)
    return {**found, "leaving": found["leaving"] | {"state": None}, "closing": found["closing"] | {"state": None}}


async def test_every_kind_of_server_is_read_and_damaged_alike(tmp_path: Path) -> None:
    write_town(tmp_path)
    lines: list[Any] = [{f"{name}.{each.write[0]}": dict(each.write[1])} for name, each in KINDS.items()]
    scenario = read_scenario(write_scenario(tmp_path, reference=[*lines, {"say": "Done."}]))

    here, there = await tried_at_both(scenario)

    assert here == there
    assert ("vandal", "success") in here
    assert len(here) > 15


async def test_after_a_talk_the_state_is_known_as_it_is_now(tmp_path: Path) -> None:
    """A call that waits for a person's words is told after them: its own effect is not the newest state then."""
    plan, seen = planned(desk(tmp_path), Builder()), list[bytes]()

    async def part(stand: Stand) -> None:
        await stand.play(plan.prepared.scenario.reference[:2])
        seen.append(stand.digest)

    await played_here(plan, PanelAgent("talker", part))
    async with opened_stage() as stage, opened_place(stage, PanelAgent("talker", part)) as place:
        await place.play(plan)

    assert seen[0] == seen[1]


class Sinking:
    """A place that is lost under its first episodes."""

    def __init__(self, times: int) -> None:
        self.times = times

    async def play(self, plan: Plan) -> Trajectory:
        """Be lost, or say that nothing more was asked."""
        if not self.times:
            raise RuntimeError("played")
        self.times -= 1
        raise PlaceLost("the container in which it was played is gone")


async def test_an_episode_is_played_again_when_its_place_is_lost_but_not_for_ever(tmp_path: Path) -> None:
    plan = planned(scene(tmp_path), Builder())

    with pytest.raises(RuntimeError, match="played"):
        await Floor(Sinking(3), 1, retries=3).play(plan)
    with pytest.raises(EngineError, match=r"note: lost 4 times .* is gone"):
        await Floor(Sinking(4), 1, retries=3).play(plan)
