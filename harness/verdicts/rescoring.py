"""Scoring recorded episodes again: from records alone, or with the checks run again on the worlds that were kept."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from harness.errors import HarnessError
from harness.recording.origin import origin_of
from harness.recording.record import has_begun, read_trajectory
from harness.recording.rewind import Rewind
from harness.recording.run_folder import RunFolder
from harness.scenario import Scenario
from harness.scorer import Score
from harness.staging.reward import NOTHING, RewardFile, Weights
from harness.trajectory import Closing, Trajectory
from harness.verdicts.composite import recorded_rule, scored, with_figures
from harness.verdicts.grading import grade
from harness.verdicts.undoing import undone
from harness.verdicts.user_faults import user_faults, user_turns
from harness.verdicts.verdict import conclude


class ScoringError(HarnessError):
    """Weights that cannot be read, or an episode that cannot be judged again."""

    code = "scoring"


@dataclass(frozen=True, slots=True)
class Rescored:
    """One episode with its scores."""

    path: Path
    trajectory: Trajectory
    """As it was recorded, or as it was judged again."""
    figures: Mapping[str, Score]
    note: str = ""
    """What a person should know of how it was judged again."""


def read_weights(text: str) -> dict[str, float]:
    """Weights such as `success=0.5,cost=0.5`; those left out count nothing. Raises ScoringError."""
    found: dict[str, float] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, equals, number = entry.partition("=")
        if name.strip() not in NOTHING or not equals:
            raise ScoringError(
                f"{entry!r} is no weight", hint=f"write success=0.5,cost=0.5; known: {', '.join(NOTHING)}"
            )
        try:
            found[name.strip()] = float(number)
        except ValueError:
            raise ScoringError(f"{entry!r}: {number!r} is no number") from None
    return found


def rule_with(rule: RewardFile, weights: Mapping[str, float] | None) -> RewardFile:
    """A rule with other weights; those left out count nothing. Raises ScoringError."""
    if weights is None:
        return rule
    try:
        chosen = Weights.model_validate({**NOTHING, **weights})
    except ValidationError as error:
        raise ScoringError(f"weights: {error.errors()[0]['msg']}", hint=f"known: {', '.join(NOTHING)}") from None
    if not any(chosen.model_dump().values()):
        raise ScoringError("weights: nothing counts", hint="give at least one a number above 0")
    return rule.model_copy(update={"weights": chosen})


def score_again(path: Path, weights: Mapping[str, float] | None = None) -> Rescored:
    """The scores of a recorded episode, from its record alone. Raises RecordError and ScoringError."""
    trajectory = read_trajectory(path)
    return Rescored(path, trajectory, scored(trajectory, rule_with(recorded_rule(trajectory.closing), weights)))


def grade_again(path: Path, weights: Mapping[str, float] | None = None, scenario: Path | None = None) -> Rescored:
    """The same with the scenario's checks, as it is now, run on the worlds that were kept: no call is made again.

    Raises RecordError, ScoringError, RewindError where no worlds were kept, and OriginError.
    """
    recorded = _with_end(read_trajectory(path))
    if recorded.closing is None:
        raise ScoringError(f"{path}: the episode did not end", hint="soundstage run --resume ends it")
    if recorded.closing.departure.how in ("failed", "interrupted"):
        return score_again(path, weights)
    origin = origin_of(path, recorded, scenario)
    judged = judged_by(path, recorded, origin.prepared.scenario, weights)
    note = "the scenario says something else than when this was recorded" if origin.changed else ""
    return Rescored(path, judged, scored(judged), note)


def judge_what_is_left(path: Path, scenario: Scenario) -> Trajectory:
    """An episode whose agent has left, judged on what it left behind: nothing is played again.

    Raises RecordError, ScoringError, and RewindError where its worlds were not kept.
    """
    recorded = _with_end(read_trajectory(path).model_copy(update={"closing": None}))
    if recorded.closing is None or recorded.closing.departure.how in ("failed", "interrupted"):
        raise ScoringError(f"{path}: the episode did not end")
    return judged_by(path, recorded, scenario)


def judged_by(
    path: Path, recorded: Trajectory, criteria: Scenario, weights: Mapping[str, float] | None = None
) -> Trajectory:
    """A trajectory that has ended, judged by a scenario on the worlds that were kept. Raises RewindError."""
    assert recorded.closing is not None
    rewind = Rewind(path)
    try:
        found = grade(criteria, rewind.evidence(Path(criteria.file).parent))
    finally:
        rewind.close()
    departure = recorded.closing.departure
    concluded = conclude(departure, found, recorded.opening.limits, recorded.steps)
    verdict = {"outcome": concluded.outcome, "cause": concluded.cause, "blame": concluded.blame, "note": concluded.note}
    undoing = undone(concluded.outcome, departure, recorded.steps)
    users = {"user_turns": user_turns(recorded.steps), "user_faults": user_faults(recorded.steps)}
    closing = recorded.closing.model_copy(update={**found.recorded(), **verdict, **users, "undoing": undoing})
    judged = recorded.model_copy(update={"closing": closing})
    closing = with_figures(judged, rule_with(criteria.reward, weights))
    return judged.model_copy(update={"closing": closing})


def _with_end(recorded: Trajectory) -> Trajectory:
    """A trajectory whose judging was cut short, with an end that waits to be judged; any other as it is."""
    left = recorded.leaving
    if recorded.closing is not None or left is None:
        return recorded
    closing = Closing(
        outcome="invalid", cause="grader", departure=left.departure, checks=[], reward=None, model=left.model,
        usage=left.usage, total_tokens=left.usage.total_tokens if left.usage else None, steps=len(recorded.steps),
        final_digest=left.final_digest, state=left.state, world_seconds=left.world_seconds,
        wall_seconds=left.wall_seconds,
    )  # fmt: skip
    return recorded.model_copy(update={"closing": closing})


def recorded_in(where: Path) -> Iterator[Path]:
    """The trajectory files of a run that hold something, in the order planned, or the one file itself."""
    if where.is_file():
        yield where
        return
    folder = RunFolder(where)
    for planned in folder.manifest().planned:
        if has_begun(folder.path / planned.file):
            yield folder.path / planned.file


def mean(values: Iterable[float | None]) -> float | None:
    """The mean of what was measured; None where nothing was."""
    measured = [value for value in values if value is not None]
    return sum(measured) / len(measured) if measured else None
