"""What the rules have decided for one call, and what the ledger will say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fault_injection.engine import Decision
from fault_injection.fault import Delivering, Fault, Listing, Waiting
from fault_injection.verdict import Verdict
from sandbox_server.call import Reply
from sandbox_server.ledger import Truth

CLIENT_LAYERS: Final = frozenset(("rpc", "http", "connection", "stdio"))
"""Layers whose faults end at the client; whether it tells its model is the client's affair."""


@dataclass(slots=True)
class Plan:
    """One call's share of what goes wrong."""

    decision: Decision
    outcome: Verdict | None = None
    """The rule that decides what the agent is told; there is at most one."""
    lists: tuple[Verdict, ...] = ()
    """Rules that change the tool list."""
    waits: tuple[Verdict, ...] = ()
    """Rules that let time pass."""
    suppressed: dict[str, str] = field(default_factory=dict)
    """Rules that fired and then had nothing to take effect on, and why."""
    truth: Truth = "same"
    truth_note: str = ""
    true_reply: Reply | None = None
    truth_step: int | None = None
    """The step of the world in which the truth was looked for, where the call had no effect of its own."""
    wire: Mapping[str, Any] | None = None
    """What reached the client, where that is not the reply."""
    lost: bool = False
    """Whether the reply does not reach the client."""

    @property
    def fault(self) -> Fault | None:
        """What decides, if anything still does."""
        if self.outcome is None or self.outcome.name in self.suppressed:
            return None
        return self.outcome.rule.fault

    def drop(self, reason: str) -> None:
        """Let the rule that decides have no effect."""
        if self.outcome is not None:
            self.suppressed[self.outcome.name] = reason

    def rules(self) -> tuple[dict[str, Any], ...]:
        """What the ledger keeps of every rule that is about the call."""
        return tuple(self._rule(verdict) for verdict in self.decision.noted)

    def _rule(self, verdict: Verdict) -> dict[str, Any]:
        told = verdict.to_json()
        if verdict.name in self.suppressed:
            return {**told, "fired": False, "suppressed": self.suppressed[verdict.name]}
        if verdict.fires:
            told["ends_at"] = "client" if verdict.rule.fault.layer in CLIENT_LAYERS else "model"
        return told


def plan_of(decision: Decision) -> Plan:
    """The plan of a decision."""
    fired = decision.fired
    waits = tuple(verdict for verdict in fired if isinstance(verdict.rule.fault, Waiting))
    lists = tuple(verdict for verdict in fired if isinstance(verdict.rule.fault, Listing))
    rest = [verdict for verdict in fired if not isinstance(verdict.rule.fault, Waiting | Listing)]
    return Plan(decision, rest[0] if rest else None, lists, waits)


def is_wire(fault: Fault | None) -> bool:
    """Whether a fault concerns how an answer travels."""
    return isinstance(fault, Delivering) or (fault is not None and fault.dates_off_ms != 0)


def is_own(plan: Plan | None) -> bool:
    """Whether a plan concerns one message, whatever travels beside it."""
    return plan is not None and isinstance(plan.fault, Delivering) and plan.fault.own
