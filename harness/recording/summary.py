"""What a run remembers of an episode once its trajectory is on disk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.findings import Cause
from harness.recording.record import EmptyRecord, RecordError, what_is_wrong
from harness.recording.step_log import decoded, encoded
from harness.trajectory import Blame, Closing, Opening, Seeds, Trajectory, Undoing, Usage
from worlds.errors import Problem

_LEFT = encoded({"record": "left"})[:-2]
LOST = "lost"
"""What became of an episode whose record has no end."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One episode in a few words and figures."""

    trajectory_id: str
    scenario: str
    trial: int
    attempt: int
    seeds: Seeds
    outcome: str
    """An outcome, or `lost` for a record without an end."""
    steps: int
    start_digest: str
    cause: Cause | None = None
    blame: Blame | None = None
    note: str = ""
    reward: float | None = None
    figures: Mapping[str, float | None] | None = None
    checks: Mapping[str, str] | None = None
    """Name of a check to its verdict."""
    collateral: int = 0
    """How many things were changed that the scenario does not allow."""
    violations: tuple[str, ...] = ()
    """Names of what should never have happened."""
    seconds: float = 0.0
    tokens: int | None = None
    usage: Usage | None = None
    """What the agent's model used, where it is known."""
    model: str | None = None
    """The name of that model."""
    helpers: Mapping[str, Usage] = field(default_factory=dict)
    """What other models used, by their names."""
    final_digest: str | None = None
    arm: str = ""
    """The faults that are compared; empty: the scenario's own."""
    undoing: Undoing | None = None
    """How the agent came to fail."""
    user_turns: int = 0
    """How often people at the other end of conversations spoke."""
    user_faults: tuple[str, ...] = ()
    """What went wrong with those people."""

    @property
    def usages(self) -> list[tuple[str | None, Usage]]:
        """Every model's name, as far as it is known, and what it used: the agent's, people's and judges'."""
        own = [(self.model, self.usage)] if self.usage is not None else []
        return [*own, *self.helpers.items()]

    @property
    def counts(self) -> bool:
        """Whether it says something about the agent."""
        return self.outcome not in ("invalid", LOST)


def summarise(trajectory: Trajectory) -> Summary:
    """The summary of a whole trajectory."""
    closing = trajectory.closing
    return _summary(trajectory.opening, closing, closing.steps if closing else len(trajectory.steps))


def read_summary(path: Path) -> Summary:
    """The summary of a trajectory file, from its first and last line. Raises RecordError."""
    return _summary(*read_ends(path))


def read_ends(path: Path) -> tuple[Opening, Closing | None, int]:
    """How a trajectory file begins and ends, and how many steps lie between. Raises RecordError."""
    first, last, count = _ends(path)
    try:
        opening = Opening.model_validate(decoded(first))
        data = decoded(last) if last else {}
        closing = Closing.model_validate(data) if data.get("record") == "end" else None
    except (ValueError, TypeError, AttributeError) as error:
        raise RecordError(f"{path}: not a trajectory: {what_is_wrong(error)}") from None
    return opening, closing, count - 1 - (closing is not None)


def ended_summary(path: Path) -> Summary | None:
    """The summary of an episode that ended; None for any other."""
    try:
        summary = read_summary(path)
    except Problem:
        return None
    return None if summary.outcome == LOST else summary


def _summary(opening: Opening, closing: Closing | None, steps: int) -> Summary:
    start = Summary(
        opening.trajectory_id, opening.scenario, opening.trial, opening.attempt, opening.seeds, LOST, steps,
        opening.start_digest,
        arm=opening.arm,
    )  # fmt: skip
    if closing is None:
        return start
    return Summary(
        opening.trajectory_id, opening.scenario, opening.trial, opening.attempt, opening.seeds, closing.outcome, steps,
        opening.start_digest,
        cause=closing.cause,
        blame=closing.blame,
        note=closing.note,
        reward=closing.reward,
        figures={name: figure.value for name, figure in closing.figures.items()},
        checks={check.name: check.verdict for check in closing.checks},
        collateral=len(closing.collateral),
        violations=tuple(violation.name for violation in closing.violations),
        seconds=closing.wall_seconds,
        tokens=closing.usage.total_tokens if closing.usage else closing.total_tokens,
        usage=closing.usage,
        model=closing.model or opening.agent.model,
        helpers=closing.helpers,
        final_digest=closing.final_digest,
        arm=opening.arm,
        undoing=closing.undoing,
        user_turns=closing.user_turns,
        user_faults=tuple(closing.user_faults),
    )  # fmt: skip


def _ends(path: Path) -> tuple[bytes, bytes, int]:
    """The first and the last whole line of a file, and how many there are but for that of an agent's leaving.

    What follows the last break is torn.
    """
    first, last, count = b"", b"", 0
    try:
        with path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                first, last, count = first or line, line, count + (not line.startswith(_LEFT))
    except OSError as error:
        raise RecordError(f"cannot read {path}: {error.strerror}") from None
    if not first:
        raise EmptyRecord(path)
    return first, last if count > 1 else b"", count
