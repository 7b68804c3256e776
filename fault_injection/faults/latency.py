"""Calls take time: always the same, or drawn from a long-tailed distribution."""

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import Field, model_validator

from fault_injection.durations import Span
from fault_injection.exact import exp, log, normal_quantile, power
from fault_injection.fault import Waiting, fault
from fault_injection.scene import Scene
from worlds.part import Settings


class Lognormal(Settings):
    """A body like that of most services: half of the calls are faster than the median."""

    median: Span = Field(description="Half of the calls take less.", ge=1)
    p95: Span = Field(description="95 % take less.", ge=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.p95 <= self.median:
            raise ValueError("p95 must be longer than the median")
        return self


class Pareto(Settings):
    """A heavy tail: most calls are fast, a few take very long."""

    least: Span = Field(description="No call takes less.", ge=1)
    alpha: float = Field(1.5, description="The smaller, the heavier the tail.", gt=0.1, le=20)


@fault("latency")
class Latency(Waiting):
    """Calls take time: always the same, or drawn from a long-tailed distribution."""

    slow: ClassVar[str] = "fixed"
    recovery: ClassVar[str] = "Wait; do other things meanwhile where that is possible."
    fixed: Span | None = Field(None, description="Always so long.")
    lognormal: Lognormal | None = Field(None, description="Drawn by median and 95th percentile.")
    pareto: Pareto | None = Field(None, description="Drawn from a heavy tail.")
    percentiles: Mapping[int, Span] | None = Field(
        None, description="Drawn along a table of percentiles, such as {50: 100ms, 95: 1s, 100: 8s}.", min_length=1
    )
    cap: Span = Field(60_000, description="No call takes longer.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if [self.fixed, self.lognormal, self.pareto, self.percentiles].count(None) != 3:
            raise ValueError("give one of: fixed, lognormal, pareto, percentiles")
        table = sorted((self.percentiles or {}).items())
        if any(not 0 <= share <= 100 for share, _ in table) or [span for _, span in table] != sorted(
            span for _, span in table
        ):
            raise ValueError("percentiles lie between 0 and 100 and do not fall")
        return self

    def wait_ms(self, scene: Scene) -> int:
        """One variate from one uniform, in whole milliseconds; each step is exact (`fault_injection.exact`)."""
        return min(self.cap, max(0, round(self._drawn(scene))))

    def _drawn(self, scene: Scene) -> float:
        if self.lognormal is not None:
            sigma = log(self.lognormal.p95 / self.lognormal.median) / normal_quantile(0.95)
            return self.lognormal.median * exp(sigma * scene.draws.normal("latency"))
        if self.pareto is not None:
            return self.pareto.least * power(1 - scene.draws.unit("latency"), -1 / self.pareto.alpha)
        if self.percentiles is not None:
            return _along(sorted(self.percentiles.items()), 100 * scene.draws.unit("latency"))
        return float(self.fixed or 0)


def _along(table: list[tuple[int, int]], share: float) -> float:
    """Linear between the points of a table, which begins at no time at all."""
    below, low = 0.0, 0.0
    for above, high in table:
        if share <= above:
            return low + (high - low) * (share - below) / (above - below) if above > below else float(high)
        below, low = float(above), float(high)
    return low
