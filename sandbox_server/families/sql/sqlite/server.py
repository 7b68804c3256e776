"""The server: gates in front of the database, its answers as text, its memo and its prompt."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, cast

from pydantic import AnyUrl, ValidationError

from sandbox_server.call import ABSENT, Call, Reply
from sandbox_server.families.sql.sqlite.driver import beginning, ending_of, is_committed
from sandbox_server.families.sql.sqlite.memo import Memo
from sandbox_server.families.sql.sqlite.prompt import demonstration
from sandbox_server.families.sql.sqlite.rendering import spelled
from sandbox_server.families.sql.sqlite.tools import CAPABILITIES, MEMO_URI, PROMPTS, RESOURCES, TOOLS
from sandbox_server.family import Site
from sandbox_server.fingerprint import fingerprints
from sandbox_server.fingerprints.python_lowlevel import VERSIONS
from sandbox_server.surface import Surface
from worlds.companion import Companion
from worlds.part import Moment
from worlds.parts.sql.database import DatabaseError, Decided, Outcome
from worlds.parts.sql.sqlite.part import SqliteDatabase

HANDLER_ERROR: Final = 0
"""The JSON-RPC code under which the SDK reports what a handler raises."""
_NOT_SQLITES: Final = ("MemoryError", "UnicodeEncodeError")
"""Failures of Python and not of its driver: the server words them as errors of its own."""
_TABLES: Final = "SELECT name FROM sqlite_master WHERE type='table'"
_UPDATED: Final = {"method": "notifications/resources/updated", "params": {"uri": MEMO_URI}}


class Told(Exception):
    """What the server says instead of an answer: its own words, or the database's."""


class SqliteServer:
    """One database behind six tools."""

    dialect: ClassVar[str] = "sqlite"

    def __init__(self, name: str) -> None:
        self.name = name
        self.fingerprint = fingerprints.get("python_lowlevel")
        self.surface = Surface(
            server_info={"name": "sqlite", "version": "0.1.0"},
            capabilities=CAPABILITIES,
            fingerprint=self.fingerprint,
            tools=TOOLS,
            versions=VERSIONS,
            lists={"resources/list": {"resources": RESOURCES}, "prompts/list": {"prompts": PROMPTS}},
            unknown_tool=self.unknown_tool,
        )

    def companions(self) -> Mapping[str, Companion]:
        """The memo lives as long as the server's process."""
        return {"memo": Memo()}

    async def call(self, call: Call, arguments: dict[str, Any], site: Site) -> Reply:
        """Do what the tool does. Failures are texts of successful results, as on the imitated server."""
        try:
            text = await self._done(call.tool, arguments, site)
        except Told as told:
            text = str(told)
        return self.fingerprint.text(text)

    async def request(self, method: str, params: Any, site: Site) -> Reply | None:
        """Read the memo, or give the prompt."""
        if method == "resources/read":
            return self._read(params, site)
        return self._prompt(params) if method == "prompts/get" else None

    def identity_arguments(self, tool: str, arguments: Any) -> Any:
        """The statement, or the table; not the words of an insight."""
        key = "table_name" if tool == "describe_table" else "query"
        value = arguments.get(key) if isinstance(arguments, Mapping) else None
        return {key: value.encode(errors="replace").decode()} if isinstance(value, str) else {}

    def unknown_tool(self, tool: str, arguments: Any) -> Reply:
        """A handler that first looks for arguments, then for the tool."""
        if arguments is not ABSENT and arguments is not None and type(arguments) is not dict:
            return self.fingerprint.bad_call(None)
        named = arguments is not ABSENT and bool(arguments)
        return self.fingerprint.text(f"Error: Unknown tool: {tool}" if named else "Error: Missing arguments")

    async def _done(self, tool: str, arguments: Mapping[str, str], site: Site) -> str:
        if tool == "list_tables":
            return await self._answer(_TABLES, site)
        if tool == "describe_table":
            return await self._answer(f"PRAGMA table_info({arguments['table_name']})", site)
        if tool == "append_insight":
            return self._note(arguments["insight"], site)
        query = gated(tool, arguments["query"])
        text = await self._answer(query, site)
        return "Table created successfully" if tool == "create_table" else text

    async def _answer(self, query: str, site: Site) -> str:
        """What the database says, on a connection of its own. Raises Told."""
        part, who = cast("SqliteDatabase", site.part), site.identity
        chance = site.world.chance.derive("sql", who.tool, who.attempt, who.arguments.decode())
        moment = Moment(site.now_ns, site.actor, chance)
        decided: Decided | None = site.notes.get("decided")
        outcome = await part.run(query, moment, decided=decided, ending=ending_of(query))
        if outcome.decided == "killed":
            site.notes["decided"] = "killed"
        return await _text(query, outcome)

    def _note(self, insight: str, site: Site) -> str:
        key = f"{self.name}.memo"
        memo = cast("Memo", site.world.companions[key])
        site.world.companions = {**site.world.companions, key: memo.noting(insight)}
        site.outbox.append(dict(_UPDATED))
        return "Insight added to memo"

    def _read(self, params: Any, site: Site) -> Reply:
        try:
            uri = AnyUrl(params["uri"])
        except (ValidationError, TypeError, KeyError):
            return self.fingerprint.bad_call(params)
        if uri.scheme != "memo":
            return Reply.refused(HANDLER_ERROR, f"Unsupported URI scheme: {uri.scheme}")
        path = str(uri).replace("memo://", "")
        if path != "insights":
            return Reply.refused(HANDLER_ERROR, f"Unknown resource path: {path}")
        memo = cast("Memo", site.world.companions[f"{self.name}.memo"])
        return Reply({"contents": [{"uri": str(uri), "mimeType": "text/plain", "text": memo.text}]})

    def _prompt(self, params: Any) -> Reply:
        name = params.get("name") if isinstance(params, dict) else None
        given = (params.get("arguments") if isinstance(params, dict) else None) or {}
        if type(name) is not str or type(given) is not dict or any(type(each) is not str for each in given.values()):
            return self.fingerprint.bad_call(params)
        if name != "mcp-demo":
            return Reply.refused(HANDLER_ERROR, f"Unknown prompt: {name}")
        if "topic" not in given:
            return Reply.refused(HANDLER_ERROR, "Missing required argument: topic")
        return Reply(demonstration(given["topic"]))


def gated(tool: str, query: str) -> str:
    """The query, if it begins as the tool wants it to. Raises Told."""
    text = beginning(query)
    if tool == "read_query" and not text.startswith("SELECT"):
        raise Told("Error: Only SELECT queries are allowed for read_query")
    if tool == "write_query" and text.startswith("SELECT"):
        raise Told("Error: SELECT queries are not allowed for write_query")
    if tool == "create_table" and not text.startswith("CREATE TABLE"):
        raise Told("Error: Only CREATE TABLE statements are allowed")
    return query


async def _text(query: str, outcome: Outcome) -> str:
    """An outcome as text. Raises Told for a failure."""
    if isinstance(outcome, DatabaseError):
        raise Told(f"{'Error' if outcome.kind in _NOT_SQLITES else 'Database error'}: {outcome.message}")
    if is_committed(query):
        return str([{"affected_rows": outcome.affected}])
    return await spelled(outcome.columns, outcome.rows)
