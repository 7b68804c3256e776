"""What is toggled while a call is under way is for the calls after it: the call ends as it was decided when it came."""

import asyncio
from typing import Any, Final

import pytest

from fault_injection.profile import inline_profile
from tests.sandbox_server.test_faults_of_state import READ, UPDATE, WRITE, ask, opened, tried

pytestmark = pytest.mark.anyio
SLOW: Final = {"name": "slow", "fault": "latency", "with": {"fixed": "5s"}}


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize(
    ("rule", "call"),
    [
        ({"fault": "tool_error"}, READ),
        ({"fault": "truncated"}, READ),
        ({"fault": "lost_write"}, WRITE),
        ({"fault": "applied_twice"}, UPDATE),
        ({"fault": "reset"}, READ),
    ],
    ids=lambda value: value["fault"] if isinstance(value, dict) else None,
)
async def test_a_call_under_way_ends_as_it_was_decided(phase: str, rule: dict[str, Any], call: Any) -> None:
    """Everything is turned off while it waits."""
    left, client = opened({**SLOW, "phase": phase}, {"name": "r", **rule})
    right, other = opened({**SLOW, "phase": phase}, {"name": "r", **rule})

    await tried(other, call)
    under_way = asyncio.create_task(tried(client, call))
    await asyncio.sleep(0)
    assert left.arrivals == 1
    left.faults.put([])
    await under_way
    mine, whole = left.ledger.entries[-1], right.ledger.entries[-1]

    assert "broke" not in mine.notes
    assert (mine.rules, mine.told, mine.truth, mine.notes) == (whole.rules, whole.told, whole.truth, whole.notes)
    assert left.digest == right.digest
    assert not (await ask(client, READ)).failed and not left.ledger.entries[-1].rules


async def test_what_is_turned_on_leaves_a_call_under_way_alone() -> None:
    episode, client = opened(SLOW)
    under_way = asyncio.create_task(ask(client, READ))
    await asyncio.sleep(0)
    assert episode.arrivals == 1
    episode.faults.put([inline_profile([{"fault": "tool_error"}])])
    told = await under_way

    assert told.text == "one"
    assert [rule["fault"] for rule in episode.ledger.entries[-1].rules] == ["latency"]
