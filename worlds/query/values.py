"""Columns of Python values on their way into DuckDB: what fits a column's type, and the text of what does not."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import orjson

_WHOLE: Final = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT"})
_FLOATING: Final = frozenset({"FLOAT", "DOUBLE"})
_DATE: Final = re.compile(r"\d{4,}-\d\d-\d\d")
_TIMESTAMP: Final = re.compile(r"\d{4,}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00(:?00)?)?)?")
_INT64: Final = 1 << 63
_NOTHING: Final = type(None)
_DIRECT: Final[dict[str, frozenset[type]]] = {
    **dict.fromkeys(_WHOLE, frozenset({int, _NOTHING})),
    **dict.fromkeys(_FLOATING, frozenset({int, float, _NOTHING})),
    "VARCHAR": frozenset({str, _NOTHING}),
    "BOOLEAN": frozenset({bool, _NOTHING}),
}
"""By DuckDB type: the Python types whose values JSON carries there as they are."""


@dataclass(frozen=True, slots=True)
class Packed:
    """One column ready to be loaded: JSON lists, and the SQL that makes values of their elements."""

    carrier: str
    """The DuckDB type of the elements of `values`."""
    values: str
    misfits: str | None = None
    """Texts of what is known not to fit, NULL elsewhere; None where everything fits for certain."""


def pack(type_name: str, values: Sequence[Any]) -> Packed:
    """A column for loading; every value either fits `type_name` exactly or is kept as text beside it."""
    accepted = _DIRECT.get(type_name)
    if accepted is not None and accepted.issuperset(map(type, values)) and not _unusual(type_name, values):
        try:
            return Packed(type_name, orjson.dumps(values).decode())
        except TypeError:  # an integer beyond 64 bits, or half a surrogate pair in a text
            pass
    fits = _fitness(type_name)
    shown = [_shown(type_name, value) for value in values]
    fitting = [text if value is not None and fits(value) else None for value, text in zip(values, shown, strict=True)]
    misfits = [
        text if value is not None and not fits(value) else None for value, text in zip(values, shown, strict=True)
    ]
    return Packed("VARCHAR", orjson.dumps(fitting).decode(), orjson.dumps(misfits).decode())


def loaded(type_name: str, packed: Packed, place: str) -> tuple[str, str | None]:
    """SQL of a column's value, and of its raw text where it may have one; `place` is the carried column."""
    if packed.misfits is None:
        return place, None
    value = f"unhex({place})" if type_name == "BLOB" else f"try_cast({place} as {type_name})"
    return value, f"coalesce({place}m, case when {value} is null then {place} end)"


def _unusual(type_name: str, values: Sequence[Any]) -> bool:
    """Whether JSON would lose something: not-a-number and the infinities have no spelling there."""
    if type_name not in _FLOATING:
        return False
    return not all(map(math.isfinite, filter(None, values)))


def _shown(type_name: str, value: Any) -> str | None:
    """The text of a value: bytes in hex, everything else as `str` has it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.hex()
    return str(value).encode(errors="backslashreplace").decode()


def _fitness(type_name: str) -> Callable[[Any], bool]:
    if type_name in _WHOLE:
        return lambda value: isinstance(value, int) and -_INT64 <= value < _INT64
    if type_name in _FLOATING:
        return lambda value: isinstance(value, int | float | Decimal)
    return _FITNESS.get(type_name, lambda value: not isinstance(value, bytes))


def _is_text(value: Any) -> bool:
    if not isinstance(value, str):
        return not isinstance(value, bytes)
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


_FITNESS: Final[dict[str, Callable[[Any], bool]]] = {
    "VARCHAR": _is_text,
    "BLOB": lambda value: isinstance(value, bytes),
    "BOOLEAN": lambda value: value in (0, 1) if isinstance(value, int) else str(value).lower() in ("true", "false"),
    "DATE": lambda value: bool(_DATE.fullmatch(str(value))),
    "TIMESTAMP": lambda value: bool(_TIMESTAMP.fullmatch(str(value))),
}
"""By DuckDB type: whether a value is of it, where a cast alone would accept more or round."""
