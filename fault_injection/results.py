"""Results of tools as data: their texts, the records in those texts, and the structure beside them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from worlds.pysource import literal

Change = Callable[[str], str | None]
"""Makes another text of one; None leaves it."""
_LETTERS_MAX: Final = 2_000_000
_LITERAL_MAX: Final = 200_000


def text_of(result: Mapping[str, Any]) -> str | None:
    """The first text of a result, None where it has none."""
    content = result.get("content")
    if isinstance(content, list):
        for block in content:
            if isinstance(block, dict) and isinstance(block.get("text"), str):
                return str(block["text"])
    return None


def retold(result: Mapping[str, Any], change: Change) -> Mapping[str, Any] | None:
    """The result with its first text changed, in its content and wherever its structure repeats it; None if not."""
    before = text_of(result)
    if before is None or len(before) > _LETTERS_MAX or result.get("isError"):
        return None
    try:
        after = change(before)
    except (RecursionError, OverflowError):
        return None  # it can be read and not be written again
    if after is None or after == before:
        return None
    changed = {key: _swapped(value, before, after) for key, value in result.items()}
    shape = result.get("structuredContent")
    if isinstance(shape, dict) and changed["structuredContent"] == shape:
        return {**changed, "structuredContent": _reshaped(shape, before, after)}
    return changed


def _reshaped(shape: dict[str, Any], before: str, after: str) -> dict[str, Any]:
    """A structure that repeats the text's values, as a whole or under one of its keys, with those of another text."""
    told, now = _json(before), _json(after)
    if told is None or now is None:
        return shape
    if told == shape:
        return now if isinstance(now, dict) else shape
    return {key: now if value == told else value for key, value in shape.items()}


def _swapped(value: Any, before: str, after: str) -> Any:
    if value == before and isinstance(value, str):
        return after
    if isinstance(value, list):
        return [_swapped(item, before, after) for item in value]
    return {key: _swapped(item, before, after) for key, item in value.items()} if isinstance(value, dict) else value


@dataclass(frozen=True, slots=True)
class Records:
    """The things that a text lists, and how it spells them."""

    items: list[Any]
    spell: Callable[[list[Any]], str]
    structured: bool
    """Whether they are values and not just lines."""

    @property
    def rows(self) -> list[int]:
        """The places of those that have fields."""
        return [place for place, item in enumerate(self.items) if isinstance(item, dict) and item]


def records_in(text: str) -> Records | None:
    """The records in a text: a JSON list or the longest list inside a JSON object, a Python list, or lines."""
    value = _json(text)
    if isinstance(value, list):
        return Records(value, lambda items: _json_text(items, text), True)
    if isinstance(value, dict):
        return _inside(value, text)
    listed = _literal(text)
    if isinstance(listed, list):
        return Records(listed, str, True)
    lines = text.split("\n")
    return Records(lines, "\n".join, False) if len(lines) > 1 else None


def _inside(value: dict[str, Any], text: str) -> Records | None:
    lists = [key for key, item in value.items() if isinstance(item, list)]
    if not lists:
        return Records([value], lambda items: _json_text(items[0] if items else {}, text), True)
    longest = max(lists, key=lambda key: len(value[key]))
    return Records(value[longest], lambda items: _json_text({**value, longest: items}, text), True)


def _json(text: str) -> Any:
    if text[:1] not in ("[", "{"):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _json_text(value: Any, like: str) -> str:
    """JSON with the indentation of another text."""
    return json.dumps(value, indent=2 if "\n  " in like[:200] else None, ensure_ascii=like.isascii())


def _literal(text: str) -> Any:
    if not text.startswith("[") or len(text) > _LITERAL_MAX:
        return None
    try:
        return literal(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
