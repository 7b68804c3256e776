"""What faults cost calls that none of them hits: CPU per call with `calm` and with rules that hardly ever fire, against
no faults at all, taking turns as in `benchmarks.calls`."""

import statistics
import tempfile
from contextlib import AsyncExitStack

import uvloop

from benchmarks.calls import CONNECTIONS, ROUNDS, TURN_S, TURNS, modern_call
from benchmarks.measure import Contestant, Row, Spent, take_turns
from benchmarks.stage import stage

CALM_MAX = 1.05
_WATCHFUL = """
profile: watchful
rules:
  - {name: one, probability: 0.0, fault: tool_error}
  - {name: two, probability: 0.0, works: read, fault: stale_read}
  - {name: three, token_bucket: {rates: 999999999/s, per: server}, fault: rate_limited}
"""
"""Three rules, each asked at each call."""


async def measure() -> list[dict[str, Spent]]:
    """What the calls of each round cost each stage."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file, stage() as none, stage(faults="calm") as calm:
        file.write(_WATCHFUL)
        file.flush()
        with stage(faults=file.name) as watchful:
            async with AsyncExitStack() as stack:
                contestants = {}
                for name, running in (("none", none), ("calm", calm), ("watchful", watchful)):
                    call = [modern_call(running.paths["files"], "list_allowed_directories", {})] * CONNECTIONS
                    made = Contestant(running.pid, running.port, call)
                    contestants[name] = await stack.enter_async_context(made)
                return await take_turns(contestants, rounds=ROUNDS, turns=TURNS, seconds=TURN_S)


def rows() -> list[Row]:
    """The rows of the report."""
    seen = uvloop.run(measure())
    calm, watchful = (_ratio(seen, name) for name in ("calm", "watchful"))
    none_us = f"{_cpu_us(seen, 'none'):.0f} us"
    met = calm <= CALM_MAX
    return [
        Row("no-op call with `calm`, against no faults", f"{_cpu_us(seen, 'calm'):.0f} us", none_us, calm,
            f"<= {CALM_MAX:g}x", met),
        Row("the same with three rules that are asked and do not fire", f"{_cpu_us(seen, 'watchful'):.0f} us",
            none_us, watchful),
    ]  # fmt: skip


def _ratio(seen: list[dict[str, Spent]], name: str) -> float:
    return statistics.median(spent[name].cpu_us / spent["none"].cpu_us for spent in seen)


def _cpu_us(seen: list[dict[str, Spent]], name: str) -> float:
    return statistics.median(spent[name].cpu_us for spent in seen)
