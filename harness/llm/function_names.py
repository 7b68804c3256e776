"""The names under which models call tools: `server__tool`, in letters that every model's interface takes."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from worlds.digest import value_hash

NAME_CHARACTERS_MAX: Final = 64
_ODD: Final = re.compile(r"[^A-Za-z0-9_-]")

Place = tuple[str, str]
"""A server and a tool of it."""


def function_names(places: Iterable[Place]) -> dict[Place, str]:
    """By server and tool, its name; two that would be called the same end in a hash of what they are."""
    plain = {place: _plain(*place) for place in places}
    counts = Counter(plain.values())
    return {place: name if counts[name] == 1 else _told_apart(name, place) for place, name in plain.items()}


def _plain(server: str, tool: str) -> str:
    name = _ODD.sub("_", f"{server}__{tool}")
    if len(name) <= NAME_CHARACTERS_MAX:
        return name
    return f"{name[: NAME_CHARACTERS_MAX - 9]}_{value_hash(name).hex()[:8]}"


def _told_apart(name: str, place: Place) -> str:
    return f"{name[: NAME_CHARACTERS_MAX - 9]}_{value_hash(list(place)).hex()[:8]}"
