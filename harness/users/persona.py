"""The contract of a persona: temper, pace, habits, and words of its own. One file per persona in `personas/`."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar, Final, Literal, Protocol

from pydantic import Field

from worlds.part import Settings
from worlds.registry import Registry

Temper = Literal["calm", "annoyed", "angry"]
TEMPERS: Final[tuple[Temper, ...]] = ("calm", "annoyed", "angry")
_HOLE: Final = re.compile(r"(\{\w+\})")


class Behaviours(Settings):
    """How often somebody does what makes them hard to help: shares of the turns in which it could happen."""

    interrupts: float = Field(default=0.0, ge=0, le=1, description="Writes once more before being answered.")
    contradicts: float = Field(
        default=0.0, ge=0, le=1, description="Says something wrong first, or denies what was said, once."
    )
    changes_mind: float = Field(default=0.0, ge=0, le=1, description="Takes an agreement back, once.")
    answers_else: float = Field(default=0.0, ge=0, le=1, description="Answers something else than what was asked.")
    claims_done: float = Field(
        default=0.0, ge=0, le=1, description="Says that something was done that was never tried."
    )
    asks_back: float = Field(default=0.0, ge=0, le=1, description="Does not know what is meant, and asks.")
    demands: float = Field(default=0.0, ge=0, le=1, description="Demands something that is not to be had.")


class Draw(Protocol):
    """Chance of one turn, by the name of what is drawn."""

    def unit(self, name: str) -> float:
        """A number in [0, 1)."""
        ...

    def below(self, bound: int, name: str) -> int:
        """A whole number in [0, bound)."""
        ...


class Persona:
    """Somebody cooperative; subclasses say where they differ. Personas hold nothing, and are shared."""

    about: ClassVar[str] = "Answers what is asked, and is patient."
    """One sentence, for people who choose one and for models that word it."""
    temper: ClassVar[Temper] = "calm"
    """The mood to begin with."""
    patience: ClassVar[int] = 12
    """Messages of the agent that are borne, unless a scenario says otherwise."""
    seconds: ClassVar[tuple[float, float]] = (8.0, 40.0)
    """How long a reply takes at least and at most, typing aside."""
    letters_a_second: ClassVar[float] = 5.0
    behaviours: ClassVar[Behaviours] = Behaviours()
    phrases: ClassVar[Mapping[str, Sequence[str]]] = {}
    """Acts to their wordings, in place of the usual ones. `{...}` stands for what scenarios say."""

    def texts(self) -> Iterable[str]:
        """All words of its own."""
        return [text for texts in self.phrases.values() for text in texts]

    def shaped(self, template: str, act: str, draw: Draw) -> str:
        """A wording as this person would write it; what stands in braces is left as it is."""
        return template


def outside_holes(template: str, change: Callable[[str], str]) -> str:
    """A template in which everything but its holes was changed."""
    return "".join(part if _HOLE.fullmatch(part) else change(part) for part in _HOLE.split(template))


def picked(options: Sequence[str], draw: Draw, name: str) -> str:
    """One of some texts, by chance."""
    return options[draw.below(len(options), name)]


personas: Registry[Persona] = Registry("soundstage.personas", "harness.users.personas")
"""Names of personas."""
