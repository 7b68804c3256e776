"""What a comparison of two runs comes to, in plain words."""

from dataclasses import dataclass

from harness.comparing.compared import Compared
from harness.comparing.metric import Metric


@dataclass(frozen=True, slots=True)
class Scale:
    """How figures of a metric are written."""

    is_share: bool

    def value(self, value: float) -> str:
        """A figure: `83 %`, `4.25`."""
        return f"{value * 100:.0f} %" if self.is_share else f"{value:.4g}"

    def gap(self, value: float) -> str:
        """A difference with its sign: `+12 points`."""
        return f"{_points(value, '+')} points" if self.is_share else f"{value:+.4g}"

    def size(self, value: float) -> str:
        """A difference without a sign: `12 points`."""
        return f"{_points(value)} points" if self.is_share else f"{value:.4g}"


def _points(share: float, sign: str = "") -> str:
    """A share in points, with as many digits as it takes to tell a small one from none."""
    digits = 0 if abs(share) >= 0.01 or not share else 1 if abs(share) >= 0.001 else 2
    return f"{round(share * 100, digits) + 0.0:{sign}.{digits}f}"


def chance(p: float) -> str:
    """A probability with what relates it to its p: `= 0.031`, `< 0.001`."""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def scale_of(metric: Metric) -> Scale:
    """How figures of a metric are written."""
    return Scale(metric.is_share)


def conclusion(found: Compared, scale: Scale) -> str:
    """Whether anything was shown, and what not."""
    if not found.values:
        return "Nothing was compared: no pair counts in both runs."
    if found.is_one_run:
        return "A and B are the same run: compared with itself it shows nothing. Name another run."
    if found.shown == "nothing":
        return _nothing(found, scale)
    told = f"Shown: B is {found.shown} than A on these scenarios."
    if found.beyond:
        return f"{told} It is also shown for other scenarios like these."
    return f"{told} Whether it is so on other scenarios like these was not shown."


def _nothing(found: Compared, scale: Scale) -> str:
    least = found.sensitivity.smallest
    told = "Nothing was shown: the runs may be equally good on these scenarios."
    if not found.metric.is_share or least is not None:
        more = f" A true difference below {scale.size(least)} would mostly have gone unseen." if least else ""
        return f"{told}{more}"
    return f"{told} So few pairs could not have shown any difference; run more trials."
