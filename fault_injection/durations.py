"""Spans of time as people write them (`250ms`, `20s`, `2m`, `1h`), in whole milliseconds."""

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

_SPAN: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d)")
_UNITS_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_LETTERS_MAX: Final = 100
"""No span has more letters: longer numbers are no finite ones."""
SPAN_MS_MAX: Final = 366 * 86_400_000


def span_ms(value: Any) -> Any:
    """The milliseconds in a span; numbers are milliseconds already. Raises ValueError."""
    if isinstance(value, bool):
        raise ValueError("a span of time is expected; write it like 250ms, 20s, 2m or 1h")
    if not isinstance(value, str):
        return value
    found = _SPAN.fullmatch(value.strip()) if len(value) <= _LETTERS_MAX else None
    if found is None:
        shown = value if len(value) <= _LETTERS_MAX else f"{value[:_LETTERS_MAX]}..."
        raise ValueError(f"{shown!r} is no span of time; write it like 250ms, 20s, 2m or 1h")
    return round(float(found[1]) * _UNITS_MS[found[2]])


_WRITTEN: Final = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "examples": ["250ms", "20s", "2m"]}]}
Span = Annotated[int, BeforeValidator(span_ms), Field(ge=0, le=SPAN_MS_MAX), WithJsonSchema(_WRITTEN)]
"""Whole milliseconds, written as a number or as a text with a unit."""
