"""What a column's CHECK constraints and declared type allow, as far as they can be read: lists, bounds, lengths."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from worlds.parts.sql.schema import ColumnInfo

_NUMBER: Final = r"(-?\d+(?:\.\d+)?)"
_TEXT: Final = re.compile(r"'((?:[^']|'')*)'")
_LENGTH: Final = re.compile(r"CHAR\w*\s*\(\s*(\d+)\s*\)|TEXT\s*\(\s*(\d+)\s*\)", re.IGNORECASE)


class _Draws(Protocol):
    def unit(self, name: str) -> float: ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """Values that a column may hold: one of `choices`, or within `low` and `high`, or no longer than `length`."""

    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    length: int | None = None

    def fit(self, value: Any, draw: _Draws) -> Any:
        """The value, or the nearest allowed one."""
        if self.choices and value not in self.choices:
            return self.choices[int(draw.unit("choice") ** 1.5 * len(self.choices))]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._within(value)
        return value[: self.length] if isinstance(value, str) and self.length else value

    def _within(self, value: int | float) -> int | float:
        if self.low is not None and value < self.low:
            value = type(value)(self.low)
        if self.high is not None and value > self.high:
            value = type(value)(self.high)
        return value


def bounds_of(column: ColumnInfo, table_checks: Sequence[str]) -> Bounds:
    """The bounds of a column from its own CHECKs, those of its table that name it, and its declared length."""
    texts = [*([column.check] if column.check else []), *(text for text in table_checks if column.name in text)]
    text = " AND ".join(texts).replace('"', "").replace("[", "").replace("]", "")
    name = rf"\b{re.escape(column.name)}\b"
    found = _LENGTH.search(column.declared)
    return Bounds(
        _choices(name, text),
        _limit(name, text, ">", column),
        _limit(name, text, "<", column),
        int(found.group(1) or found.group(2)) if found else None,
    )


def _choices(name: str, text: str) -> tuple[Any, ...]:
    listed = re.search(rf"(?<!\w){name}\s+IN\s*\(((?:[^()']|'(?:[^']|'')*')*)\)", text, re.IGNORECASE)
    if not listed:
        return ()
    texts = _TEXT.findall(listed.group(1))
    if texts:
        return tuple(item.replace("''", "'") for item in texts)
    numbers = re.findall(_NUMBER, listed.group(1))
    return tuple(float(item) if "." in item else int(item) for item in numbers)


def _limit(name: str, text: str, sign: str, column: ColumnInfo) -> float | None:
    """The strictest literal bound on one side, `col > 0` and `col BETWEEN 1 AND 5` included."""
    step = 1.0 if "INT" in column.declared.upper() else 0.01
    found: list[float] = []
    for strictness, number in re.findall(rf"{name}\s*{sign}(=?)\s*{_NUMBER}", text):
        found.append(float(number) + (0 if strictness else step if sign == ">" else -step))
    between = re.search(rf"{name}\s+BETWEEN\s+{_NUMBER}\s+AND\s+{_NUMBER}", text, re.IGNORECASE)
    if between:
        found.append(float(between.group(1 if sign == ">" else 2)))
    if not found:
        return None
    return max(found) if sign == ">" else min(found)
