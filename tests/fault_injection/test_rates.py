"""How often rules fire over ten thousand calls, for every trigger; limits keep their word to the millisecond."""

from collections.abc import Iterable
from itertools import accumulate, groupby, pairwise
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fault_injection.draws import Draws
from fault_injection.trigger import triggers
from fault_injection.triggers.burst import Burst
from tests.fault_injection.rules import Run, engine, profile
from worlds.chance import Chance, Identity

CALLS: Final = 10_000
WIDE: Final = 3.9
"""Standard deviations: one seed in ten thousand lies outside by luck, and ours does not change."""
BY_CHANCE: Final[list[tuple[Any, float, int]]] = [
    ({"probability": 0.01}, 0.01, 10),
    ({"probability": 0.2}, 0.2, 10),
    ({"probability": {"p": 0.5, "scope": "operation"}}, 0.5, 10),
    # one call in a minute: the chain has forgotten by then what it was, so that such calls do not know of each other
    ({"burst": {"good": "20s", "bad": "4s"}}, 4 / 24, 64_000),
    ({"burst": {"good": "9s", "bad": "3s", "p_bad": 0.8, "p_good": 0.1}}, 0.25 * 0.8 + 0.75 * 0.1, 64_000),
]
"""Trigger, the share that is asked for, milliseconds between calls."""
BY_COUNT: Final[list[tuple[dict[str, Any], int]]] = [
    ({"always": True}, CALLS),
    ({"always": False}, 0),
    ({"nth": 7}, 1),
    ({"nth": [1, 5, 9_999, 10_001]}, 3),
    ({"nth": {"first": 40}}, 40),
    ({"nth": {"every": 3}}, 3_333),
    ({"sequence": "..x.x"}, 2),
    ({"sequence": {"steps": "..x.", "then": "repeat"}}, 2_500),
    ({"sequence": {"steps": "..", "then": "hit"}}, CALLS - 2),
    ({"window": {"start": "10s", "length": "5s"}}, 500),
    ({"window": {"length": "1s", "every": "4s"}}, 2_500),
    # 100 seconds of calls: what the limit lets through is what it holds at first and what comes in
    ({"token_bucket": {"rates": "5/s", "size": 20}}, CALLS - 20 - 499),
    ({"token_bucket": ["300/min", "10/s"]}, CALLS - 300 - 499),
    ({"gcra": "5/s"}, CALLS - 500),
    ({"gcra": {"rate": "5/s", "early": "1s"}}, CALLS - 505),
]
"""Trigger, and how many of ten thousand calls it hits, one every 10 ms."""


def ids(rates: Iterable[tuple[Any, ...]]) -> list[str]:
    return [str(rate[0]).replace("'", "") for rate in rates]


def pattern(trigger: dict[str, Any], count: int = CALLS, step_ms: int = 10, seed: int = 7) -> str:
    return Run(engine(profile({"name": "r", **trigger, "fault": "tool_error"}), seed=seed)).pattern(count, step_ms)


def test_every_trigger_is_measured() -> None:
    assert {name for rates in (BY_CHANCE, BY_COUNT) for rate in rates for name in dict(rate[0])} == set(
        triggers.names()
    )


@pytest.mark.parametrize(("trigger", "share", "step_ms"), BY_CHANCE, ids=ids(BY_CHANCE))
def test_chance_fires_as_often_as_asked_within_its_binomial_interval(
    trigger: dict[str, Any], share: float, step_ms: int
) -> None:
    observed = pattern(trigger, step_ms=step_ms).count("x") / CALLS

    assert abs(observed - share) <= WIDE * (share * (1 - share) / CALLS) ** 0.5


@pytest.mark.parametrize(("trigger", "hits"), BY_COUNT, ids=ids(BY_COUNT))
def test_what_counts_or_times_fires_exactly_as_often_as_asked(trigger: dict[str, Any], hits: int) -> None:
    assert pattern(trigger).count("x") == hits


def test_neighbouring_calls_share_no_luck() -> None:
    """Hits after a hit are as frequent as hits in general."""
    hits = pattern({"probability": 0.3})
    after = sum(one + other == "xx" for one, other in pairwise(hits))
    expected = hits.count("x") * 0.3

    assert abs(after - expected) <= WIDE * (expected * 0.7) ** 0.5


def test_spells_are_as_long_as_asked_and_fade_geometrically() -> None:
    """A bad spell goes on with chance 3/4; how long one lasts says nothing of the next."""
    burst = Burst.model_validate({"good": "12s", "bad": "4s"})
    spells = [(bad, len(list(same))) for bad, same in groupby(weather_of(burst, 40_000))]
    for kind, most in ((True, (1, 2, 4, 8, 16)), (False, (1, 6, 12, 24, 60))):
        lengths = [length for bad, length in spells[1:-1] if bad is kind]
        stays = 0.75 if kind else 11 / 12
        for longer in most:
            share = stays**longer
            observed = sum(length > longer for length in lengths) / len(lengths)
            assert abs(observed - share) <= WIDE * (share * (1 - share) / len(lengths)) ** 0.5, (kind, longer)


@pytest.mark.parametrize(
    ("good", "bad"), [("20s", "4s"), ("1s", "1s"), ("1s", "3s"), ("10m", "2m"), ("8m", "8m"), ("30m", "90s")]
)
def test_spells_last_as_long_as_asked_however_long_that_is(good: str, bad: str) -> None:
    burst = Burst.model_validate({"good": good, "bad": bad})
    weather = weather_of(burst, max(4_000, 90 * burst.bad // 1_000, 30 * burst.good // 1_000))
    for kind, wanted_s in ((True, burst.bad / 1_000), (False, burst.good / 1_000)):
        lengths = [len(list(same)) for bad, same in groupby(weather) if bad is kind][1:-1]
        spread = (wanted_s * (wanted_s - 1) / len(lengths)) ** 0.5
        assert abs(sum(lengths) / len(lengths) - wanted_s) <= WIDE * spread + 1e-9, kind


def weather_of(burst: Burst, count: int) -> list[bool]:
    """The states of so many slots, looked at in no order."""
    numbers = sorted(range(count), key=lambda number: number * 7_919 % 10_007)
    seen = {number: burst.is_bad(number, Chance(5), "tried/b") for number in numbers}
    return [seen[number] for number in range(count)]


def test_the_state_of_any_slot_takes_a_bounded_number_of_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Far away, far behind and in the longest of spells; what is said of how long one lasts included."""
    drawn: list[str] = []
    raw = Chance.raw

    def counted(self: Chance, stream: str, identity: Identity, name: str, *, size: int = 8) -> bytes:
        drawn.append(name)
        return raw(self, stream, identity, name, size=size)

    monkeypatch.setattr(Chance, "raw", counted)
    made = engine(profile({"name": "r", "burst": {"good": "1ms", "bad": "366d", "slot": 1}, "fault": "tool_error"}))
    for number, at_ms in enumerate((0, 10**10, 5, 2**36 - 1, 2**36 * 30 + 12_345, 10**13)):
        before = len(drawn)
        assert Run(made).call(at_ms=at_ms, operation=f"[{number}]").matched[0].wait_ms == 256
        assert len(drawn) - before <= 256 + 2 * 36 + 150


LIMITS: Final = st.one_of(
    st.builds(lambda n, per: {"gcra": f"{n}/{per}"}, st.integers(1, 200), st.sampled_from(["s", "min"])),
    st.builds(
        lambda n, per, size: {"token_bucket": {"rates": f"{n}/{per}", "size": size}},
        st.integers(1, 200), st.sampled_from(["s", "min"]), st.integers(1, 5),
    ),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(LIMITS, st.lists(st.integers(0, 3_000), min_size=1, max_size=25))
def test_a_limit_keeps_its_word_to_the_millisecond(limit: dict[str, Any], gaps_ms: list[int]) -> None:
    """Whenever a call is refused: what waits as long as it was told gets through, a millisecond less does not."""
    run = Run(engine(profile({"name": "r", **limit, "fault": "tool_error"})))
    for at_ms in accumulate(gaps_ms):
        fired = run.call(at_ms=at_ms).fired
        if fired:
            wait_ms = fired[0].wait_ms
            assert wait_ms is not None and wait_ms > 0
            early, on_time = Run(run.engine, run.counters), Run(run.engine, run.counters)
            assert early.fires(at_ms=at_ms + wait_ms - 1)
            assert not on_time.fires(at_ms=at_ms + wait_ms)


def test_golden_vectors_of_every_trigger_and_every_kind_of_draw() -> None:
    """A new Python or platform must not move them; neither may we."""
    draws = Draws(Chance(2**62 + 1), "tried/r", Identity("shop.read", b'{"q":"\xc3\xa9"}', 3))
    drawn = [
        draws.unit("fire"), draws.below(10**12, "which"), draws.hex(16, "id"), draws.normal("latency").hex(),
        *(draws.below(bound, "b") for bound in (1, 2, 3, 1_000_003)),
    ]  # fmt: skip

    assert drawn == GOLDEN_DRAWS
    assert {name: pattern(trigger, 40, 400) for name, trigger in GOLDEN_TRIGGERS.items()} == GOLDEN_PATTERNS


GOLDEN_TRIGGERS: Final[dict[str, dict[str, Any]]] = {
    "operation": {"probability": {"p": 0.4, "scope": "operation"}}, "attempt": {"probability": 0.4},
    "burst": {"burst": {"good": "4s", "bad": "2s", "p_bad": 0.7, "p_good": 0.1}},
    "bucket": {"token_bucket": {"rates": "2/s", "size": 3}}, "gcra": {"gcra": {"rate": "2/s", "early": "1s"}},
    "window": {"window": {"length": "2s", "every": "5s"}}, "nth": {"nth": {"every": 7}}, "always": {"always": True},
    "sequence": {"sequence": {"steps": "x..x.", "then": "repeat"}},
}  # fmt: skip
GOLDEN_DRAWS: Final[list[Any]] = [
    0.3447874816152653,
    276716229672,
    "18a9cc93245dcf6b",
    "0x1.0c54d16778b1dp+0",
    0,
    0,
    1,
    24403,
]
GOLDEN_PATTERNS: Final[dict[str, str]] = {
    "operation": "...xx.xx..xx.......xxx.xx.x....x...x.x.x",
    "attempt": "...xx.xx..xx.......xxx.xx.x....x...x.x.x",
    "burst": "...x...............x......x..x.x...x...x",
    "bucket": "...........x....x....x....x....x....x...",
    "gcra": "...........x....x....x....x....x....x...",
    "window": "xxxxx........xxxxx.......xxxxx........xx",
    "nth": "......x......x......x......x......x.....",
    "always": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "sequence": "x..x.x..x.x..x.x..x.x..x.x..x.x..x.x..x.",
}
