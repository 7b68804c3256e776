"""What a user remembers of a conversation: names and counts, never what the facts say. Forks with the world."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self

from worlds.digest import value_hash

Ended = Literal["", "done", "patience", "closed"]


@dataclass(frozen=True, slots=True)
class UserState:
    """A companion of the world, immutable: each turn gives another one."""

    turn: int = 0
    """How many of the agent's messages were heard."""
    greeted: bool = False
    """Whether the first message was written."""
    worn: float = 0.0
    """How much patience is used up."""
    asked: Mapping[str, int] = field(default_factory=dict)
    """Facts and how often they were asked for."""
    told: tuple[str, ...] = ()
    """Facts that were told, in order."""
    explained: bool = False
    """Whether the opening was said in full."""
    intents: int = 0
    """How many of the other intents were told."""
    intent_turn: int = 0
    """The turn in which the last of them was."""
    agreed: bool = False
    """Whether something was agreed to of which nothing has been seen yet."""
    grace: bool = False
    """Whether patience was over once, while something agreed to was pending."""
    retracted: bool = False
    contradicted: str = ""
    """The fact that was told wrongly and not put right yet; `-` once that is over."""
    aside_turn: int = -1
    """The last turn in which something else was answered, or asked back."""
    claimed: tuple[str, ...] = ()
    did: tuple[str, ...] = ()
    puzzled: int = 0
    """How many messages in a row could not be made sense of."""
    demands: int = 0
    last: str = ""
    """The acts of the last turn."""
    ended: Ended = ""
    faults: tuple[str, ...] = ()
    """What went wrong with the person rather than with the agent."""

    def fork(self) -> Self:
        """Itself: it never changes."""
        return self

    def digest(self) -> bytes:
        """32 bytes over all of it."""
        return value_hash(self.dump())

    def dump(self) -> Mapping[str, Any]:
        """All of it."""
        return asdict(self)

    def load(self, state: Mapping[str, Any]) -> Self:
        """The state that `dump` gave."""
        read: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in state.items()}
        return replace(self, **read)


def memory_name(server: str) -> str:
    """The companion's name."""
    return f"{server}.person"
