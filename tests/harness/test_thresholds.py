"""Thresholds and what they make of runs, also of those that lost episodes."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.estimating.bounds import ends_of_rate
from harness.recording.summary import Summary
from harness.running.exit_status import exit_status
from harness.running.statistics import Cell, StatisticsError, clustered, pass_all, pass_at, trials_to_show, wilson
from harness.running.tally import RunResult, Tally, blamed, denominator
from harness.running.threshold import Judged, ThresholdError, judge_thresholds, read_threshold, refuse_unanswerable
from harness.trajectory import Seeds

SEEDS = Seeds(world=1, user=2, faults=3, agent=4)


def tally(name: str, outcomes: str, planned: int | None = None, template: str = "", harm: int = 0) -> Tally:
    """A tally by letters: s(uccess), f(ailure), i(nvalid), l(ost); the first `harm` did harm."""
    words = {"s": "success", "f": "failure", "i": "invalid", "l": "lost"}
    summaries = [
        Summary(
            "id", name, trial, 1, SEEDS, words[letter], 3, "",
            cause="infrastructure" if letter == "i" else None,
            blame={"f": "agent", "i": "infrastructure"}.get(letter),  # type: ignore[arg-type]
            violations=("theft",) if trial <= harm else (),
        )
        for trial, letter in enumerate(outcomes, 1)
    ]  # fmt: skip
    return Tally(name, planned or len(outcomes), template=template, summaries=summaries)


def judged(rule: str, *tallies: Tally) -> Judged:
    return judge_thresholds([read_threshold(rule)], tallies)[0]


def status(*tallies: Tally, rules: tuple[str, ...] = (), interrupted: bool = False) -> int:
    result = RunResult(None, list(tallies), interrupted)
    return exit_status(result, judge_thresholds([read_threshold(rule) for rule in rules], tallies))


@pytest.mark.parametrize(
    ("rule", "state", "value"),
    [
        ("success>=0.5", "met", 0.6),
        ("success > 60%", "missed", 0.6),
        ("success<=0.6", "met", 0.6),
        ("success.low>=0.5", "missed", wilson(3, 5).low),
        ("success.high<0.9", "met", wilson(3, 5).high),
        ("pass@2>=0.9", "met", 0.9),
        ("pass^2>0.3", "missed", 0.3),
        ("violations<=0", "missed", 1),
        ("violations<2", "met", 1),
        ("a:success>=0.6", "met", 0.6),
    ],
)
def test_figures_are_compared_with_what_is_asked(rule: str, state: str, value: float) -> None:
    found = judged(rule, tally("a", "fssfs", harm=1))

    assert found.state == state
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("success", "cannot read the threshold 'success'"),
        ("success=0.8", "cannot read"),
        ("", "cannot read"),
        ("succes>=0.8", "there is no figure 'succes'"),
        ("pass^x>=0.8", "there is no figure 'pass^x'"),
        ("success>=most", "'most' is no number"),
        ("success>=1.5", "1.5 is no share"),
        ("success>=nan", "nan is no share"),
        ("success>=-1", "-1 is no share"),
    ],
)
def test_what_is_no_threshold_says_what_is_accepted(rule: str, complaint: str) -> None:
    with pytest.raises(ThresholdError) as refused:
        read_threshold(rule)

    assert complaint in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("pass^4>=0.1", "4 of 3 trials"),
        ("pass@0>=0.1", "0 of 3 trials"),
        ("other:success>=0.1", "no scenario is named 'other'"),
    ],
)
def test_thresholds_that_no_run_could_answer_are_refused_beforehand(rule: str, complaint: str) -> None:
    with pytest.raises(ThresholdError, match=complaint.replace("^", r"\^")):
        refuse_unanswerable([read_threshold(rule)], [tally("a", "sss")])


def test_a_pattern_asks_each_scenario_and_names_the_one_furthest_off() -> None:
    good, bad, worse = tally("good", "ssss"), tally("bad", "sssf"), tally("worse", "sfff")

    found = judged("*:success>=0.8", good, bad, worse)

    assert (found.state, found.value, found.where) == ("missed", 0.25, "worse")
    assert judged("success>=0.6", good, bad, worse).state == "met"


def test_variants_of_a_template_are_judged_together_or_alone() -> None:
    some = [tally("t[a=1]", "ssss", template="t"), tally("t[a=2]", "sfff", template="t")]

    assert judged("t:success>=0.6", *some).value == 0.625
    assert judged("t[a=2]:success>=0.6", *some).value == 0.25


def test_missing_episodes_leave_a_threshold_open_only_where_they_could_turn_it() -> None:
    some = tally("a", "ssssi")

    assert judged("success>=0.8", some).state == "met"
    assert judged("success>=0.9", some).state == "open"
    assert judged("success<0.5", some).state == "missed"
    assert judged("violations<=0", some).state == "open"
    assert judged("success>=0.5", tally("a", "ii")).value is None


@pytest.mark.parametrize(
    ("tallies", "rules", "expected"),
    [
        ([tally("a", "ss")], (), 0),
        ([tally("a", "sf")], (), 1),
        ([tally("a", "si")], (), 3),
        ([tally("a", "fi")], (), 3),
        ([tally("a", "sl")], (), 3),
        ([tally("a", "s", planned=2)], (), 3),
        ([tally("a", "ff")], ("success<=0",), 0),
        ([tally("a", "sf")], ("success>=0.5", "success>=0.6"), 4),
        ([tally("a", "sssi")], ("success>=0.7",), 0),
        ([tally("a", "sssi")], ("success>=0.8",), 3),
        ([tally("a", "sfi")], ("success>=0.9", "success>=0.5"), 4),
        ([tally("a", "ii")], ("success>=0.5",), 3),
    ],
)
def test_exit_statuses(tallies: list[Tally], rules: tuple[str, ...], expected: int) -> None:
    assert status(*tallies, rules=rules) == expected
    assert status(*tallies, rules=rules, interrupted=True) == 130


def test_every_planned_episode_is_in_the_denominator() -> None:
    found = denominator([tally("a", "ssfil", planned=8)])

    assert (found.planned, found.valid, dict(found.invalid), found.lost, found.not_run) == (
        8, 3, {"infrastructure": 1}, 1, 3,
    )  # fmt: skip
    assert (found.low, found.high) == (2 / 8, 7 / 8)
    assert blamed([tally("a", "ffi")]) == {"agent": 2, "infrastructure": 1}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=9).flatmap(lambda t: st.tuples(st.just(t), st.integers(1, len(t)))))
def test_pass_at_k_and_pass_all_k_are_shares_of_all_draws(drawn: tuple[list[bool], int]) -> None:
    trials, k = drawn
    cell = [Cell("a", sum(trials), len(trials))]
    draws = list(combinations(trials, k))

    assert math.isclose(pass_at(cell, k), sum(map(any, draws)) / len(draws))
    assert math.isclose(pass_all(cell, k), sum(map(all, draws)) / len(draws))


def outcomes_of(tallies: Sequence[Tally]) -> list[list[Tally]]:
    """The tallies in every way in which their missing episodes could have ended."""
    missing = [tally.planned - tally.valid for tally in tallies]
    return [
        [
            tally_of(one.scenario, one.template, one.successes + good, one.planned, 0)
            for one, good in zip(tallies, each, strict=True)
        ]
        for each in product(*(range(count + 1) for count in missing))
    ]


def tally_of(name: str, template: str, successes: int, valid: int, missing: int) -> Tally:
    return tally(name, "s" * successes + "f" * (valid - successes) + "i" * missing, template=template)


@st.composite
def tallies_with_gaps(draw: st.DrawFn) -> list[Tally]:
    """Up to three templates of one or two variants, of which up to four lack an episode or two."""
    found: list[Tally] = []
    for template in range(draw(st.integers(1, 3))):
        for variant in range(draw(st.integers(1, 2))):
            valid, missing = draw(st.integers(1, 8)), draw(st.sampled_from((0, 1, 2))) if len(found) < 4 else 0
            successes = draw(st.integers(0, valid))
            found.append(tally_of(f"t{template}[{variant}]", f"t{template}", successes, valid, missing))
    return found


@settings(max_examples=40, deadline=None)
@given(
    tallies_with_gaps(),
    st.sampled_from(("success", "success.low", "success.high", "pass^1.low", "pass^1.high", "pass@1.low", "pass@1")),
    st.sampled_from((">=", "<=", ">", "<")),
    st.integers(0, 100),
)
def test_a_threshold_is_decided_only_where_no_missing_episode_could_turn_it(
    some: list[Tally], figure: str, relation: str, percent: int
) -> None:
    rule, possible = f"{figure}{relation}{percent}%", outcomes_of(some)
    if figure.startswith("pass"):  # each costs thousands of draws
        possible = possible[:: max(1, len(possible) // 4)]

    found = judged(rule, *some).state

    assert found == "open" or {judged(rule, *each).state for each in possible} == {found}


@settings(max_examples=40, deadline=None)
@given(tallies_with_gaps())
def test_ends_of_a_rate_are_bounded_by_what_they_can_be_and_by_little_more(some: list[Tally]) -> None:
    possible = [clustered([one.cell for one in each]) for each in outcomes_of(some)]
    worst, best = ([one.cell for one in each] for each in (outcomes_of(some)[0], outcomes_of(some)[-1]))

    ends = ends_of_rate(worst, best)

    assert ends is not None
    for (least, most), found in (
        (ends.low, [rate.low for rate in possible]),
        (ends.high, [rate.high for rate in possible]),
    ):
        assert least <= min(found) <= max(found) <= most
        assert min(found) - least < 0.1 and most - max(found) < 0.1


def test_a_threshold_between_two_extremes_that_agree_stays_open() -> None:
    """One more success where most succeed makes the templates agree less than in both extremes."""
    some = [
        tally_of(name, name[0], successes, valid, 5 - valid)
        for name, successes, valid in (("a1", 5, 5), ("a2", 4, 4), ("b1", 0, 4), ("b2", 5, 5))
    ]
    lows = [clustered([one.cell for one in each]).low for each in outcomes_of(some)]

    assert min(lows) < 0.3 < min(lows[0], lows[-1])
    assert judged("success.low>=0.3", *some).state == "open"
    assert judged("success.low>=0.25", *some).state == "met"


def test_more_trials_than_there_are_cannot_be_drawn() -> None:
    for k in (0, 4):
        with pytest.raises(StatisticsError, match="k is between 1 and 3"):
            pass_at([Cell("a", 1, 3), Cell("b", 1, 9)], k)


def test_each_template_counts_once_however_many_variants_it_has() -> None:
    cells = [Cell("many", 3, 3)] * 9 + [Cell("one", 0, 3)]

    assert pass_all(cells, 2) == pass_at(cells, 2) == 0.5


def test_variants_that_agree_widen_the_interval() -> None:
    apart = [Cell(str(number), 5 * (number % 2), 5) for number in range(8)]
    alike = [Cell(str(number % 2), 5 * (number % 2), 5) for number in range(8)]

    assert clustered(apart) == wilson(20, 40)
    assert clustered(alike).low < clustered(apart).low < 0.5 < clustered(apart).high < clustered(alike).high
    assert clustered([Cell("a", 4, 4), Cell("a", 4, 4), Cell("b", 4, 4)]) == wilson(12, 12)


@pytest.mark.parametrize(("share", "bound"), [(1.0, 0.8), (0.9, 0.8), (0.6, 0.5), (0.81, 0.8)])
def test_the_trials_that_would_show_a_rate_are_just_enough(share: float, bound: float) -> None:
    trials = trials_to_show(share, bound)

    assert trials is not None
    some = math.ceil(trials * 1.02 / share) * 100  # a number of trials of which the share is whole
    assert wilson(round(share * some), some).low >= bound
    assert wilson(math.floor(share * (trials - 2)), trials - 2).low < bound
    assert trials_to_show(bound, bound) is None


def in_arms(**outcomes: str) -> list[Tally]:
    """One scenario in several arms."""
    return [replace(tally("a", told), arm=arm) for arm, told in outcomes.items()]


def test_every_arm_has_to_hold_a_threshold_by_itself() -> None:
    found = judged("success>=0.5", *in_arms(calm="ssss", flaky="fffs"))

    assert (found.state, found.value, found.arm, found.place) == ("missed", 0.25, "flaky", "@flaky")
    assert status(*in_arms(calm="ssss", flaky="fffs"), rules=("success>=0.5",)) == 4
    assert status(*in_arms(calm="ssss", flaky="ssff"), rules=("success>=0.5", "a:success>=0.5")) == 0


@pytest.mark.parametrize(
    ("rule", "state", "arm"),
    [
        ("success[calm]>=0.9", "met", "calm"),
        ("success[flaky]<=0.25", "met", "flaky"),
        ("success.low[fl*]>0.5", "missed", "flaky"),
        ("a:pass^2[calm] >= 1", "met", "calm"),
        ("a:violations[flaky]<1", "met", "flaky"),
    ],
)
def test_a_threshold_can_name_its_arm(rule: str, state: str, arm: str) -> None:
    found = judged(rule, *in_arms(calm="ssss", flaky="fffs"))

    assert (found.state, found.arm) == (state, arm)


def test_thresholds_of_arms_that_are_not_there_are_refused() -> None:
    for tallies, hint in ((in_arms(calm="s", flaky="s"), "there are: calm, flaky"), ([tally("a", "s")], "--faults")):
        with pytest.raises(ThresholdError, match="no arm is named 'nope'") as refused:
            refuse_unanswerable([read_threshold("success[nope]>=0.5")], tallies)
        assert hint in str(refused.value.hint)
    for rule in ("success[]>=0.5", "success[a>=0.5", "[a]>=0.5"):
        with pytest.raises(ThresholdError):
            read_threshold(rule)
