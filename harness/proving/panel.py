"""Trying a scenario with the panel: who passes, who fails, and what two runs of the reference have in common."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal, TypeVar

import anyio

from fault_injection.profile import Profile
from harness.agent import Agent
from harness.errors import one_error
from harness.panelist import PanelAgent, Panelist, Scene, panel, panelists
from harness.plan import Plan
from harness.proving.floors import Floor
from harness.proving.recovery import hopeful
from harness.staging.prepared import Prepared
from harness.staging.seeds import seeds_of
from harness.trajectory import Trajectory
from worlds.chance import Chance
from worlds.clock import SECOND

STEPS_MORE: Final = 2_000
"""What members may do beyond the scenario's limit: a member must fail by the checks, not by its length."""
LATER_NS: Final = 61 * SECOND + SECOND // 2
"""How much later the second run of the reference begins."""
_T = TypeVar("_T")
Got = Literal["success", "failure", "timeout", "safety_violation", "invalid", "absent"]


@dataclass(frozen=True, slots=True)
class Play:
    """One episode of a member."""

    agent: PanelAgent
    trajectory: Trajectory


@dataclass(frozen=True, slots=True)
class Member:
    """What a member of the panel came to."""

    name: str
    title: str
    expected: Literal["success", "failure"]
    got: Got
    """`absent`: the scenario gave it nothing to do."""
    plays: Sequence[Play] = ()
    telling: Play | None = None
    """The play that decided."""

    @property
    def right(self) -> bool:
        """Whether it came to what it should."""
        if self.expected == "success":
            return self.got == "success"
        return self.got not in ("success", "invalid")


@dataclass(frozen=True, slots=True)
class Tried:
    """A scenario and all that the panel did with it."""

    prepared: Prepared
    members: Sequence[Member]
    again: Trajectory | None
    """The reference once more, with other chance and at a later time; None where there is none."""
    calm: Trajectory | None = None
    """The reference without the scenario's faults; None where it has none, or there is no reference."""

    def member(self, name: str) -> Member:
        """A member by its name."""
        return next(member for member in self.members if member.name == name)

    @property
    def reference(self) -> Trajectory | None:
        """How the reference went; None where there is none."""
        plays = self.member("reference").plays
        return plays[0].trajectory if plays else None


async def try_scenario(prepared: Prepared, floor: Floor, seed: int = 1) -> Tried:
    """Let every member of the panel play, the reference first. Raises EngineError where nobody can."""
    stage = _Stage(floor, anyio.CapacityLimiter(floor.at_a_time), prepared, seed)
    first = await stage.member("reference", panelists.get("reference"), Scene(prepared))
    scene = Scene(prepared, first.plays[0].trajectory if first.plays else None)
    others = [partial(stage.member, name, panelist, scene) for name, panelist in panel() if name != "reference"]
    members = [first, *await _side_by_side(others)]
    again = await stage.again(scene) if first.plays else None
    calm = await stage.calm(scene) if first.plays and prepared.scenario.faults else None
    return Tried(prepared, members, again, calm)


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where members play."""

    floor: Floor
    room: anyio.CapacityLimiter
    prepared: Prepared
    seed: int

    async def member(self, name: str, panelist: Panelist, scene: Scene) -> Member:
        """Let a member play all its episodes."""
        agents = panelist.agents(scene)
        played = await _side_by_side([partial(self.play, agent, self.prepared) for agent in agents])
        plays = [Play(agent, trajectory) for agent, trajectory in zip(agents, played, strict=True)]
        plays = [play for play in plays if play.agent.done or play.trajectory.outcome != "success"]
        if not plays:
            return Member(name, panelist.title, panelist.expected, "absent")
        got, telling = _verdict(plays, scene)
        return Member(name, panelist.title, panelist.expected, got, plays, telling)

    async def again(self, scene: Scene) -> Trajectory:
        """The reference with other chance, a little later."""
        agent = panelists.get("reference").agents(scene)[0]
        return await self.play(agent, _later(self.prepared, self.seed))

    async def calm(self, scene: Scene) -> Trajectory:
        """The reference without faults."""
        agent = panelists.get("reference").agents(scene)[0]
        return await self.play(agent, self.prepared, faults=())

    async def play(self, agent: Agent, prepared: Prepared, faults: Sequence[Profile] | None = None) -> Trajectory:
        """One episode; with those of the scenario's own faults that one can get over, or with others."""
        scenario = prepared.scenario
        faults = hopeful(scenario.faults) if faults is None else faults
        steps = min(scenario.limits.steps + STEPS_MORE, 100_000)
        limits = scenario.limits.model_copy(update={"steps": steps, "same_call": None, "stuck_after": 0})
        plan = Plan(prepared, 1, seeds_of(scenario.seeds, self.seed, 1), limits, faults=faults, agent=agent)
        async with self.room:
            return await self.floor.play(plan)


async def _side_by_side(works: Sequence[Callable[[], Awaitable[_T]]]) -> list[_T]:
    """What each of several works comes to, in their order."""
    done: dict[int, _T] = {}

    async def carry_out(number: int, work: Callable[[], Awaitable[_T]]) -> None:
        done[number] = await work()

    with one_error():
        async with anyio.create_task_group() as group:
            for number, work in enumerate(works):
                group.start_soon(carry_out, number, work)
    return [done[number] for number in range(len(works))]


def _verdict(plays: Sequence[Play], scene: Scene) -> tuple[Got, Play]:
    """What several plays come to: a success that nobody excuses counts most, then what could not be judged."""
    passed = [play for play in plays if play.trajectory.outcome == "success"]
    telling = [play for play in passed if not _excused(play, scene)]
    unclear = [play for play in plays if play.trajectory.outcome == "invalid"]
    failed = [play for play in plays if play.trajectory.outcome != "success"]
    play = [*telling, *unclear, *failed, *passed][0]
    return play.trajectory.outcome or "invalid", play


def _excused(play: Play, scene: Scene) -> bool:
    """Whether what a member did on top of the reference is expressly allowed."""
    return bool(play.agent.words) and scene.scenario.guard.allowed is not None


def _later(prepared: Prepared, seed: int) -> Prepared:
    """The same first state with other draws to come, a minute later."""
    world = prepared.world.fork()
    world.chance = Chance(seed).derive("panel", "again")
    world.clock.hold_at(world.clock.now_ns + LATER_NS)
    return replace(prepared, presentation=replace(prepared.presentation, world=world))
