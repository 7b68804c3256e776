"""What SQLite offers as an engine: databases in their first state, and from snapshots."""

from collections.abc import Mapping
from typing import Any

from worlds.blobs import Blobs
from worlds.part import Ground
from worlds.parts.sql.settings import SqlSettings
from worlds.parts.sql.sqlite.archive import base_state
from worlds.parts.sql.sqlite.build import Fill, build_base
from worlds.parts.sql.sqlite.part import SqliteDatabase

__all__ = ["SqliteDatabase", "build", "load"]


def build(settings: SqlSettings, ground: Ground, fill: Fill) -> SqliteDatabase:
    """The database in its first state. Raises WorldError with what is wrong with the schema or the rows."""
    return SqliteDatabase(base_state(build_base(settings, ground, fill)))


def load(manifest: Mapping[str, Any], blobs: Blobs) -> SqliteDatabase:
    """The database that a snapshot holds. Raises ArchiveError."""
    return SqliteDatabase.load(manifest, blobs)
