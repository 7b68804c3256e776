"""The text of a description as plain data, quickly and within bounds, and where each piece of it stands.

JSON is read by a fast parser that knows no places; they are found by a second look, only for what is complained about.
YAML is read from the events of a parser in C, since descriptions of ten megabytes exist.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from worlds.parts.api.document.pointer import joined
from worlds.yamlfile import FileProblem, Place

TEXT_BYTES_MAX: Final = 64 * 1024 * 1024
DEPTH_MAX: Final = 250
_DOUBTFUL_BYTES_MAX: Final = 1_000_000
_QUOTED: Final = re.compile(rb"\s*\{\s*\"")
"""How JSON begins; YAML in braces hardly ever has quotes there."""
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]', re.DOTALL)


@dataclass(slots=True)
class Source:
    """One file's data."""

    file: str
    data: Any
    text: str = ""
    """Of a JSON file, for finding places."""
    marks: dict[str, Place] = field(default_factory=dict)
    """Of a YAML file: JSON pointer to line and column."""
    twice: list[str] = field(default_factory=list)
    """Pointers of keys that stand there more than once; the last counts."""

    def places(self, pointers: Iterable[str]) -> dict[str, Place]:
        """Line and column (from 1) of each pointer, or of the nearest known thing around it."""
        wanted = set(pointers)
        marks = self.marks or (_json_places(self.text, wanted) if wanted and self.text else {})
        return {pointer: _nearest(marks, pointer) for pointer in wanted}

    def place(self, pointer: str) -> Place:
        """Line and column of one pointer."""
        return self.places([pointer])[pointer]

    def problem(self, pointer: str, message: str, hint: str | None = None) -> FileProblem:
        """A refusal of this file for what stands at a pointer."""
        return FileProblem(message, file=self.file, place=self.place(pointer), hint=hint)


def read_source(path: Path) -> Source:
    """The data of a file. Raises FileProblem."""
    try:
        size = path.stat().st_size
        if size > TEXT_BYTES_MAX:
            raise FileProblem(f"{size} bytes are too many for a description", file=str(path))
        return parse_source(path.read_bytes(), str(path))
    except OSError as error:
        raise FileProblem(f"cannot be read: {error.strerror or error}", file=str(path)) from None


def parse_source(text: str | bytes, file: str) -> Source:
    """The data of a text: JSON where it begins like it, else YAML. Raises FileProblem."""
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    content = content.removeprefix(b"\xef\xbb\xbf")
    source = _json(content, file) if content.lstrip()[:1] in (b"{", b"[") else None
    if source is None:
        # the parser for YAML is a library of its own that most worlds never need
        from worlds.parts.api.document.yaml_events import parse_events

        source = parse_events(_decoded(content, file), file)
    _refuse_depth(source)
    return source


def _decoded(content: bytes, file: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileProblem(f"not UTF-8: {error.reason} at byte {error.start}", file=file) from None


def _json(content: bytes, file: str) -> Source | None:
    """The data of JSON; None where it is not (a YAML document may begin with a brace too)."""
    try:
        return Source(file, orjson.loads(content), _decoded(content, file))
    except orjson.JSONDecodeError as error:
        if _QUOTED.match(content) or len(content) > _DOUBTFUL_BYTES_MAX or "ecursion" in error.msg:
            raise FileProblem(
                f"not valid JSON: {error.msg}", file=file, place=(error.lineno, max(error.colno, 1))
            ) from None
        return None


def _refuse_depth(source: Source) -> None:
    """Refuse what lies too deep, so that everything that follows may recurse."""
    level: list[Any] = [source.data]
    for _ in range(DEPTH_MAX):
        below: dict[int, Any] = {}
        for value in level:
            for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
                if isinstance(child, dict | list):
                    below[id(child)] = child
        if not below:
            return
        level = list(below.values())
    raise FileProblem(f"values lie more than {DEPTH_MAX} deep in each other", file=source.file)


def _nearest(marks: dict[str, Place], pointer: str) -> Place:
    while pointer not in marks and pointer:
        pointer = pointer.rpartition("/")[0]
    return marks.get(pointer, (1, 1))


def _json_places(text: str, wanted: set[str]) -> dict[str, Place]:
    """Where the wanted pointers, and what they lie in, stand in a JSON text that is known to be valid."""
    prefixes = {pointer for each in wanted for pointer in _around(each)}
    offsets = {"": len(text) - len(text.lstrip())}
    for pointer, offset in _keys(text):
        if pointer in prefixes and pointer not in offsets:
            offsets[pointer] = offset
            if len(offsets) > len(prefixes):
                break
    return _lines(text, offsets)


def _around(pointer: str) -> Iterator[str]:
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]


def _keys(text: str) -> Iterator[tuple[str, int]]:
    """Every pointer of a JSON text with the offset of its key, or of its value's beginning in a list."""
    stack: list[tuple[str, int]] = []  # (pointer of the container, next index; -1 in an object)
    key, key_at, expecting = "", 0, False
    for token in _TOKEN.finditer(text):
        first = text[token.start()]
        if first == '"':
            key, key_at = token.group(), token.start()
        elif first == ":":
            key = joined(stack[-1][0], orjson.loads(key))
            yield key, key_at
            expecting = True
        elif first in "{[":
            pointer = key if expecting else joined(stack[-1][0], stack[-1][1]) if stack else ""
            if not expecting and stack:
                yield pointer, token.start()
            stack.append((pointer, -1 if first == "{" else 0))
            expecting = False
        elif first in "}]":
            stack.pop()
            expecting = False
        else:
            expecting = False
            if stack[-1][1] >= 0:
                stack[-1] = (stack[-1][0], stack[-1][1] + 1)
                yield joined(stack[-1][0], stack[-1][1]), token.end()


def _lines(text: str, offsets: dict[str, int]) -> dict[str, Place]:
    """Offsets as lines and columns, counted in one pass."""
    places: dict[str, Place] = {}
    line, begin = 1, 0
    for pointer, offset in sorted(offsets.items(), key=lambda item: item[1]):
        line += text.count("\n", begin, offset)
        places[pointer] = (line, offset - text.rfind("\n", 0, offset))
        begin = offset
    return places
