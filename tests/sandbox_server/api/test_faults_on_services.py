"""Faults of every layer on services, by tools and by plain HTTP."""

from pathlib import Path
from typing import Any, Final

import pytest

from fault_injection.fault import faults
from fault_injection.profile import inline_profile
from sandbox_server.call import Call
from sandbox_server.path import walk
from tests.sandbox_server.api.shop import shop
from tests.sandbox_server.api.stub import Doors, open_doors
from tests.sandbox_server.wire import Seen
from worlds.clock import MS

pytestmark = pytest.mark.anyio
KEY: Final = {"authorization": "Bearer sk_live_1"}
BODY: Final = {"id": "ch_1", "amount": 500, "currency": "eur", "status": "paid"}
BUCKET: Final = "      limits: {calls: 60, per: 1m}\n"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def put(doors: Doors, kind: str, **more: Any) -> None:
    """One rule, about every call unless it says otherwise."""
    doors.headers = dict(KEY)
    doors.episode.faults.put([inline_profile([{"on": "billing.*", "fault": kind, **more}])])


def entry(doors: Doors) -> Any:
    """The ledger's last call, as JSON."""
    return [each for each in doors.episode.ledger.entries if each.kind == "call"][-1].to_json()


async def create(doors: Doors) -> Seen:
    """A charge by plain HTTP."""
    return await doors.ask("POST", "/charges", {"amount": 7})


async def told(doors: Doors, tool: str = "getCharge", **arguments: Any) -> str:
    """What a tool tells."""
    outcome = await walk(doors.episode, Call("billing", tool, arguments or {"id": "ch_1"}, number=90))
    return str((outcome.reply.result or {})["content"][0]["text"])


async def test_a_limit_is_told_with_true_headers_and_in_the_wrappers_words(tmp_path: Path) -> None:
    async with open_doors(shop(tmp_path, more=BUCKET)) as doors:
        put(doors, "rate_limited", token_bucket={"rates": "3/min", "size": 1, "per": "rule"})
        first, seen = await create(doors), await create(doors)
        words = await told(doors)
        clock = doors.episode.world.clock
        wait_ms = 1_000 * int(seen.headers["retry-after"])
        clock.advance((wait_ms - 100) * MS)
        early = await create(doors)
        clock.advance(int(early.headers["retry-after"]) * 1_000 * MS)
        late = await create(doors)

    assert (first.status, seen.status, early.status, late.status) == (201, 429, 429, 201)
    assert seen.json["code"] == "rate_limit_exceeded"
    assert (seen.headers["x-ratelimit-limit"], seen.headers["x-ratelimit-remaining"]) == ("3", "0")
    assert seen.headers["x-request-id"].startswith("req_")
    assert words == "Rate limited by upstream API, please retry later"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("unavailable", 503), ("auth_expired", 401), ("forbidden", 403), ("not_found", 404), ("tool_error", 500),
        ("tool_missing", 404), ("quota_exhausted", 429),
    ],
)  # fmt: skip
async def test_failures_have_their_status_by_plain_http(tmp_path: Path, kind: str, status: int) -> None:
    async with open_doors(shop(tmp_path)) as doors:
        put(doors, kind)
        seen = await doors.ask("GET", "/charges/ch_1")
        kept = entry(doors)

    assert seen.status == status
    assert kept["told"]["result"]["status"] == status
    assert kept["true_reply"]["result"]["status"] == 200
    assert [rule["fired"] for rule in kept["rules"]] == [True]


async def test_a_timeout_takes_its_time_and_may_have_happened(tmp_path: Path) -> None:
    async with open_doors(shop(tmp_path)) as doors:
        put(doors, "timed_out", phase="after", nth=1)
        began = doors.episode.world.clock.now_ns
        seen = await create(doors)
        took = doors.episode.world.clock.now_ns - began
        kept = entry(doors)

    assert seen.status == 504
    assert took >= 1_000 * MS
    assert [change["kind"] for change in kept["changes"]] == ["added"]
    assert kept["true_reply"]["result"]["status"] == 201


async def test_bodies_of_answers_are_changed_as_texts_of_tools_are(tmp_path: Path) -> None:
    async with open_doors(shop(tmp_path)) as doors:
        put(doors, "malformed")
        seen = await doors.ask("GET", "/charges/ch_1")
        kept = entry(doors)

    assert seen.body == b'{"id":"ch_1","amount":500,"currency":"eur","status":"paid"'
    assert kept["true_reply"]["result"]["content"][0]["text"].endswith('"paid"}')


async def test_a_gateways_status_comes_before_the_service(tmp_path: Path) -> None:
    async with open_doors(shop(tmp_path)) as doors:
        put(doors, "http_status", **{"with": {"status": 503, "wait": "5s", "body": "html"}})
        seen = await create(doors)
        kept = entry(doors)

    assert (seen.status, seen.headers["retry-after"]) == (503, "5")
    assert b"<h1>503 Service Unavailable</h1>" in seen.body
    assert (kept["told"], kept["changes"]) == (None, [])
    assert kept["notes"]["wire"]["status"] == 503


@pytest.mark.parametrize(("kind", "reset"), [("reset", True), ("closed", False)])
@pytest.mark.parametrize(("phase", "happened"), [("before", []), ("after", ["added"])])
async def test_a_lost_connection_says_nothing_of_whether_it_happened(
    tmp_path: Path, kind: str, reset: bool, phase: str, happened: list[str]
) -> None:
    async with open_doors(shop(tmp_path)) as doors:
        put(doors, kind, phase=phase)
        seen = await create(doors)
        kept = entry(doors)

    assert (seen.raw, seen.reset) == (b"", reset)
    assert [change["kind"] for change in kept["changes"]] == happened


async def test_a_short_body_announces_more_than_it_has(tmp_path: Path) -> None:
    async with open_doors(shop(tmp_path)) as doors:
        put(doors, "short_body")
        seen = await doors.ask("GET", "/charges/ch_1")

    assert int(seen.headers["content-length"]) > len(seen.body)


async def test_faults_of_json_rpc_leave_plain_requests_alone(tmp_path: Path) -> None:
    async with open_doors(shop(tmp_path)) as doors:
        put(doors, "rpc_error")
        seen = await doors.ask("GET", "/charges/ch_1")
        kept = entry(doors)

    assert (seen.status, seen.json) == (200, BODY)
    assert kept["rules"][0]["suppressed"] == "a plain request has no JSON-RPC around it"


async def test_a_write_that_is_lost_is_told_as_done(tmp_path: Path) -> None:
    async with open_doors(shop(tmp_path)) as doors:
        put(doors, "lost_write")
        seen = await create(doors)
        kept = entry(doors)

    assert (seen.status, kept["changes"]) == (201, [])


NEEDED: Final = {
    "latency": {"fixed": "1s"},
    "list_changed": {"description": "Other words."},
    "interruption": {"event": {"do": "remove", "with": {"table": "charges", "key": "ch_2"}}},
}
"""Settings without which some kinds cannot be."""


@pytest.mark.parametrize("kind", [name for name in faults.names() if "http" in faults.get(name).transports])
async def test_no_fault_breaks_either_door(tmp_path: Path, kind: str) -> None:
    """Whatever happens to one request, the next one is served, and nothing broke."""
    if faults.get(kind).of_starts:
        return
    async with open_doors(shop(tmp_path)) as doors:
        put(doors, kind, budget={"times": 1}, **({"with": NEEDED[kind]} if kind in NEEDED else {}))
        await create(doors)
        after = await doors.ask("GET", "/charges/ch_1")
        entries = [each for each in doors.episode.ledger.entries if each.kind == "call"]

    assert after.status in (200, 401, 403, 404, 409, 423, 429, 500, 503, 504)
    assert all("broke" not in each.notes for each in entries)
