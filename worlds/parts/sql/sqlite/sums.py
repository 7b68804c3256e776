"""Sums before SQLite 3.43: floats are simply added, and what is lost on the way shows."""

import re
from collections.abc import Callable
from typing import Any, Final

import apsw

_INTEGER: Final = re.compile(r"\s*[+-]?\d{1,18}\s*")
_REAL: Final = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_INT64: Final = 1 << 63


class _Sum:
    """What one group, or one window, comes to."""

    __slots__ = ("_approximate", "_count", "_overflown", "_real", "_whole")

    def __init__(self) -> None:
        self._count = 0
        self._real = 0.0
        self._whole = 0
        self._approximate = self._overflown = False

    def step(self, value: Any) -> None:
        """One more value."""
        if type(value) is not int and type(value) is not float:
            if value is None:
                return
            value = _numeric(value)
        self._count += 1
        self._real += value
        if type(value) is not int:
            self._approximate = True
        elif not self._approximate:
            self._whole += value
            if not -_INT64 <= self._whole < _INT64:
                self._approximate = self._overflown = True

    def inverse(self, value: Any) -> None:
        """A value leaves the window."""
        if value is None:
            return
        value = value if type(value) in (int, float) else _numeric(value)
        self._count -= 1
        self._real -= value
        if type(value) is int and not self._approximate:
            self._whole -= value

    def final(self) -> Any:
        """`sum`: of integers an integer. Raises SQLError where that does not fit 64 bits."""
        if self._overflown:
            raise apsw.SQLError("integer overflow")
        if not self._count:
            return None
        return self._real if self._approximate else self._whole

    def value(self) -> Any:
        """The same while the window moves on."""
        return self.final()


class _Average(_Sum):
    """`avg`."""

    __slots__ = ()

    def final(self) -> Any:
        """The real sum by the count."""
        return self._real / self._count if self._count else None


class _Total(_Sum):
    """`total`."""

    __slots__ = ()

    def final(self) -> Any:
        """The real sum, 0.0 of nothing."""
        return self._real


OLD_SUMS: Final[dict[str, Callable[[], _Sum]]] = {"sum": _Sum, "avg": _Average, "total": _Total}
"""Aggregates by name."""


def _numeric(value: Any) -> int | float:
    """A text or blob as a number: an integer only where it is one from end to end."""
    text = value if isinstance(value, str) else bytes(value).decode(errors="replace")
    if isinstance(value, str) and _INTEGER.fullmatch(text):
        return int(text)
    found = _REAL.match(text)
    return float(found[0]) if found else 0.0
