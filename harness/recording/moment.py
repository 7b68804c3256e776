"""The world as it was after a step of a recorded episode, and closer looks at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.recording.rewind import Rewind
from harness.trajectory import Step, Trajectory
from worlds.changes import Change
from worlds.clock import show_time
from worlds.parts.filesystem.errors import FileError
from worlds.parts.filesystem.tree import FileTree
from worlds.query.errors import QueryFailed
from worlds.query.views import views
from worlds.world import World


class LookError(HarnessError):
    """A closer look at what is not there."""

    code = "look"


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of a recorded episode."""

    trajectory: Trajectory
    number: int
    """After which step; 0: the start."""
    first: World
    world: World

    @property
    def step(self) -> Step | None:
        """The step; None at the start."""
        return self.trajectory.steps[self.number - 1] if self.number else None

    @property
    def time(self) -> str:
        """The world's time then."""
        return self.step.world_time if self.step else show_time(self.world.clock.now_ns)

    def changes(self) -> list[Change]:
        """What differs from the start, and by whose doing."""
        return self.world.diff(self.first)

    def rows(self, sql: str) -> tuple[Sequence[str], list[list[Any]]]:
        """The columns and rows that one SELECT over everything finds. Raises LookError."""
        try:
            answer = views(self.world, self.first).query(sql)
        except QueryFailed as error:
            raise LookError(str(error)) from None
        return answer.columns, [list(row) for row in answer.rows]

    def file(self, path: str) -> bytes:
        """The bytes of a file. Raises LookError."""
        server, colon, rest = path.partition(":")
        told = "no server has files"
        for name, part in self.world.parts.items():
            if isinstance(part, FileTree) and (not colon or name == server):
                try:
                    return part.read(rest if colon else path)
                except FileError as error:
                    told = str(error)
        raise LookError(f"cannot show {path!r} as it was after step {self.number}: {told}", hint=_touched(self))


def moment_at(path: Path, step: int) -> Moment:
    """A moment of a recorded episode, from what its run has kept. Raises what `Rewind` does."""
    rewind = Rewind(path)
    return Moment(rewind.trajectory, step, rewind.at(0), rewind.at(step))


def _touched(moment: Moment) -> str:
    paths = [change.path for change in moment.changes() if ":/" in change.path and change.kind != "removed"]
    return f"changed by then: {', '.join(paths[:10]) or 'no file'}"
