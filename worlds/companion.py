"""Companions: state that belongs to an episode but that `worlds` need not understand."""

from collections.abc import Mapping
from typing import Any, Protocol, Self


class Companion(Protocol):
    """Fault counters, a user's state machine: any object that forks, digests, dumps and loads with the world."""

    def fork(self) -> Self:
        """An independent copy, in O(1) or O(changes)."""
        ...

    def digest(self) -> bytes:
        """32 bytes that are equal when the state is."""
        ...

    def dump(self) -> Mapping[str, Any]:
        """The state as a JSON-like value."""
        ...

    def load(self, state: Mapping[str, Any]) -> Self:
        """A companion of this kind with a dumped state."""
        ...
