"""What an agent is told to wait is true to the millisecond, however it is told and whichever clock its world has."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any, Final

import pytest

from fault_injection.profile import inline_profile
from sandbox_server.episode import Episode
from tests.sandbox_server.conftest import Serve
from tests.sandbox_server.served import Served
from tests.sandbox_server.test_faults_of_state import READ as READ_FILE
from tests.sandbox_server.test_faults_of_state import SELECT, opened, tried
from tests.sandbox_server.test_faults_on_the_wire import READ
from worlds.clock import MS, SECOND, Mode

pytestmark = pytest.mark.anyio
LIMITS: Final[dict[str, dict[str, Any]]] = {
    "token_bucket": {"token_bucket": {"rates": ["7/min", "40/h"], "size": 2}},
    "gcra": {"gcra": {"rate": "7/min", "early": "900ms"}},
}
"""Limits whose waits are no whole seconds by themselves."""
HEADER: Final = {"fault": "http_status", "with": {"status": 429, "body": "jsonrpc", "rate_headers": True}}
DATE: Final = {"fault": "http_status", "with": {"status": 503, "body": "json", "retry_after": "date"}}
TEXT: Final = {"fault": "rate_limited"}


def still(episode: Episode, mode: Mode) -> None:
    """Let no real time pass, so that a flowing clock shows what is set here and the ticks of calls."""
    clock = episode.world.clock
    clock._monotonic_ns = lambda: 0
    clock.restore(replace(clock.state(), mode=mode, now_ns=clock.now_ns + 123_456_789))


def arrive_at(episode: Episode, then_ns: int) -> None:
    """Set the clock so that the next call arrives at a time."""
    clock = episode.world.clock
    clock.hold_at(then_ns - clock.tick_ns)


def header(seen: Any, now_ns: int) -> int:
    """The wait of the header, and what the body and the other headers say of it."""
    wait = int(seen.headers["retry-after"])
    reset = int(seen.headers["x-ratelimit-reset"])
    assert seen.json["error"]["data"]["retryAfter"] == wait
    assert abs(reset * SECOND - (now_ns + wait * SECOND)) < SECOND
    return now_ns + wait * SECOND


def date(seen: Any, now_ns: int) -> int:
    """The time of the header."""
    return int(parsedate_to_datetime(seen.headers["retry-after"]).timestamp()) * SECOND


def text(seen: Any, now_ns: int) -> int:
    """The wait in the server's own words."""
    found = re.search(r"[Rr]etry after ([0-9]+) seconds", seen.json["result"]["content"][0]["text"])
    assert found is not None
    return now_ns + int(found[1]) * SECOND


TELLS: Final[dict[str, tuple[dict[str, Any], Callable[[Any, int], int]]]] = {
    "header": (HEADER, header), "date": (DATE, date), "text": (TEXT, text),
}  # fmt: skip


def refused(served: Served) -> bool:
    return any(rule["fired"] for rule in last(served.episode).rules)


def last(episode: Episode) -> Any:
    return [entry for entry in episode.ledger.entries if entry.kind == "call"][-1]


@pytest.mark.parametrize("mode", ["virtual", "flowing"])
@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("tells", TELLS)
async def test_one_millisecond_early_is_refused_and_on_time_is_allowed(
    serve: Serve, mode: Mode, limit: str, tells: str
) -> None:
    rule, read = TELLS[tells]
    served = await serve()
    still(served.episode, mode)
    served.episode.faults.put([inline_profile([{**LIMITS[limit], **rule}])])
    for _ in range(4):
        seen = await served.send(*READ)
        if refused(served):
            break
    on_time_ns = read(seen, last(served.episode).told_ns)
    assert on_time_ns > last(served.episode).told_ns

    arrive_at(served.episode, on_time_ns - MS)
    early = await served.send(*READ)
    assert refused(served) and last(served.episode).arrived_ns == on_time_ns - MS
    if tells != "date":
        assert read(early, on_time_ns) - on_time_ns == SECOND  # a millisecond is left, which is told as a second
    arrive_at(served.episode, on_time_ns)
    assert (await served.send(*READ)).status == 200 and not refused(served)
    assert last(served.episode).arrived_ns == on_time_ns


@pytest.mark.parametrize("mode", ["virtual", "flowing"])
@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("call", [READ_FILE, SELECT], ids=["files", "rows"])
async def test_a_server_without_words_for_waits_keeps_the_same_ones(mode: Mode, limit: str, call: Any) -> None:
    """No system call and no database says how long; the ledger does, and it is as true."""
    episode, client = opened({**LIMITS[limit], "fault": "rate_limited"})
    still(episode, mode)
    while not any(rule["fired"] for rule in (last(episode).rules if episode.ledger.entries[1:] else ())):
        await tried(client, call)
    entry = last(episode)
    wait_ms = entry.rules[0]["wait_ms"]
    assert wait_ms % 1_000 == 0 and not re.search(r"\bretry|seconds", json.dumps(entry.told.to_json()))
    on_time_ns = entry.told_ns + wait_ms * MS

    fired = []
    for then_ns in (on_time_ns - MS, on_time_ns):
        arrive_at(episode, then_ns)
        await tried(client, call)
        fired.append(last(episode).rules[0]["fired"])

    assert fired == [True, False]


@pytest.mark.parametrize(
    ("trigger", "own", "told"),
    [
        ({"token_bucket": {"rates": "7/min", "size": 1}}, {}, ["7", "7"]),
        ({"token_bucket": {"rates": ["9/min", "1/s"]}}, {}, ["1", "1"]),
        ({"token_bucket": {"rates": ["1/s", "2/h"], "size": 1}}, {}, ["2", "2"]),
        ({"gcra": "11/min"}, {}, ["11", "11"]),
        ({"gcra": "11/min"}, {"limit": 12}, ["12", "12"]),
        ({"sequence": ".xx"}, {"wait": "5s"}, ["60", "60"]),
    ],
)  # fmt: skip
async def test_the_allowance_of_the_headers_is_that_of_what_refuses(
    serve: Serve, trigger: Any, own: Any, told: list[str]
) -> None:
    """Also to those who come again too early."""
    served = await serve()
    rule = {**trigger, "fault": "http_status", "with": {"status": 429, "rate_headers": True, **own}}
    served.episode.faults.put([inline_profile([rule])])
    seen = [await served.send(*READ) for _ in range(3)]

    assert [each.status for each in seen] == [200, 429, 429]
    assert [each.headers["x-ratelimit-limit"] for each in seen[1:]] == told


@pytest.mark.parametrize("tells", TELLS)
async def test_a_wait_counts_from_when_its_answer_left(serve: Serve, tells: str) -> None:
    """However slow the answer was."""
    rule, read = TELLS[tells]
    served = await serve()
    still(served.episode, "virtual")
    slow = {"nth": 1, "fault": "latency", "with": {"fixed": "2500ms"}}
    served.episode.faults.put([inline_profile([
        {"name": "slow", **slow}, {"name": "late", **slow, "phase": "after"},
        {"name": "r", **rule, "nth": 1, "with": {**rule.get("with", {}), "wait": "7s"}},
    ])])  # fmt: skip
    on_time_ns = read(await served.send(*READ), last(served.episode).told_ns)

    fired = []
    for then_ns in (on_time_ns - MS, on_time_ns):
        arrive_at(served.episode, then_ns)
        await served.send(*READ)
        fired.append(refused(served))
    assert fired == [True, False]
