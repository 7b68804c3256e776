"""What an older SQLite would answer: the engine is the newest, the imitated server's own image runs 3.40.1."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import apsw

from worlds.parts.sql.sqlite.dates import old_date, old_datetime, old_strftime
from worlds.parts.sql.sqlite.decimals import old_printf, old_round
from worlds.parts.sql.sqlite.sums import OLD_SUMS

Version = Literal["3.40", "newest"]
Builtin = Callable[..., Any]

_LATER_WORDS: Final = (
    "concat concat_ws if json_array_insert json_error_position json_pretty jsonb jsonb_array jsonb_array_insert "
    "jsonb_extract jsonb_group_array jsonb_group_object jsonb_insert jsonb_object jsonb_patch jsonb_remove "
    "jsonb_replace jsonb_set median octet_length percentile percentile_cont percentile_disc string_agg timediff "
    "unhex unistr unistr_quote "
)
_LATER_FUNCTIONS: Final = frozenset(_LATER_WORDS.split())
_SOURCE_ID: Final = "2022-12-28 14:03:47 df5c253c0b3dd24916e4ec7cf77d3db5294cc9fd45ae7b9c5e82ad8197f3alt1"
_DIGITS: Final = 15
_BUSY_MS: Final = 5_000
_PLAN_COLUMNS: Final = ("id", "parent", "notused", "detail")


@dataclass(frozen=True, slots=True)
class Vintage:
    """One version of SQLite, as far as statements can tell it from the engine's own."""

    version: Version
    later: frozenset[str]
    """Functions that it does not have."""

    def dress(self, connection: apsw.Connection) -> None:
        """Make a new connection answer as this version would."""
        connection.set_busy_timeout(_BUSY_MS)  # the driver's default; only PRAGMA busy_timeout shows it
        if self.version == "newest":
            return
        connection.config(apsw.SQLITE_DBCONFIG_FP_DIGITS, _DIGITS)
        for name, aggregate in OLD_SUMS.items():
            connection.create_window_function(name, aggregate, 1)
        for name, arguments_count, make in _OLD_FUNCTIONS:
            connection.create_scalar_function(name, make(_builtin(connection)), arguments_count, deterministic=True)

    def message(self, text: str, refused: str) -> str:
        """An error's text as this version has it; `refused` is a function that the authorizer did not let pass."""
        if refused:
            return f"no such function: {refused}"
        if (
            self.version != "newest"
            and text.startswith("bad JSON path: '")
            and not text.startswith("bad JSON path: '$")
        ):
            return f"JSON path error near {text.removeprefix('bad JSON path: ')}"
        return text

    def rows(self, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Rows as this version has them: its query plans carry no estimates."""
        if self.version == "newest" or columns != _PLAN_COLUMNS:
            return rows
        return [(number, parent, 0, detail) for number, parent, _, detail in rows]


VINTAGES: Final[dict[Version, Vintage]] = {
    "3.40": Vintage("3.40", _LATER_FUNCTIONS),
    "newest": Vintage("newest", frozenset()),
}


def _builtin(connection: apsw.Connection) -> Builtin:
    """The engine's own functions, reached by another number of arguments than the one that is replaced."""

    def call(name: str, *arguments: Any) -> Any:
        marks = ", ".join("?" for _ in arguments)
        found: Any = connection.execute(f"SELECT {name}({marks})", arguments).fetchone()
        return found[0]

    return call


_OLD_FUNCTIONS: Final[tuple[tuple[str, int, Callable[[Builtin], Callable[..., Any]]], ...]] = (
    ("date", 1, old_date),
    ("datetime", 1, old_datetime),
    ("strftime", 2, old_strftime),
    ("round", 2, lambda _: old_round),
    ("printf", 2, old_printf),
    ("format", 2, old_printf),
    ("sqlite_version", 0, lambda _: lambda: "3.40.1"),
    ("sqlite_source_id", 0, lambda _: lambda: _SOURCE_ID),
)
"""Name, number of arguments, and what makes the function from the engine's own."""
