"""An engine of faults of which some firings are kept back: everything else about it stays as it was."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from fault_injection.asked import Asked
from fault_injection.counters import Counters
from fault_injection.engine import Decision, Engine
from fault_injection.verdict import Verdict
from worlds.digest import content_hash

KEPT_BACK = "kept back"


@dataclass(frozen=True, slots=True)
class Firing:
    """One firing of a rule, told apart by what was asked and how often the rule had met that before."""

    rule: str
    tool: str
    operation: str
    attempt: int
    again: int = 0
    """How many firings that are told apart by nothing else came before, where counters were put back."""


@dataclass(frozen=True)
class Sifted(Engine):
    """Lets only some firings have their effect. Counters and draws move as if all had: no other firing changes."""

    allowed: Callable[[Firing], bool] = lambda firing: True
    seen: list[Firing] = field(default_factory=list)
    """All firings, in the order of decisions."""
    counts: Counter[Firing] = field(default_factory=Counter)

    def decide(self, asked: Asked, counters: Counters) -> Decision | None:
        """What the rules say, but for what is kept back."""
        decision = super().decide(asked, counters)
        if decision is None:
            return None
        return replace(decision, verdicts=tuple(self._sifted(verdict, decision.asked) for verdict in decision.verdicts))

    def _sifted(self, verdict: Verdict, asked: Asked) -> Verdict:
        if not verdict.fires:
            return verdict
        first = Firing(verdict.name, asked.name, content_hash(asked.operation).hex()[:16], verdict.attempt)
        firing = replace(first, again=self.counts[first])
        self.counts[first] += 1
        self.seen.append(firing)
        return verdict if self.allowed(firing) else replace(verdict, suppressed=KEPT_BACK)


def sieve(allowed: Callable[[Firing], bool], seen: list[Firing]) -> Callable[[Engine], Engine]:
    """Makes engines with the same rules that let through what is allowed; all of them put down to one list."""
    counts: Counter[Firing] = Counter()

    def sifted(engine: Engine) -> Engine:
        return Sifted(engine.profiles, engine.chance, engine.predicates, allowed=allowed, seen=seen, counts=counts)

    return sifted
