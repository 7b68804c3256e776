"""Rules and calls as tests of the engine write them."""

from collections.abc import Iterable
from typing import Any

from fault_injection.asked import Asked
from fault_injection.counters import Counters
from fault_injection.engine import Decision, Engine
from fault_injection.profile import Profile, profile_in
from worlds.chance import Chance
from worlds.clock import MS

BEGAN_NS = 1_772_442_000_000_000_000


def profile(*rules: dict[str, Any], name: str = "tried", **more: Any) -> Profile:
    return profile_in({"profile": name, "rules": list(rules), **more})


def engine(*profiles: Profile, seed: int = 7) -> Engine:
    return Engine(profiles, Chance(seed))


def asked(tool: str = "read", at_ms: int = 0, operation: str = "{}", **more: Any) -> Asked:
    return Asked(
        "shop", tool, more.pop("arguments", {}), operation.encode(), now_ns=BEGAN_NS + at_ms * MS, began_ns=BEGAN_NS,
        **more,
    )  # fmt: skip


class Run:
    """Calls one after the other before one engine."""

    def __init__(self, engine: Engine, counters: Counters | None = None) -> None:
        self.engine = engine
        self.counters = counters or Counters()

    def call(self, *args: Any, **more: Any) -> Decision:
        decision = self.engine.decide(asked(*args, **more), self.counters)
        assert decision is not None
        self.counters = decision.counters
        return decision

    def fires(self, *args: Any, **more: Any) -> bool:
        return bool(self.call(*args, **more).fired)

    def pattern(self, count: int, step_ms: int = 10) -> str:
        """`x` for each call that is hit, `.` for the others."""
        return "".join("x" if self.fires(at_ms=step_ms * n, operation=f'{{"n": {n}}}') else "." for n in range(count))


def fired_by(decisions: Iterable[Decision]) -> list[bool]:
    return [bool(decision.fired) for decision in decisions]
