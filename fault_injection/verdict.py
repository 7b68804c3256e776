"""What one rule says of one call."""

from dataclasses import dataclass, field
from typing import Any, Final

from fault_injection.question import Looked, Question
from fault_injection.rule import Rule
from fault_injection.trigger import Drawn

_MISSED: Final = Drawn(False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of one call."""

    profile: str
    rule: Rule
    missed: str = ""
    """The condition that the call did not meet, "" for a call that the rule is about."""
    drawn: Drawn = field(default=_MISSED)
    would_fire: bool = False
    suppressed: str = ""
    """Why it did not fire although it would have."""
    wait_ms: int | None = None
    allowance: int | None = None
    """How many calls the trigger's rate allows in its span, where it fires and has one."""
    looked: Looked | None = None
    """What was found of the world's state, where the rule asks for it."""
    until: str = ""
    """The counter that holds the promise that this call was given first, "" if it was given none."""
    attempt: int = 1
    """How often the rule has met this operation, this time included; no other rule has a say in it."""

    @property
    def name(self) -> str:
        """The rule's full name."""
        return full_name(self.profile, self.rule)

    @property
    def question(self) -> str:
        """The key of what the rule asks of the world's state, "" if it asks nothing."""
        state = self.rule.match.state
        return state.key if isinstance(state, Question) else ""

    @property
    def fires(self) -> bool:
        """Whether it has its effect."""
        return self.would_fire and not self.suppressed

    def to_json(self) -> dict[str, Any]:
        """What the ledger keeps."""
        told: dict[str, Any] = {"rule": self.name, "fault": self.rule.fault.kind, "layer": self.rule.fault.layer}
        told |= {"state": self.looked.unanswered or self.looked.found} if self.looked is not None else {}
        if self.missed:
            return {**told, "matched": False, "missed": self.missed}
        told |= {"phase": self.rule.phase, "matched": True, "would_fire": self.would_fire, "fired": self.fires}
        told |= {"suppressed": self.suppressed} if self.suppressed else {}
        told |= {"u": self.drawn.u, "p": self.drawn.p} if self.drawn.u is not None else {}
        told |= {"attempt": self.attempt} if self.attempt > 1 else {}
        told |= {"allowance": self.allowance} if self.allowance is not None else {}
        return told | ({"wait_ms": self.wait_ms} if self.wait_ms is not None and self.would_fire else {})


def full_name(profile: str, rule: Rule) -> str:
    """A rule's name in its profile, which draws and counters go by."""
    return f"{profile}/{rule.name}"
