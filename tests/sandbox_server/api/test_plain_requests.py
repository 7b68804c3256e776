"""Plain HTTP requests to a service take the path of a call."""

from typing import Any

import pytest

from sandbox_server.call import Call, Reply
from sandbox_server.hooks import Hooks, Proceed
from sandbox_server.path import walk
from tests.sandbox_server.api.stub import CANNED, Doors, open_doors
from tests.sandbox_server.wire import exchange, request_bytes
from worlds.parts.api.exchange import Response

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def last(doors: Doors) -> Any:
    """The last entry of the ledger, as JSON."""
    return doors.episode.ledger.entries[-1].to_json()


async def test_a_request_is_answered_as_the_service_answers() -> None:
    async with open_doors() as doors:
        seen = await doors.ask("GET", "/charges/ch%2F1?expand=a&expand=b")

    assert (seen.status, seen.headers["content-type"]) == (200, "application/json")
    assert seen.headers["date"] == "Mon, 02 Mar 2026 09:00:00 GMT"
    assert seen.json["saw"]["path"] == "/charges/ch%2F1"
    assert seen.json["saw"]["query"] == [["expand", "a"], ["expand", "b"]]


async def test_the_ledger_keeps_a_request_as_the_call_that_it_is() -> None:
    async with open_doors() as doors:
        await doors.ask("POST", "/charges?limit=3", {"amount": 5}, {"idempotency-key": "k1"})
        entry = last(doors)

    assert (entry["kind"], entry["tool"], entry["arrival"], entry["effect"]) == ("call", "create_charge", 1, 1)
    assert entry["arguments"] == {"Idempotency-Key": "k1", "limit": "3", "amount": 5}
    assert entry["told"]["result"]["status"] == 200
    assert [change["kind"] for change in entry["changes"]] == ["added"]
    assert entry["notes"]["http"]["target"] == "/charges?limit=3"


async def test_the_same_operation_by_either_door_has_the_same_identity_ids_and_state() -> None:
    asked = {"amount": 5, "currency": "eur", "Idempotency-Key": "k1"}
    async with open_doors() as doors:
        await doors.ask("POST", "/charges", {"amount": 5, "currency": "eur"}, {"idempotency-key": "k1"})
        plain, kept = last(doors), doors.episode.world.attempts
        digest = doors.episode.world.content_digest()
    async with open_doors() as doors:
        await walk(doors.episode, Call("billing", "create_charge", asked, number=1))
        tool = last(doors)

        assert doors.episode.world.attempts == kept
        assert doors.episode.world.content_digest() == digest
    assert plain["tool"] == tool["tool"]
    assert plain["arguments"] == tool["arguments"]
    assert plain["changes"] == tool["changes"]


async def test_a_path_that_leads_nowhere_is_a_call_too() -> None:
    async with open_doors() as doors:
        CANNED["/nothing"] = Response(404, (), {"error": "no such route"})
        seen = await doors.ask("GET", "/nothing")
        entry = last(doors)

    assert (seen.status, seen.json) == (404, {"error": "no such route"})
    assert (entry["tool"], entry["arguments"]) == ("GET /nothing", {})
    assert entry["told"]["result"]["isError"]


async def test_head_is_get_without_a_body() -> None:
    async with open_doors() as doors:
        whole = await doors.ask("GET", "/charges/ch_1")
        seen = await doors.ask("HEAD", "/charges/ch_1")
        entry = last(doors)

    assert (seen.status, seen.body) == (200, b"")
    assert seen.headers["content-length"] == whole.headers["content-length"]
    assert entry["tool"] == "getCharge"


async def test_options_names_the_methods() -> None:
    async with open_doors() as doors:
        seen = await doors.ask("OPTIONS", "/charges")
        nowhere = await doors.ask("OPTIONS", "/nowhere/at/all")

    assert (seen.status, seen.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert "content-length" not in seen.headers
    assert nowhere.status == 404


async def test_a_body_that_is_no_json_reaches_the_service_as_such() -> None:
    async with open_doors() as doors:
        seen = await doors.ask("POST", "/charges", b'{"amount": ')

    assert seen.status == 400
    assert "unexpected end" in seen.json["error"]["message"].lower()


async def test_forms_are_read_by_their_content_type() -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    async with open_doors() as doors:
        seen = await doors.ask("POST", "/tokens", b"grant=a%20b&n=3&n=4&e=", form)

    assert seen.json["saw"]["body"] == {"grant": "a b", "n": ["3", "4"], "e": ""}


async def test_a_body_beyond_the_limit_is_refused_and_recorded() -> None:
    async with open_doors() as doors:
        headers = {"content-length": str(64 << 20), "content-type": "application/json"}
        data = request_bytes(doors.port, f"{doors.base}/charges", b"", {**doors.headers, **headers})
        seen = await exchange(doors.port, data, whole=True)
        entry = last(doors)

    assert seen.status == 413
    assert entry["notes"]["http"]["too_large"]
    assert entry["changes"] == []


async def test_an_answer_without_content_has_neither_body_nor_length() -> None:
    async with open_doors() as doors:
        seen = await doors.ask("DELETE", "/charges/ch_1")

    assert (seen.status, seen.body) == (204, b"")
    assert "content-length" not in seen.headers
    assert "content-type" not in seen.headers


async def test_the_episodes_credential_may_come_as_a_bearer_and_stays_with_the_stage() -> None:
    async with open_doors() as doors:
        doors.base = "/billing/api"
        seen = await doors.ask("GET", "/charges/ch_1", headers={"authorization": "Bearer token"})
        wrong = await doors.ask("GET", "/charges/ch_1", headers={"authorization": "Bearer other"})
        kept = str(last(doors))

    assert seen.status == 401  # the service's own key is another header's affair
    assert "Bearer token" not in kept
    assert (wrong.status, wrong.body) == (404, b"Not Found")


async def test_strangers_find_nothing() -> None:
    async with open_doors() as doors:
        for base in ("/wrong/billing/api", "/token/other/api", "/token/billing/apis", "/token/billing/mcp/api"):
            doors.base = base
            assert (await doors.ask("GET", "/charges")).body == b"Not Found"
        doors.base = "/token/billing/api"
        assert (await doors.ask("GET", "/charges", headers={"host": "evil.test"})).status == 403
        assert doors.episode.ledger.entries == []


async def test_call_hooks_stand_before_plain_requests() -> None:
    calls: list[str] = []

    async def gate(call: Call, proceed: Proceed) -> Reply:
        calls.append(call.tool)
        return await proceed(call) if len(calls) < 2 else Reply.refused(-32000, "Connection closed")

    async with open_doors(hooks=Hooks(call=(gate,))) as doors:
        first = await doors.ask("GET", "/charges")
        second = await doors.ask("GET", "/charges")

    assert calls == ["listCharges", "listCharges"]
    assert (first.status, second.status, second.body) == (200, 503, b"")


async def test_many_requests_on_one_connection() -> None:
    async with open_doors() as doors:
        one = request_bytes(
            doors.port, f"{doors.base}/charges/a", b"", {**doors.headers, "content-length": None}, "GET"
        )
        end = request_bytes(
            doors.port, f"{doors.base}/charges/b", b"",
            {**doors.headers, "content-length": None, "connection": "close"}, "GET",
        )  # fmt: skip
        seen = await exchange(doors.port, one + one + end)

    assert seen.raw.count(b"HTTP/1.1 200 OK") == 3
    assert seen.raw.index(b"/charges/a") < seen.raw.index(b"/charges/b")


async def test_a_service_that_breaks_says_no_more_than_that() -> None:
    async with open_doors() as doors:
        CANNED["/charges/broken"] = Response("oops", (), {})  # type: ignore[arg-type]
        seen = await doors.ask("GET", "/charges/broken")
        entry = last(doors)

    assert (seen.status, seen.json) == (500, {"message": "Internal Server Error"})
    assert "TypeError" in entry["notes"]["broke"]
