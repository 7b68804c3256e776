"""What the Python SDK's client makes of each fault of transport and protocol; an update that changes it is noticed.

Two kinds of servers: 2026-07-28 over JSON bodies, and a session of the handshake era over event streams.
"""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from mcp import Client

from fault_injection.profile import inline_profile
from tests.clients.test_python_sdk import text
from tests.sandbox_server.conftest import Serve
from tests.sandbox_server.served import Served

pytestmark = pytest.mark.anyio

MODERN: Final = ("python", "auto")
SESSION: Final = ("typescript", "legacy")
BOTH: Final = (MODERN, SESSION)
GENERIC: Final = "MCPError -32603 Server returned an error response"
DEAD: Final = "dead"
"""The whole client ends, its other calls included."""
HURRIED_SECONDS, PATIENT_SECONDS = 1.0, 60.0
"""How long callers wait for an answer that is known never to come, and for any other."""
SHORT: Final = "peer closed connection without sending complete message body"
SEEN: Final[list[tuple[str, dict[str, Any], tuple[tuple[str, str], ...], str]]] = [
    ("http_status", {"status": 429}, BOTH, GENERIC),
    ("http_status", {"status": 429, "body": "jsonrpc"}, BOTH, "MCPError -32000 Too many requests."),
    ("http_status", {"status": 401}, BOTH, GENERIC),
    ("http_status", {"status": 403}, BOTH, GENERIC),
    ("http_status", {"status": 413}, BOTH, GENERIC),
    ("http_status", {"status": 503, "body": "html"}, BOTH, GENERIC),
    ("http_status", {"status": 404}, (MODERN,), "MCPError -32601 Not Found"),
    ("http_status", {"status": 404}, (SESSION,), "MCPError -32600 Session terminated"),
    ("wrong_type", {}, BOTH, "MCPError -32600 Unexpected content type: text/html"),
    ("redirect", {}, BOTH, "MCPError -32600 Redirect to https://login.example.com/ not followed"),
    ("reset", {}, BOTH, f"{DEAD} ReadError"),
    ("closed", {}, BOTH, f"{DEAD} RemoteProtocolError Server disconnected"),
    ("lost_answer", {}, BOTH, f"{DEAD} RemoteProtocolError Server disconnected"),
    ("silence", {}, BOTH, f"{DEAD} RemoteProtocolError Server disconnected"),
    ("short_body", {}, (MODERN,), f"{DEAD} RemoteProtocolError {SHORT}"),
    ("short_body", {}, (SESSION,), "MCPError -32000 SSE stream ended without a response"),
    ("cut_stream", {}, (MODERN,), "MCPError -32700 Failed to parse JSON response"),
    ("cut_stream", {}, (SESSION,), "MCPError -32000 SSE stream ended without a response"),
    ("cut_stream", {"at": "start"}, (SESSION,), "MCPError -32000 SSE stream ended without a response"),
    ("garbled_stream", {}, (MODERN,), "MCPError -32700 Failed to parse JSON response"),
    ("garbled_stream", {}, (SESSION,), "MCPError -32700 Failed to parse SSE message"),
    ("wrong_id", {}, (MODERN,), "MCPError -32001 Request 'tools/call' timed out"),
    ("wrong_id", {}, (SESSION,), "written"),
    ("duplicate_answer", {}, BOTH, "written"),
    ("slow_body", {}, BOTH, "written"),
    ("slow_head", {}, BOTH, "written"),
    ("hang", {}, BOTH, "written"),
    ("invalid_result", {}, BOTH, "ValidationError"),
    ("rpc_error", {"code": -32000, "message": "Overloaded"}, BOTH, "MCPError -32000 Overloaded"),
    ("tool_error", {}, BOTH, "An unexpected error occurred."),
    ("rate_limited", {}, BOTH, "Rate limit exceeded. Retry after 20 seconds."),
]
"""What one call comes to, by fault, settings and kind of server."""
CASES: Final = [
    pytest.param(kind, settings, server, seen, id="-".join([kind, *map(str, settings.values()), server[1]]))
    for kind, settings, servers, seen in SEEN
    for server in servers
]


def causes(error: BaseException) -> Iterator[str]:
    """An error and those that it groups, in a line each."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from causes(inner)
    else:
        code = getattr(getattr(error, "error", None), "code", "")
        yield " ".join(f"{type(error).__name__} {code} {error}".split())


async def called(client: Client, seconds: float = PATIENT_SECONDS) -> str:
    """What a call comes to that the client survives."""
    try:
        return text(await client.call_tool("write", {"key": "k", "text": "v"}, read_timeout_seconds=seconds))
    except Exception as error:
        return next(causes(error))


async def used(served: Served, mode: str, rule: dict[str, Any], seconds: float) -> tuple[str, str]:
    """What a call that is hit comes to within so many seconds, and the next one."""
    first = after = ""
    try:
        async with Client(served.url, mode=mode, read_timeout_seconds=PATIENT_SECONDS) as client:
            await client.list_tools()
            served.episode.faults.put([inline_profile([rule])])
            first = await called(client, seconds)
            served.episode.faults.put(())
            after = await called(client)
    except BaseExceptionGroup as error:
        return f"{DEAD} {next(causes(error))}", DEAD
    return first, after


@pytest.mark.parametrize(("kind", "settings", "server", "seen"), CASES)
async def test_a_fault_looks_as_it_did_when_it_was_measured(
    serve: Serve, kind: str, settings: dict[str, Any], server: tuple[str, str], seen: str
) -> None:
    surface, mode = server
    served = await serve(surface)
    seconds = HURRIED_SECONDS if "timed out" in seen else PATIENT_SECONDS
    first, after = await used(served, mode, {"fault": kind, "with": settings}, seconds)

    assert first.startswith(seen)
    assert after == (DEAD if seen.startswith(DEAD) else "written")
