"""Rates as people write them: `30/min`, `5/s`, `100/h`."""

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator

from worlds.clock import SECOND

_RATE: Final = re.compile(r"([1-9][0-9]{0,8})\s*/\s*(s|min|h|d)")
_PERIODS_NS: Final = {"s": SECOND, "min": 60 * SECOND, "h": 3_600 * SECOND, "d": 86_400 * SECOND}


def rate_of(text: Any) -> tuple[int, int]:
    """How many in how many nanoseconds. Raises ValueError."""
    found = _RATE.fullmatch(str(text).strip())
    if found is None:
        raise ValueError(f"{text!r} is no rate; write it like 5/s, 30/min, 100/h or 1000/d")
    return int(found[1]), _PERIODS_NS[found[2]]


def _checked(text: str) -> str:
    rate_of(text)
    return text


Rate = Annotated[str, AfterValidator(_checked)]
"""A number of calls per unit of time."""


def up_to_ms(span_ns: int) -> int:
    """Nanoseconds as whole milliseconds, rounded up: one less would be too early."""
    return -(-span_ns // 1_000_000)
