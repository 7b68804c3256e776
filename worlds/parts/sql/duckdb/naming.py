"""What statements see of where a database lies: its name, and a path that is not its real one."""

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # processes that know a name already import no settings
    from worlds.parts.sql.settings import SqlSettings

FOLDER: Final = "/data"
"""Where databases lie, as far as statements can tell."""
_ALIAS: Final = re.compile(r"[a-z_][a-z0-9_]*")
_USUAL: Final = "warehouse"


def alias_of(settings: "SqlSettings") -> str:
    """What statements call the database: like its schema's file, as a server is started on a file of that name."""
    named = settings.schema_sql.strip()
    stem = PurePath(named).stem.lower() if "\n" not in named and named.lower().endswith(".sql") else ""
    return stem if _ALIAS.fullmatch(stem) else _USUAL


def shown_path(alias: str) -> str:
    """The path of a database's file as statements see it."""
    return f"{FOLDER}/{alias}.duckdb"
