"""Judging a live episode as it stands: what Python code asks for between calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.check import Evidence
from harness.errors import HarnessError
from harness.findings import CheckResult, Collateral, Milestone, Violation
from harness.recording.moments import Moments
from harness.scenario import Scenario
from harness.serving.live import Live
from harness.trajectory import AgentInfo, Closing, Departure, Figure, Opening, Outcome, Seeds, Trajectory
from harness.verdicts.composite import with_figures
from harness.verdicts.grading import Grade, grade
from harness.verdicts.verdict import Conclusion, conclude
from harness.version import own_version
from worlds.clock import show_time
from worlds.world import World


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an episode has come to so far."""

    outcome: Outcome
    reward: float | None
    checks: Sequence[CheckResult]
    note: str = ""
    collateral: Sequence[Collateral] = ()
    violations: Sequence[Violation] = ()
    milestones: Sequence[Milestone] = ()
    footprint: Sequence[str] = ()
    figures: Mapping[str, Figure] = field(default_factory=dict)

    @property
    def success(self) -> bool:
        """Whether every check passes and nothing else was harmed."""
        return self.outcome == "success"


def judged(live: Live, final: World, answer: str | None) -> Verdict:
    """The verdict on a live episode whose world is `final`; `answer` is the agent's final answer.

    Raises HarnessError for a bare world.
    """
    scenario = live.scenario
    if scenario is None:
        raise HarnessError("a bare world has nothing to score", hint="open a scenario instead")
    steps, folder = live.recorder.steps, Path(scenario.file).parent
    at = Moments(live.episode, steps) if live.first is live.episode.first else None  # a fork's begins in another
    evidence = Evidence(live.first, final, steps, answer, at, folder)
    found = grade(scenario, evidence)
    departure = Departure(how="finished", answer=answer)
    concluded = conclude(departure, found, scenario.limits, steps)
    closing = with_figures(_trajectory(scenario, evidence, departure, found, concluded), scenario.reward)
    return Verdict(
        closing.outcome, closing.reward, closing.checks, closing.note, closing.collateral, closing.violations,
        closing.milestones, closing.footprint, closing.figures,
    )  # fmt: skip


def _trajectory(
    scenario: Scenario, evidence: Evidence, departure: Departure, found: Grade, concluded: Conclusion
) -> Trajectory:
    """The episode as a record of it would be; nothing of it is written."""
    closing = Closing(
        outcome=concluded.outcome,
        cause=concluded.cause,
        blame=concluded.blame,
        note=concluded.note,
        departure=departure,
        **found.recorded(),
        reward=None,
        steps=len(evidence.steps),
        final_digest=evidence.final.content_digest().hex(),
        world_seconds=0.0,
        wall_seconds=0.0,
    )
    return Trajectory(opening=_opening(scenario, evidence.first), steps=tuple(evidence.steps), closing=closing)


def _opening(scenario: Scenario, first: World) -> Opening:
    return Opening(
        trajectory_id="",
        scenario=scenario.name,
        scenario_hash=scenario.hash,
        task=scenario.task,
        world=scenario.world.name,
        trial=1,
        seeds=Seeds(world=first.chance.seed, user=0, faults=0, agent=0),
        agent=AgentInfo(kind="code", spec="code"),
        limits=scenario.limits,
        isolation="none",
        clock="virtual",
        start_digest=first.content_digest().hex(),
        soundstage=own_version(),
        started_at=show_time(first.clock.now_ns),
    )
