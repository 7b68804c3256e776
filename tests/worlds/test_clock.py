"""Three modes of time, none of which goes back."""

import pytest

from worlds.clock import MS, SECOND, Clock, ClockState, Mode, parse_time, show_time
from worlds.errors import WorldError

START = parse_time("2026-03-02T09:00:00Z")


class Wall:
    """A hand-moved source of real time."""

    def __init__(self) -> None:
        self.ns = 5 * SECOND

    def __call__(self) -> int:
        return self.ns


def clock(mode: Mode, wall: Wall) -> Clock:
    return Clock(ClockState(START, mode), monotonic_ns=wall, wall_ns=wall)


def test_virtual_time_moves_by_a_tick_per_call_and_by_waits_only() -> None:
    wall = Wall()
    time = clock("virtual", wall)

    wall.ns += 60 * SECOND
    assert time.arrive() == START + MS
    assert time.advance(2 * SECOND) == START + MS + 2 * SECOND
    assert time.advance_to(START) == START + MS + 2 * SECOND


def test_flowing_time_counts_real_time_between_calls_but_not_within() -> None:
    wall = Wall()
    time = clock("flowing", wall)

    time.arrive()
    within = time.now_ns
    wall.ns += 3 * SECOND
    assert time.now_ns == within
    time.leave()
    wall.ns += 20 * SECOND
    assert time.arrive() == within + MS + 20 * SECOND


def test_real_time_follows_the_host_and_never_goes_back() -> None:
    wall = Wall()
    wall.ns = START + SECOND
    time = clock("real", wall)

    assert time.now_ns == START + SECOND
    wall.ns -= SECOND
    assert time.now_ns == START + SECOND


def test_a_fork_keeps_its_own_time_and_restore_gives_time_back() -> None:
    wall = Wall()
    time = clock("flowing", wall)
    kept, other = time.state(), time.fork()

    time.advance(SECOND)
    assert other.now_ns == START
    wall.ns += SECOND
    time.restore(kept)
    assert time.arrive() == START + MS


def test_time_cannot_be_advanced_backwards() -> None:
    with pytest.raises(WorldError, match="0 ns or more"):
        clock("virtual", Wall()).advance(-1)


def test_times_are_read_and_shown_in_utc() -> None:
    assert show_time(parse_time("2026-03-02T10:00:00.123+01:00")) == "2026-03-02T09:00:00.123Z"
    assert show_time(parse_time("2026-03-02")) == "2026-03-02T00:00:00.000Z"


def test_calls_side_by_side_do_not_count_the_same_time_twice() -> None:
    wall = Wall()
    time = clock("flowing", wall)

    wall.ns += 20 * SECOND
    time.arrive()
    time.arrive()
    wall.ns += SECOND
    time.leave()

    assert time.now_ns == START + 20 * SECOND + 2 * MS


def test_a_call_that_never_leaves_does_not_make_time_pass_twice() -> None:
    wall = Wall()
    time = clock("flowing", wall)

    wall.ns += 20 * SECOND
    time.arrive()
    wall.ns += SECOND
    assert time.arrive() == START + 21 * SECOND + 2 * MS
