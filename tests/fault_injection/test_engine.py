"""Decisions are pure functions of seed, rule and call; what must be remembered is remembered exactly."""

from itertools import pairwise
from math import sqrt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fault_injection.counters import Counters
from fault_injection.draws import Draws
from fault_injection.engine import armed, withdrawn
from fault_injection.faults.latency import Latency
from fault_injection.scene import Scene
from fault_injection.trigger import triggers
from fault_injection.triggers.burst import Burst
from tests.fault_injection.rules import BEGAN_NS, Run, asked, engine, profile
from worlds.chance import Chance, Identity

CHANCE = {"name": "chance", "probability": 0.3, "fault": "tool_error"}
CALLS = [("read", f'{{"id":{n}}}') for n in range(40)] + [("write", f'{{"id":{n}}}') for n in range(20)]


def decisions(calls: list[tuple[str, str]], *rules: dict[str, Any], seed: int = 7) -> dict[tuple[str, str], bool]:
    run = Run(engine(profile(*rules), seed=seed))
    told: dict[tuple[str, str], bool] = {}
    for number, (tool, operation) in enumerate(calls):
        fired = run.call(tool, at_ms=number, operation=operation).fired
        told.setdefault((tool, operation), any(verdict.rule.name == "chance" for verdict in fired))
    return told


def test_golden_vectors_of_draws_and_distributions() -> None:
    """A new Python or platform must not move them; neither may we."""
    draws = Draws(Chance(7), "tried/chance", Identity("shop.read", b'{"id":1}', 1))
    spans = [
        Latency.model_validate(given).wait_ms(Scene(asked(), draws, BEGAN_NS))
        for given in (
            {"lognormal": {"median": 180, "p95": 900}}, {"pareto": {"least": "1s", "alpha": 1.3}},
            {"percentiles": {50: 400, 95: 2_000, 100: 6_000}}, {"fixed": "2s"},
        )
    ]  # fmt: skip
    burst = Burst.model_validate({"good": "10s", "bad": "4s"})
    weather = "".join("x" if burst.is_bad(n, Chance(7), "tried/burst") else "." for n in range(80))

    assert [draws.unit("fire"), draws.below(1_000, "which"), draws.hex(8, "id")] == GOLDEN_DRAWS
    assert spans == GOLDEN_SPANS
    assert weather == GOLDEN_WEATHER
    assert Run(engine(profile(CHANCE))).pattern(60) == GOLDEN_CHANCE


GOLDEN_DRAWS: list[Any] = [0.09340923253758904, 699, "75cb88c4"]
GOLDEN_SPANS = [28, 1_022, 22, 2_000]
GOLDEN_WEATHER = "........................xxxx..xxxxxx.xx.xxxxxxxxx.......xxxxx..................."
GOLDEN_CHANCE = "x.........x.x..x.x...xxx..x....x..xxx..x.x...x...x.x.xx.x..."


@settings(max_examples=20, deadline=None)
@given(st.permutations(CALLS), st.integers(0, 3))
def test_order_and_other_calls_move_no_decision(calls: list[tuple[str, str]], strangers: int) -> None:
    more = [("other", f"[{n}]") for n in range(strangers)]

    assert decisions([*more, *calls], CHANCE) | decisions(more, CHANCE) == decisions(CALLS, CHANCE) | decisions(
        more, CHANCE
    )


def test_other_rules_and_their_order_move_no_decision() -> None:
    other = {"name": "other", "probability": 0.5, "fault": "latency", "with": {"fixed": 5}}
    alone = decisions(CALLS, CHANCE)

    assert decisions(CALLS, other, CHANCE) == alone
    assert decisions(CALLS, CHANCE, other) == alone
    assert decisions(CALLS, CHANCE, seed=8) != alone


def test_raising_the_probability_only_adds_firings() -> None:
    hit = [
        {call for call, fired in decisions(CALLS, {**CHANCE, "probability": p}).items() if fired}
        for p in (0.0, 0.1, 0.3, 0.6, 1.0)
    ]

    assert all(fewer <= more for fewer, more in pairwise(hit))
    assert not hit[0] and len(hit[-1]) == len(CALLS)


RATES: list[tuple[dict[str, Any], float]] = [
    ({"always": True}, 1.0),
    ({"nth": {"every": 5}}, 0.2),
    ({"sequence": {"steps": "..x.", "then": "repeat"}}, 0.25),
    ({"probability": 0.2}, 0.2),
    ({"window": {"length": "1s", "every": "4s"}}, 0.25),
]


@pytest.mark.parametrize(("trigger", "share"), RATES, ids=[next(iter(rate[0])) for rate in RATES])
def test_observed_rates_lie_within_their_binomial_intervals(trigger: dict[str, Any], share: float) -> None:
    count = 10_000
    hits = Run(engine(profile({"name": "r", **trigger, "fault": "tool_error"}))).pattern(count).count("x")
    margin = 4 * sqrt(share * (1 - share) / count)

    assert abs(hits / count - share) <= margin + 1e-9


def test_bursts_have_the_share_and_the_length_that_were_asked_for() -> None:
    burst = Burst.model_validate({"good": "20s", "bad": "4s"})
    weather = [burst.is_bad(n, Chance(3), "b") for n in range(6_400)]
    spells = "".join("x" if bad else "." for bad in weather).split(".")
    lengths = [len(spell) for spell in spells if spell]

    assert abs(sum(weather) / len(weather) - 4 / 24) < 0.03
    assert abs(sum(lengths) / len(lengths) - 4) < 0.6


def test_limits_let_through_what_they_allow() -> None:
    """Ten seconds at five calls a second, asked a hundred times a second: a full bucket and what fills it."""
    for trigger in ({"token_bucket": "5/s"}, {"gcra": {"rate": "5/s", "early": "800ms"}}):
        run = Run(engine(profile({"name": "r", **trigger, "fault": "tool_error"})))
        passed = run.pattern(1_000).count(".")

        assert 54 <= passed <= 55, trigger


@pytest.mark.parametrize("trigger", [
    {"token_bucket": {"rates": "2/min"}}, {"gcra": "2/min"}, {"nth": 1}, {"probability": 1.0},
    {"window": {"length": "45s"}},
])  # fmt: skip
def test_one_millisecond_early_is_refused_and_on_time_is_allowed(trigger: dict[str, Any]) -> None:
    rule = {"name": "r", **trigger, "fault": "rate_limited", "with": {"wait": "20s"}}
    run = Run(engine(profile(rule)))
    now = 0
    while not (fired := run.call(at_ms=now).fired):
        now += 1
    wait_ms = fired[0].wait_ms
    early = Run(run.engine, run.counters)

    assert wait_ms and wait_ms % 1_000 == 0
    assert early.fires(at_ms=now + wait_ms - 1)
    assert not early.fires(at_ms=now + wait_ms)
    assert not run.fires(at_ms=now + wait_ms)


def test_budgets_bound_firings_and_say_so() -> None:
    rule = {"name": "r", "fault": "tool_error", "budget": {"times": 3, "per_tool": 2}}
    run = Run(engine(profile(rule, budget={"times": 4})))
    told = [run.call(tool, at_ms=n).matched[0].suppressed for n, tool in enumerate(("a", "a", "a", "b", "b"))]

    assert told == ["", "", "budget for the tool", "", "budget of the rule"]


def test_trying_again_ends_what_may_not_happen_in_a_row() -> None:
    run = Run(engine(profile({"name": "r", "fault": "tool_error", "budget": {"in_a_row": 2}})))

    assert [run.fires(at_ms=n) for n in range(6)] == [True, True, False, True, True, False]


def test_a_profile_falls_silent_when_it_said_so() -> None:
    rule = {"name": "r", "fault": "tool_error"}
    by_calls = Run(engine(profile(rule, calm_after={"calls": 3})))
    by_time = Run(engine(profile(rule, calm_after={"time": "1s"})))

    assert by_calls.pattern(5) == "xxx.."
    assert [by_time.fires(at_ms=at) for at in (0, 999, 1_000)] == [True, True, False]


def test_only_one_rule_decides_and_the_others_are_suppressed() -> None:
    run = Run(engine(profile(
        {"name": "slow", "fault": "latency", "with": {"fixed": 5}}, {"name": "one", "fault": "tool_error"},
        {"name": "two", "fault": "reset"}, {"name": "slower", "fault": "latency", "with": {"fixed": 5}},
    )))  # fmt: skip
    decision = run.call()

    assert [verdict.rule.name for verdict in decision.fired] == ["slow", "one", "slower"]
    assert [verdict.suppressed for verdict in decision.matched] == ["", "", "tried/one came first", ""]


def test_an_armed_rule_fires_once_at_the_next_call_that_it_is_about() -> None:
    run = Run(engine(profile({"name": "r", "on": "shop.write", "always": False, "fault": "tool_error"},
                             {"name": "all", "always": False, "fault": "tool_error"})))  # fmt: skip
    run.counters = armed(run.counters, "tried/r")

    assert [run.fires(tool) for tool in ("read", "write", "write")] == [False, True, False]


def test_what_had_no_effect_counts_for_no_budget() -> None:
    run = Run(engine(profile({"name": "r", "fault": "empty_result", "budget": {"times": 1}})))
    decision = run.call()
    run.counters = withdrawn(run.counters, decision.fired[0], decision.asked)

    assert run.fires() and not run.fires()


def test_conditions_look_into_arguments() -> None:
    rule = {
        "name": "r", "fault": "tool_error",
        "where": {"items[*].id": {"one_of": [3, 4]}, "$.query": {"matches": "(?i)^select"}, "gone": {"exists": False}},
    }  # fmt: skip
    run = Run(engine(profile(rule)))

    assert run.fires(arguments={"items": [{"id": 1}, {"id": 4}], "query": "SELECT 1"})
    assert not run.fires(arguments={"items": [{"id": 1}], "query": "SELECT 1"})
    missed = run.call(arguments={"items": [{"id": 4}], "query": "SELECT 1", "gone": None}).verdicts[0].missed
    assert missed == "where.gone does not hold"


def test_a_tool_that_no_rule_is_about_costs_no_decision() -> None:
    made = engine(profile({"name": "r", "on": "files.*", "fault": "tool_error"}))

    assert made.decide(asked(), Counters()) is None
    assert engine(profile()).is_idle


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["read", "write"]), max_size=12), st.integers(0, 11))
def test_counters_that_were_dumped_and_loaded_go_on_as_if_nothing_had_happened(tools: list[str], cut: int) -> None:
    """Every trigger at once, so that each kind of memory takes part."""
    written: dict[str, Any] = {
        "nth": {"every": 3}, "sequence": ".x.x", "token_bucket": "2/s", "gcra": "3/s", "window": {"length": "1s"},
        "probability": 0.5, "burst": {"good": "2s", "bad": "1s"}, "always": True,
    }  # fmt: skip
    assert sorted(written) == triggers.names()
    made = engine(
        profile(
            *(
                {"name": f"r{n}", kind: value, "fault": "rate_limited"}
                for n, (kind, value) in enumerate(written.items())
            )
        )
    )
    straight, broken = Run(made), Run(made)
    told = []
    for number, tool in enumerate(tools):
        if number == cut:
            broken.counters = Counters().load(dict(broken.counters.fork().dump()))
        first, second = straight.call(tool, at_ms=300 * number), broken.call(tool, at_ms=300 * number)
        told.append([v.to_json() for v in first.verdicts] == [v.to_json() for v in second.verdicts])

    assert all(told)
    assert straight.counters.digest() == broken.counters.digest()
