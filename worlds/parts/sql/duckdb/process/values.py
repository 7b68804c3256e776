"""Values of rows as changes show them: numbers, truth values and texts, made from the engine's own spelling."""

from typing import Any, Final

from worlds.parts.sql.duckdb.messages import TableFacts

_WHOLE: Final = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT", "UHUGEINT",
}  # fmt: skip
_UNREAL: Final = {"nan", "inf", "-inf"}


def plain_row(table: TableFacts, texts: tuple[str | None, ...]) -> dict[str, Any]:
    """A row as a mapping by column."""
    return {column.name: plain(text, column.type) for column, text in zip(table.columns, texts, strict=True)}


def plain(text: str | None, kind: str) -> Any:
    """A value that JSON can hold; what is neither a number nor a truth value stays as the engine spells it."""
    if text is None:
        return None
    if kind in _WHOLE:
        return int(text)
    if kind in ("DOUBLE", "FLOAT") and text not in _UNREAL:
        return float(text)
    if kind == "BOOLEAN":
        return text == "true"
    return text
