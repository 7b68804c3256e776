"""What a store of records holds: tables by name, each with what must be found quickly in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from worlds.digest import canonical

Record = Mapping[str, Any]
"""A JSON-like record; nobody changes one in place."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of records."""

    name: str
    indexes: tuple[str, ...] = ()
    """Top-level fields by whose values records are found without looking at all of them; `a+b` for two at once, which
    are found by a list of two values."""
    hidden: bool = False
    """Bookkeeping: restored and replayed, but no content, never in diffs, footprints or views."""


def is_alike(one: Record | None, other: Record | None) -> bool:
    """Whether two records are written alike; equality alone takes 1, 1.0 and true for the same."""
    return one is other or (one == other and canonical(one) == canonical(other))
