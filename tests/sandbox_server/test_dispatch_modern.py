"""2026-07-28: what is sent before an answer, changes that are listened for, servers that speak nothing else."""

import pytest

from tests.sandbox_server.conftest import Serve
from tests.sandbox_server.test_dispatch_handshake import Stream
from tests.sandbox_server.wire import modern

pytestmark = pytest.mark.anyio

LOG = "notifications/message"
CHANGED = {"method": "notifications/tools/list_changed"}
UPDATED = {"method": "notifications/resources/updated", "params": {"uri": "memo://a"}}
ID_KEY = "io.modelcontextprotocol/subscriptionId"


async def test_an_answer_is_json_until_something_is_told_before_it(serve: Serve) -> None:
    served = await serve()

    plain = await served.send(*modern("tools/call", {"name": "noop", "arguments": {"x": "a"}}))
    told = await served.send(*modern("tools/call", {"name": "tell", "arguments": {"method": LOG}}))

    assert plain.headers["content-type"] == "application/json"
    assert told.headers["content-type"] == "text/event-stream"
    assert [message.get("method", "answer") for message in told.events] == [LOG, "answer"]
    assert told.events[-1]["result"]["resultType"] == "complete"


async def test_what_is_beyond_ascii_is_escaped_as_the_python_sdk_does(serve: Serve) -> None:
    served = await serve()

    seen = await served.send(*modern("tools/call", {"name": "noop", "arguments": {"x": "日本"}}))

    assert seen.body.isascii()
    assert seen.json["result"]["content"][0]["text"] == "日本"


async def test_listeners_are_told_the_changes_that_they_asked_for_and_no_others(serve: Serve) -> None:
    served = await serve()
    wish = {"notifications": {"toolsListChanged": True, "resourceSubscriptions": ["memo://a"], "nonsense": True}}
    body, headers = modern("subscriptions/listen", wish, id="s")

    async with Stream(served, headers, body, "POST") as stream:
        await stream.until(b"acknowledged")
        (line,) = served.episode.connections
        kept = [
            line.notify(message)
            for message in (
                {"method": "notifications/prompts/list_changed"},
                {**UPDATED, "params": {"uri": "memo://other"}},
                UPDATED,
                CHANGED,
            )
        ]
        seen = await stream.until(b"tools/list_changed")

    mark = {ID_KEY: "s"}
    honored = {"toolsListChanged": True, "resourceSubscriptions": ["memo://a"]}
    assert kept == [False, False, True, True]
    assert seen.events == [
        {"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged",
         "params": {"notifications": honored, "_meta": mark}},
        {"jsonrpc": "2.0", "method": UPDATED["method"], "params": {"uri": "memo://a", "_meta": mark}},
        {"jsonrpc": "2.0", "method": CHANGED["method"], "params": {"_meta": mark}},
    ]  # fmt: skip


async def test_a_change_that_a_call_causes_goes_to_listeners_not_into_the_answer(serve: Serve) -> None:
    served = await serve()
    body, headers = modern("subscriptions/listen", {"notifications": {"toolsListChanged": True}}, id=7)

    async with Stream(served, headers, body, "POST") as stream:
        await stream.until(b"acknowledged")
        answer = await served.send(*modern("tools/call", {"name": "tell", "arguments": {"method": CHANGED["method"]}}))
        seen = await stream.until(b"list_changed")

    assert answer.headers["content-type"] == "application/json"
    assert seen.events[-1]["params"]["_meta"] == {ID_KEY: 7}


async def test_a_listener_is_told_the_end(serve: Serve) -> None:
    served = await serve()
    body, headers = modern("subscriptions/listen", {"notifications": {}}, id=7)

    async with Stream(served, headers, body, "POST") as stream:
        await stream.until(b"acknowledged")
        served.stage.close("ep")
        seen = await stream.end()

    assert seen.events[-1]["result"]["_meta"][ID_KEY] == 7


@pytest.mark.parametrize("wish", [None, {}, {"notifications": []}])
async def test_a_wish_that_cannot_be_read_is_refused(serve: Serve, wish: dict[str, object] | None) -> None:
    served = await serve()

    seen = await served.send(*modern("subscriptions/listen", wish))

    assert (seen.status, seen.json["error"]["code"]) == (400, -32602)


async def test_other_methods_go_to_the_server(serve: Serve) -> None:
    served = await serve()
    body, headers = modern("resources/read", {"uri": "memo://a"})

    seen = await served.send(body, {**headers, "mcp-name": "memo://a"})

    assert seen.json["result"]["contents"] == []
    assert seen.json["result"]["ttlMs"] == 0
    (entry,) = served.episode.ledger.entries
    assert (entry.kind, entry.tool) == ("request", "resources/read")
