"""Which paths a guard may name: those that some change of the scenario's world can have."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from harness.staging.guard import Allowance, GuardFile
from harness.verdicts.path_pattern import read_pattern
from worlds.parts.sql.database import Database
from worlds.parts.sql.schema import TableInfo
from worlds.records import RecordsPart
from worlds.world import World
from worlds.worldfile import WorldPlan
from worlds.yamlfile import Document, Path

PLACE: Final[Path] = ("guard", "may_change")
SCHEMA: Final = "schema"
"""Under this name, changes of a database's tables themselves are told: `shop.schema.orders`."""
_WILD: Final = re.compile(r"[*?]")
_PATH: Final = re.compile(r"(?P<server>[a-z][a-z0-9_]*)(?::(?P<file>.*)|\.(?P<row>.+)|)", re.DOTALL)
_ROW: Final = re.compile(r"(?P<table>[^\[\]]+)(?:\[(?P<key>.*)\](?:\.(?P<column>[^\[\]]+))?)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Aim:
    """What an allowance's path names: a server, and there a file or a table with a key and a column."""

    server: str
    file: str | None = None
    table: str = ""
    key: str | None = None
    column: str | None = None


def read_allowances(document: Document, guard: GuardFile | None, world: WorldPlan) -> list[Allowance] | None:
    """What may change; None where nothing is said of it. Raises FileProblem for what no change of this world can be."""
    if guard is None or "may_change" not in guard.model_fields_set:
        return None
    for number, allowance in enumerate(guard.may_change):
        _refuse_impossible(_Asked(document, (*PLACE, number)), allowance, world)
    return guard.may_change


def check_tables(document: Document, allowed: Sequence[Allowance] | None, world: World) -> None:
    """Refuse allowances for tables and columns that are not there. Raises FileProblem.

    A table that is made only later is named with a `*`.
    """
    for number, allowance in enumerate(allowed or ()):
        aim = aimed(allowance.path)
        part = world.parts.get(aim.server)
        if aim.table and isinstance(part, Database):
            _check_table(_Asked(document, (*PLACE, number)), allowance.path, aim, part.tables())
        elif aim.table and isinstance(part, RecordsPart):
            _check_records(_Asked(document, (*PLACE, number)), aim, part)


def aimed(path: str) -> Aim:
    """What a path names. Raises ValueError with what is accepted."""
    server = read_pattern(path).server
    found = _PATH.fullmatch(path)
    row = _ROW.fullmatch(found["row"]) if found and found["row"] else None
    if row is not None:
        return Aim(server, None, row["table"], row["key"], row["column"])
    return Aim(server, found["file"] if found else None)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where an allowance stands, for complaints."""

    document: Document
    place: Path

    def refuse(self, message: str, hint: str | None = None) -> NoReturn:
        """Raise FileProblem."""
        raise self.document.problem(self.place, message, hint)


def _refuse_impossible(asked: _Asked, allowance: Allowance, world: WorldPlan) -> None:
    path = allowance.path
    try:
        aim = aimed(path)
    except ValueError as error:
        asked.refuse(f"may_change: {error}")
    if aim.server not in world.servers:
        asked.refuse(f"may_change: there is no server {aim.server!r}", f"known: {', '.join(world.servers)}")
    plan = world.servers[aim.server]
    holds_files = plan.kind == "filesystem"
    if holds_files and aim.table:
        asked.refuse(f"may_change: {aim.server} holds files, {path!r} names a table", "write server:/path")
    if not holds_files and aim.file is not None:
        asked.refuse(f"may_change: {aim.server} holds no files, {path!r} names some", "write server.table")
    if aim.file not in (None, "**"):
        _refuse_outside(asked, aim, str(getattr(world.part_settings(plan), "root", "/")))
    if aim.column is not None and allowance.kind in ("added", "removed"):
        words = f"may_change: {path!r} names a column, and rows are {allowance.kind} whole"
        asked.refuse(words, "leave out the column, or kind")


def _refuse_outside(asked: _Asked, aim: Aim, root: str) -> None:
    """Refuse a path that no file below the root can have."""
    file = aim.file or ""
    inside = root.rstrip("/") + "/"
    literal = _WILD.split(file)[0]
    hint = f"write it like {aim.server}:{inside}notes/**"
    if not file.startswith("/"):
        asked.refuse(f"may_change: {file!r} is no absolute path", hint)
    if not (literal.startswith(inside) or file == root or (literal != file and inside.startswith(literal))):
        asked.refuse(f"may_change: {aim.server}:{file} can never change, its files are below {root}", hint)
    if any(part in (".", "..") for part in file.split("/")) or "//" in file:
        asked.refuse(f"may_change: {aim.server}:{file} is spelled as no change is", hint)


def _check_table(asked: _Asked, path: str, aim: Aim, tables: Sequence[TableInfo]) -> None:
    if _WILD.search(aim.table) or aim.table.startswith(f"{SCHEMA}."):
        return
    table = next((table for table in tables if table.name.lower() == aim.table.lower()), None)
    known = ", ".join(table.name for table in tables)
    if table is None:
        column = _column_without_key(aim, tables)
        hint = f"write {aim.server}.{column}" if column else f"known: {known}; name one that is made later with a *"
        asked.refuse(f"may_change: {aim.server} has no table {aim.table!r}", hint)
    elif aim.column is not None and not _WILD.search(aim.column) and table.column(aim.column.partition(".")[0]) is None:
        hint = f"its columns: {', '.join(_columns(table))}"
        asked.refuse(f"may_change: {path!r}: {table.name} has no column {aim.column!r}", hint)


def _check_records(asked: _Asked, aim: Aim, part: RecordsPart) -> None:
    """Tables are known; which fields their records come to have is not."""
    tables = [name for name, table in part.records.tables.items() if not table.hidden]
    if _WILD.search(aim.table) or aim.table.lower() in (name.lower() for name in tables):
        return
    name, _, field = aim.table.rpartition(".")
    meant = f"write {aim.server}.{name}[*].{field}" if name in tables else f"known: {', '.join(tables) or 'none'}"
    asked.refuse(f"may_change: {aim.server} has no {aim.table!r}", meant)


def _column_without_key(aim: Aim, tables: Sequence[TableInfo]) -> str:
    """How `orders.status` would have to be written."""
    name, _, column = aim.table.rpartition(".")
    return f"{name}[*].{column}" if any(table.name == name for table in tables) else ""


def _columns(table: TableInfo) -> list[str]:
    return [column.name for column in table.columns]
