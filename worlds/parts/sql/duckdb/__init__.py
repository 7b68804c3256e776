"""DuckDB: an analytical database in worker processes, its state as data here."""

from collections.abc import Mapping
from typing import Any

from worlds.blobs import Blobs
from worlds.parts.sql.duckdb.building import build
from worlds.parts.sql.duckdb.part import DuckDatabase

__all__ = ["DuckDatabase", "build", "load"]


def load(manifest: Mapping[str, Any], blobs: Blobs) -> DuckDatabase:
    """The database that a snapshot holds. Raises ArchiveError."""
    return DuckDatabase.load(manifest, blobs)
