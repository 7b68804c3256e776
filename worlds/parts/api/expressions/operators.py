"""What joins values in expressions. Values that do not go together give null, or false."""

from collections.abc import Callable, Mapping
from typing import Any, Final

_NUMBER_MAX: Final = 10**18
_LENGTH_MAX: Final = 100_000


def figure(what: str, values: list[Any]) -> Any:
    """The sum of the numbers among some values; the most or least of those that can be compared."""
    numbers = [each for each in values if is_number(each)]
    if what == "sum":
        return bounded(sum(numbers))
    alike = numbers or [each for each in values if isinstance(each, str)]
    if not alike:
        return None
    return max(alike) if what == "max" else min(alike)


def is_number(value: Any) -> bool:
    """Whether a value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def bounded(number: Any) -> Any:
    """The number, or null where it is beyond what services count with."""
    return number if abs(number) <= _NUMBER_MAX else None


def _counted(reckon: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda a, b: bounded(reckon(a, b)) if is_number(a) and is_number(b) else None


def _compared(judge: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def both(a: Any, b: Any) -> bool:
        alike = (is_number(a) and is_number(b)) or (isinstance(a, str) and isinstance(b, str))
        return alike and judge(a, b)

    return both


def equal(a: Any, b: Any) -> bool:
    """Equality that does not take true for 1."""
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


def _plus(a: Any, b: Any) -> Any:
    if isinstance(a, str) and isinstance(b, str):
        return (a + b)[:_LENGTH_MAX]
    if isinstance(a, list) and isinstance(b, list):
        return (a + b)[:_LENGTH_MAX]
    return bounded(a + b) if is_number(a) and is_number(b) else None


def _within(a: Any, b: Any) -> bool:
    if isinstance(b, str):
        return isinstance(a, str) and a in b
    return isinstance(b, list | tuple | Mapping) and any(equal(a, each) for each in b)


def _divided(a: Any, b: Any) -> Any:
    if not b:
        return None
    return a // b if isinstance(a, int) and isinstance(b, int) and a % b == 0 else a / b


JOINED: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": _plus,
    "-": _counted(lambda a, b: a - b),
    "*": _counted(lambda a, b: a * b),
    "/": lambda a, b: _divided(a, b) if is_number(a) and is_number(b) else None,
    "%": _counted(lambda a, b: a % b if b else 0),
    "=": equal,
    "!=": lambda a, b: not equal(a, b),
    "<": _compared(lambda a, b: a < b),
    "<=": _compared(lambda a, b: a <= b),
    ">": _compared(lambda a, b: a > b),
    ">=": _compared(lambda a, b: a >= b),
    "in": _within,
    "not in": lambda a, b: not _within(a, b),
}
