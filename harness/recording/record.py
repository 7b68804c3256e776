"""Trajectories on disk: one JSON record a line, each written in one piece before its answer leaves.

Each line goes to the operating system with one unbuffered write, so a killed harness (`kill -9` included) loses no
step whose answer the agent received. It is forced to the disk when the episode ends; a machine that loses its power
may lose the steps of episodes that were running. A last line that was cut short is left out by the reader.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from json import JSONDecodeError
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from harness.errors import HarnessError
from harness.recording.states import Steps
from harness.recording.step_log import StepLog, decoded, encoded
from harness.trajectory import Closing, Leaving, Opening, Step, Trajectory
from sandbox_server.episode import Episode
from sandbox_server.ledger import Entry
from worlds.world import World


class RecordError(HarnessError):
    """A trajectory that cannot be read."""

    code = "record"


class Recorder(StepLog):
    """Writes one trajectory as its episode runs; a sink of the episode's ledger. `path` None keeps it in memory."""

    def __init__(self, path: Path | None, opening: Opening, secrets: tuple[str, ...] = ()) -> None:
        super().__init__(opening.task, secrets)
        self.path = path
        self.opening = opening
        self.error: OSError | None = None
        """Why a step could not be written; the episode is worth nothing then."""
        self.leaving: Leaving | None = None
        self._file = _create(path) if path else None
        self._states: Steps | None = None
        self._episode: Episode | None = None
        self._put(encoded(opening.model_dump()))

    def keep_states(self, episode: Episode, steps: Steps) -> None:
        """Keep the state after each step of an episode beside the steps themselves."""
        self._episode, self._states = episode, steps

    def delta(self, entry: Entry) -> str | None:
        """Keep the state after a call, and say where, if there is a new one. Raises OSError."""
        if self._states is None or self._episode is None or self.error is not None:
            return None
        if not entry.effect and not entry.changes:
            return None
        episode = self._episode
        world = episode.history.at(entry.effect) if entry.effect else episode.parked
        try:
            return self._states.after(world)
        except OSError as error:
            self.error = error
            raise

    def keep(self, record: dict[str, Any], line: bytes) -> None:
        """Write a step, and only then count it."""
        self._put(line)
        super().keep(record, line)

    def leave(self, leaving: Leaving) -> None:
        """Write that the agent has left, before anything is judged; what goes wrong shows when the record is closed."""
        record, line = self.masked(leaving.model_dump())
        self.leaving = Leaving.model_validate(record)
        with suppress(OSError):
            self._put(line)

    def close(self, closing: Closing) -> Trajectory:
        """Write how it ended, force the file to the disk, and return the whole.

        An episode whose record cannot be ended is worth nothing: it comes back as invalid.
        """
        record, line = self.masked(closing.model_dump())
        closing = Closing.model_validate(record)
        try:
            if self._states is not None:
                self._states.sync()
            self._put(line)
            self.abandon()
        except OSError as error:
            closing = closing.model_copy(update=_lost(error))
        return Trajectory(opening=self.opening, steps=tuple(self.steps), leaving=self.leaving, closing=closing)

    def last_state(self, final: World) -> str | None:
        """Where the last state is kept, if it is another than that after the last step."""
        try:
            return self._states.last(final) if self._states else None
        except OSError as error:
            self.error = error
            return None

    def abandon(self) -> None:
        """Write nothing more; what is there stays readable."""
        self.ended = True
        if self._file is not None:
            os.fsync(self._file)
            os.close(self._file)
            self._file = None

    def _put(self, line: bytes) -> None:
        """Write a line, unless one before it failed: what follows a torn line could not be read."""
        if self._file is None:
            return
        try:
            if self.error is not None:
                raise self.error
            _write_whole(self._file, line)
        except OSError as error:
            self.error = error
            raise


class EmptyRecord(RecordError):
    """A trajectory of which not even the first line is there: its episode has just begun, or was killed as it did."""

    def __init__(self, path: Path) -> None:
        hint = "its episode has only just begun, or was killed as it did: then soundstage run --resume plays it"
        super().__init__(f"{path} holds no whole line yet", hint=hint)


def has_begun(path: Path) -> bool:
    """Whether a file holds at least one whole line."""
    try:
        with path.open("rb") as file:
            return file.readline().endswith(b"\n")
    except OSError:
        return False


def read_trajectory(path: Path) -> Trajectory:
    """The trajectory in a file, a cut last line left out. Raises RecordError with the line that is wrong."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise RecordError(f"cannot read {path}: {error.strerror}") from None
    records = list(_records(path, lines))
    if not records:
        raise EmptyRecord(path)
    if not isinstance(records[0], Opening):
        raise RecordError(f"{path} does not begin with an episode")
    closing = records[-1] if isinstance(records[-1], Closing) else None
    last = records[-2] if closing is not None else records[-1]
    leaving = last if isinstance(last, Leaving) else None
    steps = tuple(record for record in records if isinstance(record, Step))
    if 1 + len(steps) + (leaving is not None) + (closing is not None) != len(records):
        raise RecordError(f"{path} holds records out of their order")
    return Trajectory(opening=records[0], steps=steps, leaving=leaving, closing=closing)


Record = Opening | Step | Leaving | Closing
_KINDS: Final[dict[str, type[Record]]] = {"episode": Opening, "step": Step, "left": Leaving, "end": Closing}


def _records(path: Path, lines: list[bytes]) -> Iterator[Record]:
    for number, line in enumerate(lines[:-1], 1):  # what follows the last line break was cut short, or is nothing
        try:
            data = decoded(line)
            yield _KINDS[data["record"]].model_validate(data)
        except (ValueError, KeyError, TypeError) as error:
            raise RecordError(f"{path}:{number}: not a record of a trajectory: {what_is_wrong(error)}") from None


def what_is_wrong(error: Exception) -> str:
    """What is wrong with a line that could not be read, in words."""
    if isinstance(error, ValidationError):
        return error.errors()[0]["msg"]
    if isinstance(error, JSONDecodeError | UnicodeDecodeError):
        return "it is no JSON"
    return f"it is none of {', '.join(_KINDS)}" if isinstance(error, KeyError) else str(error)


def _lost(error: OSError) -> dict[str, Any]:
    note = f"the record could not be ended: {error}"
    return {
        "outcome": "invalid", "cause": "infrastructure", "blame": "infrastructure", "reward": None, "note": note,
    }  # fmt: skip


def _create(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o644)


def _write_whole(file: int, data: bytes) -> None:
    """Write all of it; the operating system takes ordinary lines in one piece."""
    while data:
        data = data[os.write(file, data) :]
