"""The contract of a wordsmith, who words what was decided, and the one who does it by templates."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.users.acts import Act
from harness.users.leaks import Known
from harness.users.person import Person
from harness.users.persona import Draw
from harness.users.wording import worded


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be worded, and what may be said."""

    person: Person
    acts: Sequence[Act]
    mood: str
    known: Known
    said: Sequence[tuple[str, str]] = ()
    """The conversation so far: authors and texts."""


@dataclass(frozen=True, slots=True)
class Worded:
    """A wording and how it came about."""

    text: str
    notes: dict[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


class Wordsmith(Protocol):
    """Whoever finds words."""

    async def word(self, wish: Wish, draw: Draw) -> Worded:
        """Words for some acts, which passed the gate."""
        ...


class TemplateSmith:
    """Words by templates: always the same for the same draws."""

    async def word(self, wish: Wish, draw: Draw) -> Worded:
        """Words that say no more than the acts."""
        return Worded(worded(wish.person.persona, wish.acts, draw), {"wording": "template"})
