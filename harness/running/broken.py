"""Episodes that our own mistakes or the machine broke: each still has a record with an end that says so."""

import os
from contextlib import suppress
from pathlib import Path

from harness.agent import Agent
from harness.plan import Plan, opening
from harness.recording.step_log import decoded, encoded
from harness.trajectory import Blame, Closing, Departure, Opening, Trajectory
from worlds.errors import Problem


def broken_episode(plan: Plan, agent: Agent, error: Exception, blame: Blame) -> Trajectory:
    """The trajectory of an episode that `error` broke; its record is ended too where the disk takes it."""
    first = opening(plan, agent)
    words = in_words(error)
    closing = Closing(
        outcome="invalid",
        cause="infrastructure",
        blame=blame,
        note=words,
        departure=Departure(how="failed", note=words),
        checks=[],
        reward=None,
        steps=0,
        final_digest=first.start_digest,
        world_seconds=0.0,
        wall_seconds=0.0,
    )
    if plan.record is not None:
        with suppress(OSError):
            closing = _end(plan.record, first, closing)
    return Trajectory(opening=first, closing=closing)


def in_words(error: Exception) -> str:
    """What broke; the kind of an error that is none of ours tells the most."""
    return str(error) if isinstance(error, Problem) else f"{type(error).__name__}: {error}"


def _end(path: Path, first: Opening, closing: Closing) -> Closing:
    """Give a record its end, after the last line that is whole; what it lacks is written first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        file.seek(0)
        whole = [line for line in file if line.endswith(b"\n")]
        file.truncate(sum(map(len, whole)))
        steps = [data for data in map(decoded, whole[1:]) if data.get("record") == "step"]
        if steps:
            digest = str(steps[-1]["world_state_hash"])
            closing = closing.model_copy(update={"steps": len(steps), "final_digest": digest})
        if not whole:
            file.write(encoded(first.model_dump()))
        file.write(encoded(closing.model_dump()))
        file.flush()
        os.fsync(file.fileno())
    return closing
