"""The contract of a database: a part that answers SQL, whatever engine stands behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from worlds.errors import WorldError
from worlds.part import Moment, Part
from worlds.parts.sql.schema import TableInfo

Parameters = Sequence[Any] | Mapping[str, Any]
Decided = Literal["process", "worker", "killed"]
"""Where a statement's outcome was decided: in this process, in a worker process, or by the end of a worker.

Only `killed` depends on the machine's speed and memory: it is recorded, and a replay hands it in again.
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What a statement answered."""

    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    """The engine's names of the columns' types, where it knows them; as many as `columns`."""
    rows: Sequence[tuple[Any, ...]] = ()
    affected: int = -1
    """Rows inserted, updated or deleted; -1 where the engine counts none."""
    decided: Decided = field(default="process", compare=False)


@dataclass(frozen=True, slots=True)
class DatabaseError:
    """What an engine answered instead: data, since the agent is told so. Nothing of the statement remains."""

    kind: str
    """The engine's own class of the failure, e.g. `IntegrityError`, `Catalog`."""
    message: str
    """The engine's own words."""
    decided: Decided = field(default="process", compare=False)


Outcome = Result | DatabaseError


class QueryError(WorldError):
    """An owner's query or operation that the engine refused; the message is the engine's."""

    code = "query"


@runtime_checkable
class Database(Part, Protocol):
    """A part that answers SQL. Engines may add keyword arguments of their own to `run`."""

    async def run(
        self, sql: str, moment: Moment, parameters: Parameters = (), *, decided: Decided | None = None
    ) -> Outcome:
        """Answer one statement of an agent, which may be hostile, without blocking the event loop.

        What it wrote is there when this returns and nothing of it is there when it failed. The present time and
        chance that the statement sees are the moment's. `decided` is what a recording says of this statement:
        `killed` is answered as such instead of run again.
        """
        ...

    def query(self, sql: str, parameters: Parameters = ()) -> Result:
        """Answer an owner's read-only statement on the content as it is. Raises QueryError."""
        ...

    def tables(self, *, existing: bool = False) -> list[TableInfo]:
        """The tables in an order in which each follows those it refers to; `existing` also reads their keys."""
        ...
