"""A service whose answers tests choose: what surrounds an engine can be seen without one."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

from sandbox_server.carriers.http import Listener, serve_agents
from sandbox_server.episode import Episode
from sandbox_server.families.api.convention import conventions
from sandbox_server.families.api.server import ApiServer
from sandbox_server.hooks import NO_HOOKS, Hooks
from sandbox_server.presentation import Presentation
from sandbox_server.stage import Stage
from tests.sandbox_server.plain import START_NS, PlainPart, Texts
from tests.sandbox_server.wire import Header, Seen, send
from worlds.chance import NOBODY, Chance
from worlds.clock import Clock, ClockState, Mode
from worlds.part import Moment
from worlds.parts.api.document.reading import read_document
from worlds.parts.api.engine.definition import Definition
from worlds.parts.api.exchange import ABSENT, Malformed, Request, Response
from worlds.parts.api.rules import Key, Rules
from worlds.world import World
from worlds.worldfile import WorldPlan
from worlds.yamlfile import Document

DOCUMENT = read_document(Path(__file__).with_name("billing.yaml"))
KEY = "sk_test_1"
CANNED: dict[str, Response] = {}
"""By path: what is answered, whatever is asked."""


class StubPart(PlainPart):
    """Keeps each body that is posted, by path, and answers with what it saw; canned answers go first."""

    kind: ClassVar[str] = "stub"
    definition: ClassVar[Definition] = Definition(DOCUMENT, {}, Rules(), {KEY: Key()})

    def fork(self) -> Self:
        return type(self)(self.settled)

    def answer(self, request: Request, moment: Moment) -> Response:
        """What it saw, under an id from the world's chance."""
        if request.path in CANNED:
            return CANNED[request.path]
        if isinstance(request.body, Malformed):
            return Response(400, (), {"error": {"message": request.body.reason}})
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return Response(401, (("WWW-Authenticate", "Bearer"),), {"error": {"message": "no key"}})
        seen = seen_of(request)
        made = moment.chance.hex(8, "stub", NOBODY, "id")
        if request.method in ("POST", "PATCH", "PUT"):
            self.texts = self.texts.set(f"{request.path}/{made}", json.dumps(seen, sort_keys=True))
        if request.method == "DELETE":
            return Response(204, (("X-Request-Id", made),))
        return Response(200, (("X-Request-Id", made),), {"id": made, "amount": 5, "saw": seen})


def seen_of(request: Request) -> dict[str, Any]:
    """A request without what only its carrier knows."""
    told = ("idempotency-key", "content-type", "authorization")
    headers = {name: request.headers[name] for name in told if name in request.headers}
    body = {} if request.body is ABSENT else {"body": request.body}
    query = [list(pair) for pair in request.query]
    return {"method": request.method, "path": request.path, "query": query, "headers": headers, **body}


def presented(
    convention: str = "openapi", *, mode: Mode = "virtual", keys: Mapping[str, str] | None = None, seed: int = 1
) -> Presentation:
    """A world with the stub as `billing`."""
    server = ApiServer(StubPart.definition, conventions.get(convention), {"": KEY} if keys is None else keys)
    parts: dict[str, Any] = {"billing": StubPart(Texts())}
    world = World("stub", parts, clock=Clock(ClockState(START_NS, mode)), chance=Chance(seed))
    plan = WorldPlan("stub", "", START_NS, Path(), {}, Document("<test>", None))
    return Presentation(plan, world, {"billing": server}, seed)


@dataclass
class Doors:
    """A stage with one open episode of a service, reached both ways."""

    stage: Stage
    episode: Episode
    listener: Listener
    base: str = "/token/billing/api"
    headers: dict[str, Header] = field(default_factory=lambda: {"authorization": f"Bearer {KEY}"})

    @property
    def port(self) -> int:
        return self.listener.port

    @property
    def mcp(self) -> str:
        """Where MCP clients connect."""
        return f"{self.listener.url}/token/billing/mcp"

    @property
    def rest(self) -> str:
        """The base of the service's URLs."""
        return f"{self.listener.url}{self.base}"

    async def ask(
        self, method: str, target: str, body: Any = None, headers: Mapping[str, Header] | None = None
    ) -> Seen:
        """One plain request; a body that is no bytes is sent as JSON."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        given = {**self.headers, "accept": "*/*", **(headers or {})}
        if body is None:
            given = {"content-type": None, "content-length": None, **given}
        return await send(self.port, self.base + target, data, given, method)


@asynccontextmanager
async def open_doors(shown: Presentation | None = None, *, hooks: Hooks = NO_HOOKS) -> AsyncIterator[Doors]:
    """Serve a service until the block ends."""
    stage = Stage()
    episode = stage.open(shown or presented(), token="token", hooks=hooks, id="ep")
    async with serve_agents(stage) as listener:
        yield Doors(stage, episode, listener)
    stage.close_all()
