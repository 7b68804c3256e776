"""Decimal places before SQLite 3.43: half a unit of the last place was rounded up, as people write numbers."""

import re
from collections.abc import Callable
from fractions import Fraction
from math import frexp, isinf
from typing import Any, Final

Builtin = Callable[..., Any]
_FIXED: Final = re.compile(r"([^%]*)%\.(\d{1,2})f([^%]*)")
_NUDGE: Final = Fraction(3, 10**16)
_NUDGED_DIGITS: Final = 15
_WHOLE_ABOVE: Final = 2**52
_PLACES_MAX: Final = 30


def old_round(value: Any, places: Any) -> Any:
    """`round(X, Y)`."""
    if value is None or places is None:
        return None
    number = _number(value)
    digits = min(max(int(_number(places)), 0), _PLACES_MAX)
    if abs(number) > _WHOLE_ABOVE or isinf(number):
        return number
    return float(Fraction(units(number, digits), 10**digits))


def old_printf(builtin: Builtin) -> Callable[[Any, Any], Any]:
    """`printf(F, X)`, where the format is one number with a fixed count of decimal places."""

    def printf(form: Any, value: Any) -> Any:
        found = _FIXED.fullmatch(form) if isinstance(form, str) and isinstance(value, int | float) else None
        if found is None or abs(value) > _WHOLE_ABOVE:
            return builtin("printf", form, value, None)
        places = int(found[2])
        digits = str(abs(units(float(value), places))).rjust(places + 1, "0")
        number = f"{digits[: len(digits) - places]}.{digits[len(digits) - places :]}".rstrip(".")
        return f"{found[1]}{'-' if value < 0 else ''}{number}{found[3]}"

    return printf


def units(number: float, places: int) -> int:
    """How many units of a decimal place a number has, rounded.

    Before half a unit is added and the rest cut off, a number that has digits to spare is made larger by 3e-16 of
    itself, so that 1.005 (a little less, in binary) becomes 1.01.
    """
    exact = abs(Fraction(number))
    nudge = exact * _NUDGE if places + int((frexp(number)[1] - 1) / 3) < _NUDGED_DIGITS else Fraction(0)
    unit = 10**places
    count = int((exact + nudge + Fraction(1, 2 * unit)) * unit)
    return -count if number < 0 else count


def _number(value: Any) -> float:
    """A value as SQLite reads it as a number: a text by its beginning."""
    if isinstance(value, int | float):
        return float(value)
    text = value if isinstance(value, str) else bytes(value).decode(errors="replace")
    found = re.match(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text)
    return float(found[0]) if found else 0.0
