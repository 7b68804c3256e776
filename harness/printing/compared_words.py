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
        return f"{value * 100:+.0f} points" if self.is_share else f"{value:+.4g}"

    def size(self, value: float) -> str:
        """A difference without a sign: `12 points`."""
        return f"{value * 100:.0f} points" if self.is_share else f"{value:.4g}"


def scale_of(metric: Metric) -> Scale:
    """How figures of a metric are written."""
    return Scale(metric.is_share)


def conclusion(found: Compared, scale: Scale) -> str:
    """Whether anything was shown, and what not."""
    if not found.values:
        return "Nothing was compared: no pair counts in both runs."
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
