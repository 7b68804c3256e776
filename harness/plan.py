"""A planned episode, and the record that it opens with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fault_injection.engine import Engine
from fault_injection.profile import Profile
from harness.agent import Agent, Thinker
from harness.staging.prepared import Prepared
from harness.trajectory import AgentInfo, Limits, Opening, Parent, Seeds
from harness.users.seating import Smiths, by_template
from harness.version import own_version
from sandbox_server.ledger import Sink
from worlds import host
from worlds.clock import show_time
from worlds.digest import value_hash


@dataclass(frozen=True, slots=True)
class Plan:
    """One planned episode."""

    prepared: Prepared
    trial: int
    seeds: Seeds
    limits: Limits
    record: Path | None = None
    """Where the trajectory goes; None keeps it in memory."""
    outputs: Path | None = None
    """The folder for what the agent writes to its outputs."""
    attempt: int = 1
    """Which attempt at this trial, from 1."""
    parent: Parent | None = None
    """The episode that this one continues."""
    sinks: tuple[Sink, ...] = ()
    """Who else is told of each call."""
    judge: str | None = None
    """The model that judges quality where the scenario names none itself."""
    smiths: Smiths = by_template
    """Who words what people say."""
    arm: str = ""
    """The faults that are compared; empty: the scenario's own."""
    faults: Sequence[Profile] | None = None
    """What goes wrong; None: what the scenario says."""
    sieve: Callable[[Engine], Engine] | None = None
    """What is made of every engine of faults, of the start and of what is toggled later."""
    agent: Agent | None = None
    """Who acts, where that is not the agent of the run."""

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """What goes wrong in the end."""
        return tuple(self.prepared.scenario.faults if self.faults is None else self.faults)


def opening(plan: Plan, agent: Agent, state: str | None = None, tools: str | None = None) -> Opening:
    """The first record of an episode whose first state is kept at `state`, and its list of tools at `tools`.

    Its id is the same however often the episode is tried, so that a run that goes on finds what it has; it tells apart
    scenarios, their variants, seeds, trials, agents, and what an episode continues.
    """
    scenario = plan.prepared.scenario
    who = AgentInfo(
        kind=agent.kind,
        spec=agent.spec,
        model=agent.model if isinstance(agent, Thinker) else None,
        temperature=agent.temperature if isinstance(agent, Thinker) else None,
        unrecorded=agent.unrecorded,
    )
    return Opening(
        trajectory_id=_id_of(plan, who),
        scenario=scenario.name,
        variant=dict(scenario.variant),
        scenario_hash=scenario.hash,
        task=scenario.task,
        world=scenario.world.name,
        trial=plan.trial,
        attempt=plan.attempt,
        seeds=plan.seeds,
        agent=who,
        limits=plan.limits,
        isolation=agent.isolation,
        clock=agent.clock,
        state=state,
        tools=tools,
        parent=plan.parent,
        arm=plan.arm,
        faults=tuple(profile.to_json() for profile in plan.profiles),
        start_digest=plan.prepared.world.content_digest().hex(),
        soundstage=own_version(),
        started_at=show_time(host.wall_ns()),
    )


def _id_of(plan: Plan, who: AgentInfo) -> str:
    scenario = plan.prepared.scenario
    told = [scenario.hash, dict(scenario.variant), plan.seeds.model_dump(), plan.trial, who.model_dump()]
    told += [plan.arm] if plan.arm else []
    return value_hash([*told, plan.parent.model_dump()] if plan.parent else told).hex()[:16]
