"""YAML as plain data from parser events, by the 1.2 core rules, with aliases that cannot multiply."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from worlds.parts.api.document.pointer import joined
from worlds.parts.api.document.source import DEPTH_MAX, Source
from worlds.yamlfile import FileProblem, plain_scalar

_NODES_MAX: Final = 5_000_000
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAGS: Final = {"!", *(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))}


def parse_events(text: str, file: str) -> Source:
    """The one document of a text. Raises FileProblem with the place of what is wrong."""
    source = Source(file, None)
    try:
        events = yaml.parse(text, Loader=_LOADER)
        source.data = _Builder(source).document(events)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise FileProblem(f"not valid YAML: {error.problem or error.context}", file=file, place=place) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise FileProblem(f"not valid YAML: {str(error).splitlines()[0]}", file=file) from None
    return source


@dataclass(slots=True)
class _Builder:
    """Turns events into data while noting places and counting what aliases would make of it."""

    source: Source
    count: int = 0
    anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)
    """Anchor to its value and how many nodes that has, aliases followed."""

    def document(self, events: Iterator[Any]) -> Any:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                return self.value(next(events), events, "")
        return None

    def value(self, event: Any, events: Iterator[Any], pointer: str, depth: int = 0) -> Any:
        self.count += 1
        if self.count > _NODES_MAX:
            raise self._refused(event, "aliases make this document endless or far too large")
        if depth > DEPTH_MAX:
            raise self._refused(event, f"values lie more than {DEPTH_MAX} deep in each other")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        self.source.marks.setdefault(pointer, (event.start_mark.line + 1, event.start_mark.column + 1))
        before = self.count
        value = self._plain(event, events, pointer, depth)
        if event.anchor:
            self.anchors[event.anchor] = (value, self.count - before + 1)
        return value

    def _plain(self, event: Any, events: Iterator[Any], pointer: str, depth: int) -> Any:
        if event.tag and event.tag not in _TAGS:
            raise self._refused(event, f"the tag {event.tag} is not known")
        if isinstance(event, yaml.ScalarEvent):
            return plain_scalar(event.value) if event.implicit[0] else event.value
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, pointer, depth)
        return self._mapping(events, pointer, depth)

    def _sequence(self, events: Iterator[Any], pointer: str, depth: int) -> list[Any]:
        result: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            result.append(self.value(event, events, joined(pointer, len(result)), depth + 1))
        return result

    def _mapping(self, events: Iterator[Any], pointer: str, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event)
            below = joined(pointer, key)
            self.source.marks[below] = (event.start_mark.line + 1, event.start_mark.column + 1)
            value = self.value(next(events), events, below, depth + 1)
            if key == "<<" and event.implicit[0]:
                merged += [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]
                continue
            if key in result:
                self.source.twice.append(below)
            result[key] = value
        for each in merged:
            result = {**each, **result}
        return result

    def _key(self, event: Any) -> str:
        if isinstance(event, yaml.AliasEvent):
            meant = self.anchors.get(event.anchor or "", (None, 0))[0]
            if isinstance(meant, str):
                return meant
        if not isinstance(event, yaml.ScalarEvent):
            raise self._refused(event, "a key must be a plain text")
        self.count += 1
        if event.anchor:
            self.anchors[event.anchor] = (event.value, 1)
        return str(event.value)

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self.anchors:
            raise self._refused(event, f"the alias *{event.anchor} stands within or before what it means")
        value, nodes = self.anchors[event.anchor]
        self.count += nodes
        return value

    def _refused(self, event: Any, message: str) -> FileProblem:
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        return FileProblem(f"not valid YAML: {message}", file=self.source.file, place=place)
