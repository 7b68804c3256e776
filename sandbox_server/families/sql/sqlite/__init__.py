"""Presents a SQLite database as `mcp-server-sqlite` 2025.4.25 does."""

from typing import Any

from sandbox_server.families.sql.sqlite.server import SqliteServer
from sandbox_server.family import Server

__all__ = ["SqliteServer", "server"]


def server(name: str, settings: Any, part_settings: Any) -> Server:
    """The server of that name."""
    return SqliteServer(name)
