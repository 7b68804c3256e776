"""What DuckDB offers as an engine: databases in their first state, and from snapshots."""

from collections.abc import Mapping
from typing import Any

from worlds.blobs import Blobs
from worlds.parts.sql.duckdb.building import build
from worlds.parts.sql.duckdb.part import DuckDatabase

__all__ = ["DuckDatabase", "build", "load"]


def load(manifest: Mapping[str, Any], blobs: Blobs) -> DuckDatabase:
    """The database that a snapshot holds. Raises ArchiveError."""
    return DuckDatabase.load(manifest, blobs)
