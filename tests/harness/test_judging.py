"""Expectations, final answers and intervals."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.check import Check, Evidence
from harness.checks.said import SaidCheck, numbers
from harness.running.statistics import wilson
from worlds.expectation import Expectation, Found, judge

PASSES: list[tuple[dict[str, Any], Any]] = [
    ({"is": 1}, 1.0),
    ({"is": 1}, Decimal("1.00")),
    ({"is": None}, None),
    ({"is": "a"}, "a"),
    ({"is": {"a": [1, 2.0]}}, {"a": [1.0, 2]}),
    ({"at_least": 2, "at_most": 3}, 3),
    ({"matches": "b+$"}, "aabb"),
    ({"matches": "^12$"}, 12),
    ({"approx": {"value": 10, "within": 0.5}}, 10.5),
    ({"approx": 1_000_000}, 1_000_000.5),
]
FAILS: list[tuple[dict[str, Any], Any]] = [
    ({"is": 1}, True),
    ({"is": True}, 1),
    ({"is": "1"}, 1),
    ({"is": 1}, None),
    ({"is": [1, 2]}, [1]),
    ({"is": [1]}, [True]),
    ({"at_least": 2, "at_most": 3}, 4),
    ({"at_least": 0}, None),
    ({"at_least": 0}, "3"),
    ({"at_least": 0}, True),
    ({"matches": ""}, None),
    ({"approx": {"value": 10, "within": 0.5}}, 10.6),
    ({"is": 1, "at_most": 0}, 1),
]


@pytest.mark.parametrize(("expected", "value"), PASSES)
def test_values_that_will_do(expected: dict[str, Any], value: Any) -> None:
    assert judge(Expectation.model_validate(expected), Found(value)).passed


@pytest.mark.parametrize(("expected", "value"), FAILS)
def test_values_that_will_not_do(expected: dict[str, Any], value: Any) -> None:
    assert not judge(Expectation.model_validate(expected), Found(value)).passed


@pytest.mark.parametrize("rows", [[[1, "a"], [2, "b"]], [{"n": 1, "t": "a"}, {"n": 2.0, "t": "b"}]])
def test_rows_are_compared_as_they_are_written(rows: list[Any]) -> None:
    found = Found(1, ("n", "t"), [(1, "a"), (Decimal(2), "b")])

    assert judge(Expectation.model_validate({"rows": rows}), found).passed
    assert not judge(Expectation.model_validate({"rows": rows[::-1]}), found).passed
    assert not judge(Expectation.model_validate({"rows": rows[:1]}), found).passed


def test_rows_of_one_column_may_be_written_as_values() -> None:
    assert judge(Expectation.model_validate({"rows": ["a", "b"]}), Found("a", ("t",), [("a",), ("b",)])).passed


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,200.50 euros", [1200.5]),
        ("between 3 and -4", [3, -4]),
        ("on 2026-03-06", [2026, 3, 6]),
        ("order ch_501, B2B", []),
        ("12345.67.", [12345.67]),
        ("", []),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, found: list[float]) -> None:
    assert numbers(text) == found


@pytest.mark.parametrize(
    ("said", "answer", "passed"),
    [
        ({"matches": "6 March"}, "It arrives by 6 March.", True),
        ({"matches": ["a", "b"]}, "a", False),
        ({"matches": "a", "not_matches": "b"}, "a and b", False),
        ({"number": 1200}, "It is 1,200.00 in all.", True),
        ({"number": 1200, "within": 0.5}, "1200.4", True),
        ({"number": 1200}, "1201", False),
        ({"number": 3, "numbers_max": 3}, "1 2 3 4", False),
        ({"matches": ""}, None, False),
    ],
)
def test_final_answers(said: dict[str, Any], answer: str | None, passed: bool) -> None:
    check = Check("told", "said", SaidCheck.model_validate({"said": said}))
    nowhere: Any = None

    result = check.evaluate(Evidence(nowhere, nowhere, (), answer))

    assert (result.verdict == "passed") is passed


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_intervals_are_those_of_the_literature(successes: int, trials: int, low: float, high: float) -> None:
    rate = wilson(successes, trials)

    assert (round(rate.low, 4), round(rate.high, 4)) == (low, high)


@given(st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_intervals_hold_the_share_and_stay_within_bounds(pair: tuple[int, int]) -> None:
    rate = wilson(*pair)

    assert 0 <= rate.low <= rate.value <= rate.high <= 1 or pair[1] == 0
