"""The kind `sql`: the engine is chosen by what is imitated."""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from worlds.blobs import Blobs
from worlds.chance import Chance
from worlds.errors import ArchiveError
from worlds.part import Ground, Part, Settings, part_kinds
from worlds.parts.sql.schema import TableInfo
from worlds.parts.sql.settings import SqlSettings

Fill = Callable[[Sequence[TableInfo], Mapping[str, int], Chance, int], Iterator[tuple[str, list[tuple[Any, ...]]]]]
"""(schema, rows wanted by table, chance, first time in ns) to batches of rows, each in its table's writable columns."""

ENGINES = {"sqlite": "sqlite", "motherduck": "duckdb", "postgres": "duckdb"}
"""What is imitated to the engine (a folder beside this file) that stands behind it."""


class Engine(Protocol):
    """What an engine's `engine.py` offers. A dumped manifest's `engine` is the folder's name."""

    def build(self, settings: SqlSettings, ground: Ground, fill: Fill) -> Part:
        """The database in its first state. Raises WorldError with what is wrong with the schema or the rows."""
        ...

    def load(self, manifest: Mapping[str, Any], blobs: Blobs) -> Part:
        """The database that a snapshot holds. Raises ArchiveError."""
        ...


@part_kinds.register("sql")
class SqlBuilder:
    """Builds the part of a server of kind `sql`."""

    Settings: ClassVar[type[Settings]] = SqlSettings

    def build(self, settings: SqlSettings, ground: Ground) -> Part:
        """The database in its first state."""
        return _engine(ENGINES[settings.imitates]).build(settings, ground, _fill)

    def load(self, manifest: Mapping[str, Any], blobs: Blobs) -> Part:
        """The database that a snapshot holds."""
        engine = str(manifest.get("engine"))
        if engine not in ENGINES.values():
            raise ArchiveError(f"a database of an unknown engine: {engine}")
        return _engine(engine).load(manifest, blobs)


def _engine(name: str) -> Engine:
    """An engine, imported when first needed: DuckDB alone costs more than all of a SQLite world."""
    engine: Any = importlib.import_module(f"worlds.parts.sql.{name}.engine")
    found: Engine = engine
    return found


def _fill(
    schema: Sequence[TableInfo], counts: Mapping[str, int], chance: Chance, now_ns: int
) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The seeded filler, whose word lists are imported only by worlds that ask for filler."""
    filler: Fill = importlib.import_module("worlds.parts.sql.generate").filler
    return filler(schema, counts, chance, now_ns)
