"""Intervals, tests and splits of variance, beside implementations that others wrote, and beside brute force."""

import itertools
import math
import time
from collections.abc import Sequence
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.estimating.bootstrap import CLUSTERS_MAX, bootstrapped
from harness.estimating.distributions import sign_test, student_quantile
from harness.estimating.draws import Draws
from harness.estimating.pair_tests import flipped_signs, holm, mcnemar
from harness.estimating.passing import pass_all_each, pass_at_each, shown_k
from harness.estimating.sensitivity import smallest_mean, smallest_seen
from harness.estimating.variance import split_of_pair, split_of_run
from harness.running.statistics import Cell, wilson
from tests.pace import slowness, undisturbed

# Distributions and tests


@given(st.integers(0, 40), st.integers(1, 40))
def test_wilsons_interval_is_that_of_scipy(successes: int, more: int) -> None:
    trials = successes + more

    expected = stats.binomtest(successes, trials).proportion_ci(method="wilson")

    found = wilson(successes, trials)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


@given(st.integers(0, 300), st.integers(0, 300))
@settings(max_examples=60)
def test_the_exact_mcnemar_test_is_a_binomial_test_of_the_pairs_that_differ(broke: int, mended: int) -> None:
    expected = stats.binomtest(broke, broke + mended).pvalue if broke + mended else 1.0

    assert mcnemar(broke, mended).p == pytest.approx(expected)


def test_thousands_of_pairs_are_tested_exactly_and_at_once() -> None:
    with undisturbed():
        began = time.thread_time()
        found = sign_test(4_800, 5_200)
        seconds = time.thread_time() - began

    assert found == pytest.approx(stats.binomtest(4_800, 10_000).pvalue)
    assert seconds < slowness()


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 9, 30, 99, 200, 1_000])
def test_quantiles_of_student_are_those_of_scipy(freedom: int) -> None:
    assert student_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=2e-3 if freedom > 200 else 1e-9)


@pytest.mark.parametrize("values", [[1.5, -0.5, 2.0, 0.25, 3.0], [1.0] * 6, [0.1, 0.2, -0.3, 0.0], [2.0]])
def test_few_differences_are_flipped_in_every_way(values: list[float]) -> None:
    moved = [value for value in values if value]
    sums = [abs(math.fsum(s * v for s, v in zip(signs, moved, strict=True)))
            for signs in itertools.product((1, -1), repeat=len(moved))]  # fmt: skip
    expected = fmean(one >= abs(math.fsum(moved)) - 1e-9 for one in sums)

    found = flipped_signs(values)

    assert found.p == pytest.approx(expected)
    assert found.name == "exact sign flips"


def test_many_differences_are_flipped_at_random_and_very_many_in_the_limit() -> None:
    values = [((number * 37) % 101 - 45) / 10 for number in range(300)]
    expected = stats.permutation_test(
        (values,), lambda sample, axis: sample.mean(axis), permutation_type="samples", n_resamples=2_000, rng=1,
        vectorized=True,
    ).pvalue  # fmt: skip

    found = flipped_signs(values)

    assert found.p == pytest.approx(expected, abs=0.03)
    assert flipped_signs(values) == found
    assert flipped_signs(values * 5).p < found.p


def test_equal_shares_of_ones_and_minus_ones_flip_to_mcnemars_p() -> None:
    assert flipped_signs([1.0] * 9 + [-1.0]).p == pytest.approx(mcnemar(1, 9).p)


def test_several_tests_are_adjusted_step_by_step() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []
    assert holm([0.9, 0.9]) == [1.0, 1.0]


# The smallest difference


def power(pairs: int, difference: float, apart: float) -> float:
    """The chance that exact McNemar shows a difference, summed over all outcomes by brute force."""
    up, down = (apart + difference) / 2, (apart - difference) / 2
    return math.fsum(
        math.comb(pairs, win)
        * math.comb(pairs - win, lose)
        * up**win
        * down**lose
        * (1 - apart) ** (pairs - win - lose)
        for win in range(pairs + 1)
        for lose in range(min(win, pairs - win) + 1)
        if win > lose and stats.binomtest(lose, win + lose).pvalue < 0.05
    )


@pytest.mark.parametrize(("pairs", "discordant"), [(6, 0), (12, 3), (25, 10)])
def test_the_smallest_difference_has_the_power_that_is_said(pairs: int, discordant: int) -> None:
    found = smallest_seen(pairs, discordant).smallest

    assert found is not None
    assert power(pairs, found, max(found, discordant / pairs)) == pytest.approx(0.8, abs=1e-4)


def test_five_pairs_show_nothing_whatever_they_say() -> None:
    assert smallest_seen(5, 5).smallest is None
    assert smallest_seen(0, 0).smallest is None
    assert smallest_mean([1.0]).smallest is None


def test_the_formula_for_many_pairs_goes_on_where_exact_power_ends() -> None:
    exact, formula = smallest_seen(150, 30), smallest_seen(151, 30)

    assert exact.smallest is not None and formula.smallest is not None
    assert exact.smallest == pytest.approx(formula.smallest, rel=0.08)
    assert "exact" in exact.method and "Connor" in formula.method


def test_more_pairs_see_less() -> None:
    seen = [smallest_seen(pairs, pairs // 5).smallest or 1 for pairs in (10, 30, 100, 300, 1_000)]

    assert seen == sorted(seen, reverse=True)
    assert smallest_mean([0.0, 1.0] * 50).smallest == pytest.approx(2.8016 * math.sqrt(25 / 99) / 10, rel=1e-3)


# The bootstrap


def test_clusters_are_drawn_like_scipy_draws_them() -> None:
    column = [0.1, 0.9, 0.4, 0.75, 0.5, 0.2, 0.95, 0.6, 0.3, 0.85, 0.45, 0.55]
    expected = stats.bootstrap(
        (column,), lambda sample, axis: sample.mean(axis), method="percentile", n_resamples=5_000, rng=1
    ).confidence_interval

    (found,) = bootstrapped([column], [1.0] * len(column))

    wider = math.sqrt(12 / 11) * student_quantile(11) / 1.95996  # expanded for few clusters
    assert found.value == pytest.approx(fmean(column))
    assert found.value - found.low == pytest.approx((found.value - expected.low) * wider, abs=0.02)
    assert found.high - found.value == pytest.approx((expected.high - found.value) * wider, abs=0.02)


def test_intervals_over_families_hold_the_truth_as_often_as_they_say() -> None:
    """Families whose scenarios agree: 100 made runs of 12 families, each with its own chance."""
    draws, held, plain = Draws(5), 0, 0
    for number in range(100):
        chances = draws.indices(f"truth {number}", 12, 1_000)
        cells = [
            Cell(f"f{family}", sum(one < chance for one in draws.indices(f"{number} {family} {each}", 5, 1_000)), 5)
            for family, chance in enumerate(chances) for each in range(4)
        ]  # fmt: skip
        estimate = pass_all_each(cells, [1])[1]
        rate = wilson(sum(cell.successes for cell in cells), sum(cell.trials for cell in cells))
        held += estimate.low <= 0.4995 <= estimate.high
        plain += rate.low <= 0.4995 <= rate.high

    assert 90 <= held <= 99
    assert plain < 75


def test_the_same_run_has_the_same_interval_and_other_draws_nearly_the_same() -> None:
    cells = [Cell(f"f{number}", number % 11, 10) for number in range(40)]

    one, again, other = (pass_at_each(cells, [3], draws)[3] for draws in (Draws(1), Draws(1), Draws(2)))

    assert one == again
    assert one.low != other.low
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.02)


def test_very_many_families_are_told_by_the_limit_of_the_same() -> None:
    values = [((number * 7919) % 1_000) / 1_000 for number in range(CLUSTERS_MAX)]

    (drawn,), (limit,) = (
        bootstrapped([values], [1.0] * CLUSTERS_MAX),
        bootstrapped([values * 2], [1.0] * 2 * CLUSTERS_MAX),
    )

    assert (limit.high - limit.low) * math.sqrt(2) == pytest.approx(drawn.high - drawn.low, rel=0.08)


def test_ten_thousand_episodes_are_summed_up_in_a_moment() -> None:
    cells = [Cell(f"f{number}", (number * 37) % 101, 100) for number in range(100)]
    with undisturbed():
        began = time.thread_time()
        each = shown_k(cells)
        found = [pass_at_each(cells, each), pass_all_each(cells, each)]
        seconds = time.thread_time() - began

    assert seconds < 2 * slowness()
    assert each == [1, 2, 4, 8, 16, 32]
    assert all(0 <= one.low <= one.value <= one.high <= 1 for kind in found for one in kind.values())


@given(st.lists(st.tuples(st.integers(0, 3), st.lists(st.booleans(), min_size=3, max_size=6)), min_size=1, max_size=6))
@settings(max_examples=20, deadline=None)
def test_every_interval_holds_its_figure_and_stays_a_chance(cells: list[tuple[int, list[bool]]]) -> None:
    some = [Cell(f"f{family}", sum(ends), len(ends)) for family, ends in cells]

    for kind in (pass_at_each, pass_all_each):
        for estimate in kind(some, shown_k(some)).values():
            assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
            assert estimate.low < estimate.high


def test_one_scenario_has_the_transformed_interval_of_its_rate() -> None:
    rate, cells = wilson(2, 4), [Cell("f", 2, 4)]

    at, every = pass_at_each(cells, [2])[2], pass_all_each(cells, [2])[2]

    assert (at.low, at.high) == pytest.approx((1 - (1 - rate.low) ** 2, 1 - (1 - rate.high) ** 2))
    assert (every.low, every.high) == pytest.approx((rate.low**2, rate.high**2))


def test_scenarios_that_all_succeed_prove_no_certainty() -> None:
    cells = [Cell(f"f{number}", 5, 5) for number in range(4)]

    assert pass_all_each(cells, [5])[5].low == pytest.approx(wilson(20, 20).low ** 5)


# Where outcomes differ from


def mean_squares(groups: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Between and within groups of equal size, by definition."""
    every = [value for group in groups for value in group]
    size, mean = len(groups[0]), fmean(every)
    between = size * sum((fmean(group) - mean) ** 2 for group in groups) / (len(groups) - 1)
    within = sum((value - fmean(group)) ** 2 for group in groups for value in group) / (len(every) - len(groups))
    return between, within


def test_the_variance_of_a_run_is_split_as_an_analysis_of_variance_does() -> None:
    groups = [[1.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0]]
    between, within = mean_squares(groups)
    f_value = stats.f_oneway(*groups).statistic

    found = split_of_run(groups)

    assert found is not None
    assert between / within == pytest.approx(f_value)
    expected = (between - within) / 4
    assert found.total == pytest.approx(expected + within)
    assert found.parts == {
        "scenarios": pytest.approx(expected / found.total),
        "seeds": pytest.approx(within / found.total),
    }


@pytest.mark.parametrize(
    ("pairs", "source"),
    [
        ([[(1.0, 0.0)] * 4, [(1.0, 0.0)] * 4], "agents"),
        ([[(1.0, 1.0)] * 4, [(0.0, 0.0)] * 4], "scenarios"),
        ([[(1.0, 0.0)] * 4, [(0.0, 1.0)] * 4], "agents by scenario"),
        ([[(1.0, 1.0), (0.0, 0.0)] * 2, [(0.0, 0.0), (1.0, 1.0)] * 2], "seeds"),
        ([[(1.0, 0.0), (0.0, 1.0)] * 2, [(0.0, 1.0), (1.0, 0.0)] * 2], "rest"),
    ],
)
def test_each_source_of_variance_is_named_where_it_is_the_only_one(
    pairs: list[list[tuple[float, float]]], source: str
) -> None:
    found = split_of_pair(pairs)

    assert found is not None
    assert max(found.parts, key=lambda name: found.parts[name]) == source
    assert found.parts[source] > 0.7
    assert sum(found.parts.values()) == pytest.approx(1)


def test_one_trial_of_each_scenario_cannot_tell_seeds_from_scenarios() -> None:
    assert split_of_run([[1.0], [0.0]]) is None
    assert split_of_pair([[(1.0, 0.0)], [(0.0, 0.0)]]) is None
