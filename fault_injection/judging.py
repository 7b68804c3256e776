"""One rule before one call: what its trigger says, what it promised before, and which bounds it has reached."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from fault_injection.asked import Asked
from fault_injection.counters import Draft
from fault_injection.fault import Fault
from fault_injection.match import Predicates
from fault_injection.method import CALL
from fault_injection.profile import Profile
from fault_injection.rate import up_to_ms
from fault_injection.rule import Rule
from fault_injection.trigger import Drawn, Occasion
from fault_injection.verdict import Verdict, full_name
from worlds.chance import Chance
from worlds.clock import MS, SECOND

_SECOND_MS: Final = 1_000
_UNDER_MS: Final = MS - 1
"""What a wait in whole milliseconds may be too long by."""


class _Word(NamedTuple):
    """What a trigger says, in the light of what was promised before."""

    drawn: Drawn
    wait_ms: int | None
    kept: str = ""
    """Why a call is let through that had been told to wait."""
    held: bool = False
    """Whether an earlier promise stands, which no budget ends."""


@dataclass(slots=True)
class Judging:
    """One rule before one call."""

    chance: Chance
    predicates: Predicates
    profile: Profile
    rule: Rule
    asked: Asked
    draft: Draft
    attempt: int = 1

    @property
    def name(self) -> str:
        """The rule's full name."""
        return full_name(self.profile.name, self.rule)

    def verdict(self, taken: str) -> Verdict:
        """What the rule says; `taken` names the rule that has had its effect on this call already."""
        rule = self.rule
        if missed := rule.match.missed(self.asked, self.predicates):
            return Verdict(self.profile.name, rule, missed, looked=rule.match.looked(self.asked))
        self.attempt = self.draft.add(f"attempts|{self.name}|{self.asked.key}")
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
            until, over_ns = self._until(self._occasion()), over_at(rule.fault, self.asked.now_ns, wait_ms)
            self.draft.put(until, over_ns)
            wait_ms = up_to_ms(over_ns - self.asked.now_ns)
        looked = rule.match.looked(self.asked)
        allowance = rule.trigger.allowance(self._occasion()) if fires and not suppressed and rule.fault.lasts else None
        return Verdict(
            self.profile.name, rule, "", drawn, fires, suppressed, wait_ms, allowance, looked, until, self.attempt
        )  # fmt: skip

    def _drawn(self) -> _Word:
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
        return Occasion(self.asked, self.attempt, self.name, self.chance, self.draft)

    def _until(self, occasion: Occasion) -> str:
        return occasion.name(self.rule.trigger.group, "until")

    def _suppressed(self, taken: str, *, bounded: bool) -> str:
        """Why a rule that would fire does not."""
        if self.asked.transport not in self.rule.transports:
            return f"{self.rule.fault.kind} does not exist over {self.asked.transport}"
        if taken and not self.rule.fault.stacks:
            return f"{taken} came first"
        return self._spent() if bounded else ""

    @property
    def _account(self) -> str:
        return account(self.profile.name, self.asked)

    def _spent(self) -> str:
        """Which bound has been reached."""
        own, common, get = self.rule.budget, self.profile.budget, self.draft.get
        if own.times is not None and get(f"fired|{self.name}") >= own.times:
            return "budget of the rule"
        if own.per_tool is not None and get(f"fired|{self.name}|{self.asked.name}") >= own.per_tool:
            return "budget for the tool"
        if common.times is not None and get(f"fired|{self._account}") >= common.times:
            return "budget of the profile"
        if common.per_tool is not None and get(f"fired|{self._account}||{self.asked.name}") >= common.per_tool:
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
        for name in fired_names(self.name, profile, self.asked):
            draft.add(name)
        draft.add(self._row)


def over_at(fault: Fault, now_ns: int, wait_ms: int) -> int:
    """When a wait that is told now is over: with a second of the clock where its end is told in such seconds."""
    then_ns = now_ns + wait_ms * MS
    return -(-(then_ns - _UNDER_MS) // SECOND) * SECOND if fault.tells_time else then_ns


def fired_names(rule: str, profile: str, asked: Asked) -> tuple[str, ...]:
    """The counters of a firing: of the rule and the profile, in all and for the tool."""
    own, common = f"fired|{rule}", f"fired|{account(profile, asked)}"
    return own, f"{own}|{asked.name}", common, f"{common}||{asked.name}"


def account(profile: str, asked: Asked) -> str:
    """What a firing is put down to in a profile: clients ask for lists when they like, which must move no call."""
    return profile if asked.method == CALL else f"{profile}:requests"
