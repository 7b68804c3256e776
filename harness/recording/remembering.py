"""Faults of calls that were made side by side: what was decided at their arrival is handed in again.

A replay makes calls one after the other, in the order of their effects; rules that count were asked in the order of
arrivals, and of calls that had not come to an end. Nothing that is recorded tells that order again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from fault_injection.asked import Asked
from fault_injection.counters import Counters
from fault_injection.engine import Decision, Engine
from fault_injection.trigger import Drawn
from fault_injection.verdict import Verdict

_UNTOLD: Final = "it was not about the call then"
Told = Callable[[], Sequence[Mapping[str, Any]]]
"""The rules of the call that is being played, as its step keeps them."""


@dataclass(frozen=True)
class Remembering(Engine):
    """Decides what was decided."""

    told: Told = tuple

    def decide(self, asked: Asked, counters: Counters) -> Decision | None:
        """The recorded decision; rules that were not about the call then are not now."""
        decision = super().decide(asked, counters)
        if decision is None:
            return None
        told = {str(rule["rule"]): rule for rule in self.told()}
        return replace(decision, verdicts=tuple(_as_told(each, told.get(each.name)) for each in decision.verdicts))


def remembering(engine: Engine, told: Told) -> Engine:
    """An engine of the same rules that decides what was decided."""
    return Remembering(engine.profiles, engine.chance, engine.predicates, told=told)


def _as_told(verdict: Verdict, told: Mapping[str, Any] | None) -> Verdict:
    if told is None or not told["matched"]:
        return verdict if verdict.missed else replace(verdict, missed=_UNTOLD, would_fire=False)
    fires = bool(told["would_fire"])
    return replace(
        verdict, missed="", drawn=Drawn(fires, told.get("u"), told.get("p")), would_fire=fires,
        suppressed=told.get("suppressed", ""), wait_ms=told.get("wait_ms"), allowance=told.get("allowance"),
        attempt=told.get("attempt", 1),
    )  # fmt: skip
