"""Functions that need no world: FastMCP itself can serve them as well."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field


class Item(BaseModel):
    """Something that is ordered."""

    sku: str
    count: int = 1


class Branch(BaseModel):
    """Something that holds its like."""

    name: str
    branches: list["Branch"] = []


def add(title: str, stars: int = 3, tag: Literal["a", "b"] = "a") -> str:
    """Keep a note.

    It stays until it is taken away.

    Args:
        title: What it is called.
        stars: How good it is.
    """
    return f"{title} {stars} {tag}"


def order(items: list[Item], when: dt.date | None = None) -> dict[str, int]:
    """Order."""
    return {item.sku: item.count for item in items}


def item(x: Annotated[float, Field(description="How much", ge=0)]) -> Item:
    return Item(sku=str(x))


def many(count: int) -> list[Item]:
    """Many of a kind."""
    return [Item(sku="a")] * count


def grow(branch: Branch) -> Branch:
    """One more."""
    return Branch(name="new", branches=[branch])


def nothing() -> None:
    """Say nothing."""


def bare(value):  # type: ignore[no-untyped-def]
    return {"value": value}


def number() -> int:
    """Say a number."""
    return 7


def whatever(kind: str) -> Any:
    """Say something or other."""
    return {"text": "plain", "list": [1, 2], "true": True}[kind]


def broken(kind: str) -> int:
    """Break."""
    raise ValueError(f"bad {kind}")


def _hidden() -> str:
    return "nobody sees this"
