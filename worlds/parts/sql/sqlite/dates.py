"""Dates before SQLite 3.46: a day that its month does not have is echoed, as long as nothing is added to it."""

import re
from calendar import monthrange
from collections.abc import Callable
from typing import Any, Final

Builtin = Callable[..., Any]
_PLAIN: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_TIMED: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d")
_OVERLONG: Final = re.compile(r"(-?\d{4})-(\d\d)-(29|30|31)([ T][ T:.\d]*)?Z?\s*")
_SPECIFIER: Final = re.compile(r"%.|[^%]+", re.DOTALL)
_NOTHING: Final = "+0 days"
"""A modifier that changes nothing: it reaches the engine's own function, which takes any number of modifiers."""


def old_date(builtin: Builtin) -> Callable[[Any], Any]:
    """`date(X)`."""

    def date(value: Any) -> Any:
        if isinstance(value, str):
            found = _PLAIN.fullmatch(value)
            if found and _is_day(found):
                return value
            if overlong := _overlong(value):
                shown = builtin("date", _valid(value, overlong), _NOTHING)
                return shown and f"{shown[:-2]}{overlong[3]}"
        return builtin("date", value, _NOTHING)

    return date


def old_datetime(builtin: Builtin) -> Callable[[Any], Any]:
    """`datetime(X)`."""

    def datetime(value: Any) -> Any:
        if isinstance(value, str):
            found = _TIMED.fullmatch(value)
            if found and _is_day(found):
                return value
            if overlong := _overlong(value):
                shown = builtin("datetime", _valid(value, overlong), _NOTHING)
                return shown and f"{shown[:-11]}{overlong[3]}{shown[-9:]}"
        return builtin("datetime", value, _NOTHING)

    return datetime


def old_strftime(builtin: Builtin) -> Callable[[Any, Any], Any]:
    """`strftime(F, X)`: what is not a day, month or year is computed from the date that was meant."""

    def strftime(form: Any, value: Any) -> Any:
        overlong = _overlong(value) if isinstance(value, str) and isinstance(form, str) else None
        if overlong is None:
            return builtin("strftime", form, value, _NOTHING)
        echoed = {"%d": overlong[3], "%m": overlong[2], "%Y": overlong[1]}
        parts = (echoed.get(part) or builtin("strftime", part, value, _NOTHING) for part in _SPECIFIER.findall(form))
        found = list(parts)
        return None if None in found else "".join(found)

    return strftime


def _is_day(found: re.Match[str]) -> bool:
    """Whether year, month and day make a date as it stands."""
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    return year > 0 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def _overlong(value: str) -> re.Match[str] | None:
    """The pieces of a date whose month has fewer days."""
    found = _OVERLONG.fullmatch(value)
    if found is None or not 1 <= int(found[2]) <= 12:
        return None
    year = abs(int(found[1])) or 4
    return found if int(found[3]) > monthrange(year, int(found[2]))[1] else None


def _valid(value: str, overlong: re.Match[str]) -> str:
    """The same with a day that every month has."""
    return f"{value[: overlong.start(3)]}28{value[overlong.end(3) :]}"
