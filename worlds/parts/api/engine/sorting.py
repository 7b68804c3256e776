"""The order of a list that a query or the rules ask for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.expressions.operators import is_number
from worlds.parts.api.inference import Listing
from worlds.parts.api.places import value_at
from worlds.records import Record

Rows = list[tuple[str, Record]]


@dataclass(frozen=True, slots=True)
class Order:
    """Fields to sort by, the first the most important; each with whether it goes down."""

    by: tuple[tuple[str, bool], ...]

    def sorted(self, rows: Iterable[tuple[str, Record]]) -> Rows:
        """The rows in order; equal ones stay as they were, nulls come last."""
        found = list(rows)
        for field, down in reversed(self.by):
            there = [each for each in found if value_at(each[1], field) is not None]
            absent = [each for each in found if value_at(each[1], field) is None]
            there.sort(key=lambda each: _rank(value_at(each[1], field)), reverse=down)
            found = there + absent
        return found


def _rank(value: Any) -> tuple[int, Any]:
    if is_number(value) or isinstance(value, bool):
        return (0, value)
    return (1, value) if isinstance(value, str) else (2, str(value))


def order_of(kind: Kind, listing: Listing, query: Mapping[str, Any]) -> Order | None:
    """The order that is asked for; None for that of creation. Fields that are not there ask for nothing."""
    asked = query.get(listing.sort) if listing.sort else None
    texts = asked if isinstance(asked, list | tuple) else str(asked or kind.rules.order or "").split(",")
    direction = str(query.get(listing.direction, "") if listing.direction else "").lower()
    by = [each for text in texts if (each := _one(kind, str(text).strip(), direction))]
    return Order(tuple(by)) if by else None


def _one(kind: Kind, text: str, direction: str) -> tuple[str, bool] | None:
    down = text.startswith("-")
    name = text.lstrip("+-")
    for joint in (":", " ", "."):
        start, _, end = name.rpartition(joint)
        if start and end.lower() in ("asc", "desc", "ascending", "descending"):
            name, down = start, end.lower().startswith("desc")
    field = next(
        (
            each
            for each in (name, f"{name}_at", f"{name}At", f"attributes.{name}")
            if each.partition(".")[0] in kind.properties
        ),
        None,
    )
    return (field, down or direction.startswith("desc")) if field else None
