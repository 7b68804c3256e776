"""The contract of whoever watches a run while it goes on."""

from collections.abc import Sequence
from typing import Final, Protocol

from harness.recording.summary import Summary
from sandbox_server.ledger import Sink


class Watcher(Protocol):
    """Told of every episode; must not block and must not raise."""

    def began(self, scenario: str, trial: int, steps_max: int) -> Sequence[Sink]:
        """An episode begins; who is returned is told of each of its calls."""
        ...

    def ended(self, summary: Summary) -> None:
        """An episode has ended."""
        ...


class Unwatched:
    """Nobody watches."""

    def began(self, scenario: str, trial: int, steps_max: int) -> Sequence[Sink]:
        """Nobody to be told."""
        return ()

    def ended(self, summary: Summary) -> None:
        """Nobody to be told."""


UNWATCHED: Final[Watcher] = Unwatched()
