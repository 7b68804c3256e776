"""When a replay has to take decisions from the record: calls that were under way at the same time."""

import pytest

from harness.recording.ordering import side_by_side
from harness.trajectory import Step


def steps(*spans: tuple[int, int | None]) -> list[Step]:
    """Steps that arrived and were answered at these times."""
    return [
        Step.model_construct(arrived_ns=arrived, told_ns=told, effect=0, arrival=0, notes={}) for arrived, told in spans
    ]


@pytest.mark.parametrize(
    ("spans", "beside"),
    [
        ([], False),
        ([(1, 2), (2, 3), (5, 9)], False),
        ([(1, 4), (2, 3)], True),
        ([(1, 9), (2, 3), (4, 5)], True),
        ([(5, 9), (1, 6)], True),
        ([(1, None), (7, 8)], True),
        ([(1, 2), (3, None)], False),
    ],
)
def test_calls_are_beside_each_other_when_one_comes_before_the_other_is_answered(
    spans: list[tuple[int, int | None]], beside: bool
) -> None:
    assert side_by_side(steps(*spans)) is beside


@pytest.mark.parametrize(
    ("arrivals", "effects", "beside"),
    [
        ((1, 2, 3), (1, 2, 3), False),
        ((1, 3, 2), (1, 0, 0), True),
        ((1, 3, 2), (2, 1, 3), True),
        ((1, 2, 3), (0, 2, 1), True),
        ((1, 0, 2), (1, 2, 3), False),
    ],
)
def test_calls_of_one_time_are_told_apart_by_their_order(
    arrivals: tuple[int, ...], effects: tuple[int, ...], beside: bool
) -> None:
    made = [
        Step.model_construct(arrived_ns=5, told_ns=5, arrival=arrival, effect=effect, notes={})
        for arrival, effect in zip(arrivals, effects, strict=True)
    ]

    assert side_by_side(made) is beside
