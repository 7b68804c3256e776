"""Whatever kind of server tells a wait, and however: a millisecond early is refused, on time is allowed."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from fault_injection.profile import inline_profile
from harness.acting.client import Client
from sandbox_server.episode import Episode
from tests.sandbox_server.api.stub import open_doors
from tests.sandbox_server.every_server import CALLS, KEY, street
from worlds.clock import MS

pytestmark = pytest.mark.anyio
LIMITS: Final[dict[str, dict[str, Any]]] = {
    "token_bucket": {"token_bucket": {"rates": ["7/min", "40/h"], "size": 2, "per": "rule"}},
    "gcra": {"gcra": {"rate": "7/min", "early": "900ms", "per": "rule"}},
    "nth": {"nth": 2},
}
"""Limits whose waits are no whole seconds by themselves, and one that knows none."""
STANDING: Final = ("rate_limited", "quota_exhausted", "unavailable")
SILENT: Final = {"files", "shop", "lake", "billing"}
"""Servers that never say how long; the wait stands in the ledger alone. The wrapper `hub` tells that of limits."""
TOLD: Final = re.compile(r"(?:try again in|[Rr]etry after) (\d+) ?s")
Ask = Callable[[], Awaitable[str]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def arrive_at(episode: Episode, then_ns: int) -> None:
    clock = episode.world.clock
    clock.hold_at(then_ns - clock.tick_ns)


def last(episode: Episode) -> Any:
    return [entry for entry in episode.ledger.entries if entry.kind == "call"][-1]


def put(episode: Episode, server: str, kind: str, limit: str) -> None:
    clock = episode.world.clock
    clock.restore(replace(clock.state(), now_ns=clock.now_ns + 123_456_789))
    rule = {"on": f"{server}.*", "fault": kind, "with": {"wait": "7s"}, **LIMITS[limit]}
    episode.faults.put([inline_profile([rule])])


async def early_and_on_time(episode: Episode, ask: Ask) -> tuple[list[bool], str, int]:
    """Whether a call a millisecond early fails, and one on time; what the first refusal told, and the wait."""
    told = await ask()
    while not any(rule["fired"] for rule in last(episode).rules):
        told = await ask()
    wait_ms = last(episode).rules[0]["wait_ms"]
    on_time_ns = last(episode).told_ns + wait_ms * MS
    fired = []
    for then_ns in (on_time_ns - MS, on_time_ns):
        arrive_at(episode, then_ns)
        await ask()
        assert last(episode).arrived_ns == then_ns
        fired.append(any(rule["fired"] for rule in last(episode).rules))
    return fired, told, wait_ms


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("kind", STANDING)
@pytest.mark.parametrize("server", CALLS)
async def test_what_a_tool_tells_is_what_works(
    tmp_path_factory: pytest.TempPathFactory, server: str, kind: str, limit: str
) -> None:
    async with open_doors(street(folder(tmp_path_factory))) as doors:
        episode, client = doors.episode, Client(doors.episode)
        put(episode, server, kind, limit)
        tool, arguments = CALLS[server][0]

        async def ask() -> str:
            return repr((await client.call(server, tool, arguments)).result)

        fired, told, wait_ms = await early_and_on_time(episode, ask)

    assert fired == [True, False]
    found = TOLD.search(told)
    if server in SILENT or (server, kind) == ("hub", "unavailable"):
        assert found is None, told
    else:
        assert found is not None and int(found[1]) * 1_000 == wait_ms, told


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("kind", STANDING)
@pytest.mark.parametrize("server", ["billing", "hub"])
async def test_what_a_service_tells_by_plain_http_is_what_works(
    tmp_path_factory: pytest.TempPathFactory, server: str, kind: str, limit: str
) -> None:
    async with open_doors(street(folder(tmp_path_factory))) as doors:
        doors.base, doors.headers = f"/token/{server}/api", {"authorization": f"Bearer {KEY}"}
        put(doors.episode, server, kind, limit)

        async def ask() -> str:
            seen = await doors.ask("GET", "/charges/ch_1")
            return str(seen.headers.get("retry-after", ""))

        fired, told, wait_ms = await early_and_on_time(doors.episode, ask)

    assert fired == [True, False]
    assert int(told) * 1_000 == wait_ms


_FOLDERS: Final[list[Path]] = []


def folder(factory: pytest.TempPathFactory) -> Path:
    """One folder for all tests here, so that its world is built once."""
    if not _FOLDERS:
        _FOLDERS.append(factory.mktemp("street"))
    return _FOLDERS[0]
