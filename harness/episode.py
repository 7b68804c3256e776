"""One episode from start to end: a world is opened, an agent acts in it, and what it left behind is judged."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread

from harness.acting.client import Client
from harness.acting.gate import noted
from harness.acting.mind import Mind
from harness.agent import Agent, Assignment, Launched
from harness.aside import run_aside
from harness.check import Evidence
from harness.engine import PlaceLost
from harness.errors import one_error
from harness.judging.appointed import quality_of, with_quality
from harness.judging.helpers import used_by_people
from harness.plan import Plan, opening
from harness.recording.moments import Moments
from harness.recording.record import Recorder
from harness.recording.states import Steps
from harness.recording.toolbox import toolbox_of
from harness.scene import Scene
from harness.serving.house import House
from harness.staging.happening import caught_up
from harness.trajectory import Closing, Departure, Leaving, Trajectory
from harness.users.seating import greet, seat, seated
from harness.verdicts.composite import with_figures
from harness.verdicts.grading import Grade, grade
from harness.verdicts.undoing import undone
from harness.verdicts.user_faults import user_faults, user_turns
from harness.verdicts.verdict import Conclusion, conclude
from sandbox_server.directing.gate import Gate, Limit
from sandbox_server.directing.timing import note_time
from sandbox_server.episode import Episode
from sandbox_server.hooks import Hooks
from sandbox_server.web import Service
from worlds import host
from worlds.clock import SECOND
from worlds.world import World

SILENT_SHARE: Final = 0.5
"""Beyond this share of its minutes an endpoint that says nothing has failed, rather than that its model thinks."""
START_SECONDS_MAX: Final = 300.0
"""How long an agent may take to be started: a daemon that makes containers may be busy, and is not to hang forever."""


async def run_episode(plan: Plan, agent: Agent, house: House) -> Trajectory:
    """Run one episode in this process and return its record. Whatever the agent does, this returns; cancelling it
    stops the agent."""
    return await play_out(plan, agent, HouseScene(plan, agent, house))


async def play_out(plan: Plan, agent: Agent, scene: Scene) -> Trajectory:
    """Play an episode that was opened to its end, judge it, close it, and return its record.

    Raises PlaceLost where what it took place on is gone; nothing was judged then.
    """
    running = _Running(plan, agent, scene)
    try:
        if plan.parent is None:  # an episode that goes on from another one has been greeted there
            await scene.greeted()
        departure, final = await scene.ended(await running.directed())
        running.leave(departure, final)
        found, conclusion = await _judged(running, departure, final)
        closing = await running.with_quality(running.closing(departure, final, found, conclusion))
        return await anyio.to_thread.run_sync(scene.recorder.close, closing)  # forcing files to disks takes its time
    finally:
        await scene.close()


async def _judged(running: "_Running", departure: Departure, final: World) -> tuple[Grade, Conclusion]:
    """What is found in the world that was left behind, and what follows from it."""
    plan = running.plan
    evidence = running.evidence(final, departure.answer)
    try:
        found = await run_aside(grade, plan.prepared.scenario, evidence)
    except Exception as error:  # grading can be done again; the episode is over and recorded
        return Grade(), Conclusion("invalid", f"{type(error).__name__}: {error}", "infrastructure", "grader")
    return found, conclude(departure, found, plan.limits, evidence.steps)


class _Running:
    """An episode while it is open."""

    def __init__(self, plan: Plan, agent: Agent, scene: Scene) -> None:
        self.began_ns = host.monotonic_ns()
        self.plan = plan
        self.agent = agent
        self.scene = scene
        self.episode = scene.episode
        self.recorder = scene.recorder
        self.mind = self.recorder.mind = Mind(plan.limits.tokens)
        self.begun = anyio.Event()
        """Set once the agent itself acts: how long it took to start it is not its own time."""

    async def directed(self) -> Departure:
        """Let the agent act within its limits; says how that ended. Raises PlaceLost."""
        ended: list[Departure] = []
        limits: list[Limit] = []

        async def act() -> None:
            ended.append(await self._acted())
            group.cancel_scope.cancel()

        with one_error():
            async with anyio.create_task_group() as group:
                group.start_soon(act)
                group.start_soon(self._cancel_without_tokens, group.cancel_scope)
                with anyio.CancelScope() as minutes:
                    group.start_soon(self._count_minutes, minutes)
                    limits.append(await self.scene.exceeded())
                group.cancel_scope.cancel()
        if self.recorder.error is not None:
            return Departure(how="failed", note=f"a step could not be recorded: {self.recorder.error}")
        if ended:
            return ended[0]
        if self.mind.exceeded.is_set():
            return Departure(how="tokens")
        return Departure(how=limits[0]) if limits else self._out_of_time()

    async def _count_minutes(self, scope: anyio.CancelScope) -> None:
        """End a scope when the agent's minutes are over, which begin with it, or when it does not begin at all."""
        with anyio.move_on_after(START_SECONDS_MAX):
            await self.begun.wait()
        if not self.begun.is_set():
            scope.cancel()
        scope.deadline = anyio.current_time() + 60 * self.plan.limits.minutes

    def _out_of_time(self) -> Departure:
        """The departure of an agent whose minutes are over; waiting in vain for its model is no failure of its own."""
        if not self.begun.is_set():
            return Departure(how="failed", note=f"the agent had not started after {START_SECONDS_MAX / 60:g} minutes")
        minutes = self.plan.limits.minutes
        excuse = self.mind.excuse(host.monotonic_ns(), minutes * 60 * SECOND * SILENT_SHARE)
        note = f"the {minutes:g} minutes were over while the agent's model could not be asked: {excuse}"
        return Departure(how="failed", note=note) if excuse else Departure(how="minutes")

    def evidence(self, final: World, answer: str | None) -> Evidence:
        """All that the episode left behind."""
        steps = self.recorder.steps
        folder = Path(self.plan.prepared.scenario.file).parent
        return Evidence(self.episode.first, final, steps, answer, Moments(self.episode, steps), folder)

    def leave(self, departure: Departure, final: World) -> None:
        """Record how the agent left and what it left behind."""
        self.recorder.leave(
            Leaving(
                departure=departure,
                final_digest=final.content_digest().hex(),
                state=self.recorder.last_state(final),
                model=self.mind.model,
                usage=self.mind.usage,
                world_seconds=self._world_seconds(final),
                wall_seconds=self._wall_seconds(),
            )
        )

    def _world_seconds(self, final: World) -> float:
        return round((final.clock.now_ns - self.episode.first.clock.now_ns) / SECOND, 3)

    def _wall_seconds(self) -> float:
        return round((host.monotonic_ns() - self.began_ns) / SECOND, 3)

    def closing(self, departure: Departure, final: World, found: Grade, conclusion: Conclusion) -> Closing:
        """The last record."""
        return Closing(
            outcome=conclusion.outcome,
            cause=conclusion.cause,
            blame=conclusion.blame,
            note=conclusion.note,
            undoing=undone(conclusion.outcome, departure, self.recorder.steps),
            departure=departure,
            **found.recorded(),
            user_turns=user_turns(self.recorder.steps),
            user_faults=user_faults(self.recorder.steps),
            reward=None,
            model=self.mind.model,
            usage=self.mind.usage,
            total_tokens=self.mind.usage.total_tokens if self.mind.usage else None,
            helpers=used_by_people(seated(self.episode).values()),
            steps=len(self.recorder.steps),
            final_digest=final.content_digest().hex(),
            state=self.recorder.leaving.state if self.recorder.leaving else None,
            world_seconds=self._world_seconds(final),
            wall_seconds=self._wall_seconds(),
        )

    async def with_quality(self, closing: Closing) -> Closing:
        """The last record with its scores, the judge's among them: a model is asked where one is appointed."""
        scenario, steps = self.plan.prepared.scenario, tuple(self.recorder.steps)
        trajectory = Trajectory(opening=self.recorder.opening, steps=steps, closing=closing)
        if scenario.judge is not None:
            quality = await quality_of(trajectory, scenario, self.plan.judge, self.plan.record)
            trajectory = with_quality(trajectory, quality)
        return with_figures(trajectory, scenario.reward)

    async def _cancel_without_tokens(self, scope: anyio.CancelScope) -> None:
        await self.mind.exceeded.wait()
        scope.cancel()

    async def _acted(self) -> Departure:
        plan = self.plan
        scenario = plan.prepared.scenario
        if not isinstance(self.agent, Launched):
            self.begun.set()
        try:
            return await self.agent.act(
                Assignment(
                    scenario.task, self.scene.urls, self.scene.client, plan.seeds.agent, plan.outputs, scenario,
                    self.mind, plan.record, self.scene.services, self.begun.set,
                )
            )  # fmt: skip
        except PlaceLost:
            raise
        except Exception as error:  # a broken harness must not pass for a failing agent
            return Departure(how="failed", note=f"{type(error).__name__}: {error}")


class HouseScene:
    """An episode that takes place in this process."""

    def __init__(self, plan: Plan, agent: Agent, house: House) -> None:
        """Raises StageError for faults that cannot be there, and OSError where nothing can be recorded."""
        self._house = house
        limits = plan.limits
        self._gate = Gate(limits.steps, lambda: self.episode, limits.same_call, limits.stuck_after)
        token = host.secret()
        states = house.states_for(plan.record) if plan.record else None
        base = states.base(plan.prepared.world) if states else None
        tools = states.listing(plan.prepared, toolbox_of) if states else None
        self.recorder = Recorder(plan.record, opening(plan, agent, base, tools), (token,))
        world = _with_clock(plan.prepared.world, agent)
        hooks = Hooks(call=(self._gate,), state=(note_time,))
        self.episode = house.stage.open(
            plan.prepared.presentation, token=token, world=world, hooks=hooks, sinks=(self.recorder, *plan.sinks)
        )
        put_faults(self.episode, plan)
        if states and base:
            self.recorder.keep_states(self.episode, Steps(states, self.episode.first, base))
        people = plan.prepared.scenario.users
        self._players = seat(self.episode, people, plan.seeds.user, plan.smiths)
        self.client = Client(self.episode)
        self.urls: Mapping[str, str] = house.urls(self.episode, token)
        self.services: Mapping[str, Service] = house.services(self.episode, token)

    async def greeted(self) -> None:
        """Let people write first."""
        await greet(self.episode, self._players)

    async def exceeded(self) -> Limit:
        """Wait for the gate."""
        await self._gate.exceeded.wait()
        return self._gate.why

    async def ended(self, departure: Departure) -> tuple[Departure, World]:
        """Shut the gate, and let what is due happen."""
        departure = noted(departure, self._gate, self.episode)
        self._gate.shut()
        self.episode.waits.let_go()
        await self._gate.emptied()
        async with self.episode.turn:
            final = caught_up(self.episode.world.fork())
        self.recorder.ended = True
        return departure, final

    async def close(self) -> None:
        """Close the episode."""
        self._gate.shut()
        self.recorder.abandon()
        self._house.stage.close(self.episode.id)


def put_faults(episode: Episode, plan: Plan) -> None:
    """Put in force what goes wrong; what happens by itself is drawn from the trial's own seed. Raises StageError."""
    if plan.sieve is not None:
        episode.faults.sieve = plan.sieve
    if plan.profiles:
        episode.faults.put(plan.profiles, seed=plan.seeds.faults, note=False)


def _with_clock(world: World, agent: Agent) -> World:
    """A fork of the first state whose time moves as the agent needs it."""
    fork = world.fork()
    fork.clock.restore(replace(fork.clock.state(), mode=agent.clock))
    return fork
