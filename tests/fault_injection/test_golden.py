"""Golden vectors of everything that is drawn: a new Python, another platform and we ourselves must not move them.

Each registered trigger has its patterns here and each registered fault that draws has its draws and what it made of
them; one that has none fails the test.
"""

import asyncio
import inspect
import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from math import nextafter
from pathlib import Path
from statistics import NormalDist
from typing import Any, Final

import pytest

from fault_injection import exact
from fault_injection.fault import Acting, faults
from fault_injection.trigger import triggers
from tests.fault_injection.rules import Run, engine, profile
from tests.fault_injection.test_kinds import GIVEN, scene, told
from tests.sandbox_server.test_faults_of_state import READ, UPDATE, WRITE, content, opened, tried
from worlds.chance import Chance

FILE: Final = Path(__file__).with_name("golden.json")
TRIGGERS: Final[dict[str, list[Any]]] = {
    "always": [True, False],
    "burst": [{"good": "4s", "bad": "2s", "p_bad": 0.7, "p_good": 0.1}, {"good": "3m", "bad": "90s"}, {}],
    "gcra": [{"rate": "2/s", "early": "1s"}, "7/min"],
    "nth": [{"every": 7}, {"first": 3}, [2, 9]],
    "probability": [{"p": 0.4, "scope": scope} for scope in ("attempt", "operation", "tool", "episode")],
    "sequence": [{"steps": "x..x.", "then": "repeat"}, "..x"],
    "token_bucket": [{"rates": "2/s", "size": 3}, ["1/s", "20/min"]],
    "window": [{"length": "2s", "every": "5s"}, {"start": "3s", "length": "1s"}],
}
FAULTS: Final[dict[str, list[dict[str, Any]]]] = {
    "cut_stream": [{"at": at} for at in ("start", "id", "answer", "event")],
    "http_status": [{"body": "json"}, {"status": 429, "body": "json"}],
    "latency": [
        {"lognormal": {"median": 180, "p95": 900}}, {"pareto": {"least": "1s", "alpha": 1.3}, "cap": "10m"},
        {"percentiles": {50: 400, 95: 2_000, 100: 6_000}}, {"fixed": "2s"},
    ],
    "page_broken": [{}, {"how": "repeat"}],
    "schema_drift": [{"how": how} for how in ("rename", "retype", "nest", "drop")],
}  # fmt: skip
"""Settings that are tried beside the defaults, where other settings draw or draw otherwise."""
SEEDS: Final = (7, 2**62 + 1)
DRAWN_HEX: Final = 16


@contextmanager
def watched() -> Iterator[list[list[str]]]:
    """Every draw under the name of a rule, as it is made."""
    drawn: list[list[str]] = []
    raw = Chance.raw

    def noted(self: Chance, stream: str, identity: Any, name: str, *, size: int = 8) -> bytes:
        data = raw(self, stream, identity, name, size=size)
        if stream.endswith("/r"):
            drawn.append([name, data.hex()[:DRAWN_HEX]])
        return data

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Chance, "raw", noted)
        yield drawn


def acted(kind: str, settings: dict[str, Any]) -> list[Any]:
    """What a fault of the state leaves behind in an episode."""
    episode, client = opened({"name": "r", "fault": kind, "with": settings})
    for call in (WRITE, READ, UPDATE):
        asyncio.run(tried(client, call))
    return [content(episode)]


def made_of_fault(kind: str) -> list[dict[str, Any]]:
    """What each of a kind's settings draws, and a digest of what it makes of that; settings that draw nothing aside."""
    made = []
    for settings in FAULTS.get(kind, [GIVEN.get(kind, {})]):
        fault = faults.get(kind).model_validate(settings)
        for seed in SEEDS:
            with watched() as drawn:
                outcome = acted(kind, settings) if isinstance(fault, Acting) else told(fault, scene(fault, seed))
            if drawn or kind == "latency":
                found = [list(each) for each in dict.fromkeys(map(tuple, drawn))]
                made.append({"with": settings, "seed": seed, "drawn": found, "made": _short(outcome)})
    return _as_read(made)


def made_of_trigger(kind: str) -> list[dict[str, Any]]:
    """Which of 80 calls, one every 400 ms, each of a kind's settings hits, and what it says how long to wait."""
    made = []
    for settings in TRIGGERS[kind]:
        for seed in SEEDS:
            run = Run(engine(profile({"name": "r", kind: settings, "fault": "tool_error"}), seed=seed))
            calls = [run.call(at_ms=400 * n, operation=f'{{"n": {n}}}') for n in range(80)]
            hits = "".join("x" if call.fired else "." for call in calls)
            waits = _short([call.matched[0].wait_ms for call in calls])
            made.append({"settings": settings, "seed": seed, "hits": hits, "waits": waits})
    return _as_read(made)


def _as_read(made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads(json.dumps(made))
    return read


def _short(outcome: list[Any]) -> Any:
    """Spans and shares as they are, everything longer by its hash."""
    if len(outcome) == 1 and isinstance(outcome[0], int):
        return outcome[0]
    return sha256(repr(outcome).encode()).hexdigest()[:16]


def golden() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return data


@pytest.mark.parametrize("kind", triggers.names())
def test_every_trigger_hits_what_it_always_hit(kind: str) -> None:
    assert made_of_trigger(kind) == golden()["triggers"][kind]


@pytest.mark.parametrize("kind", faults.names())
def test_every_fault_draws_what_it_always_drew(kind: str) -> None:
    """Also for a kind that draws nothing: then it must not begin to."""
    assert made_of_fault(kind) == golden()["faults"].get(kind, [])


@pytest.mark.parametrize("kind", faults.names())
def test_a_fault_that_can_draw_has_a_vector(kind: str) -> None:
    """What its source says it draws is drawn by one of the settings that are tried."""
    module = inspect.getmodule(faults.get(kind))
    assert module is not None
    names = set(re.findall(r'draws\.[a-z]+\((?:[^()]|\([^()]*\))*f?"([a-z ]+)', inspect.getsource(module)))
    drawn = {name for made in golden()["faults"].get(kind, []) for name, _ in made["drawn"]}

    assert all(any(one.startswith(name.strip()) for one in drawn) for name in names), names


def test_no_vector_is_of_something_that_is_gone() -> None:
    assert set(golden()["faults"]) <= set(faults.names())
    assert sorted(golden()["triggers"]) == triggers.names() == sorted(TRIGGERS)


def test_one_unit_in_the_last_place_moves_no_latency(monkeypatch: pytest.MonkeyPatch) -> None:
    """No platform's logarithm is asked: one that is off by as little as can be changes nothing."""
    expected = made_of_fault("latency")
    for name in ("log", "exp", "sqrt", "pow"):
        real = getattr(math, name)
        if name != "sqrt":  # which IEEE 754 demands to be exact
            monkeypatch.setattr(math, name, lambda *args, real=real: nextafter(real(*args), math.inf))

    assert made_of_fault("latency") == expected
    assert exact.log(2.0).hex() == "0x1.62e42fefa39efp-1" and exact.exp(1.0).hex() == "0x1.5bf0a8b145769p+1"
    assert exact.power(2.0, 0.5).hex() == "0x1.6a09e667f3bcdp+0"
    assert exact.normal_quantile(0.975).hex() == "0x1.f5c0331eeff82p+0"


@pytest.mark.parametrize("share", [1e-300, 1e-12, 1e-4, 0.05, 0.25, 0.5, 0.6, 0.93, 0.975, 0.9999, 1 - 1e-12])
def test_exact_functions_are_those_that_everybody_knows(share: float) -> None:
    for mine, theirs in (
        (exact.log(share), math.log(share)), (exact.exp(share), math.exp(share)),
        (exact.power(share, -0.7), share**-0.7), (exact.normal_quantile(share), NormalDist().inv_cdf(share)),
    ):  # fmt: skip
        assert mine == pytest.approx(theirs, rel=1e-14)
