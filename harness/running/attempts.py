"""Attempts at one episode: what the infrastructure broke is tried again, what an agent did never is."""

import itertools
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import anyio
import anyio.to_thread

from harness.engine import RETRIES, Place, PlaceLost, Trying, engines
from harness.errors import HarnessError
from harness.plan import Plan
from harness.recording.run_folder import RunFolder
from harness.recording.summary import LOST, Summary, read_summary, summarise
from harness.running.broken import broken_episode
from harness.running.budget import Spending
from harness.running.late import judged_late
from harness.running.order import Order
from harness.running.planned import placed
from harness.trajectory import Trajectory
from worlds import host
from worlds.chance import NOBODY, Chance
from worlds.errors import Problem

_T = TypeVar("_T")
_PAUSE_SECONDS: Final = 0.25
_PAUSE_SECONDS_MAX: Final = 30.0
_LOSSES_MAX: Final = 5


class Overdue(HarnessError):
    """An episode that did not come back in time."""

    code = "overdue"


@dataclass(slots=True)
class Losses:
    """How many episodes in a row were lost with the place that played them."""

    most: int
    in_a_row: int = 0
    last: str = ""

    @classmethod
    def of(cls, order: Order) -> "Losses":
        """So many that no single death of a place, which takes all that it plays with it, is too many."""
        return cls(_LOSSES_MAX + 3 * order.parallel)

    def count(self, error: PlaceLost) -> None:
        """One more."""
        self.in_a_row += 1
        self.last = error.message

    def over(self) -> None:
        """One came back."""
        self.in_a_row = 0

    def hopeless(self) -> str:
        """Why there is no sense in going on, in words; empty while there is some."""
        if self.in_a_row < self.most:
            return ""
        return f"{self.in_a_row} episodes in a row were lost with the place that played them; the last: {self.last}"


@dataclass(frozen=True, slots=True)
class Attempts:
    """Tries the episodes of one run."""

    order: Order
    place: Place
    folder: RunFolder | None
    losses: Losses
    spending: Spending
    touched: set[str]
    """Beginnings of names under which the folder holds something of an earlier attempt."""
    retries: int = 0
    """How often an episode that the infrastructure broke is tried again."""

    async def play(self, plan: Plan) -> Trajectory | Summary:
        """The last attempt at an episode: the first that the infrastructure did not break, if there is one."""
        for number in itertools.count(1):
            played = await self._attempt(plan, number)
            summary = summary_of(played)
            self.spending.add(summary)
            if not is_worth_another(summary) or number > self.retries or self._is_over():
                return played
            await anyio.sleep(self._pause_seconds(plan, number))
        raise AssertionError  # numbers do not end

    async def _attempt(self, plan: Plan, number: int) -> Trajectory | Summary:
        """One attempt, or what an earlier one left to be judged."""
        try:
            late = await self._in_time(plan, self._late(plan))
            if late is not None:
                return late
            plan = self._placed(plan, number)
            played = await self._in_time(plan, self.place.play(plan))
        except PlaceLost as error:
            self.losses.count(error)
            return await self._left_behind(plan) or broken_episode(plan, self.order.agent, error, "infrastructure")
        except Exception as error:
            return broken_episode(plan, self.order.agent, error, "infrastructure")
        self.losses.over()
        return played

    async def _in_time(self, plan: Plan, work: Awaitable[_T]) -> _T:
        """What some work on an episode comes to. Raises Overdue, and whatever the work raises."""
        seconds = self.order.terms.deadline_seconds(plan.limits)
        with anyio.move_on_after(seconds):
            return await work
        raise Overdue(f"it had not come back after {seconds / 60:g} minutes", hint="--deadline gives episodes longer")

    async def _left_behind(self, plan: Plan) -> Trajectory | Summary | None:
        """What a place that died had ended, or left to be judged; None where it has to be played again."""
        if plan.record is None:
            return None
        try:
            summary = await anyio.to_thread.run_sync(read_summary, plan.record)
            lost = summary.outcome == LOST
            return await self._in_time(plan, judged_late(plan, plan.record)) if lost else summary
        except (Problem, HarnessError, OSError):
            return None

    async def _late(self, plan: Plan) -> Trajectory | None:
        """The episode that an earlier process played to its end without judging it. Raises OSError."""
        record = self._record(plan)
        return await judged_late(plan, record) if record is not None and record.stem in self.touched else None

    def _placed(self, plan: Plan, number: int) -> Plan:
        """The plan with its places in the run's folder, from which earlier attempts are put away. Raises OSError."""
        record = self._record(plan)
        if self.folder is not None and record is not None and record.stem in self.touched:
            number = self.folder.set_aside(plan.prepared.scenario.name, plan.trial, plan.arm)
        if record is not None:
            self.touched.add(record.stem)
        return placed(plan, self.order, self.folder, number)

    def _record(self, plan: Plan) -> Path | None:
        return self.folder.record(plan.prepared.scenario.name, plan.trial, plan.arm) if self.folder else None

    def _is_over(self) -> bool:
        """Whether nothing is to be tried any more."""
        return bool(self.losses.hopeless() or self.spending.reached(host.monotonic_ns()))

    def _pause_seconds(self, plan: Plan, number: int) -> float:
        """How long to wait before one more attempt: longer each time, and not the same for all that broke together."""
        name = f"{plan.prepared.scenario.name} {plan.arm} {plan.trial} {number}"
        drawn = Chance(self.order.seed).unit("attempts", NOBODY, name)
        return float(min(_PAUSE_SECONDS_MAX, _PAUSE_SECONDS * 2**number) * (0.5 + drawn / 2))


def summary_of(played: Trajectory | Summary) -> Summary:
    """What a run remembers of an episode."""
    return played if isinstance(played, Summary) else summarise(played)


def retries_of(order: Order) -> int:
    """How often an episode that the infrastructure broke is tried again."""
    usual = engines.get(order.engine.name)
    given = order.terms.retries
    return (usual.retries if isinstance(usual, Trying) else RETRIES) if given is None else given


def is_worth_another(summary: Summary) -> bool:
    """Whether it says nothing about the agent, and might go well another time."""
    return summary.outcome == "invalid" and summary.cause == "infrastructure" and summary.blame == "infrastructure"
