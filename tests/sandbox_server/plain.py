"""A tiny world with one server, for tests of what surrounds tools: its part is a map of texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import immutables

from sandbox_server.call import ABSENT, Call, Reply
from sandbox_server.family import Server, Site
from sandbox_server.fingerprint import Fingerprint
from sandbox_server.presentation import Presentation
from sandbox_server.surface import HANDSHAKE_VERSIONS, MODERN_VERSION, Surface
from worlds.blobs import Blobs
from worlds.chance import Chance
from worlds.changes import Change, kind_of
from worlds.clock import Clock, ClockState, Mode, parse_time
from worlds.companion import Companion
from worlds.digest import value_hash
from worlds.part import Moment
from worlds.world import World
from worlds.worldfile import WorldPlan
from worlds.yamlfile import Document

Texts = immutables.Map[str, str]
START_NS = parse_time("2026-03-02T09:00:00Z")


class PlainPart:
    """A map of texts."""

    kind: ClassVar[str] = "plain"

    def __init__(self, texts: Texts | None = None) -> None:
        self.texts: Texts = texts if texts is not None else immutables.Map()
        self.settled = self.texts

    def fork(self) -> "PlainPart":
        return PlainPart(self.settled)

    def same(self, older: "PlainPart") -> bool:
        return self.texts is older.settled

    def adopt(self, other: "PlainPart") -> None:
        self.texts = self.settled = other.settled

    def settle(self, actor: str) -> Sequence[Change]:
        if self.texts is self.settled:
            return ()
        old, new, self.settled = self.settled, self.texts, self.texts
        keys = sorted({*old, *new})
        return [
            Change(key, kind_of(old.get(key), new.get(key)), old.get(key), new.get(key), (actor,))
            for key in keys
            if old.get(key) != new.get(key)
        ]

    def digest(self) -> bytes:
        return value_hash(dict(self.settled))

    def marks_digest(self) -> bytes:
        return b""

    def recomputed(self) -> tuple[bytes, bytes]:
        return self.digest(), b""

    def diff(self, older: "PlainPart") -> Sequence[Change]:
        return PlainPart.settle(_unsettled(older.settled, self.settled), "agent")

    def dump(self, blobs: Blobs) -> dict[str, Any]:
        return {"texts": dict(self.settled)}

    @classmethod
    def load(cls, manifest: Mapping[str, Any], blobs: Blobs) -> "PlainPart":
        return cls(immutables.Map(manifest["texts"]))

    def perform(self, operation: str, arguments: Mapping[str, Any], moment: Moment) -> Any:
        self.texts = self.texts.set(arguments["key"], arguments["text"])

    def close(self) -> None:
        """Nothing to give back."""


def _unsettled(old: Texts, new: Texts) -> PlainPart:
    part = PlainPart(old)
    part.texts = new
    return part


@dataclass
class Words:
    """The manner of the Python SDK's lowlevel server 2.x, as far as tests need it."""

    name: str = "fastmcp"

    def text(self, text: str, structured: Any = None) -> Reply:
        return Reply({"content": [{"text": text, "type": "text"}], "isError": False})

    def failure(self, text: str) -> Reply:
        return Reply({"content": [{"text": text, "type": "text"}], "isError": True})

    def unknown_tool(self, name: str) -> Reply:
        return self.failure(f"Unknown tool: {name}")

    def accept(self, tool: Mapping[str, Any], arguments: Any) -> Reply | dict[str, Any]:
        if arguments is ABSENT or arguments is None:
            return {}
        return arguments if isinstance(arguments, dict) else self.bad_call(arguments)

    def bad_call(self, params: Any) -> Reply:
        return Reply.refused(-32602, "Invalid request parameters", "")

    def unknown_method(self, method: str) -> Reply:
        return Reply.refused(-32601, "Method not found", method)

    def negotiate(self, offered: Any, versions: tuple[str, ...]) -> str:
        return offered if offered in versions else versions[-1]

    def frame(self, request_id: Any, reply: Reply) -> dict[str, Any]:
        if reply.error is None:
            return {"jsonrpc": "2.0", "id": request_id, "result": reply.result}
        data = {} if reply.error.data is ABSENT else {"data": reply.error.data}
        error = {"code": reply.error.code, "message": reply.error.message, **data}
        return {"jsonrpc": "2.0", "id": request_id, "error": error}

    def modern_result(
        self, result: Mapping[str, Any], server_info: Mapping[str, Any], *, cacheable: bool
    ) -> dict[str, Any]:
        hints = {"cacheScope": "private", "ttlMs": 0} if cacheable else {}
        meta = {**result.get("_meta", {}), "io.modelcontextprotocol/serverInfo": dict(server_info)}
        return {**result, **hints, "resultType": "complete", "_meta": meta}


def tool(name: str, **properties: str) -> dict[str, Any]:
    """A tool with texts for arguments."""
    schema = {"type": "object", "properties": {key: {"type": kind} for key, kind in properties.items()}}
    return {"inputSchema": schema, "name": name}


TOOLS = (
    tool("noop", x="string"),
    tool("write", key="string", text="string"),
    tool("read", key="string"),
    tool("boom"),
    tool("tell", method="string"),
    tool("test_simple_text"),
)


@dataclass
class PlainServer:
    """The server of a map of texts."""

    surface: Surface
    seen: list[str] = field(default_factory=list)

    def companions(self) -> Mapping[str, Companion]:
        return {}

    async def call(self, call: Call, arguments: dict[str, Any], site: Site) -> Reply:
        words = self.surface.fingerprint
        part = site.part
        assert isinstance(part, PlainPart)
        match call.tool:
            case "write":
                part.texts = part.texts.set(arguments["key"], arguments["text"])
                return words.text("written")
            case "read":
                return words.text(part.texts.get(arguments["key"], ""))
            case "boom":
                part.texts = part.texts.set("half", "written")
                raise RuntimeError("secret cause in /srv/where")
            case "tell":
                site.outbox.append({"method": arguments["method"], "params": {"level": "info", "data": "hello"}})
                return words.text("told")
            case "test_simple_text":
                return words.text("This is a simple text response for testing.")
        return words.text(str(arguments.get("x", "")))

    async def request(self, method: str, params: Any, site: Site) -> Reply | None:
        return Reply({"contents": []}) if method == "resources/read" else None

    def identity_arguments(self, tool: str, arguments: Any) -> Any:
        return {}


def surface(fingerprint: Fingerprint | None = None, **changes: Any) -> Surface:
    """A surface that speaks both generations in the manner of the Python SDK, unless changed."""
    made = Surface(
        server_info={"name": "plain", "version": "1"},
        capabilities={"tools": {"listChanged": False}},
        fingerprint=fingerprint or Words(),
        tools=TOOLS,
        versions=(*HANDSHAKE_VERSIONS, MODERN_VERSION),
    )
    return replace(made, **changes)


def surfaces() -> dict[str, Surface]:
    """One surface per manner, by name; those of SDKs of the handshake era do not speak 2026-07-28."""
    return {
        "python": surface(),
        "python-1": surface(Words("python_lowlevel"), versions=HANDSHAKE_VERSIONS),
        "typescript": surface(Words("typescript"), versions=HANDSHAKE_VERSIONS),
        "json": surface(answers="json"),
    }


def presentation(shown: Surface | None = None, *, seed: int = 1, mode: Mode = "virtual") -> Presentation:
    """A world with one server named `plain` (and its twin named `other`)."""
    servers: dict[str, Server] = {name: PlainServer(shown or surface()) for name in ("plain", "other")}
    parts = {name: PlainPart() for name in servers}
    world = World("plain", parts, clock=Clock(ClockState(START_NS, mode)), chance=Chance(seed))
    plan = WorldPlan("plain", "", START_NS, Path(), {}, Document("<test>", None))
    return Presentation(plan, world, servers, seed)
