"""Our tools against those that FastMCP's generator makes, which calls our own plain HTTP door."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastmcp import Client, FastMCP
from mcp.client.session import ClientSession
from ruamel.yaml import YAML

from tests.sandbox_server.api.stub import CANNED, KEY, Doors, open_doors
from worlds.parts.api.exchange import Response

pytestmark = pytest.mark.anyio
SPEC = YAML(typ="safe").load(Path(__file__).with_name("billing.yaml").read_text())


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def unjudged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client takes every result, fit for its schema or not: the wire is compared."""

    async def take(self: ClientSession, name: str, result: Any) -> None:
        return None

    monkeypatch.setattr(ClientSession, "validate_tool_result", take)


@asynccontextmanager
async def both(base: str | None = None) -> AsyncIterator[tuple[Doors, "Client[Any]", "Client[Any]"]]:
    """The doors, a client of the generator's server, and one of ours."""
    async with open_doors() as doors:
        web = httpx2.AsyncClient(base_url=base or doors.rest, headers={"authorization": f"Bearer {KEY}"})
        real = FastMCP.from_openapi(SPEC, client=web, name="Larkspur Billing")
        async with web, Client(real) as theirs, Client(doors.mcp) as ours:
            yield doors, theirs, ours


async def answer(client: "Client[Any]", tool: str, arguments: Mapping[str, Any]) -> Any:
    """A result as it came off the wire."""
    result = await client.call_tool_mcp(tool, dict(arguments))
    told: dict[str, Any] = result.model_dump(mode="json", by_alias=True, exclude_none=True)
    told.pop("_meta", None) if set(told.get("_meta", {})) <= {"io.modelcontextprotocol/serverInfo"} else None
    return masked(told)


def masked(value: Any) -> Any:
    """Without ids, which are made anew for every call."""
    if isinstance(value, dict):
        return {key: "ID" if key == "id" and isinstance(each, str) else masked(each) for key, each in value.items()}
    if isinstance(value, list):
        return [masked(each) for each in value]
    return re.sub(r'"id":"[0-9a-f]{8}"', '"id":"ID"', value) if isinstance(value, str) else value


async def test_the_tools_are_those_of_the_generator() -> None:
    async with both() as (_, theirs, ours):
        expected = (await theirs.list_tools_mcp()).model_dump(mode="json", by_alias=True, exclude_none=True)
        found = (await ours.list_tools_mcp()).model_dump(mode="json", by_alias=True, exclude_none=True)

    assert found == expected
    assert json.dumps(found["tools"], sort_keys=False) == json.dumps(expected["tools"], sort_keys=False)


CALLS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "a list": ("listCharges", {"limit": 2, "status": "paid"}),
    "lists in queries": ("listCharges", {"ids": ["a", "b c"], "tags": ["x", "y"], "created": {"gte": 5, "z": True}}),
    "empty values": ("listCharges", {"ids": [], "tags": [], "created": {}, "status": ""}),
    "a body": ("create_charge", {"amount": 5, "currency": "eur", "Idempotency-Key": "k", "customer": {"id": 1}}),
    "wrong types": ("create_charge", {"amount": "five", "customer": 3.5}),
    "a header that is no text": ("create_charge", {"amount": 5, "Idempotency-Key": 7}),
    "no body at all": ("create_charge", {}),
    "unknown arguments": ("create_charge", {"amount": 5, "colour": "red"}),
    "nulls": ("create_charge", {"amount": None, "currency": "eur"}),
    "a path": ("getCharge", {"id": "ch_1"}),
    "letters in a path": ("getCharge", {"id": "a/b c%d.é?#"}),
    "a number in a path": ("getCharge", {"id": 7}),
    "a truth in a path": ("getCharge", {"id": True}),
    "a list in a path": ("getCharge", {"id": ["a", 1]}),
    "a missing path parameter": ("getCharge", {}),
    "steps in a path": ("getCharge", {"id": "../admin"}),
    "hidden steps in a path": ("getCharge", {"id": "%252e%252e/x"}),
    "a name in two places": ("updateCharge", {"id__path": "ch_1", "id": "ch_2", "description": "x", "metadata": {}}),
    "an empty answer": ("DELETE_chargesid", {"id": "ch_1"}),
    "a whole body": ("Replace_the_tags", {"id": 1, "body": ["a", "b"]}),
    "a form": ("token_create", {"grant": "a b&c", "n": 3}),
    "fields of a variant": ("create_payout", {"way": "bank", "cents": 5, "iban": "DE00"}),
    "no such tool": ("nothing", {}),
}


@pytest.mark.parametrize("name", CALLS)
async def test_calls_are_answered_as_the_generator_answers_them(name: str) -> None:
    tool, arguments = CALLS[name]
    async with both() as (_, theirs, ours):
        expected = await answer(theirs, tool, arguments)

        assert await answer(ours, tool, arguments) == expected


JSON = (("Content-Type", "application/json"),)
ANSWERS: Mapping[str, Response] = {
    "200 object": Response(200, JSON, {"id": "x", "amount": 1, "deep": {"é": [1, 2.5, None, True, "ü"]}}),
    "200 array": Response(200, JSON, ["a", {"b": 1}]),
    "200 number": Response(200, JSON, 7),
    "200 text": Response(200, (("Content-Type", "text/plain"),), "plain words"),
    "200 empty": Response(200, ()),
    "201": Response(201, JSON, {"id": "x", "amount": 1}),
    "202 empty": Response(202, ()),
    "204": Response(204, ()),
    "302": Response(302, (("Location", "/elsewhere"),)),
    "400": Response(400, JSON, {"error": {"message": "It's wrong", "param": None, "ok": False, "n": 1.0}}),
    "400 array": Response(400, JSON, ["a", 'b"c']),
    "400 text in JSON": Response(400, JSON, "just words"),
    "401": Response(401, (*JSON, ("WWW-Authenticate", "Bearer")), {"error": "no"}),
    "403": Response(403, JSON, {"error": "no"}),
    "404": Response(404, JSON, {"message": "Not Found"}),
    "404 empty": Response(404, ()),
    "409": Response(409, JSON, {"message": "taken"}),
    "418": Response(418, JSON, {"message": "tea"}),
    "422": Response(422, JSON, {"detail": [{"loc": ["body", "amount"], "msg": "nope", "type": "int"}]}),
    "429": Response(429, (*JSON, ("Retry-After", "20")), {"message": "slow"}),
    "499": Response(499, JSON, {"message": "odd"}),
    "500": Response(500, (("Content-Type", "text/html"),), "<h1>Oops</h1>"),
    "502 empty": Response(502, ()),
    "503": Response(503, JSON, {"message": "later"}),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_answers_are_told_as_the_generator_tells_them(name: str) -> None:
    CANNED["/charges/canned"] = CANNED["/charges/7/tags"] = ANSWERS[name]
    try:
        async with both() as (_, theirs, ours):
            for tool, arguments in (
                ("getCharge", {"id": "canned"}),
                ("DELETE_chargesid", {"id": "canned"}),
                ("listTags", {"id": 7}),
            ):
                expected = await answer(theirs, tool, arguments)

                assert await answer(ours, tool, arguments) == expected
    finally:
        CANNED.clear()
