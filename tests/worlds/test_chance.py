"""Draws are pure functions of their keys, and pinned: a new platform cannot move them unseen."""

from hypothesis import given
from hypothesis import strategies as st

from worlds.chance import NOBODY, Chance, Identity

CALL = Identity("billing.create_refund", b'{"charge":"ch_501"}', 1)


def test_draws_are_the_ones_that_were_pinned() -> None:
    chance = Chance(7)

    assert chance.raw("faults", CALL, "fire").hex() == "9fad780e87c68f04"
    assert chance.unit("faults", CALL, "fire") == 0.6237406764483017
    assert chance.below(1000, "faults", CALL, "variant") == 183
    assert chance.hex(32, "server", CALL, "temporary") == "c2204e3a40542223d9b6b82ed39ce5db"
    assert chance.derive("trial", 3).seed == 10797728302730268523


@given(st.integers(), st.text(), st.binary(max_size=40), st.integers(1, 9))
def test_a_unit_draw_lies_between_zero_and_one(seed: int, tool: str, arguments: bytes, attempt: int) -> None:
    assert 0.0 <= Chance(seed).unit("any", Identity(tool, arguments, attempt), "fire") < 1.0


def test_every_piece_of_the_key_matters() -> None:
    base = Chance(1).raw("s", CALL, "n")
    others = [
        Chance(2).raw("s", CALL, "n"),
        Chance(1).raw("t", CALL, "n"),
        Chance(1).raw("s", CALL, "m"),
        Chance(1).raw("s", Identity(CALL.tool, CALL.arguments, 2), "n"),
        Chance(1).raw("s", Identity(CALL.tool, b"{}", 1), "n"),
        Chance(1).raw("s", NOBODY, "n"),
    ]

    assert len({base, *others}) == 7


def test_raising_a_probability_only_adds_firings() -> None:
    draws = [Chance(5).unit("s", Identity("t", b"{}", n), "fire") for n in range(500)]
    fired = [{n for n, u in enumerate(draws) if u < p} for p in (0.1, 0.2, 0.5)]

    assert fired[0] < fired[1] < fired[2]
    assert 200 < len(fired[2]) < 300
