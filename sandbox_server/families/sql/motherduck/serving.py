"""The MotherDuck server: SQL failures of `execute_query` are errors, those of the catalogue tools are plain answers."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, cast

from sandbox_server.call import Call, Reply
from sandbox_server.families.sql.motherduck import catalogue
from sandbox_server.families.sql.motherduck.rendering import (
    NO_STATEMENT,
    ROWS_MAX,
    failure,
    failure_of,
    rows_shown,
    show,
)
from sandbox_server.family import Site
from sandbox_server.surface import Surface
from worlds.companion import Companion
from worlds.part import Moment
from worlds.parts.sql.database import DatabaseError, Decided, Outcome
from worlds.parts.sql.duckdb.part import DuckDatabase, Shipped

_CELLS_MAX: Final = 60_000
"""Rows with more characters than this can never be shown whole, so that they need not come from the worker."""
_INVALID: Final = Reply.refused(-32602, "Invalid request parameters", "")
_LEVELS: Final = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")


class MotherDuck:
    """One presented database."""

    dialect: ClassVar[str] = "motherduck"

    def __init__(self, surface: Surface, path: str) -> None:
        self.surface = surface
        self.path = path

    def companions(self) -> Mapping[str, Companion]:
        """None: a session's state lives in the database part."""
        return {}

    async def call(self, call: Call, arguments: dict[str, Any], site: Site) -> Reply:
        """Answer one call."""
        try:
            told = await _TOOLS[call.tool](arguments, site)
        except catalogue.Refused as error:
            told = catalogue.refused(error)
        text = show(told)
        if call.tool == "execute_query" and not told["success"]:
            return self.surface.fingerprint.failure(f"Error calling tool {call.tool!r}: {text}")
        return self.surface.fingerprint.text(text, {"result": text})

    async def request(self, method: str, params: Any, site: Site) -> Reply | None:
        """Refuse resources and prompts by name: there are none."""
        given = params if isinstance(params, dict) else {}
        if method == "resources/read":
            uri = given.get("uri")
            told = Reply.refused(-32602, f"Resource not found: {uri!r}", {"uri": uri})
            return told if isinstance(uri, str) else _INVALID
        if method == "prompts/get":
            name = given.get("name")
            sound = isinstance(name, str) and _is_texts(given.get("arguments"))
            return Reply.refused(-32602, f"Unknown prompt: {name!r}") if sound else _INVALID
        if method == "logging/setLevel":
            return Reply({}) if given.get("level") in _LEVELS else _INVALID
        return None

    def identity_arguments(self, tool: str, arguments: Any) -> Any:
        """All of them: a statement's text is what it does."""
        return arguments


async def _execute_query(arguments: dict[str, Any], site: Site) -> dict[str, Any]:
    decided: Decided | None = site.notes.get("decided")
    outcome = await _database(site).run(
        arguments["sql"], _moment(site), decided=decided, rows_max=ROWS_MAX + 1, cells_max=_CELLS_MAX
    )
    if outcome.decided == "killed":
        site.notes["decided"] = "killed"
    if isinstance(outcome, DatabaseError):
        return failure_of(outcome)
    answer = cast(Shipped, outcome)
    if answer.empty:
        return failure(*NO_STATEMENT)
    rows = [list(row) for row in answer.rows]
    try:
        return rows_shown(answer.columns, answer.types, rows, len(rows) + answer.more)
    except TypeError as error:
        return failure("TypeError", str(error))


async def _list_databases(arguments: dict[str, Any], site: Site) -> dict[str, Any]:
    return await catalogue.list_databases(_asking(site))


async def _list_tables(arguments: dict[str, Any], site: Site) -> dict[str, Any]:
    return await catalogue.list_tables(_asking(site), arguments["database"], arguments["schema"])


async def _list_columns(arguments: dict[str, Any], site: Site) -> dict[str, Any]:
    return await catalogue.list_columns(_asking(site), arguments["table"], arguments["database"], arguments["schema"])


def _asking(site: Site) -> catalogue.Ask:
    """A way to look into the catalogue in the agent's own session."""
    database, moment = _database(site), _moment(site)

    async def ask(sql: str) -> Outcome:
        return await database.run(sql, moment, personal=False)

    return ask


def _database(site: Site) -> DuckDatabase:
    return cast(DuckDatabase, site.part)


def _moment(site: Site) -> Moment:
    """Now, with chance of this call's own."""
    identity = site.identity
    chance = site.world.chance.derive("sql", identity.tool, identity.arguments.hex(), identity.attempt)
    return Moment(site.now_ns, site.actor, chance)


def _is_texts(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and all(isinstance(each, str) for each in value.values()))


_TOOLS: Final = {
    "execute_query": _execute_query,
    "list_databases": _list_databases,
    "list_tables": _list_tables,
    "list_columns": _list_columns,
}
