"""The tools of the MotherDuck server 1.1 on a DuckDB file, read and write."""

from typing import Any

from sandbox_server.families.sql.motherduck.serving import MotherDuck
from sandbox_server.families.sql.motherduck.surface import surface_of
from worlds.parts.sql.duckdb.naming import alias_of, shown_path

__all__ = ["MotherDuck", "server"]


def server(name: str, settings: Any, part_settings: Any) -> MotherDuck:
    """The server of that name. Its database's name comes from the part's settings."""
    path = shown_path(alias_of(part_settings))
    return MotherDuck(surface_of(path), path)
