"""The contract of a trigger: when a rule fires. One file per kind in `fault_injection/triggers/`."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar

from fault_injection.asked import Asked
from fault_injection.counters import Draft
from fault_injection.draws import Draws
from fault_injection.registered import registered
from worlds.chance import NOBODY, Chance, Identity
from worlds.part import Settings
from worlds.registry import Registry

Scope = Literal["attempt", "operation", "tool", "episode"]
"""How much of a call's identity a draw depends on: each try anew, all tries of one operation alike, all calls of one
tool alike, everything alike."""
Per = Literal["rule", "server", "tool", "operation"]
"""What is counted together."""


@dataclass(slots=True)
class Occasion:
    """One matching call, as a trigger sees it."""

    asked: Asked
    attempt: int
    """How often the rule has met this operation, this time included."""
    rule: str
    """The rule's full name."""
    chance: Chance
    draft: Draft

    def draws(self, scope: Scope = "attempt") -> Draws:
        """The rule's draws for this call, as far as the scope tells calls apart."""
        return Draws(self.chance, self.rule, self._identity(scope))

    def name(self, per: Per, what: str) -> str:
        """The name of a number that this rule remembers for what is counted together."""
        return f"{self.rule}|{what}|{self.group(per)}"

    def group(self, per: Per) -> str:
        """What tells this call from those that are counted apart."""
        if per == "rule":
            return ""
        if per == "server":
            return self.asked.server
        return self.asked.name if per == "tool" else self.asked.key

    def count(self, per: Per) -> int:
        """How many matching calls there were, this one included; counts it. Once per decision."""
        return self.draft.add(self.name(per, "calls"))

    def _identity(self, scope: Scope) -> Identity:
        if scope == "attempt":
            return self.asked.identity(self.attempt)
        if scope == "operation":
            return self.asked.identity(1)
        return Identity(self.asked.name) if scope == "tool" else NOBODY


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a trigger says of a call."""

    fires: bool
    u: float | None = None
    """The draw, where there was one; below `p` it fires."""
    p: float | None = None
    wait_ms: int | None = None
    """How long until the trigger would let such a call through, where it knows."""


class Trigger(Settings):
    """When a rule fires. Frozen; what it remembers lies in the occasion's draft."""

    kind: ClassVar[str]
    short: ClassVar[str] = ""
    """The field that a bare value stands for."""
    timed: ClassVar[bool] = False
    """Whether it knows itself how long to wait, and keeps its word."""

    @abstractmethod
    def judge(self, occasion: Occasion) -> Drawn:
        """Whether this call is hit."""

    def allowance(self, occasion: Occasion) -> int | None:
        """How many calls it allows in the span of the rate that such a call waits for; None where it has no rate."""
        return None

    @property
    def group(self) -> Per:
        """What is held together once somebody was told to wait."""
        return "rule"


triggers: Registry[type[Trigger]] = Registry("soundstage.triggers", "fault_injection.triggers")
"""Names of triggers, which are keys of rules, to their settings."""
T = TypeVar("T", bound=Trigger)


def trigger(name: str) -> Callable[[type[T]], type[T]]:
    """Class decorator: make a trigger known under its file's name."""
    return registered(triggers, name)
