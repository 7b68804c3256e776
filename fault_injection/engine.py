"""The engine: what the rules say of a call, and what they remember of it. It opens nothing and waits for nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fault_injection.asked import Asked
from fault_injection.counters import Counters
from fault_injection.fault import Listing
from fault_injection.judging import Judging, fired_names, over_at
from fault_injection.match import Predicates
from fault_injection.method import CALL
from fault_injection.profile import Profile
from fault_injection.question import Question
from fault_injection.rule import Rule
from fault_injection.scene import Scene
from fault_injection.trigger import Occasion
from fault_injection.verdict import Verdict, full_name
from worlds.chance import Chance


@dataclass(frozen=True, slots=True)
class Decision:
    """What all rules say of a call."""

    asked: Asked
    verdicts: tuple[Verdict, ...]
    counters: Counters
    chance: Chance

    @property
    def attempt(self) -> int:
        """How often some rule has met this operation, this time included."""
        return max((verdict.attempt for verdict in self.verdicts), default=1)

    @property
    def matched(self) -> tuple[Verdict, ...]:
        """The rules that are about the call."""
        return tuple(verdict for verdict in self.verdicts if not verdict.missed)

    @property
    def noted(self) -> tuple[Verdict, ...]:
        """The rules of which the ledger tells: what is about the call, and whose question had no answer."""
        return tuple(each for each in self.verdicts if not each.missed or (each.looked and each.looked.unanswered))

    @property
    def fired(self) -> tuple[Verdict, ...]:
        """The rules that have their effect, in order."""
        return tuple(verdict for verdict in self.verdicts if verdict.fires)

    def scene(self, verdict: Verdict, now_ns: int, request_id: Any = None) -> Scene:
        """What the fault of a rule that fired is to know."""
        draft = Counters().draft()
        draws = Occasion(self.asked, verdict.attempt, verdict.name, self.chance, draft).draws()
        return Scene(
            self.asked, draws, now_ns, verdict.attempt, verdict.wait_ms, request_id, verdict.allowance
        )  # fmt: skip


Covering = tuple[tuple[Profile, Rule], ...]
"""Rules with their profiles, in the order in which they are asked."""


@dataclass(frozen=True)
class Engine:
    """Profiles in force. Immutable: whoever toggles something makes another engine."""

    profiles: tuple[Profile, ...]
    chance: Chance
    predicates: Predicates = field(default_factory=dict)
    _covering: dict[tuple[str, str, bool, str], Covering] = field(default_factory=dict, repr=False)

    @property
    def is_idle(self) -> bool:
        """Whether no rule could ever fire."""
        return not any(profile.enabled and any(rule.enabled for rule in profile.rules) for profile in self.profiles)

    @property
    def of_requests(self) -> bool:
        """Whether any rule is about requests that call no tool."""
        return any(rule.match.methods != (CALL,) for profile in self.profiles for rule in profile.rules)

    @cached_property
    def of_lists(self) -> bool:
        """Whether any rule changes tool lists."""
        return any(isinstance(rule.fault, Listing) for profile in self.profiles for rule in profile.rules)

    def covering(self, server: str, tool: str, *, is_start: bool = False, method: str = CALL) -> Covering:
        """The rules in force that a tool (or the start of a server) must reckon with, in order; remembered."""
        found = self._covering.get((server, tool, is_start, method))
        if found is None:
            found = tuple(
                (profile, rule)
                for profile in self.profiles if profile.enabled
                for rule in profile.rules
                if rule.enabled and rule.fault.of_starts is is_start and rule.match.covers(server, tool, method)
            )  # fmt: skip
            if len(self._covering) < 4_096:
                self._covering[server, tool, is_start, method] = found
        return found

    def questions(self, asked: Asked) -> tuple[Question, ...]:
        """What must be known of the world's state: questions of rules whose other conditions the call meets."""
        found = {
            rule.match.state.key: rule.match.state
            for profile, rule in self.covering(asked.server, asked.tool, is_start=asked.is_start, method=asked.method)
            if isinstance(rule.match.state, Question) and not rule.match.unmet(asked)
            and not _is_over(profile.expires_ns, asked) and not _is_over(rule.expires_ns, asked)
        }  # fmt: skip
        return tuple(found.values())

    def decide(self, asked: Asked, counters: Counters) -> Decision | None:
        """What the rules say of a call, and the counters after it; None when none is about its tool.

        The caller keeps the decision's counters, unless it only wanted to know.
        """
        covering = self.covering(asked.server, asked.tool, is_start=asked.is_start, method=asked.method)
        if not covering:
            return None
        draft = counters.draft()
        verdicts: list[Verdict] = []
        taken = ""
        counted: set[str] = set()
        for profile, rule in covering:
            if _is_over(profile.expires_ns, asked) or _is_over(rule.expires_ns, asked):
                continue
            if profile.name not in counted and not asked.is_start and asked.method == CALL:
                counted.add(profile.name)
                draft.add(f"calls|{profile.name}")
            verdict = Judging(self.chance, self.predicates, profile, rule, asked, draft).verdict(taken)
            verdicts.append(verdict)
            if verdict.fires and not rule.fault.stacks:
                taken = verdict.name
        return Decision(asked, tuple(verdicts), draft.kept(), self.chance)


def promised(counters: Counters, verdict: Verdict, now_ns: int) -> Counters:
    """Counters in which a wait that is told only now counts from now."""
    draft = counters.draft()
    draft.put(verdict.until, over_at(verdict.rule.fault, now_ns, verdict.wait_ms or 0))
    return draft.kept()


def withdrawn(counters: Counters, verdict: Verdict, asked: Asked) -> Counters:
    """Counters as if a rule had not fired, because it found nothing to take effect on."""
    draft = counters.draft()
    for name in fired_names(verdict.name, verdict.profile, asked):
        draft.add(name, -1)
    return draft.kept()


def armed(counters: Counters, rule: str) -> Counters:
    """Counters in which a rule (by its full name) fires at the next matching call."""
    draft = counters.draft()
    draft.add(f"armed|{rule}")
    return draft.kept()


def fired_counts(counters: Counters, profiles: tuple[Profile, ...]) -> Mapping[str, int]:
    """How often each rule has fired, by its full name."""
    names = [full_name(profile.name, rule) for profile in profiles for rule in profile.rules]
    return {name: counters.values.get(f"fired|{name}", 0) for name in names}


def _is_over(expires_ns: int | None, asked: Asked) -> bool:
    return expires_ns is not None and asked.now_ns >= expires_ns
