"""Spans of time as people write them: `90s`, `5m`, `24h`, `7d`, `250ms`."""

import re
from typing import Final

_SPAN: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_UNITS_NS: Final = {
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
}


def parse_span(text: str) -> int:
    """Nanoseconds of a span. Raises ValueError with what would be accepted."""
    found = _SPAN.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no span of time; write it like 250ms, 90s, 5m, 24h or 7d")
    return round(float(found[1]) * _UNITS_NS[found[2]])
