"""Values that people would believe, by a column's name and type."""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from worlds.parts.sql.bounds import Bounds
from worlds.parts.sql.schema import ColumnInfo

_WORDS: Final = Path(__file__).parents[2] / "words" / "en.json"
_DAYS_BACK: Final = 730


@dataclass(frozen=True, slots=True)
class Draw:
    """The chance of one cell, and what it may look at."""

    unit: Callable[[str], float]
    now_ns: int
    number: int
    attempt: int
    row: Mapping[str, Any]
    """The cells of this row that are filled already."""
    table: str

    def of(self, words: str, name: str = "word") -> str:
        """One word of a list."""
        listed = word_lists()[words]
        return listed[int(self.unit(name) * len(listed))]

    def whole(self, low: int, high: int, name: str = "number") -> int:
        """A whole number from low to high, both included."""
        return low + int(self.unit(name) * (high - low + 1))

    def digits(self, count: int, name: str = "digits") -> str:
        """That many decimal digits."""
        return str(self.whole(0, 10**count - 1, name)).zfill(count)


@cache
def word_lists() -> dict[str, list[str]]:
    """The lists of words by their names."""
    lists: dict[str, list[str]] = json.loads(_WORDS.read_text(encoding="utf-8"))
    return lists


def guess(column: ColumnInfo, bounds: Bounds, draw: Draw) -> Any:
    """A value for a column: by its name where that says something, else by its type."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.name).lower()
    kind = column.declared.upper()
    if bounds.choices:
        return bounds.choices[int(draw.unit("choice") ** 1.5 * len(bounds.choices))]
    if _is_time(name, kind):
        return _time(name, kind, draw)
    if _is_number(kind):
        return _number(name, kind, bounds, draw)
    if "BLOB" in kind or "BYTEA" in kind:
        return bytes(draw.whole(0, 255, f"byte{index}") for index in range(16))
    return _text(name, draw)


def _is_number(kind: str) -> bool:
    return any(word in kind for word in ("INT", "REAL", "DOUB", "FLOA", "NUM", "DEC", "BOOL", "MONEY"))


def _is_time(name: str, kind: str) -> bool:
    if any(word in kind for word in ("DATE", "TIME")):
        return True
    dated = re.search(
        r"(_at|_on|_date|_time|^date|^time|timestamp|birthday|^day)$|^(date|created|updated|placed)$", name
    )
    return bool(dated) and not any(word in kind for word in ("REAL", "BOOL", "BLOB"))


def _time(name: str, kind: str, draw: Draw) -> Any:
    then = _moment(name, draw)
    if "INT" in kind:
        return int(then.timestamp())
    day_only = kind == "DATE" or (not kind.count("TIME") and re.search(r"(_on|_date|^date|day)$", name))
    return f"{then:%Y-%m-%d}" if day_only else f"{then:%Y-%m-%d %H:%M:%S}"


def _moment(name: str, draw: Draw) -> datetime:
    """A time in the past, in shop hours; later than an earlier time in the same row."""
    now = datetime.fromtimestamp(draw.now_ns // 10**9, tz=UTC)
    if "birth" in name:
        return now - timedelta(days=draw.whole(18 * 365, 80 * 365, "age"))
    earlier = _earlier(draw.row)
    if earlier is not None:
        gap = min(timedelta(days=draw.whole(0, 9, "days"), minutes=draw.whole(5, 600, "minutes")), now - earlier)
        return earlier + max(gap, timedelta())
    day = now - timedelta(days=1 + int(draw.unit("day") ** 1.3 * _DAYS_BACK))
    return day.replace(
        hour=draw.whole(8, 20, "hour"), minute=draw.whole(0, 59, "minute"), second=draw.whole(0, 59, "s")
    )


def _earlier(row: Mapping[str, Any]) -> datetime | None:
    found: datetime | None = None
    for value in row.values():
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?", value):
            then = datetime.fromisoformat(value).replace(tzinfo=UTC)
            found = then if found is None or then > found else found
    return found


def _number(name: str, kind: str, bounds: Bounds, draw: Draw) -> Any:
    if "BOOL" in kind or re.match(r"(is|has|was|can)_", name):
        return int(draw.unit("flag") < 0.7)
    whole = "INT" in kind
    low, high = number_range(name)
    low = bounds.low if bounds.low is not None else min(low, bounds.high if bounds.high is not None else low)
    high = bounds.high if bounds.high is not None else max(high, low)
    value = (
        low + draw.unit("amount") ** 2 * (high - low) if name not in _EVEN else low + draw.unit("amount") * (high - low)
    )
    return round(value) if whole else round(value, 2)


_EVEN: Final = {"rating", "stars", "score", "month", "year", "weekday"}
_RANGES: Final[tuple[tuple[str, tuple[float, float]], ...]] = (
    (r"cents", (199, 24_900)),
    (r"price|amount|total|cost|fee|balance|salary|revenue|value|paid", (2.5, 249)),
    (r"qty|quantity|count|units|copies|items", (1, 12)),
    (r"stock|inventory|available", (0, 140)),
    (r"rating|stars", (1, 5)),
    (r"percent|discount", (0, 40)),
    (r"rate|share|ratio", (0, 1)),
    (r"age", (18, 82)),
    (r"year", (1962, 2025)),
    (r"pages", (48, 720)),
    (r"weight|grams", (80, 2400)),
    (r"score|points", (0, 100)),
)


def number_range(name: str) -> tuple[float, float]:
    """The lowest and highest number that a column or field of a name usually holds."""
    return next((span for pattern, span in _RANGES if re.search(pattern, name)), (1, 500))


def _text(name: str, draw: Draw) -> str:
    return (text_maker(name) or _label)(draw)


def text_maker(name: str) -> "Callable[[Draw], str] | None":
    """What makes texts for a column or field of a name (lower case, underscores); None where the name says nothing."""
    return next((make for pattern, make in _TEXTS if re.search(pattern, name)), None)


def _label(draw: Draw) -> str:
    return f"{draw.of('adjective')} {draw.of('noun', 'noun')}"


def _person(draw: Draw) -> str:
    return f"{draw.of('first', 'first')} {draw.of('last', 'last')}"


def _handle(draw: Draw) -> str:
    """first.last of the name in the same row, so that a person's columns agree."""
    row = {key.lower(): value for key, value in draw.row.items() if isinstance(value, str)}
    first, last = row.get("first_name"), row.get("last_name")
    full = (
        f"{first} {last}" if first and last else next((v for k, v in row.items() if k.endswith("name")), _person(draw))
    )
    plain = unicodedata.normalize("NFKD", full.replace("ø", "o").replace("ł", "l")).encode("ascii", "ignore").decode()
    handle = re.sub(r"[^a-z0-9]+", ".", plain.lower()).strip(".")
    return handle + (str(draw.whole(2, 99, "suffix")) if draw.attempt else "")


def _uuid(draw: Draw) -> str:
    text = "".join(f"{draw.whole(0, 65535, f'u{index}'):04x}" for index in range(8))
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _name(draw: Draw) -> str:
    """What `name` means depends on the table."""
    table = draw.table.lower()
    if re.search(r"custom|user|person|people|author|employee|member|contact|staff|patient|student|guest", table):
        return _person(draw)
    if re.search(r"compan|vendor|supplier|publisher|organi|account|client|partner", table):
        return draw.of("company")
    if re.search(r"categor|genre|tag|topic", table):
        return draw.of("category")
    return _label(draw)


_TEXTS: Final[tuple[tuple[str, Callable[[Draw], str]], ...]] = (
    (r"e_?mail", lambda d: f"{_handle(d)}@{d.of('domain')}"),
    (r"user_?name|login|handle", _handle),
    (r"first_?name|given", lambda d: d.of("first")),
    (r"last_?name|surname|family", lambda d: d.of("last")),
    (r"uuid|guid", _uuid),
    (r"phone|mobile|fax", lambda d: f"+44 20 7946 {d.digits(4)}"),
    (r"country_?code", lambda d: d.of("country_code")),
    (r"country", lambda d: d.of("country")),
    (r"city|town", lambda d: d.of("city")),
    (r"street|address", lambda d: f"{d.whole(1, 180)} {d.of('street')}"),
    (r"zip|post_?code|postal", lambda d: d.digits(5)),
    (r"company|organi[sz]ation|supplier|vendor|publisher", lambda d: d.of("company")),
    (r"title", lambda d: d.of("title")),
    (r"isbn", lambda d: f"978-1-{d.digits(4, 'a')}-{d.digits(4, 'b')}-{d.digits(1, 'c')}"),
    (r"sku|code|reference|number", lambda d: f"{d.table[:2].upper()}-{d.digits(6)}"),
    (r"currency", lambda d: d.of("currency")),
    (r"colou?r", lambda d: d.of("color")),
    (r"categor|genre|tag", lambda d: d.of("category")),
    (r"department|team", lambda d: d.of("department")),
    (r"job|role|position|occupation", lambda d: d.of("job")),
    (r"status|state|stage", lambda d: d.of("status")),
    (r"url|link|website", lambda d: f"https://www.{d.of('domain')}/{d.of('noun').lower()}/{d.whole(1, 999)}"),
    (r"(^|_)ip(_|$)", lambda d: f"203.0.113.{d.whole(1, 254)}"),
    (r"hash|token|key|secret", lambda d: _uuid(d).replace("-", "")),
    (r"note|comment|description|body|text|message|memo|summary|reason|detail", lambda d: d.of("sentence")),
    (
        r"author|person|contact|owner|assignee|created_by|customer|client|guest|patient|employee|manager|recipient|sender",
        _person,
    ),
    (r"name", _name),
)
