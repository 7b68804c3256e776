"""The functions of expressions. Each gets the scope and values, and gives null where these make no sense."""

from collections.abc import Callable, Mapping, Sized
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from worlds.clock import SECOND, parse_time, show_time
from worlds.parts.api.expressions.operators import is_number
from worlds.parts.api.expressions.scope import Scope
from worlds.parts.api.spans import parse_span

Function = Callable[..., Any]


def _length(scope: Scope, value: Any) -> Any:
    return len(value) if isinstance(value, Sized) else 0


def _cased(change: Callable[[str], str]) -> Function:
    return lambda scope, value: change(value) if isinstance(value, str) else value


def _absolute(scope: Scope, value: Any) -> Any:
    return abs(value) if is_number(value) else None


def _rounded(scope: Scope, value: Any, digits: Any = 0) -> Any:
    if not is_number(value) or type(digits) is not int:
        return None
    return round(value, digits) if digits > 0 else round(value)


def _picked(choose: Callable[[Any], Any]) -> Function:
    def function(scope: Scope, *values: Any) -> Any:
        numbers = [each for each in values if is_number(each)]
        return choose(numbers) if numbers else None

    return function


def _begins(scope: Scope, text: Any, start: Any) -> bool:
    return isinstance(text, str) and isinstance(start, str) and text.startswith(start)


def _ends(scope: Scope, text: Any, end: Any) -> bool:
    return isinstance(text, str) and isinstance(end, str) and text.endswith(end)


def _text(scope: Scope, value: Any) -> str:
    return spelled(value)


def _chosen(scope: Scope, condition: Any, then: Any, otherwise: Any = None) -> Any:
    return then if condition else otherwise


def _now(scope: Scope, span: Any = "0s") -> str:
    return show_time(_later(scope, span))


def _seconds(scope: Scope, span: Any = "0s") -> int:
    return _later(scope, span) // SECOND


def _milliseconds(scope: Scope, span: Any = "0s") -> int:
    return _later(scope, span) // 1_000_000


def _day(scope: Scope, span: Any = "0s") -> str:
    return show_time(_later(scope, span))[:10]


def _later(scope: Scope, span: Any) -> int:
    back = isinstance(span, str) and span.startswith("-")
    try:
        length_ns = parse_span(span.lstrip("-")) if isinstance(span, str) else 0
    except ValueError:
        length_ns = 0
    return scope.around.now_ns() + (-length_ns if back else length_ns)


def _seconds_of(scope: Scope, value: Any) -> Any:
    """Seconds since the epoch of a time, whatever way it is written."""
    if is_number(value):
        return value
    try:
        return parse_time(value) // SECOND if isinstance(value, str) else None
    except ValueError:
        return None


def _day_of(scope: Scope, value: Any, days: Any = 0) -> Any:
    seconds = _seconds_of(scope, value)
    if seconds is None or type(days) is not int or abs(days) > 100_000 or abs(seconds) > 10**10:
        return None
    return (datetime.fromtimestamp(seconds, tz=UTC) + timedelta(days=days)).date().isoformat()


def _letters(scope: Scope, count: Any = 12) -> str:
    return scope.around.letters(min(max(count, 1), 64) if type(count) is int else 12)


def _without(scope: Scope, items: Any, *gone: Any) -> Any:
    if isinstance(items, Mapping):
        return {key: value for key, value in items.items() if key not in gone}
    return [each for each in items if each not in gone] if isinstance(items, list) else items


FUNCTIONS: Final[Mapping[str, tuple[Function, int, int]]] = {
    "len": (_length, 1, 1),
    "lower": (_cased(str.lower), 1, 1),
    "upper": (_cased(str.upper), 1, 1),
    "abs": (_absolute, 1, 1),
    "round": (_rounded, 1, 2),
    "least": (_picked(min), 1, 20),
    "most": (_picked(max), 1, 20),
    "begins": (_begins, 2, 2),
    "ends": (_ends, 2, 2),
    "text": (_text, 1, 1),
    "if": (_chosen, 2, 3),
    "now": (_now, 0, 1),
    "now_s": (_seconds, 0, 1),
    "now_ms": (_milliseconds, 0, 1),
    "today": (_day, 0, 1),
    "seconds": (_seconds_of, 1, 1),
    "day": (_day_of, 1, 2),
    "letters": (_letters, 0, 1),
    "without": (_without, 2, 20),
}
"""Name to the function and how few and how many arguments it takes."""

BARE: Final = frozenset({"now", "now_s", "now_ms", "today"})
"""Functions that may be named without brackets."""


def spelled(value: Any) -> str:
    """A value inside of a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
