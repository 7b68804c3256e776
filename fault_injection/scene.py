"""What a fault may know while it has its effect, and what it may do to the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from fault_injection.asked import Asked
from fault_injection.draws import Draws
from worlds.changes import Change
from worlds.part import Part
from worlds.world import World

Meaning = Literal[
    "error", "limited", "quota", "unavailable", "auth_expired", "forbidden", "not_found", "locked", "deadlock",
    "conflict", "full", "read_only", "timeout",
]  # fmt: skip
"""What a failure means, before a server puts it in its own words."""


@dataclass(frozen=True, slots=True)
class Said:
    """A failure to be told in the server's own words."""

    meaning: Meaning | Literal["no_tool"]
    """What it means; `no_tool`: the name is not known, which an SDK says and no server."""
    wait_ms: int | None = None
    """How long to wait, where it is known; a server that never says so keeps it to itself."""
    text: str | None = None
    """The words themselves, where somebody chose them."""
    now_ns: int = 0
    """When it is told, for answers that name times."""
    waited_ms: int | None = None
    """How long the server has waited before it says so, where it has."""
    allowance: int | None = None
    """How many calls are allowed in the span that is waited for, where it is known."""
    fresh: str = ""
    """Hexadecimal digits drawn for this failure, for ids and temporary names; whoever has it worded puts them in."""
    part: Part | None = None
    """What stands behind the server, where words depend on it; whoever has a failure worded puts it in."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A JSON-RPC error; without data when `data` is None."""

    code: int
    message: str
    data: Any = None


@dataclass(frozen=True, slots=True)
class Scene:
    """One call that a fault hits."""

    asked: Asked
    draws: Draws
    now_ns: int
    attempt: int = 1
    wait_ms: int | None = None
    """How long the agent is to wait: what it is told is what will work."""
    request_id: Any = None
    allowance: int | None = None
    """How many calls the trigger's rate allows in its span, where it has one."""


class Ground(Protocol):
    """The world under a call, for faults of the state. Alive only inside the effect."""

    @property
    def world(self) -> World:
        """The world, which may be changed."""
        ...

    @property
    def part(self) -> Part:
        """The part of the call's server."""
        ...

    async def apply(self) -> Any:
        """Let the call have its effect; what its server answers."""
        ...

    async def apply_to(self, world: World) -> Any:
        """What the server answers on another world, which nobody needs afterwards."""
        ...

    def skew(self, by_ms: int) -> None:
        """Let the server believe that it is so much later than it is."""
        ...

    def settle(self, actor: str) -> Sequence[Change]:
        """Put down all changes since the last time to an actor."""
        ...

    def undo(self) -> None:
        """Go back to the state before the call."""
        ...

    def older(self, steps: int) -> World | None:
        """A copy of the world as it was so many changes ago, or at first; None if nothing has changed yet."""
        ...
