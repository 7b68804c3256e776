"""Which resources a list's query asks for."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from worlds.parts.api.document import Document
from worlds.parts.api.engine.filling import types_of
from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.engine.refused import Issue, Refused
from worlds.parts.api.expressions.functions import spelled
from worlds.parts.api.inference import Listing
from worlds.parts.api.places import value_at
from worlds.records import Record

_BRACKET: Final = re.compile(r"([^\[\]]+)\[([a-z_]+)\]")
_ENDINGS: Final = {
    "_gte": "gte", "_gt": "gt", "_lte": "lte", "_lt": "lt", "_ne": "ne", "_in": "in", "_min": "gte", "_max": "lte",
    "_after": "gt", "_before": "lt", "_from": "gte", "_to": "lte", "_since": "gte", "_until": "lte",
}  # fmt: skip
_STARTS: Final = {"min_": "gte", "max_": "lte"}
_SELECTORS: Final = frozenset({"labelSelector", "fieldSelector"})
_REQUIREMENTS_MAX: Final = 100
_LABELS: Final = "metadata.labels"
_SELECTED: Final = re.compile(
    r"(?P<without>!?)(?P<key>[\w./-]{1,320})"
    r"(?:\s*(?P<sign>==?|!=|\bin\b|\bnotin\b)\s*(?:\((?P<several>[^()]*)\)|(?P<one>[\w.-]*)))?"
)
_ANYTHING: Final = frozenset({"all", "any", "*"})


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition of a list."""

    field: str
    sign: str
    """eq, ne, gt, gte, lt, lte or in; mine: equal, or nobody's; has and lacks: one of the labels in the field, with one
    of the values where there are any."""
    text: str
    value: Any = None
    """What the text means, where that is known."""

    def fits(self, record: Record) -> bool:
        """Whether a resource meets it."""
        value = value_at(record, self.field)
        if self.sign in ("has", "lacks"):
            return _is_labelled(value, self.text, self.value) is (self.sign == "has")
        if self.sign == "mine":
            return value is None or _equals(value, self.text)
        if self.sign == "eq":
            return _equals(value, self.text)
        if self.sign == "ne":
            return not _equals(value, self.text)
        if self.sign == "in":
            return any(_equals(value, each) for each in self.text.split(","))
        return _compares(value, self.text, self.sign)


def _is_labelled(labels: Any, name: str, values: tuple[str, ...]) -> bool:
    there = isinstance(labels, Mapping) and name in labels
    return there and (not values or spelled(labels[name]) in values)


def _equals(value: Any, text: str) -> bool:
    if isinstance(value, list):
        names = [each.get("name", each.get("id")) if isinstance(each, Mapping) else each for each in value]
        return all(any(spelled(name) == part for name in names) for part in text.split(","))
    if isinstance(value, Mapping):
        return text in (spelled(value.get("id")), spelled(value.get("login")), spelled(value.get("name")))
    return spelled(value) == text


_SIGNS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
}


def _compares(value: Any, text: str, sign: str) -> bool:
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, int | float):
        try:
            return _SIGNS[sign](value, float(text))
        except ValueError:
            return False
    return isinstance(value, str) and _SIGNS[sign](value, text)


def filters_of(document: Document, kind: Kind, listing: Listing, query: Mapping[str, Any]) -> Iterator[Filter]:
    """The conditions of a query; parameters that mean something else, or nothing, make none."""
    for name, value in query.items():
        if name in _SELECTORS and "metadata" in kind.properties and isinstance(value, str):
            yield from _selected(name, value)
        elif isinstance(value, Mapping):
            inner = {f"{name}[{sign}]": each for sign, each in value.items()}
            yield from filters_of(document, kind, listing, inner)
        elif value is not None and value != "":
            text = ",".join(map(spelled, value)) if isinstance(value, list | tuple) else spelled(value)
            found = _filter(kind, listing, name, text)
            if found and not _is_any(document, kind, found):
                yield found


def _selected(name: str, text: str) -> Iterator[Filter]:
    """What a selector of Kubernetes asks for: `app=web,tier in (a,b),!old`. Raises Refused for what is none."""
    for number, part in enumerate(_requirements(text) if text.strip() else ()):
        found = _SELECTED.fullmatch(part.strip()) if number < _REQUIREMENTS_MAX else None
        if found is None:
            message = f"unable to parse requirement: {part.strip()[:100]!r}"
            raise Refused("invalid", message, issues=(Issue(name, "invalid", message, "query"),))
        values = tuple(each.strip() for each in (found["several"] or found["one"] or "").split(","))
        against = bool(found["without"]) or (found["sign"] or "").startswith(("!", "notin"))
        if name == "fieldSelector":
            yield Filter(found["key"], "ne" if against else "eq", values[0])
        else:
            yield Filter(_LABELS, "lacks" if against else "has", found["key"], values if found["sign"] else ())


def _requirements(text: str) -> Iterator[str]:
    """What stands between commas; those within parentheses divide nothing."""
    begin, inside = 0, False
    for at, sign in enumerate(text):
        inside = sign == "(" or (inside and sign != ")")
        if sign == "," and not inside:
            yield text[begin:at]
            begin = at + 1
    yield text[begin:]


def _is_any(document: Document, kind: Kind, found: Filter) -> bool:
    """Whether it asks for everything: `state=all`, where no resource is ever in a state called all."""
    known = document.resolve(kind.properties.get(found.field, {})).get("enum", ())
    return found.sign == "eq" and found.text in _ANYTHING and found.text not in known


def _filter(kind: Kind, listing: Listing, name: str, text: str) -> Filter | None:
    if name in listing.filters:
        return Filter(listing.filters[name], "in" if _is_several(kind, listing.filters[name], text) else "eq", text)
    field, sign = _ranged(kind, listing, name)
    return Filter(field, sign, text) if field else None


def _is_several(kind: Kind, field: str, text: str) -> bool:
    types = types_of(kind.properties.get(field.partition(".")[0], {}))
    return "," in text and "array" not in types


def _ranged(kind: Kind, listing: Listing, name: str) -> tuple[str, str]:
    bracket = _BRACKET.fullmatch(name)
    if bracket and bracket[2] in (*_SIGNS, "ne", "in", "eq"):
        return _field(kind, listing, bracket[1]), bracket[2]
    for ending, sign in _ENDINGS.items():
        if name.endswith(ending) and _field(kind, listing, name.removesuffix(ending)):
            return _field(kind, listing, name.removesuffix(ending)), sign
    for start, sign in _STARTS.items():
        if name.startswith(start) and _field(kind, listing, name.removeprefix(start)):
            return _field(kind, listing, name.removeprefix(start)), sign
    if name in ("since", "modified_since", "updated_since"):
        stamp = next((each.field for each in kind.stamps if each.on == "update"), "")
        return stamp, "gte"
    return ("", "")


def _field(kind: Kind, listing: Listing, name: str) -> str:
    """The field that a parameter's name means."""
    for each in (name, f"{name}_at", f"{name}At", f"{name}_on"):
        if each in kind.properties:
            return each
    return listing.filters.get(name, "")


def searched(kind: Kind, text: str) -> Callable[[Record], bool]:
    """Whether a resource holds all words of a search, in any text or in those that the rules name."""
    words = [word.lower() for word in text.split()]

    def fits(record: Record) -> bool:
        whole = record if not kind.rules.search else [value_at(record, each) for each in kind.rules.search]
        joined = "\n".join(_texts(whole, 0)).lower()
        return all(word in joined for word in words)

    return fits


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < 8 and isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each, depth + 1)
    elif depth < 8 and isinstance(value, list):
        for each in value:
            yield from _texts(each, depth + 1)


def exact_value(kind: Kind, document: Document, condition: Filter) -> tuple[bool, Any]:
    """Whether there is one value that a condition wants, as resources hold it, and which."""
    if condition.sign != "eq":
        return False, None
    if condition.field not in kind.properties:
        return True, condition.text if condition.value is None else condition.value
    types = types_of(document.resolve(kind.properties[condition.field]))
    if "integer" in types and condition.text.lstrip("-").isdecimal():
        return True, int(condition.text)
    if types in (("string",), ("string", "null"), ("null", "string")):
        return True, condition.text
    return False, None
