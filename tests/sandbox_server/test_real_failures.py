"""Failures are worded as the real servers worded them when they were made to fail; the record of that is data."""

import json
import re
from pathlib import Path
from typing import Any, Final, get_args

import pytest

from fault_injection.fault import Saying, faults
from fault_injection.profile import inline_profile
from fault_injection.scene import Meaning
from harness.acting.client import Client
from harness.wording import announces_failure
from sandbox_server.presentation import present
from sandbox_server.stage import Stage
from worlds.worldfile import plan_world
from worlds.yamlfile import parse_yaml

pytestmark = pytest.mark.anyio

RECORDED: Final[dict[str, Any]] = parse_yaml(
    (Path(__file__).parent / "real_failures.yaml").read_text(), "real_failures.yaml"
).data
WORLD: Final = """
soundstage: 1
world: desk
servers:
  filesystem: {kind: filesystem, root: /w, tree: {a.txt: hello, d/b.txt: two}}
  sqlite: {kind: sql, imitates: sqlite, schema: "create table t (a integer, b integer);"}
  motherduck: {kind: sql, imitates: motherduck, schema: "create table t (a integer, b varchar);"}
"""
FAULTS: Final = {
    "error": "tool_error", "limited": "rate_limited", "quota": "quota_exhausted", "unavailable": "unavailable",
    "auth_expired": "auth_expired", "forbidden": "forbidden", "not_found": "not_found", "locked": "lock_held",
    "deadlock": "deadlock_victim", "conflict": "serialization_failure", "full": "disk_full",
    "read_only": "permission_lost", "timeout": "timed_out",
}  # fmt: skip
MASKS: Final = (
    (re.compile(r"\.[0-9a-f]{32}\.tmp"), ".<digits>.tmp"),
    (re.compile(r"held in \S+ \(PID \d+\)"), "held in <program> (PID <number>)"),
    (re.compile(r'Did you mean "\w+"'), 'Did you mean "<name>"'),
    (re.compile(r"\([\d.]+ GiB/[\d.]+ GiB used\)"), "(<size>/<size> used)"),
)
CASES: Final = [
    (server, meaning, *said)
    for server, failures in RECORDED.items()
    for meaning, failure in failures.items()
    for said in failure["said"]
]


def plain(text: str) -> str:
    """A text without what differs from one machine to another."""
    for pattern, mask in MASKS:
        text = pattern.sub(mask, text)
    return text


def test_every_meaning_has_a_fault_that_says_it() -> None:
    assert set(FAULTS) == set(get_args(Meaning))
    assert set(FAULTS.values()) == {name for name, kind in faults if issubclass(kind, Saying)} - {"tool_missing"}


def test_every_failure_says_how_it_was_provoked() -> None:
    assert all(failure["how"] and failure["said"] for failures in RECORDED.values() for failure in failures.values())


@pytest.mark.parametrize(("server", "meaning"), list(dict.fromkeys(case[:2] for case in CASES)))
async def test_failures_are_those_of_the_real_servers(server: str, meaning: str) -> None:
    episode = Stage().open(present(plan_world(parse_yaml(WORLD, "desk.yaml"), Path())))
    episode.faults.put([inline_profile([{"fault": FAULTS[meaning]}])])
    client = Client(episode)
    try:
        for _, _, tool, arguments, *said in (case for case in CASES if case[:2] == (server, meaning)):
            told = await client.call(server, tool, arguments)
            result = (episode.ledger.entries[-1].told or told.reply).result or {}
            text = plain(told.text)
            if server == "motherduck":
                found = json.loads(text.removeprefix(f"Error calling tool {tool!r}: "))
                words = plain(found["error"]).replace("/data/warehouse.duckdb", "{file}")
                flagged = tool == "execute_query"
                assert [words, found["errorType"], bool(result.get("isError"))] == [*said, flagged], (tool, arguments)
            else:
                flagged = server == "filesystem" and tool != "read_multiple_files"
                assert (text, bool(result.get("isError"))) == (said[0], flagged), (tool, arguments)
            assert result.get("isError") or announces_failure(told.text) or told.text == "[]"
    finally:
        episode.close()


async def test_a_timeout_of_the_motherduck_server_tells_the_time_that_it_took() -> None:
    """Recorded of a server that was started with `--query-timeout 1`; it is no JSON."""
    episode = Stage().open(present(plan_world(parse_yaml(WORLD, "desk.yaml"), Path())))
    episode.faults.put([inline_profile([{"fault": "timed_out", "with": {"waits": "7s"}}])])
    began_ns = episode.world.clock.now_ns
    told = await Client(episode).call("motherduck", "execute_query", {"sql": "select 1"})
    passed_ns = episode.world.clock.now_ns - began_ns
    episode.close()

    assert told.text == (
        "Error calling tool 'execute_query': Query execution timed out after 7 seconds. Increase timeout with "
        "--query-timeout argument when starting the mcp server."
    )
    assert passed_ns >= 7_000_000_000


@pytest.mark.parametrize("kind", ["disk_full", "permission_lost"])
async def test_what_only_writes_can_meet_lets_reads_through_and_is_kept_for_writes(kind: str) -> None:
    episode = Stage().open(present(plan_world(parse_yaml(WORLD, "desk.yaml"), Path())))
    episode.faults.put([inline_profile([{"fault": kind, "nth": 1}])])
    client = Client(episode)
    read = await client.call("filesystem", "read_text_file", {"path": "/w/a.txt"})
    write = await client.call("filesystem", "write_file", {"path": "/w/a.txt", "content": "x"})
    episode.close()

    assert (read.text, write.failed) == ("hello", True)
