"""Words that tell an agent that what went wrong was arranged."""

import re
from collections.abc import Iterator
from typing import Any, Final

from worlds.yamlfile import Document

Place = tuple[str | int, ...]
WORDS: Final = re.compile(r"(?<![a-z])(?:mock|fake|simulat|sandbox|inject|chaos|soundstage)[a-z]*", re.IGNORECASE)


def telling_word(text: str) -> str | None:
    """The first word of a text that gives the world away."""
    found = WORDS.search(text)
    return found.group() if found else None


def refuse_telling(document: Document, place: Place, settings: Any) -> None:
    """Refuse texts that give the world away, wherever in a fault's settings they stand. Raises FileProblem."""
    for where, text in _texts(settings, place):
        if word := telling_word(text):
            raise document.problem(
                where, f"an agent that reads {word!r} knows that this was arranged",
                hint="choose other words, or write `telling: true` beside `fault` if they have to be these",
            )  # fmt: skip


def _texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Every text in a value, names of keys included, with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield (*place, key), str(key)
            yield from _texts(each, (*place, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _texts(each, (*place, number))
