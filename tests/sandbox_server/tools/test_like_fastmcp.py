"""A person's functions look to agents as FastMCP makes them look."""

import json
from pathlib import Path
from typing import Any, Literal

import pytest
from fastmcp import Client, FastMCP
from mcp import Client as WireClient

from sandbox_server.call import Call
from sandbox_server.episode import Episode
from sandbox_server.path import walk
from sandbox_server.presentation import present
from sandbox_server.stage import Stage
from tests.sandbox_server.tools import plain_functions
from worlds.worldfile import plan_world
from worlds.yamlfile import parse_yaml

pytestmark = pytest.mark.anyio
HERE = Path(__file__).parent
NAMES = ("add", "order", "item", "many", "grow", "nothing", "bare", "number", "whatever", "broken")
CALLS: list[tuple[str, Any]] = [
    ("add", {"title": "x"}),
    ("add", {}),
    ("add", {"title": 1, "more": 2}),
    ("add", {"title": "x", "tag": "c"}),
    ("add", {"title": "x", "stars": "4"}),
    ("add", {"title": "x", "stars": "four"}),
    ("order", {"items": [{"sku": "a"}, {"sku": "b", "count": 3}], "when": "2026-01-01"}),
    ("order", {"items": [{"sk": "a"}], "when": "soon"}),
    ("order", {"items": "none"}),
    ("item", {"x": 2}),
    ("item", {"x": -2}),
    ("many", {"count": 2}),
    ("many", {"count": 0}),
    ("grow", {"branch": {"name": "a", "branches": [{"name": "b"}]}}),
    ("nothing", {}),
    ("bare", {"value": [1, {"a": None}]}),
    ("bare", {}),
    ("number", {}),
    ("whatever", {"kind": "text"}),
    ("whatever", {"kind": "list"}),
    ("whatever", {"kind": "true"}),
    ("whatever", {"kind": "other"}),
    ("broken", {"kind": "luck"}),
    ("_hidden", {}),
    ("never", {"a": 1}),
]


def real() -> FastMCP[Any]:
    server: FastMCP[Any] = FastMCP("own")
    for name in NAMES:
        server.tool(getattr(plain_functions, name))
    return server


def ours() -> Episode:
    world = "{soundstage: 1, world: own, servers: {own: {kind: tools, code: plain_functions.py}}}"
    return Stage().open(present(plan_world(parse_yaml(world, "own.yaml"), HERE)))


async def test_the_tools_are_listed_alike() -> None:
    async with Client(real()) as client:
        listed = (await client.list_tools_mcp()).tools
    theirs = {each.name: json.loads(each.model_dump_json(by_alias=True, exclude_none=True)) for each in listed}
    mine = {each["name"]: dict(each) for each in ours().servers["own"].surface.tools}

    assert list(mine) == list(NAMES)
    for name in NAMES:
        assert mine[name] == theirs[name], name


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_they_offer_what_it_offers(mode: Literal["legacy", "auto"]) -> None:
    async with WireClient(real()._mcp_server, mode=mode) as client:
        offered = client.server_capabilities.model_dump(by_alias=True, exclude_none=True)
    surface = ours().servers["own"].surface
    assert offered == (surface.capabilities if mode == "legacy" else surface.modern_capabilities)


@pytest.mark.parametrize(("tool", "arguments"), CALLS)
async def test_calls_are_answered_alike(tool: str, arguments: Any) -> None:
    async with Client(real()) as client:
        answer = await client.call_tool_mcp(tool, arguments)
    theirs = json.loads(answer.model_dump_json(by_alias=True, exclude_none=True))
    marks = {key: value for key, value in theirs.pop("_meta", {}).items() if key == "fastmcp"}
    theirs.pop("resultType", None)
    reply = (await walk(ours(), Call("own", tool, arguments))).reply
    assert reply.result is not None
    mine = dict(reply.result)

    assert mine.pop("_meta", {}) == marks
    assert mine == theirs
