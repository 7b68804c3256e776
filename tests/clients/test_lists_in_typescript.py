"""What callers of the TypeScript clients see of tool lists that change, and of requests besides calls that fail."""

import json
from dataclasses import dataclass
from typing import Any, Final

import pytest

from fault_injection.profile import inline_profile
from sandbox_server.carriers.agents import Agents
from sandbox_server.carriers.http import Listener
from sandbox_server.episode import Episode
from sandbox_server.stage import Stage
from tests import tools
from tests.clients.test_what_clients_see import asked
from tests.sandbox_server.plain import presentation, surface

pytestmark = pytest.mark.anyio
CLIENTS: Final = ("typescript-sdk", "typescript-client handshake", "typescript-client modern")
TELLS: Final = {"tools": {"listChanged": True}}
TOOLS: Final = ["noop", "write", "read", "boom", "tell", "test_simple_text"]
RENAMED: Final = [{"write": "store"}.get(name, name) for name in TOOLS]
LEFT: Final = [name for name in RENAMED if name != "read"]
CHANGES: Final[list[dict[str, Any]]] = [
    {"name": "renamed", "on": "plain.write", "nth": 1, "phase": "after", "fault": "list_changed",
     "with": {"name": "store", "arguments": {"key": "at"}}},
    {"name": "gone", "on": "plain.read", "nth": 1, "phase": "after", "fault": "list_changed",
     "with": {"vanishes": True}},
]  # fmt: skip


KEPT: Final = {"opened": "open", "listed_again": TOOLS}
POSTED: Final = {
    "typescript-sdk": "StreamableHTTPError: Streamable HTTP error: Error POSTing to endpoint: ",
    "typescript-client handshake": "SdkHttpError: Error POSTing to endpoint: ",
    "typescript-client modern": "SdkHttpError: Error POSTing to endpoint: ",
}
AWAY: Final = "The service is temporarily unavailable."
BUSY: Final = dict.fromkeys(CLIENTS, "ProtocolError: Busy") | {"typescript-sdk": "McpError: MCP error -32000: Busy"}
FETCHED: Final = dict.fromkeys(CLIENTS, "TypeError: fetch failed")
FAILURES: Final[dict[str, tuple[dict[str, Any], dict[str, str]]]] = {
    "503": ({"fault": "http_status", "with": {"status": 503}}, {client: POSTED[client] + AWAY for client in CLIENTS}),
    "error": ({"fault": "rpc_error", "with": {"code": -32000, "message": "Busy"}}, BUSY),
    "reset": ({"fault": "reset"}, FETCHED),
    "closed": ({"fault": "closed"}, FETCHED),
    "no list": ({"fault": "invalid_result"}, {
        "typescript-sdk": "$ZodError: [",
        "typescript-client handshake": "SdkError: Invalid result for METHOD: [",
        "typescript-client modern": "SdkError: Invalid result for METHOD: [",
    }),
}  # fmt: skip
"""What a client's caller is told of a request that fails once."""
DISCOVERY: Final = "SdkError: Version negotiation "
PINNED: Final = f"{DISCOVERY}failed: the server did not offer pinned protocol version 2026-07-28 via server/d"
DISCOVERED: Final = {
    "503": "SdkHttpError: Version negotiation failed: the server answered the probe with HTTP 503",
    "reset": f"{DISCOVERY}probe failed: fetch failed",
    "closed": f"{DISCOVERY}probe failed: fetch failed",
}
"""The same where a client opens its line with `server/discover`; what it does not take for an outage, for a refusal."""
Seen = dict[str, Any]
Table = dict[tuple[str, str], tuple[Seen, Episode]]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@dataclass(frozen=True)
class Case:
    """One client before one server, and the rules that hold there."""

    client: str
    name: str
    rules: list[dict[str, Any]]
    changes: bool = False


def opening(client: str) -> str:
    """The request with which a client opens its line."""
    return "server/discover" if client.endswith("modern") else "initialize"


def failing(client: str, method: str, name: str) -> Case:
    """A request that fails once."""
    return Case(client, f"{method} {name}", [{"name": "hit", "method": method, "nth": 1, **FAILURES[name][0]}])


def cases() -> list[Case]:
    """All of them, for one process."""
    changed = [Case(client, "changes", CHANGES, changes=True) for client in CLIENTS]
    return changed + [
        failing(client, method, name)
        for client in CLIENTS for method in ("tools/list", opening(client)) for name in FAILURES
    ]  # fmt: skip


@pytest.fixture(scope="module")
async def seen() -> Table:
    """What each client saw, by case, and the episode."""
    stage, given, episodes = Stage(), [], []
    async with Listener(Agents(stage), grace_seconds=0.1) as listener:
        for number, case in enumerate(cases()):
            episode = stage.open(presentation(surface(capabilities=TELLS)), token=f"ep-{number}", id=f"ep-{number}")
            episode.faults.put([inline_profile(case.rules)])
            episodes.append(episode)
            given.append((case.client, f"{listener.url}/ep-{number}/plain/mcp", case.changes))
        told = await asked([str(tools.node()), str(tools.MANIFEST / "lists.mjs"), json.dumps(given)])
    return {
        (case.client, case.name): (each, episode)
        for case, each, episode in zip(cases(), told, episodes, strict=True)
    }  # fmt: skip


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_client_hears_of_a_list_that_changes_and_goes_on_with_it(seen: Table, client: str) -> None:
    told, episode = seen[client, "changes"]

    assert (told["listed"], told["write"]) == (TOOLS, "written")
    assert (told["heard"], told["heard_again"], told["listed_again"]) == (RENAMED, LEFT, LEFT)
    assert (told["old"], told["store"], told["read"]) == ("error: Unknown tool: write", "written", "three")
    assert told["read_again"] == "error: Unknown tool: read"
    calls = [entry for entry in episode.ledger.entries if entry.kind == "call"]
    assert [entry.tool for entry in calls] == ["write", "write", "write", "read", "read"]
    assert [bool(entry.rules and entry.rules[0]["fired"]) for entry in calls][::3] == [True, True]


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("client", CLIENTS)
async def test_a_list_that_fails_once_is_told_and_comes_when_it_is_asked_for_again(
    seen: Table, client: str, name: str
) -> None:
    told, episode = seen[client, f"tools/list {name}"]

    assert told == {**KEPT, "listed": FAILURES[name][1][client].replace("METHOD", "tools/list")}
    hit = [entry.tool for entry in episode.ledger.entries if any(rule["fired"] for rule in entry.rules)]
    assert hit == ["tools/list"]


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("client", CLIENTS)
async def test_a_line_that_fails_to_open_once_opens_when_it_is_tried_again(seen: Table, client: str, name: str) -> None:
    told, episode = seen[client, f"{opening(client)} {name}"]
    expected = FAILURES[name][1][client].replace("METHOD", "initialize")

    assert told["opened"] == (DISCOVERED.get(name, PINNED) if client.endswith("modern") else expected)
    assert told == {"opened": told["opened"], "opened_again": "open", "listed": TOOLS, "listed_again": TOOLS}
    hit = [entry.tool for entry in episode.ledger.entries if any(rule["fired"] for rule in entry.rules)]
    assert hit == [opening(client)]
