"""A server whose clock is wrong: its times are off, the world's are not, and nothing else is either."""

from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from harness.acting.client import Client
from tests.sandbox_server.conftest import Serve
from tests.sandbox_server.test_deeds_of_others import opened
from tests.sandbox_server.test_faults_on_the_wire import hit
from worlds.clock import SECOND

pytestmark = pytest.mark.anyio
HOUR_NS = 3_600 * SECOND
LATE = {"on": "*", "nth": 1, "fault": "clock_skew", "with": {"by": "1h", "way": "behind"}}
STAMP = "insert into orders values (7, datetime('now'), 1)"


@pytest.mark.parametrize(("way", "sign"), [("behind", -1), ("ahead", 1)])
async def test_what_a_server_writes_bears_its_own_time(way: str, sign: int) -> None:
    episode = opened({**LATE, "with": {"by": "1h", "way": way}})
    client = Client(episode)
    began_ns = episode.world.clock.now_ns

    await client.call("files", "write_file", {"path": "/w/a.txt", "content": "two"})
    wrong_ns = _changed_ns(episode)
    await client.call("files", "write_file", {"path": "/w/a.txt", "content": "three"})
    right_ns = _changed_ns(episode)

    assert abs(wrong_ns - began_ns - sign * HOUR_NS) < SECOND
    assert abs(right_ns - began_ns) < SECOND and episode.world.clock.now_ns - began_ns < SECOND
    assert [entry.rules[0]["fired"] for entry in episode.ledger.entries[-2:]] == [True, False]


async def test_a_database_asks_the_same_clock() -> None:
    episode = opened(LATE)

    await Client(episode).call("shop", "write_query", {"query": STAMP})

    entry = episode.ledger.entries[-1]
    hours = (episode.world.clock.now_ns - HOUR_NS) // HOUR_NS % 24
    assert entry.changes[0].after["name"][11:13] == f"{hours:02d}"
    assert (entry.changes[0].actors, entry.truth) == (("agent",), "computed")


async def test_the_date_of_an_answer_is_the_servers_too(serve: Serve) -> None:
    served, seen = await hit(serve, "clock_skew", by="1h", way="ahead")

    told = parsedate_to_datetime(seen.headers["date"]).timestamp()
    assert abs(told * SECOND - served.episode.world.clock.now_ns - HOUR_NS) < 2 * SECOND


def _changed_ns(episode: Any) -> int:
    found: int = episode.world.parts["files"].lstat("/w/a.txt").mtime_ns
    return found
