"""What a column's declared type means to queries, by the database that declared it."""

import re
from typing import Final, Literal

Dialect = Literal["sqlite", "duckdb"]

_SQLITE: Final = (
    ("BOOL", "BOOLEAN"),
    ("INT", "BIGINT"),
    ("CHAR", "VARCHAR"),
    ("CLOB", "VARCHAR"),
    ("TEXT", "VARCHAR"),
    ("STRING", "VARCHAR"),
    ("JSON", "VARCHAR"),
    ("UUID", "VARCHAR"),
    ("BLOB", "BLOB"),
    ("DATETIME", "TIMESTAMP"),
    ("TIMESTAMP", "TIMESTAMP"),
    ("DATE", "DATE"),
    ("REAL", "DOUBLE"),
    ("FLOA", "DOUBLE"),
    ("DOUB", "DOUBLE"),
    ("NUM", "DOUBLE"),
    ("DEC", "DOUBLE"),
)
"""Parts of declared names in the order tried. SQLite keeps decimals as binary fractions, so queries see those."""

PLAIN: Final = frozenset(
    {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "VARCHAR", "BLOB", "DATE", "TIMESTAMP"}
)
"""DuckDB types whose Python values spell themselves; others are read as DuckDB's own text."""
_OWN: Final = re.compile(r"ENUM\(|JSON", re.IGNORECASE)


def column_type(declared: str, dialect: Dialect) -> str:
    """The DuckDB type under which queries see a column; VARCHAR where nothing better is known."""
    name = declared.strip().upper()
    if dialect == "duckdb":
        return "VARCHAR" if not name or _OWN.search(name) else declared.strip()
    return next((seen for part, seen in _SQLITE if part in name), "VARCHAR")
