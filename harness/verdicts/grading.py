"""Judging what an episode left behind: checks, changes that were not allowed, what must never happen, milestones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.check import Check, Evidence, evaluate
from harness.findings import CheckResult, Collateral, Milestone, Violation
from harness.staging.guard import Guard
from harness.staging.milestone import Station
from harness.verdicts.collateral import collateral
from harness.verdicts.course import first_breach, first_holding
from harness.verdicts.footprint import Touched, footprint, touched_by_agent
from worlds.parts.user.conversation import Conversation


class Criteria(Protocol):
    """All by which an episode is judged: a scenario."""

    @property
    def checks(self) -> Sequence[Check]:
        """What counts as success."""
        ...

    @property
    def guard(self) -> Guard:
        """What may change, and what must never happen."""
        ...

    @property
    def milestones(self) -> Sequence[Station]:
        """Stations on the way."""
        ...


@dataclass(frozen=True, slots=True)
class Grade:
    """All that was found."""

    checks: list[CheckResult] = field(default_factory=list)
    footprint: list[str] = field(default_factory=list)
    collateral: list[Collateral] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)
    guarded: bool = False
    unclear: list[CheckResult] = field(default_factory=list)
    """Checks of any kind that could not be answered."""

    def recorded(self) -> dict[str, Any]:
        """What the last record of a trajectory says of it."""
        return {
            "checks": self.checks,
            "footprint": self.footprint,
            "collateral": self.collateral,
            "violations": self.violations,
            "milestones": self.milestones,
            "guarded": self.guarded,
        }


def grade(criteria: Criteria, evidence: Evidence) -> Grade:
    """Everything there is to find; blocks for milliseconds, or as long as commands run."""
    guard = criteria.guard
    results = evaluate(criteria.checks, evidence)
    touched = touched_by_agent(evidence)
    violations, unclear = _violations(guard.never, evidence)
    return Grade(
        results,
        footprint(touched),
        [] if guard.allowed is None else collateral(_deeds(touched, evidence), guard.allowed),
        violations,
        [_milestone(station, evidence) for station in criteria.milestones],
        guard.allowed is not None or bool(guard.never),
        [*(result for result in results if result.verdict == "ungradable"), *unclear],
    )


def _deeds(touched: Sequence[Touched], evidence: Evidence) -> list[Touched]:
    """What was done and not only said: to write to the person at the other end of a conversation is always allowed."""
    kinds = evidence.final.kinds
    talks = {f"{server}.messages" for server, kind in kinds.items() if kind == Conversation.kind}
    return [each for each in touched if each.kind != "added" or each.path.thing not in talks]


def _violations(never: Sequence[Check], evidence: Evidence) -> tuple[list[Violation], list[CheckResult]]:
    """What must never happen and did, and what could not be told."""
    found, unclear = [], []
    for check in never:
        breach = first_breach(check, evidence)
        if breach is None:
            continue
        result = breach.result
        if result.verdict == "ungradable":
            unclear.append(result)
        else:
            words = f"{result.found}, where {result.expected} is to hold"
            found.append(Violation(name=check.name, step=breach.state.step, found=words))
    return found, unclear


def _milestone(station: Station, evidence: Evidence) -> Milestone:
    return Milestone(name=station.name, worth=station.worth, step=first_holding(station.check, evidence))
