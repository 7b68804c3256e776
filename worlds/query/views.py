"""A world as views of DuckDB: `<server>.<table>`, `<server>.files`, and all of it again below `before`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from worlds.query.relation import Relation
from worlds.world import World

Parameters = Sequence[Any] | Mapping[str, Any]
ROWS_MAX: Final = 10_000
WAIT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query answered: column names, their DuckDB types, and rows of Python values."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    cut: bool = False
    """Whether there were more rows than asked for."""


class Views:
    """A read-only look at a world and at an earlier state of it; usable from any thread, holds no worker."""

    def __init__(self, world: World, before: World | None = None) -> None:
        self.world = world
        self.before = before

    def query(
        self, sql: str, parameters: Parameters = (), *, rows_max: int = ROWS_MAX, wait_s: float = WAIT_S
    ) -> Answer:
        """Answer one SELECT in DuckDB's dialect; `?`, `$1` and `$name` take parameters.

        Blocks (milliseconds as a rule; call it in a thread where others wait). A value that does not fit its column's
        type reads as NULL, and `<column>__raw` gives its text. `now()` is the world's time. Only tables that the query
        names are looked at. Raises SchemaGone, QueryLimit, and QueryFailed for everything else.
        """
        raise NotImplementedError

    def relations(self) -> dict[str, list[Relation]]:
        """What can be queried: server name to its tables, as they are now."""
        raise NotImplementedError


def views(world: World, before: World | None = None) -> Views:
    """Look at a world, and at an earlier state of it as `before.<server>.<table>` (default: the world itself).

    Both should be forks that nobody changes meanwhile.
    """
    return Views(world, before)
