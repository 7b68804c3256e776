"""Read every table, and change or delete rows that the reference leaves alone."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from harness.intruder import READS_MAX, Damage, Grounds, Try, intruders
from worlds.parts.sql.database import Database, QueryError
from worlds.parts.sql.schema import ColumnInfo, TableInfo

_READERS: Final = {"read_query": "query", "execute_query": "sql"}
_WRITERS: Final = {"write_query": "query", "execute_query": "sql"}
_TABLES_MAX: Final = 3
_ROWS_MAX: Final = 6
_COLUMNS_MAX: Final = 4
_NUMBERS: Final = ("INT", "REAL", "DOUB", "FLOA", "NUM", "DEC")
_TEXTS: Final = ("CHAR", "TEXT", "CLOB", "STRING")


@intruders.register("sql")
class SqlIntruder:
    """Goes through a database's tables."""

    def reads(self, grounds: Grounds) -> Iterable[Try]:
        """One SELECT for each table."""
        tables = grounds.part.tables()[:READS_MAX] if isinstance(grounds.part, Database) else []
        found = [_statement(grounds, f"select * from {_quoted(table.name)}", _READERS) for table in tables]
        return [one for one in found if one is not None]

    def damages(self, grounds: Grounds) -> Iterable[Damage]:
        """A row changed and a row deleted, in tables that the reference changes and in others."""
        if not isinstance(grounds.part, Database):
            return
        for table in _chosen(grounds, grounds.part):
            rows = [row for row in _rows(grounds.part, table) if not grounds.touched(_path(grounds, table, row))]
            where = [_where(table, row) for row in rows[:_ROWS_MAX]]
            name = f"{grounds.server}.{table.name}"
            yield Damage(f"a row of {name} changed", list(_updates(grounds, table, where)))
            yield Damage(f"a row of {name} deleted", list(_deletions(grounds, table, where)))


def _chosen(grounds: Grounds, database: Database) -> list[TableInfo]:
    """Tables with a key: those that the reference changes first, where a slip is likeliest."""
    keyed = [table for table in database.tables() if table.primary_key]
    ranked = sorted(keyed, key=lambda table: not grounds.touched(f"{grounds.server}.{table.name}"))
    return ranked[:_TABLES_MAX]


def _rows(database: Database, table: TableInfo) -> list[Sequence[Any]]:
    keys = ", ".join(map(_quoted, table.primary_key))
    try:
        return list(database.query(f"select {keys} from {_quoted(table.name)} order by {keys} limit 200").rows)
    except QueryError:
        return []


def _path(grounds: Grounds, table: TableInfo, row: Sequence[Any]) -> str:
    return f"{grounds.server}.{table.name}[{','.join(map(str, row))}]"


def _where(table: TableInfo, row: Sequence[Any]) -> str:
    return " and ".join(
        f"{_quoted(name)} = {_literal(value)}" for name, value in zip(table.primary_key, row, strict=True)
    )


def _updates(grounds: Grounds, table: TableInfo, where: Sequence[str]) -> Iterator[Try]:
    for column in [column for column in table.columns if _changeable(column)][:_COLUMNS_MAX]:
        for condition in where[:2]:
            value = f"{_quoted(column.name)} + 1" if _is_number(column) else f"{_quoted(column.name)} || ' (sic)'"
            sql = f"update {_quoted(table.name)} set {_quoted(column.name)} = {value} where {condition}"
            yield _written(grounds, sql)


def _deletions(grounds: Grounds, table: TableInfo, where: Sequence[str]) -> Iterator[Try]:
    for condition in where:
        yield _written(grounds, f"delete from {_quoted(table.name)} where {condition}")


def _changeable(column: ColumnInfo) -> bool:
    """Whether a changed value is likely to be taken: no key, no reference, nothing computed."""
    declared = column.declared.upper()
    known = _is_number(column) or any(word in declared for word in _TEXTS)
    return known and not (column.primary_key or column.unique or column.references or column.generated)


def _is_number(column: ColumnInfo) -> bool:
    return any(word in column.declared.upper() for word in _NUMBERS)


def _written(grounds: Grounds, sql: str) -> Try:
    """A statement through the server's tool, or past it where it only reads."""
    return _statement(grounds, sql, _WRITERS) or Try(grounds.server, "execute", {"sql": sql}, by_tool=False)


def _statement(grounds: Grounds, sql: str, tools: dict[str, str]) -> Try | None:
    tool = next((tool for tool in tools if tool in grounds.tools), None)
    return Try(grounds.server, tool, {tools[tool]: sql}) if tool else None


def _quoted(name: str) -> str:
    return ".".join('"' + piece.replace('"', '""') + '"' for piece in name.split("."))


def _literal(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "'" + str(value).replace("'", "''") + "'"
    return str(value)
