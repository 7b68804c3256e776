"""The world after each step of a recorded episode, put together from what was kept: nothing is run again."""

from collections.abc import Mapping
from pathlib import Path

from harness.check import Evidence
from harness.errors import HarnessError
from harness.recording.record import read_trajectory
from harness.recording.states import found_beside
from harness.recording.unrolled import Unrolled
from harness.trajectory import Step, Trajectory
from sandbox_server.errors import NotFound
from worlds.companion import Companion
from worlds.errors import ArchiveError
from worlds.world import World


class RewindError(HarnessError):
    """A state that cannot be had from what was recorded."""

    code = "rewind"


def world_at(trajectory: Path, step: int) -> World:
    """The world after a step (0: the start) of a recorded episode.

    Raises RecordError for a file that is no trajectory, NotFound for a step that it does not have, and RewindError
    where the state is not kept, incomplete or damaged.
    """
    return Rewind(trajectory).at(step)


class Rewind:
    """A recorded episode, to be looked at step by step. What consecutive steps share is loaded once."""

    def __init__(self, path: Path, companions: Mapping[str, Companion] | None = None) -> None:
        """`companions` are objects that load the states of companions; without them worlds come without companions.

        Raises RecordError, and RewindError where no states were kept.
        """
        self.path = path
        self.trajectory: Trajectory = read_trajectory(path)
        self._kept = _kept(self.trajectory)
        if self._kept is None:
            hint = "trajectories are recorded with states when they are written to a folder"
            raise RewindError(f"{path} was recorded without the states of its world", hint=hint)
        try:
            self._blobs = found_beside(path)
        except (ArchiveError, OSError) as error:
            raise RewindError(str(error)) from None
        self._unrolled = Unrolled(self._blobs, companions)

    def at(self, step: int) -> World:
        """The world after a step (0: the start); the caller's to change. Raises NotFound and RewindError.

        Only steps that changed something keep clock and counters exactly; after others the clock shows when the agent
        was told.
        """
        kept = self._kept or []
        if not 0 <= step < len(kept):
            raise NotFound(f"there is no step {step}", hint=f"known: 0-{len(kept) - 1}")
        world = self._world(kept[step], f"step {step}")
        if step and self.trajectory.steps[step - 1].delta is None:
            world.clock.hold_at(self.trajectory.steps[step - 1].told_ns or world.clock.now_ns)
        return world

    def final(self) -> World:
        """The world as the agent left it. Raises RewindError."""
        end = self.trajectory.closing or self.trajectory.leaving
        if end is not None and end.state is not None:
            return self._world(end.state, "the end")
        return self.at(len(self.trajectory.steps))

    def evidence(self, folder: Path | None = None) -> Evidence:
        """All that the episode left behind, to be judged again. Raises RewindError."""
        end = self.trajectory.closing or self.trajectory.leaving
        answer = end.departure.answer if end else None
        return Evidence(self.at(0), self.final(), self.trajectory.steps, answer, self.at, folder)

    def close(self) -> None:
        """Give back what was loaded."""
        self._unrolled.close()
        self._blobs.close()

    def _world(self, address: str, what: str) -> World:
        try:
            return self._unrolled.world(address)
        except (ArchiveError, KeyError, TypeError, ValueError, OSError) as error:
            raise RewindError(f"{what} of {self.path} cannot be had: {error}") from error


def _kept(trajectory: Trajectory) -> list[str] | None:
    """By step number, where the state after it is kept; None where states are not."""
    if trajectory.opening.state is None:
        return None
    found, own, latest = [trajectory.opening.state], trajectory.opening.state, 0
    for step in trajectory.steps:
        own = step.delta or own
        found.append(own if _is_latest(step, latest) else found[-1])
        latest = max(latest, step.effect)
    return found


def _is_latest(step: Step, latest: int) -> bool:
    """Whether a step left the world as it then was: of calls side by side, the first may be answered last."""
    return step.effect > latest or (step.effect == 0 and step.delta is not None)
