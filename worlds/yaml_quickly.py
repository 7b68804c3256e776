"""YAML read from the events of a parser in C: right and plain files, which nearly all are, in a tenth of the time.

Whatever is unusual (aliases, tags, merge keys, a second document) or could be a mistake is not read here at all.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from worlds.yamlfile import Document, Path

DEPTH_MAX: Final = 100
"""How deep values may lie in each other: reading costs more than time that grows with the length."""
_LOADER: Final = getattr(yaml, "CSafeLoader", None)
_OTHERWISE: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udfff]|[|>][-+0-9]*#"
)
"""Letters that the parsers take differently: other ends of lines, marks of byte order, what no YAML may hold."""


def read_quickly(text: str, document: "Document", plain: Callable[[str], Any]) -> bool:
    """Fill a document with data and places; False where it has to be read with more care."""
    if _LOADER is None or _OTHERWISE.search(text):
        return False
    reading = _Reading(iter(yaml.parse(text, Loader=_LOADER)), plain)
    try:
        data = reading.document()
    except (_Unusual, yaml.YAMLError, StopIteration, ValueError, RecursionError):
        return False
    document.data, document.places = data, reading.places
    return True


class _Unusual(Exception):
    """Something that is read with more care."""


@dataclass(slots=True)
class _Reading:
    """One pass over the events."""

    events: Iterator[Any]
    plain: Callable[[str], Any]
    places: "dict[Path, tuple[int, int]]" = field(default_factory=dict)

    def document(self) -> Any:
        """The data of the only document; None where there is none."""
        next(self.events)
        begun = next(self.events)
        if isinstance(begun, yaml.StreamEndEvent):
            return None
        if begun.explicit:
            raise _Unusual
        first = next(self.events)
        if isinstance(first, yaml.ScalarEvent):
            raise _Unusual
        data = self.value(first, ())
        if not isinstance(next(self.events), yaml.DocumentEndEvent):
            raise _Unusual
        if not isinstance(next(self.events), yaml.StreamEndEvent):
            raise _Unusual
        return data

    def value(self, event: Any, path: "Path") -> Any:
        """What begins with an event."""
        if isinstance(event, yaml.AliasEvent) or event.anchor or event.tag or len(path) > DEPTH_MAX:
            raise _Unusual
        self.places.setdefault(path, _place(event))
        if isinstance(event, yaml.ScalarEvent):
            return self.plain(event.value) if event.implicit[0] else event.value
        return self.mapping(path) if isinstance(event, yaml.MappingStartEvent) else self.sequence(path)

    def sequence(self, path: "Path") -> list[Any]:
        """The values up to the end of a list."""
        found: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            found.append(self.value(event, (*path, len(found))))
        return found

    def mapping(self, path: "Path") -> dict[Any, Any]:
        """The keys and values up to the end of a mapping, no key twice."""
        found: dict[Any, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.key(event)
            if key in found:
                raise _Unusual
            below = (*path, key)
            self.places[below] = _place(event)
            found[key] = self.value(next(self.events), below)
        return found

    def key(self, event: Any) -> Any:
        """A key: a text, or a whole number written plainly."""
        if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag:
            raise _Unusual
        if not event.implicit[0]:
            return event.value
        if event.value == "<<":
            raise _Unusual
        meant = self.plain(event.value)
        return meant if isinstance(meant, str | int) and not isinstance(meant, bool) else event.value


def _place(event: Any) -> tuple[int, int]:
    return (event.start_mark.line + 1, event.start_mark.column + 1)
