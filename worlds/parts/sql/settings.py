"""What a person writes about a database in a world file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field

from worlds.errors import WorldError
from worlds.part import Settings

Imitated = Literal["sqlite", "motherduck", "postgres"]
RowsSource = str | list[dict[str, Any] | list[Any]]


class SqlSettings(Settings):
    """A database: its schema, the rows it starts with, and how much seeded filler it gets."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, protected_namespaces=())

    imitates: Imitated = Field(
        default="sqlite",
        description="Which server is imitated; it decides engine and dialect. `postgres` is not presented yet.",
    )
    schema_sql: str = Field(
        default="",
        alias="schema",
        description="A file that ends in .sql, beside the world file, or the statements themselves.",
    )
    sqlite: Literal["3.40", "newest"] = Field(
        default="3.40",
        description="Which SQLite is imitated, if one is: 3.40 as in the imitated server's own image, or the newest.",
    )
    rows: Mapping[str, RowsSource] = Field(
        default_factory=dict,
        description="By table: a .csv or .json file, or rows as mappings by column or as lists in column order.",
    )
    generate: Mapping[str, int] = Field(
        default_factory=dict, description="By table: how many believable seeded rows to add."
    )

    def schema_text(self, folder: Path) -> str:
        """The schema's statements. Raises WorldError when its file cannot be read."""
        named = self.schema_sql.strip()
        if "\n" in named or not named.lower().endswith(".sql"):
            return self.schema_sql
        return read_text(folder / named, "schema")


def read_text(path: Path, what: str) -> str:
    """A text file that a world names. Raises WorldError with the path when it cannot be read as UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WorldError(f"{what}: cannot read {path}: {error}", hint="name a UTF-8 file beside the world") from None
