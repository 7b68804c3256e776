"""Ids in a service's own style, times in its own form."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from worlds.clock import SECOND
from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.engine.refused import Issue, Refused
from worlds.parts.api.engine.store import Store
from worlds.parts.api.inference import Stamp
from worlds.parts.api.places import has, value_at, with_value
from worlds.parts.api.seeding.draws import Luck
from worlds.parts.api.seeding.patterns import text_like
from worlds.records import Record

_TRIES: Final = 1_000
_SMALL: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_TELLING: Final = ("name", "slug", "login", "key", "title", "code", "email", "metadata.generateName")


def identified(kind: Kind, record: Record, store: Store) -> Record:
    """The record with an id of its own. Raises Refused where the caller has to name it and did not."""
    if kind.collection.single or not kind.id_field:
        return record
    if kind.style.kind == "name" and has(record, kind.id_field) and value_at(record, kind.id_field):
        return record
    for _ in range(_TRIES):
        named = with_value(record, kind.id_field, _minted(kind, record, store))
        if store.records.get(kind.name, kind.key_of(named)) is None:
            return dict(named)
    raise Refused("broken", notes={"no_free_id": kind.name})


def _minted(kind: Kind, record: Record, store: Store) -> Any:
    style = kind.style
    if style.kind == "integer":
        number = store.counted(counter_of(kind, record), style.start)
        return f"{style.prefix}{number}" if style.text else number
    if style.kind == "uuid":
        return _uuid(store.drawn(kind.name, 16))
    if style.kind == "name":
        return _made_name(kind, record, store)
    if style.pattern and not style.length:
        return _patterned(style.pattern, kind, store)
    alphabet = style.alphabet or {"hex": "0123456789abcdef", "digits": "123456789"}.get(style.kind, "")
    letters = store.drawn_letters(kind.name, style.length or 14, *([alphabet] if alphabet else []))
    value = style.prefix + letters
    return int(value) if style.kind == "digits" and not style.text else value


def _patterned(pattern: str, kind: Kind, store: Store) -> str:
    """An id that fits the document's own pattern; the time of its making where that would do, as in chats."""
    timed = f"{store.moment.now_ns // SECOND}.{store.drawn_letters(kind.name, 6, '0123456789')}"
    if re.fullmatch(pattern.removeprefix("^").removesuffix("$"), timed):
        return timed
    text = text_like(pattern, Luck(int.from_bytes(store.drawn(kind.name, 8), "big")))
    return text or store.drawn_letters(kind.name, 14)


def counter_of(kind: Kind, record: Record) -> str:
    """The counter of a collection's integers: one for each parent where ids are counted so."""
    rule = kind.rules.id
    if rule and rule.per:
        return f"{kind.name}/{value_at(record, rule.per)}"
    if kind.is_global:
        return kind.name
    return "/".join([kind.name, *(str(value_at(record, key.field)) for key in kind.collection.keys if key.collection)])


def _uuid(raw: bytes) -> str:
    return str(UUID(bytes=raw, version=4))


def _made_name(kind: Kind, record: Record, store: Store) -> str:
    """A name from what the resource says of itself, as services do that do not ask for one."""
    for place in _TELLING:
        text = value_at(record, place)
        if place != kind.id_field and isinstance(text, str) and text:
            base = _slug(text.partition("@")[0]) or kind.title
            taken = store.get(kind.name, kind.key_of(with_value(record, kind.id_field, base))) is not None
            free = not taken and not place.endswith("generateName")
            return base if free else f"{base.rstrip('-')}-{store.drawn_letters(kind.name, 5, _SMALL)}"
    if kind.id_field in kind.required or "." in kind.id_field:
        raise Refused("invalid", issues=(Issue(kind.id_field, "missing_field", f"{kind.id_field} is required"),))
    return f"{kind.title}-{store.drawn_letters(kind.name, 8, _SMALL)}"


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]


def stamped(kind: Kind, record: Record, now_ns: int, on: tuple[str, ...]) -> Record:
    """The record with the times that are kept of these occasions."""
    for stamp in kind.stamps:
        if stamp.on in on and "[" not in stamp.field:
            record = with_value(record, stamp.field, time_as(stamp, now_ns))
    return record


def time_as(stamp: Stamp, now_ns: int) -> Any:
    """A time in the form of a field."""
    if stamp.form == "seconds":
        return now_ns // SECOND
    if stamp.form == "milliseconds":
        return now_ns // 1_000_000
    then = datetime.fromtimestamp(now_ns // SECOND, tz=UTC)
    return f"{then:%Y-%m-%d}" if stamp.form == "date" else f"{then:%Y-%m-%dT%H:%M:%SZ}"


def numbers_in(kind: Kind, record: Mapping[str, Any]) -> tuple[str, int] | None:
    """The counter and the number that a resource from outside has used up."""
    value = value_at(record, kind.id_field) if kind.id_field else None
    if kind.style.kind != "integer":
        return None
    digits = str(value).removeprefix(kind.style.prefix)
    return (counter_of(kind, record), int(digits)) if digits.isdecimal() else None
