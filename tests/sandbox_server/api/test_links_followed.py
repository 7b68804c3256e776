"""URLs in a service's answers lead on: a client that follows them stays with the service, and records name no door."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from fault_injection.profile import inline_profile
from sandbox_server.call import Call
from sandbox_server.path import walk
from sandbox_server.presentation import present
from tests.sandbox_server.api.stub import Doors, open_doors
from tests.worlds.api.described import answering, described, taking
from worlds.worldfile import read_world

pytestmark = pytest.mark.anyio
ISSUE: Final = {"type": "object", "properties": {"number": {"type": "integer"}, "title": {"type": "string"}}}
PAGES: Final = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in ("page", "per_page")]
LISTED: Final = {
    "type": "object",
    "properties": {
        "next": {"type": ["string", "null"]},
        "previous": {"type": ["string", "null"]},
        "results": {"type": "array", "items": ISSUE},
    },
}
WORLD: Final = "soundstage: 1\nworld: hub\nservers: {hub: {kind: api, spec: hub.json, data: {issues: ISSUES}}}\n"
SLOW: Final = {"fault": "slow_body", "on": "hub.*"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def hub(listed: Any, **more: Any) -> dict[str, Any]:
    """A service with issues."""
    made = taking(ISSUE, ISSUE)
    made["responses"] = {"201": made["responses"]["200"]}
    one = answering(
        ISSUE, parameters=[{"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}}]
    )
    paths = {
        "/repos/issues": {"get": answering(listed, parameters=PAGES, operationId="listIssues"), "post": made},
        "/repos/issues/{number}": {"get": one},
    }
    return dict(described(paths, **more).raw)


@asynccontextmanager
async def opened(folder: Path, spec: dict[str, Any]) -> AsyncIterator[tuple[Doors, httpx.AsyncClient]]:
    """The doors to a service with three issues, and a client at the plain one."""
    (folder / "hub.json").write_text(json.dumps(spec))
    issues = [{"number": number, "title": f"issue {number}"} for number in (1, 2, 3)]
    (folder / "world.yaml").write_text(WORLD.replace("ISSUES", json.dumps(issues)))
    shown = present(read_world(str(folder)))
    async with open_doors(shown) as doors, httpx.AsyncClient(base_url=f"{doors.listener.url}/token/hub/api") as client:
        yield doors, client


def linked() -> dict[str, Any]:
    spec = hub({"type": "array", "items": ISSUE})
    spec["paths"]["/repos/issues"]["get"]["responses"]["200"]["headers"] = {"Link": {"schema": {"type": "string"}}}
    return spec


def told(doors: Doors) -> str:
    return json.dumps([each.to_json() for each in doors.episode.ledger.entries])


async def test_link_headers_lead_through_all_pages(tmp_path: Path) -> None:
    async with opened(tmp_path, linked()) as (doors, client):
        answer = await client.get("/repos/issues?per_page=2")
        following = answer.links["next"]["url"]
        second = await client.get(following)

        assert following == f"{doors.listener.url}/token/hub/api/repos/issues?per_page=2&page=2"
        assert [each["number"] for each in second.json()] == [3]
        assert (await client.get(second.links["prev"]["url"])).json() == answer.json()
        assert "</repos/issues?per_page=2&page=2>" in told(doors)
        assert str(doors.port) not in told(doors) and "token/" not in told(doors)


async def test_locations_lead_to_what_was_made(tmp_path: Path) -> None:
    async with opened(tmp_path, linked()) as (doors, client):
        made = await client.post("/repos/issues", json={"title": "new"})
        number = made.json()["number"]

        assert made.headers["location"] == f"{doors.listener.url}/token/hub/api/repos/issues/{number}"
        assert (await client.get(made.headers["location"])).json() == made.json()
        assert f'["Location", "/repos/issues/{number}"]' in told(doors)


async def test_urls_in_bodies_lead_on_and_back(tmp_path: Path) -> None:
    async with opened(tmp_path, hub(LISTED)) as (doors, client):
        first = (await client.get("/repos/issues?per_page=2")).json()
        second = (await client.get(first["next"])).json()

        assert [each["number"] for each in second["results"]] == [3]
        assert (await client.get(second["previous"])).json() == first
        assert str(doors.port) not in told(doors) and "token/" not in told(doors)


async def test_the_host_is_the_one_that_the_client_asked(tmp_path: Path) -> None:
    async with opened(tmp_path, hub(LISTED)) as (doors, client):
        named = f"http://localhost:{doors.port}/hub/api"
        headers = {"authorization": "Bearer token", "host": f"localhost:{doors.port}"}
        told_url = (await client.get(f"{doors.listener.url}/hub/api/repos/issues?per_page=2", headers=headers)).json()

        assert told_url["next"] == f"{named}/repos/issues?per_page=2&page=2"


async def test_answers_that_come_in_pieces_keep_the_lengths_that_they_announce(tmp_path: Path) -> None:
    async with opened(tmp_path, hub(LISTED)) as (doors, client):
        doors.episode.faults.put([inline_profile([SLOW])])
        first = (await client.get("/repos/issues?per_page=2")).json()

        assert [each["number"] for each in (await client.get(first["next"])).json()["results"]] == [3]


async def test_tools_show_the_urls_that_the_description_tells(tmp_path: Path) -> None:
    for servers, base in ([{"url": "https://hub.example/v1"}], "https://hub.example/v1"), ([{"url": "/v1"}], ""):
        async with opened(tmp_path, hub(LISTED, servers=servers)) as (doors, _):
            outcome = await walk(doors.episode, Call("hub", "listIssues", {"per_page": 2}, number=1))
            assert outcome.reply.result is not None
            text = outcome.reply.result["content"][0]["text"]
            assert json.loads(text)["next"] == f"{base}/repos/issues?per_page=2&page=2"
