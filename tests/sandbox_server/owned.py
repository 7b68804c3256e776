"""A stage with both of its listeners, as its owner's tests see it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from sandbox_server.admin.app import admin_app
from sandbox_server.admin.control import DEFAULT, Control, Opening
from sandbox_server.admin.worlds import Finder, Presentations
from sandbox_server.call import Call, Reply
from sandbox_server.carriers.agents import Agents
from sandbox_server.carriers.http import Listener
from sandbox_server.episode import Episode
from sandbox_server.family import Server, Site
from sandbox_server.presentation import Presentation
from sandbox_server.stage import Stage
from tests.sandbox_server.plain import PlainServer, surface, tool
from tests.sandbox_server.wire import modern, send
from worlds.clock import Mode
from worlds.part import Moment
from worlds.worldfile import plan_world
from worlds.yamlfile import parse_yaml

TOKEN = "owners-token"
WORLD = """
soundstage: 1
world: desk
clock: 2026-03-02T09:00:00Z
servers:
  files: {kind: filesystem, root: /w, tree: {a.txt: one, d/b.bin: {base64: /w==}, l: {symlink: a.txt}}}
  shop:
    kind: sql
    schema: "create table orders (id integer primary key, name text, total real);"
    rows: {orders: [[1, Ida, 9.5], [2, Bo, 3]]}
  inbox: {kind: mail, account: me@desk.test, messages: [{from: ida@example.test, subject: Lamps}]}
"""


class Hands(PlainServer):
    """A server whose only tool does an operation of its part."""

    async def call(self, call: Call, arguments: dict[str, Any], site: Site) -> Reply:
        site.part.perform(arguments["operation"], arguments["with"], Moment(site.now_ns, site.actor, site.world.chance))
        return self.surface.fingerprint.text("done")


def desk(seed: int = 1, mode: Mode = "virtual") -> Presentation:
    """Files and a shop, with a server each that does operations."""
    plan = plan_world(parse_yaml(WORLD, "desk.yaml"), Path())
    shown = surface(tools=(tool("do", operation="string", **{"with": "object"}),))
    servers: dict[str, Server] = {name: Hands(shown) for name in plan.servers}
    return Presentation(plan, plan.build(seed, mode), servers, seed)


@dataclass
class Owned:
    """A stage, its owner's client, and its agents."""

    control: Control
    agents: Listener
    admin: Listener
    client: httpx.AsyncClient

    @property
    def stage(self) -> Stage:
        return self.control.stage

    @property
    def default(self) -> Episode:
        return self.stage.episode(DEFAULT)

    async def ask(self, verb: str, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        """One request that is answered with this status; the answer's JSON."""
        response = await self.client.request(verb, path, json=body, **more)
        assert response.status_code == status, response.text
        return response.json()

    async def do(self, server: str, operation: str, arguments: Mapping[str, Any], token: str = "agent-token") -> str:
        """An agent's call; the text of its answer."""
        body, headers = modern("tools/call", {"name": "do", "arguments": {"operation": operation, "with": arguments}})
        seen = await send(self.agents.port, f"/{token}/{server}/mcp", body, headers)
        return str(seen.json["result"]["content"][0]["text"])

    async def sell(self, number: int, total: float = 1) -> str:
        """An agent's call that adds an order."""
        return await self.do("shop", "execute", {"sql": f"insert into orders values ({number}, 'new', {total})"})


@asynccontextmanager
async def owned(mode: Mode = "virtual", finder: Finder | None = None) -> AsyncIterator[Owned]:
    """The desk being served; everything stops at the end."""
    stage = Stage()
    control = Control(stage, "", Presentations(finder))
    async with Listener(Agents(stage)) as agents, Listener(admin_app(control, TOKEN)) as admin:
        control.agents_url = agents.url
        control.open(Opening(desk(), mode, DEFAULT, "agent-token", [("clerk", "clerk-token")]))
        headers = {"authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(base_url=f"{admin.url}/admin/v1", headers=headers, timeout=120) as client:
            yield Owned(control, agents, admin, client)
        control.stopping.set()
    stage.close_all()
