"""What moves no decision: other calls, parallel branches, other names, other rules; a higher share only adds to it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fault_injection.counters import Counters
from fault_injection.engine import Decision, Engine
from fault_injection.fault import faults
from fault_injection.profile import Profile
from fault_injection.trigger import triggers
from tests.fault_injection.rules import asked, engine, profile
from tests.fault_injection.test_kinds import GIVEN

TRIGGERS: Final[dict[str, list[dict[str, Any]]]] = {
    "always": [{"on": True}],
    "burst": [{"good": "2s", "bad": "1s", "p_bad": 0.7, "p_good": 0.2}, {"good": "3s", "bad": "90s"}],
    "gcra": [{"rate": "2/s", "per": "operation"}, {"rate": "3/s", "early": "500ms", "per": "operation"}],
    "nth": [{"calls": [2, 3], "per": "operation"}, {"every": 2, "per": "operation"}],
    "probability": [{"p": 0.5, "scope": scope} for scope in ("attempt", "operation", "tool", "episode")],
    "sequence": [{"steps": ".x", "then": "repeat", "per": "operation"}],
    "token_bucket": [{"rates": "1/s", "per": "operation"}, {"rates": ["2/s", "5/min"], "per": "operation"}],
    "window": [{"start": "1s", "length": "2s"}, {"length": "700ms", "every": "2s"}],
}
"""Triggers that tell operations apart, so that only calls of the same operation are counted together."""
RULES: Final = [{name: given, "name": "tried"} for name, each in TRIGGERS.items() for given in each]
RISING: Final = {
    "probability": lambda p: {"probability": {"p": p}},
    "burst": lambda p: {"burst": {"good": "2s", "bad": "1s", "p_bad": p, "p_good": p / 2}},
    "burst when all is well": lambda p: {"burst": {"good": "2s", "bad": "1s", "p_bad": 1.0, "p_good": p}},
}


@dataclass(frozen=True)
class Made:
    """One call, at some time."""

    at_ms: int
    tool: str
    operation: str


def calls_of(tools: Sequence[str]) -> st.SearchStrategy[list[Made]]:
    made = st.builds(Made, st.integers(0, 6_000), st.sampled_from(tools), st.sampled_from(['{"n":1}', '{"n":2}']))
    return st.lists(made, max_size=14)


OWN: Final = calls_of(["read", "write"])
OTHERS: Final = calls_of(["list", "stat"])
OTHER_RULES: Final = st.lists(
    st.sampled_from([
        {"fault": "latency", "with": {"fixed": 5}}, {"fault": "tool_error"}, {"fault": "rate_limited"},
        {"nth": 2, "fault": "reset"}, {"probability": 0.5, "fault": "truncated"},
        {"gcra": "1/s", "fault": "rate_limited"},
    ]), max_size=3,
)  # fmt: skip


def in_time(*branches: Sequence[Made]) -> list[Made]:
    """The calls of several branches as they arrive: those of one time branch after branch."""
    return sorted((call for branch in branches for call in branch), key=lambda call: call.at_ms)


def said(decision: Decision | None, rule: str = "tried/tried") -> list[tuple[Any, ...]]:
    """What one rule says of a call, and what its fault would draw."""
    if decision is None:
        return []
    return [
        (each.drawn, each.would_fire, each.wait_ms, each.attempt, decision.scene(each, 0).draws.hex(16, "anything"))
        for each in decision.verdicts
        if each.name == rule and not each.missed
    ]


def played(
    made: Sequence[Made], engines: Sequence[Engine], tools: frozenset[str] = frozenset(("read", "write"))
) -> list[list[tuple[Any, ...]]]:
    """What is said of each call of some tools, one engine after the other being in force."""
    counters, told = Counters(), []
    for number, call in enumerate(made):
        asks = asked(call.tool, call.at_ms, call.operation)
        decision = engines[number % len(engines)].decide(asks, counters)
        counters = counters if decision is None else decision.counters
        if call.tool in tools:
            told.append(said(decision))
    return told


def tried(rule: dict[str, Any], fault: str = "tool_error") -> Profile:
    return profile({**rule, "fault": fault, "with": {"fixed": 5} if fault == "latency" else {}})


def test_every_trigger_takes_part() -> None:
    assert sorted(TRIGGERS) == triggers.names()


@pytest.mark.parametrize("rule", RULES, ids=str)
class TestEveryTrigger:
    @settings(max_examples=25, deadline=None)
    @given(OWN, OTHERS, st.sampled_from(["tool_error", "latency"]))
    def test_calls_that_are_put_in_between_move_nothing(
        self, rule: dict[str, Any], own: list[Made], others: list[Made], fault: str
    ) -> None:
        made = engine(tried(rule, fault))

        assert played(in_time(own, others), [made]) == played(in_time(own), [made])

    @settings(max_examples=25, deadline=None)
    @given(OWN, OTHERS)
    def test_a_wait_that_others_were_told_binds_and_moves_no_draw(
        self, rule: dict[str, Any], own: list[Made], others: list[Made]
    ) -> None:
        """What was promised to one call holds for all that wait together; what is drawn afterwards stays as it was."""
        made = engine(tried(rule, "rate_limited"))
        for mine, told in zip(played(in_time(own, others), [made]), played(in_time(own), [made]), strict=True):
            drawn = [(one[0].u, other[0].u) for one, other in zip(mine, told, strict=True)]
            assert all(one == other for one, other in drawn if None not in (one, other))
            assert [each[3:] for each in mine] == [each[3:] for each in told]

    @settings(max_examples=25, deadline=None)
    @given(OWN, OTHERS, OTHERS)
    def test_it_does_not_matter_which_of_parallel_branches_comes_first(
        self, rule: dict[str, Any], own: list[Made], one: list[Made], other: list[Made]
    ) -> None:
        """Calls of one time, in any order of their branches, none of which asks for what another does."""
        made = engine(tried(rule))
        at_once = [
            [replace(call, at_ms=call.at_ms // 3_000 * 3_000) for call in branch] for branch in (own, one, other)
        ]
        assert played(in_time(*at_once), [made]) == played(in_time(*reversed(at_once)), [made])

    @settings(max_examples=25, deadline=None)
    @given(OWN, OTHER_RULES, OTHER_RULES, st.booleans())
    def test_other_rules_move_nothing_wherever_they_stand(
        self, rule: dict[str, Any], own: list[Made], before: list[Any], after: list[Any], toggled: bool
    ) -> None:
        """Added, removed, in another order or in another profile, and turned on and off between calls."""
        target = {**rule, "fault": "tool_error"}
        more = [{**each, "name": f"o{n}"} for n, each in enumerate(before)]
        rest = [{**each, "name": f"q{n}"} for n, each in enumerate(after)]
        alone, among = engine(profile(target)), engine(profile(*more, target, *rest))
        beside = engine(profile(*rest, name="others"), profile(target, *more))
        told = played(in_time(own), [alone])

        assert played(in_time(own), [among]) == told
        assert played(in_time(own), [beside]) == told
        assert played(in_time(own), [among, alone, beside] if toggled else [alone, among]) == told

    def test_what_was_turned_off_meanwhile_goes_on_alike_whoever_else_was_on(self, rule: dict[str, Any]) -> None:
        """The rule misses the first call of an operation: another rule that sees it has no say in what follows."""
        other = {"name": "other", "fault": "latency", "with": {"fixed": 5}}
        own = [Made(at_ms, "read", "{}") for at_ms in range(0, 6_000, 400)]
        target = {**rule, "fault": "tool_error"}
        quiet = [engine(profile()), *[engine(profile(target))] * 14]
        loud = [engine(profile(other)), *[engine(profile(other, target))] * 14]

        assert played(own, quiet) == played(own, loud)


@settings(max_examples=60, deadline=None)
@given(OWN, st.sampled_from(sorted(RISING)), st.floats(0, 1), st.floats(0, 1), st.integers(0, 9))
def test_a_higher_share_only_adds_firings(own: list[Made], name: str, one: float, other: float, seed: int) -> None:
    low, high = (
        [bool(each and each[0][1]) for each in played(
            in_time(own), [engine(profile({"name": "tried", "fault": "tool_error", **RISING[name](p)}), seed=seed)]
        )]
        for p in sorted((one, other))
    )  # fmt: skip

    assert all(after for before, after in zip(low, high, strict=True) if before)


@pytest.mark.parametrize("kind", faults.names())
def test_what_a_fault_draws_depends_on_rule_and_call_alone(kind: str) -> None:
    """The draws are all of chance that a fault is given, and each is the same whatever happened before."""
    settings: dict[str, Any] = GIVEN.get(kind, {})
    target = {"name": "tried", "fault": kind, "with": settings}
    fault = faults.get(kind)
    asks = replace(asked(transport=min(fault.transports)), is_start=fault.of_starts)
    crowd = engine(profile({"name": "first", "fault": "latency", "with": {"fixed": 1}}, target))
    counters = Counters()
    for number in range(5):
        found = crowd.decide(replace(asks, server=f"s{number}"), counters)
        assert found is not None
        counters = found.counters

    assert said(crowd.decide(asks, counters)) == said(engine(profile(target)).decide(asks, Counters())) != []
    assert counters.values
