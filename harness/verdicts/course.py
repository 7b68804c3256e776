"""How a check fared in the course of an episode: at the start, after the steps that could matter to it, at the end.

Only states in which something changed that the check looks at are looked at, so this costs what changed: all of them,
because harm that was undone must not be missed. Where a check runs a program some are, evenly spread, and the first hit
is searched by halves between two of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from typing import Any, Final, Protocol, runtime_checkable

from harness.check import Check, Evidence, check_kinds
from harness.findings import CheckResult
from harness.recording.ordering import in_effect_order
from harness.trajectory import Step
from harness.verdicts.footprint import actors_of, late_changes
from worlds.errors import Problem

COSTLY_STATES_MAX: Final = 8
"""States that are looked at by a check that runs a program."""


@runtime_checkable
class Scoped(Protocol):
    """A kind of check that can say which changes could matter to it."""

    def relevance(self, settings: Any) -> Callable[[str], bool] | None:
        """Whether the change of a path could change the result; None when all could."""
        ...


@runtime_checkable
class Counted(Protocol):
    """A kind of check that looks at steps alone, and can tell at once how it fared after each of them."""

    def course(self, settings: Any, steps: Sequence[Step]) -> Sequence[bool]:
        """Whether it holds at the start and after each step."""
        ...


@runtime_checkable
class Rare(Protocol):
    """A kind of check that makes sense at the end alone (`final`), or that costs much (`costly`)."""

    when: str


@dataclass(frozen=True, slots=True)
class State:
    """A moment of an episode; `step` None is after all steps. `mine`: the agent changed something that matters."""

    step: int | None
    mine: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """How a check stood at a moment."""

    state: State
    result: CheckResult

    @property
    def holds(self) -> bool:
        """Whether it passed."""
        return self.result.verdict == "passed"


def first_holding(check: Check, evidence: Evidence) -> int | None:
    """The first step after which a check holds (0: before anything was done); None when it never does."""
    counted = _counted(check, evidence)
    if counted is not None:
        return next((step for step, holds in enumerate(counted) if holds), None)
    course = _Course(check, evidence)
    turn = course.first(lambda _, turn: turn.holds)
    if turn is None:
        return None
    if course.held_at_start:
        return 0
    return len(evidence.steps) if turn.state.step is None else turn.state.step


def first_breach(check: Check, evidence: Evidence) -> Turn | None:
    """The moment at which the agent made a check fail that held before; None when it never did.

    What others broke is not the agent's. A check that cannot be answered is returned as well.
    """
    counted = _counted(check, evidence)
    if counted is not None:
        pairs = enumerate(pairwise(counted), 1)
        step = next((number for number, (before, after) in pairs if before and not after), None)
        return None if step is None else Turn(State(step, True), check.evaluate(_until(evidence, step)))
    return _Course(check, evidence).first(_is_breach)


def _is_breach(held: Callable[[], bool], turn: Turn) -> bool:
    return turn.result.verdict == "ungradable" or (not turn.holds and turn.state.mine and held())


def _when(kind: Any, settings: Any) -> str:
    """When a check makes sense, where that is not always; kinds may tell it from what is written."""
    if hasattr(kind, "when_of"):
        return str(kind.when_of(settings))
    return kind.when if isinstance(kind, Rare) else ""


class _Course:
    """The states that matter to a check, and how it stands in them."""

    def __init__(self, check: Check, evidence: Evidence) -> None:
        kind = check_kinds.get(check.kind)
        self.check = check
        self.evidence = evidence
        self.when = _when(kind, check.settings)
        self.agents = actors_of(evidence.steps)
        relevance = kind.relevance(check.settings) if isinstance(kind, Scoped) else None
        self._matters = relevance or (lambda path: True)
        self.states, self.end = self._moments()

    @cached_property
    def held_at_start(self) -> bool:
        """Whether it held before anything was done; asked only where it matters. Harm at the end alone had a start."""
        if self.when == "final":
            return False
        first = self.evidence.first
        return self.check.evaluate(Evidence(first, first, folder=self.evidence.folder)).verdict == "passed"

    def first(self, wanted: Callable[[Callable[[], bool], Turn], bool]) -> Turn | None:
        """The first turn that is wanted, given how to learn whether the check held before it."""
        before: Turn | None = None
        low = -1

        def held() -> bool:
            return before.holds if before is not None else self.when == "final" or self.held_at_start

        for place in _spread(self.states, COSTLY_STATES_MAX if self.when == "costly" else len(self.states)):
            turn = self._turn(self.states[place])
            if turn is None:
                continue
            if wanted(held, turn):
                return self._earliest(low, place, turn, partial(wanted, held))
            before, low = turn, place
        last = Turn(self.end, self.check.evaluate(self.evidence))
        return last if wanted(held, last) else None

    def _earliest(self, low: int, high: int, found: Turn, wanted: Callable[[Turn], bool]) -> Turn:
        """The first wanted turn between a place where it was not and one where it is, if it stays once it is."""
        while high - low > 1:
            middle = (low + high) // 2
            turn = self._turn(self.states[middle])
            if turn is not None and wanted(turn):
                high, found = middle, turn
            else:
                low = middle
        return found

    def _turn(self, state: State) -> Turn | None:
        """How it stands after a step; None where the world after it is not kept."""
        assert self.evidence.at is not None and state.step is not None
        try:
            world = self.evidence.at(state.step)
        except Problem:
            return None
        evidence = _until(self.evidence, state.step)
        found = Evidence(evidence.first, world, evidence.steps, None, None, evidence.folder)
        return Turn(state, self.check.evaluate(found))

    def _moments(self) -> tuple[list[State], State]:
        """The steps that matter, and the end, which is the last of them unless something mattered after all steps."""
        if self.when == "final":
            return [], State(len(self.evidence.steps), True)
        states = self._mattering()
        if self.evidence.at is None:
            return [], next((state for state in reversed(states) if state.mine), State(None, not states))
        late = [change.actors for change in late_changes(self.evidence) if self._matters(change.path)]
        if late or not states:
            return states, State(None, any(not self.agents.isdisjoint(actors) for actors in late))
        return states[:-1], states[-1]

    def _mattering(self) -> list[State]:
        """The steps that changed something the check looks at, in the order of their effects."""
        found = []
        for step in in_effect_order(self.evidence.steps):
            changes = [each for each in step.changes if self._matters(each["path"])]
            if changes:
                mine = any(not self.agents.isdisjoint(each["actors"]) for each in changes)
                found.append(State(step.step_number, mine))
        return found


def _counted(check: Check, evidence: Evidence) -> Sequence[bool] | None:
    kind = check_kinds.get(check.kind)
    return kind.course(check.settings, evidence.steps) if isinstance(kind, Counted) else None


def _until(evidence: Evidence, step: int) -> Evidence:
    """What was there after a step, but for the world."""
    return Evidence(evidence.first, evidence.final, evidence.steps[:step], None, None, evidence.folder)


def _spread(items: Sequence[State], count_max: int) -> list[int]:
    """The places of all items, or of some of them, evenly spread, the last one included."""
    count = len(items)
    if count <= count_max:
        return list(range(count))
    return [(number + 1) * count // count_max - 1 for number in range(count_max)]
