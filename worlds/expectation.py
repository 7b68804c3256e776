"""What is expected of a value that was found: in checks, and in questions that rules ask of the world."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from worlds.part import Settings

SHOWN_MAX = 400


class Approx(Settings):
    """A number with its tolerance."""

    value: float = Field(description="The number.")
    within: float = Field(description="How far off a found number may be.", ge=0)


class Expectation(Settings):
    """What must hold of a found value; all that is written must hold. Part of every check."""

    is_: Any = Field(default=None, alias="is", description="The value itself; numbers are compared as numbers.")
    at_least: float | None = Field(default=None, description="The smallest number that will do.")
    at_most: float | None = Field(default=None, description="The largest number that will do.")
    matches: str | None = Field(default=None, description="A regular expression that is found in the value's text.")
    approx: Approx | float | None = Field(
        default=None, description="A number, up to a tolerance (without one: a millionth)."
    )
    rows: list[Any] | None = Field(
        default=None, description="All rows, in order: lists, mappings by column, or single values."
    )

    @field_validator("matches")
    @classmethod
    def _is_a_pattern(cls, text: str | None) -> str | None:
        if text is not None:
            compiled(text)
        return text

    @property
    def expects(self) -> set[str]:
        """Which of the six are written."""
        return {"is" if name == "is_" else name for name in self.model_fields_set & set(Expectation.model_fields)}


class Required(Expectation):
    """An expectation that must be written, because the check has none of its own."""

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if not self.expects:
            raise ValueError("it expects nothing; add one of: is, at_least, at_most, matches, approx, rows")
        return self


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found: one value, and all rows where it looked at a table."""

    value: Any = None
    columns: tuple[str, ...] = ()
    rows: Sequence[Sequence[Any]] = ()
    note: str = ""
    """Why there is no value, in words."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether it is as expected, and both sides in words."""

    passed: bool
    expected: str
    found: str


def judge(expected: Expectation, found: Found, *, finds: Callable[[str, str], bool] | None = None) -> Judgement:
    """Compare what was found with everything that is expected of it; `finds` searches a text for a pattern."""
    tests = {
        "is": lambda: same(expected.is_, plain(found.value)),
        "at_least": lambda: _number(found.value, lambda n: n >= (expected.at_least or 0)),
        "at_most": lambda: _number(found.value, lambda n: n <= (expected.at_most or 0)),
        "matches": lambda: _matches(found.value, expected.matches or "", finds or _finds),
        "approx": lambda: _number(found.value, lambda n: _near(n, expected.approx)),
        "rows": lambda: _same_rows(expected.rows or [], found),
    }
    wanted = [name for name in tests if name in expected.expects]
    words = ", ".join(f"{name} {_shown(_written(expected, name))}" for name in wanted)
    shown = [list(map(plain, row)) for row in found.rows] if "rows" in wanted else plain(found.value)
    return Judgement(all(tests[name]() for name in wanted), words, found.note or _shown(shown))


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern. Raises ValueError with what is wrong with it."""
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None


def same(wanted: Any, value: Any) -> bool:
    """Equality of JSON-like values: 1 is 1.0 but not true."""
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    if isinstance(wanted, Mapping) and isinstance(value, Mapping):
        return wanted.keys() == value.keys() and all(same(wanted[key], value[key]) for key in wanted)
    if isinstance(wanted, list) and isinstance(value, list):
        return len(wanted) == len(value) and all(map(same, wanted, value))
    return bool(wanted == value)


def plain(value: Any) -> Any:
    """A database's value as JSON would write it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime | date | time | timedelta | UUID):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return value


def _matches(value: Any, pattern: str, finds: Callable[[str, str], bool]) -> bool:
    return value is not None and finds(pattern, value if isinstance(value, str) else str(plain(value)))


def _finds(pattern: str, text: str) -> bool:
    return bool(compiled(pattern).search(text))


def _number(value: Any, test: Any) -> bool:
    number = plain(value)
    return isinstance(number, int | float) and not isinstance(number, bool) and bool(test(number))


def _near(number: float, wanted: Approx | float | None) -> bool:
    if isinstance(wanted, Approx):
        return abs(number - wanted.value) <= wanted.within
    return wanted is not None and math.isclose(number, wanted, rel_tol=1e-6, abs_tol=1e-9)


def _same_rows(wanted: list[Any], found: Found) -> bool:
    return len(wanted) == len(found.rows) and all(
        same(row, _like(row, found.columns, found_row)) for row, found_row in zip(wanted, found.rows, strict=True)
    )


def _like(wanted: Any, columns: Sequence[str], row: Sequence[Any]) -> Any:
    """A found row in the shape in which the wanted one is written."""
    if isinstance(wanted, Mapping):
        return {name: plain(value) for name, value in zip(columns, row, strict=True)}
    if isinstance(wanted, list):
        return [plain(value) for value in row]
    return plain(row[0]) if len(row) == 1 else [plain(value) for value in row]


def _written(expected: Expectation, name: str) -> Any:
    value = expected.is_ if name == "is" else getattr(expected, name)
    return value.model_dump() if isinstance(value, Approx) else value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}… ({len(text)} characters)"
