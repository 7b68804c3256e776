"""The engine: what the rules say of a call, and what they remember of it. It opens nothing and waits for nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from fault_injection.asked import Asked
from fault_injection.counters import Counters, Draft
from fault_injection.match import Predicates
from fault_injection.profile import Profile
from fault_injection.question import Looked, Question
from fault_injection.rule import Rule
from fault_injection.scene import Scene
from fault_injection.trigger import Drawn, Occasion
from worlds.chance import Chance
from worlds.clock import MS

_SECOND_MS: Final = 1_000
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
    looked: Looked | None = None
    """What was found of the world's state, where the rule asks for it."""
    until: str = ""
    """The counter that holds the promise that this call was given first, "" if it was given none."""

    @property
    def name(self) -> str:
        """The rule's full name."""
        return full_name(self.profile, self.rule)

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
        return told | ({"wait_ms": self.wait_ms} if self.wait_ms is not None and self.would_fire else {})


@dataclass(frozen=True, slots=True)
class Decision:
    """What all rules say of a call."""

    asked: Asked
    attempt: int
    verdicts: tuple[Verdict, ...]
    counters: Counters
    chance: Chance

    @property
    def matched(self) -> tuple[Verdict, ...]:
        """The rules that are about the call."""
        return tuple(verdict for verdict in self.verdicts if not verdict.missed)

    @property
    def noted(self) -> tuple[Verdict, ...]:
        """The rules of which the ledger tells: those that are about the call, and those whose question had no answer."""
        return tuple(each for each in self.verdicts if not each.missed or (each.looked and each.looked.unanswered))

    @property
    def fired(self) -> tuple[Verdict, ...]:
        """The rules that have their effect, in order."""
        return tuple(verdict for verdict in self.verdicts if verdict.fires)

    def scene(self, verdict: Verdict, now_ns: int, request_id: Any = None) -> Scene:
        """What the fault of a rule that fired is to know."""
        draft = Counters().draft()
        draws = Occasion(self.asked, self.attempt, verdict.name, self.chance, draft).draws()
        return Scene(self.asked, draws, now_ns, self.attempt, verdict.wait_ms, request_id)


@dataclass(frozen=True)
class Engine:
    """Profiles in force. Immutable: whoever toggles something makes another engine."""

    profiles: tuple[Profile, ...]
    chance: Chance
    predicates: Predicates = field(default_factory=dict)
    _covering: dict[tuple[str, str, bool], tuple[tuple[Profile, Rule], ...]] = field(default_factory=dict, repr=False)

    @property
    def is_idle(self) -> bool:
        """Whether no rule could ever fire."""
        return not any(profile.enabled and any(rule.enabled for rule in profile.rules) for profile in self.profiles)

    def covering(self, server: str, tool: str, *, is_start: bool = False) -> tuple[tuple[Profile, Rule], ...]:
        """The rules in force that a tool (or the start of a server) must reckon with, in order; remembered."""
        found = self._covering.get((server, tool, is_start))
        if found is None:
            found = tuple(
                (profile, rule)
                for profile in self.profiles if profile.enabled
                for rule in profile.rules
                if rule.enabled and rule.fault.of_starts is is_start and rule.match.covers(server, tool)
            )  # fmt: skip
            if len(self._covering) < 4_096:
                self._covering[server, tool, is_start] = found
        return found

    def questions(self, asked: Asked) -> tuple[Question, ...]:
        """What must be known of the world's state: questions of rules whose other conditions the call meets."""
        found = {
            rule.match.state.key: rule.match.state
            for profile, rule in self.covering(asked.server, asked.tool, is_start=asked.is_start)
            if isinstance(rule.match.state, Question) and not rule.match.unmet(asked)
            and not _is_over(profile.expires_ns, asked) and not _is_over(rule.expires_ns, asked)
        }  # fmt: skip
        return tuple(found.values())

    def decide(self, asked: Asked, counters: Counters) -> Decision | None:
        """What the rules say of a call, and the counters after it; None when none is about its tool.

        The caller keeps the decision's counters, unless it only wanted to know.
        """
        covering = self.covering(asked.server, asked.tool, is_start=asked.is_start)
        if not covering:
            return None
        draft = counters.draft()
        attempt = draft.add(f"attempts|{asked.key}")
        verdicts: list[Verdict] = []
        taken = ""
        counted: set[str] = set()
        for profile, rule in covering:
            if _is_over(profile.expires_ns, asked) or _is_over(rule.expires_ns, asked):
                continue
            if profile.name not in counted and not asked.is_start:
                counted.add(profile.name)
                draft.add(f"calls|{profile.name}")
            verdict = _Judging(self, profile, rule, asked, attempt, draft).verdict(taken)
            verdicts.append(verdict)
            if verdict.fires and not rule.fault.stacks:
                taken = verdict.name
        return Decision(asked, attempt, tuple(verdicts), draft.kept(), self.chance)


class _Word(NamedTuple):
    """What a trigger says, in the light of what was promised before."""

    drawn: Drawn
    wait_ms: int | None
    kept: str = ""
    """Why a call is let through that had been told to wait."""
    held: bool = False
    """Whether an earlier promise stands, which no budget ends."""


@dataclass(slots=True)
class _Judging:
    """One rule before one call."""

    engine: Engine
    profile: Profile
    rule: Rule
    asked: Asked
    attempt: int
    draft: Draft

    @property
    def name(self) -> str:
        return full_name(self.profile.name, self.rule)

    def verdict(self, taken: str) -> Verdict:
        """What the rule says; `taken` names the rule that has had its effect on this call already."""
        rule = self.rule
        if missed := rule.match.missed(self.asked, self.engine.predicates):
            return Verdict(self.profile.name, rule, missed, looked=rule.match.looked(self.asked))
        drawn, wait_ms, kept, held = self._drawn()
        armed = f"armed|{self.name}"
        is_armed = bool(self.draft.get(armed))
        fires = drawn.fires or is_armed
        suppressed = "" if not fires or is_armed else kept
        if fires and not suppressed:
            suppressed = self._suppressed(taken, bounded=not (is_armed or held))
        if fires and not suppressed:
            self._fired(armed)
        elif not fires:
            self.draft.put(self._row, 0)
        until = ""
        if fires and not suppressed and rule.fault.lasts and wait_ms is not None and not held:
            wait_ms = -(-wait_ms // _SECOND_MS) * _SECOND_MS
            until = self._until(self._occasion())
            self.draft.put(until, self.asked.now_ns + wait_ms * MS)
        looked = rule.match.looked(self.asked)
        return Verdict(self.profile.name, rule, "", drawn, fires, suppressed, wait_ms, looked, until)

    def _drawn(self) -> "_Word":
        """The trigger's word, or that of an earlier promise."""
        rule, now_ns = self.rule, self.asked.now_ns
        occasion = self._occasion()
        until = self._until(occasion)
        until_ns = self.draft.get(until)
        if until_ns and now_ns < until_ns:
            return _Word(Drawn(True), -(-(until_ns - now_ns) // MS), held=True)
        drawn = rule.trigger.judge(occasion)
        if until_ns:
            self.draft.put(until, 0)
            if drawn.fires and not rule.trigger.timed:
                return _Word(drawn, None, "the wait that was told is over")
        return _Word(drawn, drawn.wait_ms if drawn.wait_ms is not None else rule.fault.wait_wanted_ms)

    def _occasion(self) -> Occasion:
        return Occasion(self.asked, self.attempt, self.name, self.engine.chance, self.draft)

    def _until(self, occasion: Occasion) -> str:
        return occasion.name(self.rule.trigger.group, "until")

    def _suppressed(self, taken: str, *, bounded: bool) -> str:
        """Why a rule that would fire does not."""
        if self.asked.transport not in self.rule.transports:
            return f"{self.rule.fault.kind} does not exist over {self.asked.transport}"
        if taken and not self.rule.fault.stacks:
            return f"{taken} came first"
        return self._spent() if bounded else ""

    def _spent(self) -> str:
        """Which bound has been reached."""
        own, common, get = self.rule.budget, self.profile.budget, self.draft.get
        if own.times is not None and get(f"fired|{self.name}") >= own.times:
            return "budget of the rule"
        if own.per_tool is not None and get(f"fired|{self.name}|{self.asked.name}") >= own.per_tool:
            return "budget for the tool"
        if common.times is not None and get(f"fired|{self.profile.name}") >= common.times:
            return "budget of the profile"
        if common.per_tool is not None and get(f"fired|{self.profile.name}||{self.asked.name}") >= common.per_tool:
            return "budget of the profile for the tool"
        rows = [bound for bound in (own.in_a_row, common.in_a_row) if bound is not None]
        if rows and get(self._row) >= min(rows):
            self.draft.put(self._row, 0)
            return "budget in a row"
        return self._calm()

    def _calm(self) -> str:
        calm = self.profile.calm_after
        if calm is None:
            return ""
        if calm.calls is not None and self.draft.get(f"calls|{self.profile.name}") > calm.calls:
            return "calm after so many calls"
        passed_ns = self.asked.now_ns - self.asked.began_ns
        return "calm after so much time" if calm.time is not None and passed_ns >= calm.time * MS else ""

    @property
    def _row(self) -> str:
        return f"row|{self.name}|{self.asked.key}"

    def _fired(self, armed: str) -> None:
        draft, profile = self.draft, self.profile.name
        if draft.get(armed):
            draft.add(armed, -1)
        for name in _fired_names(self.name, profile, self.asked):
            draft.add(name)
        draft.add(self._row)


def full_name(profile: str, rule: Rule) -> str:
    """A rule's name in its profile, which draws and counters go by."""
    return f"{profile}/{rule.name}"


def promised(counters: Counters, verdict: Verdict, now_ns: int) -> Counters:
    """Counters in which a wait that is told only now counts from now."""
    draft = counters.draft()
    draft.put(verdict.until, now_ns + (verdict.wait_ms or 0) * MS)
    return draft.kept()


def withdrawn(counters: Counters, verdict: Verdict, asked: Asked) -> Counters:
    """Counters as if a rule had not fired, because it found nothing to take effect on."""
    draft = counters.draft()
    for name in _fired_names(verdict.name, verdict.profile, asked):
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


def _fired_names(rule: str, profile: str, asked: Asked) -> tuple[str, ...]:
    """The counters of a firing: of the rule and the profile, in all and for the tool."""
    own, common = f"fired|{rule}", f"fired|{profile}"
    return own, f"{own}|{asked.name}", common, f"{common}||{asked.name}"


def _is_over(expires_ns: int | None, asked: Asked) -> bool:
    return expires_ns is not None and asked.now_ns >= expires_ns
