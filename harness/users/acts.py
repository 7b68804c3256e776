"""What a person does in one turn, before anybody words it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.users.state import UserState


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is said, with what fills its wording."""

    kind: str
    """One of the acts of `phrases`."""
    slots: Mapping[str, str] = field(default_factory=dict)
    fact: str = ""
    """The fact that it tells."""

    def to_json(self) -> dict[str, Any]:
        """The form that the ledger keeps."""
        return {"act": self.kind} | ({"fact": self.fact} if self.fact else {})


@dataclass(frozen=True, slots=True)
class Decision:
    """A turn: acts in their order, and what is remembered afterwards."""

    acts: tuple[Act, ...]
    state: UserState
    closes: bool = False
    interrupts: bool = False
    """Whether the person writes once more before being answered."""
    flags: tuple[str, ...] = ()
    """What is worth knowing of the turn."""
