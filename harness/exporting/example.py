"""One episode that may become a training example, and why it does not where it cannot."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from harness.exporting.conversation import Conversation
from harness.exporting.telling import Names, Untellable, told
from harness.recording.record import read_trajectory
from harness.recording.toolbox import Toolbox
from harness.trajectory import Closing, Opening


@dataclass(slots=True)
class Telling:
    """How episodes are told, and what is left out meanwhile."""

    names: Names
    thoughts: bool = True
    characters_max: int | None = None
    left_out: Counter[str] = field(default_factory=Counter)
    """By reason, how many episodes no example was made of."""
    unanswered: int = 0
    """How many calls of those told never had an answer."""


@dataclass(frozen=True, slots=True)
class Example:
    """One episode that was chosen."""

    run: str
    """Name of its run."""
    path: Path
    family: str
    """The scenario without its variant."""
    opening: Opening
    closing: Closing
    toolbox: Toolbox
    telling: Telling

    @property
    def name(self) -> str:
        """A name that no other episode of the export has."""
        return f"{self.run}/{self.path.stem}"

    def conversation(self, *, offered_only: bool = False) -> Conversation | None:
        """What happened in it from the agent's side; None, noted, where it cannot be told.

        `offered_only`: nor where it calls what was not among the tools that it was shown at the start. Raises
        RecordError.
        """
        try:
            found = told(read_trajectory(self.path), self.toolbox, self.telling.names, thoughts=self.telling.thoughts)
            self._refuse(found, offered_only)
        except Untellable as reason:
            self.telling.left_out[reason.message] += 1
            return None
        self.telling.unanswered += found.unanswered
        return found

    def _refuse(self, found: Conversation, offered_only: bool) -> None:
        if offered_only and found.unoffered:
            raise Untellable("it calls tools that were not offered")
        longest = self.telling.characters_max
        if longest is not None and found.characters > longest:
            raise Untellable(f"it is longer than {longest} characters")
