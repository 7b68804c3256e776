"""Believable texts, numbers and times for one field, by its schema and name."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final

from worlds.parts.api.document.operation import Schema
from worlds.parts.api.inference.facts import Form
from worlds.parts.api.inference.naming import plain
from worlds.parts.api.seeding.draws import Luck, mixed, salt_of
from worlds.parts.api.seeding.filling import Filling, Make
from worlds.parts.api.seeding.naming import field_maker, host_name, label, uuid_text
from worlds.parts.api.seeding.patterns import text_like
from worlds.parts.sql.believable import number_range, text_maker

_SECOND: Final = 10**9
_DAY: Final = 86_400
_RARELY: Final = re.compile(
    r"delet|disab|archiv|fail|error|cancel|disput|refund|block|suspend|expir|spam|draft|locked|test|private"
)
_EXAMPLES_MIN: Final = 3
_CHOICES_MIN: Final = 2
_LISTS: Final = re.compile(r"one of|possible|values?\b|can be|either|options|valid|allowed|may be", re.IGNORECASE)
_QUOTED: Final = re.compile(r"`\"?([A-Za-z][A-Za-z0-9_-]{1,30})\"?`|\"([A-Za-z][A-Za-z0-9_-]{1,30})\"")
_USUALLY: Final = re.compile(
    r"active|enabled|available|valid|verif|success|paid|visible|public|^ok$|captur|^open|^can_|^has_|complete"
)
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"


def time_text(when_ns: int, form: Form) -> Any:
    """A time as a field writes it."""
    if form == "seconds":
        return when_ns // _SECOND
    if form == "milliseconds":
        return when_ns // 10**6
    when = datetime.fromtimestamp(when_ns // _SECOND, tz=UTC)
    if form == "rfc-2822":
        return format_datetime(when)
    text = when.isoformat()
    return text[:10] if form == "date" else f"{text[:19]}Z"


def time_maker(form: Form, name: str) -> Make:
    """What makes times: those of updates soon after the beginning, what is due later than now."""
    ahead = bool(re.search(r"due|expir|until|next|deadline|renew|available_on|arrival|scheduled", plain(name)))
    key = f"time.{name}"

    def make(filling: Filling) -> Any:
        if ahead:
            when = filling.now_ns + int(filling.luck.unit(key) * 60 * _DAY) * _SECOND
        else:
            gap = min(filling.now_ns - filling.born_ns, 20 * _DAY * _SECOND)
            when = filling.born_ns + int(filling.luck.unit(key) ** 2 * max(gap, 0))
        return time_text(when, form)

    return make


def number_maker(schema: Schema, name: str, whole: bool) -> Make:
    """What makes numbers within the schema's bounds, of a size that the name suggests."""
    low, high = _bounds(schema, name, whole)
    step = schema.get("multipleOf")
    key = f"number.{name}"

    partial = plain(name).startswith("amount_")

    def make(filling: Filling) -> Any:
        value = low + filling.luck.unit(key) ** 2 * (high - low)
        whole_amount = filling.row.get("amount") if partial else None
        if isinstance(whole_amount, int | float):
            value = 0 if _RARELY.search(name) else whole_amount
            return value if (schema.get("minimum") or 0) <= value else low
        if step and step > 0:
            value = -(-low // step) * step + int((value - low) // step) * step
            return int(value) if whole or value == int(value) else value
        return round(value) if whole else round(min(max(value, low), high), 2)

    return make


def _bounds(schema: Schema, name: str, whole: bool) -> tuple[float, float]:
    usual_low, usual_high = number_range(plain(name))
    if whole and re.search(r"amount|price|total|balance|fee|subtotal|cost", plain(name)) and usual_high < 1_000:
        usual_low, usual_high = 199, 24_900  # whole numbers of money are cents
    edge = 1 if whole else 0.01
    low = max(
        (each for each in (schema.get("minimum"), _over(schema.get("exclusiveMinimum"), edge)) if each is not None),
        default=None,
    )
    high = min(
        (each for each in (schema.get("maximum"), _over(schema.get("exclusiveMaximum"), -edge)) if each is not None),
        default=None,
    )
    least = low if low is not None else min(usual_low, high if high is not None else usual_low)
    most = min(usual_high, high) if high is not None else usual_high
    return least, max(most, least)


def _over(value: Any, edge: float) -> Any:
    return None if value is None else value + edge


def flag_maker(name: str) -> Make:
    """What makes booleans: rarely what has gone wrong, mostly what is as it should be."""
    share = 0.06 if _RARELY.search(plain(name)) else 0.85 if _USUALLY.search(plain(name)) else 0.25
    key = f"flag.{name}"
    return lambda filling: filling.luck.unit(key) < share


def choice_maker(choices: Sequence[Any], name: str) -> Make:
    """What chooses, the first more often."""
    options = [each for each in choices if each is not None] or list(choices)
    ordered = sorted(options, key=lambda each: bool(_RARELY.search(str(each).lower())))
    key = f"choice.{name}"
    return lambda filling: ordered[int(filling.luck.unit(key) ** 1.5 * len(ordered))]


def text_field(schema: Schema, name: str, title: str) -> Make:
    """What makes texts: by format, pattern, examples, what the description says, name, and length."""
    by_format = _FORMATS.get(str(schema.get("format", "")))
    if by_format is not None and "pattern" not in schema:
        return _sized(_parted(by_format(name), name), schema)
    examples = [each for each in schema.get("examples", ()) if isinstance(each, str)]
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        return _sized(_patterned(pattern, examples), schema)
    said = told_choices(str(schema.get("description", "")))
    if len(said) >= _CHOICES_MIN:
        return _sized(choice_maker(said, name), schema)
    maker = field_maker(plain(name), title, schema)
    if len(set(examples)) >= _EXAMPLES_MIN or (examples and maker is None):
        return _sized(choice_maker(examples, name), schema)
    return _sized(_parted(maker or label, name), schema)


def _parted(make: Make, name: str) -> Make:
    """With draws of its own for each field, so that two of one resource do not say the same."""
    salt = salt_of(name)

    def parted(filling: Filling) -> Any:
        luck = Luck(mixed(filling.luck.seed, salt))
        now, born, row = filling.now_ns, filling.born_ns, filling.row
        return make(Filling(luck, now, born, filling.number, filling.attempt, row, filling.title))

    return parted


def told_choices(description: str) -> list[str]:
    """The values that a description lists in quotes or backticks, where it clearly lists them."""
    if not _LISTS.search(description):
        return []
    found = [each[0] or each[1] for each in _QUOTED.findall(description[:2_000])]
    return [each for each in dict.fromkeys(found) if each not in ("null", "true", "false", "string")]


def _patterned(pattern: str, examples: Sequence[str]) -> Make:
    def make(filling: Filling) -> Any:
        found = text_like(pattern, filling.luck.part(f"pattern.{filling.attempt}"))
        fits = found is not None and _matches(pattern, found)
        return found if fits else (examples[0] if examples else found or "")

    return make


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return True


def _sized(make: Make, schema: Schema) -> Make:
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    if not low and high is None:
        return make

    def sized(filling: Filling) -> Any:
        text = str(make(filling))
        if len(text) < low:
            more = text or filling.luck.letters(8, _LETTERS, "longer")
            text += (more * (int(low) // len(more) + 1))[: int(low) - len(text)]
        return text if high is None or len(text) <= high else text[: int(high)].rstrip() or text[: int(high)]

    return sized


def _named(words: str) -> Callable[[str], Make]:
    maker = text_maker(words)
    assert maker is not None, words
    return lambda name: lambda filling: maker(filling.draw())


_FORMATS: Final[Mapping[str, Callable[[str], Make]]] = {
    "date-time": lambda name: time_maker("date-time", name),
    "date": lambda name: time_maker("date", name),
    "date-time-rfc-2822": lambda name: time_maker("rfc-2822", name),
    "time": lambda name: (
        lambda filling: f"{filling.luck.below(12, 'hour') + 8:02}:{filling.luck.below(60, 'minute'):02}:00Z"
    ),
    "duration": lambda name: lambda filling: f"P{1 + filling.luck.below(30, 'days')}D",
    "uuid": lambda name: lambda filling: uuid_text(filling.luck, f"uuid.{name}.{filling.attempt}"),
    "guid": lambda name: lambda filling: uuid_text(filling.luck, f"uuid.{name}.{filling.attempt}"),
    "email": _named("email"),
    "idn-email": _named("email"),
    **dict.fromkeys(("uri", "url", "iri", "uri-reference", "iri-reference"), _named("url")),
    "hostname": lambda name: host_name,
    "idn-hostname": lambda name: host_name,
    **dict.fromkeys(("ipv4", "ip"), _named("ip")),
    "ipv6": lambda name: lambda filling: f"2001:db8::{filling.luck.below(65_535, 'ip') + 1:x}",
    **dict.fromkeys(("byte", "base64"), lambda name: lambda filling: filling.luck.letters(16, _LETTERS, name) + "AAAA"),
    "json-pointer": lambda name: lambda filling: "/" + name,
    "uri-template": _named("url"),
    "regex": lambda name: lambda filling: "^[a-z]+$",
    "int64": lambda name: lambda filling: str(1 + filling.luck.below(10**6, name)),
    "decimal": lambda name: (
        lambda filling: f"{1 + filling.luck.below(200, name)}.{filling.luck.below(100, 'cents'):02}"
    ),
}
