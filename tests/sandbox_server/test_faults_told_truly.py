"""What owners are told of rules is so: what is off or gone says so, and what is refused changes nothing."""

from collections.abc import AsyncIterator

import pytest

from fault_injection.profile import profile_in
from fault_injection.rule import IN_DOUBT
from harness.acting.client import Client
from sandbox_server.carriers.perform import GONE
from tests.sandbox_server.owned import Owned, owned
from tests.sandbox_server.test_admin_faults import FAILS, HERE
from tests.sandbox_server.test_deeds_of_others import opened

pytestmark = pytest.mark.anyio


@pytest.fixture
async def own() -> AsyncIterator[Owned]:
    async with owned() as opened:
        yield opened


async def test_profiles_are_added_together_or_not_at_all(own: Owned) -> None:
    await own.ask("PUT", HERE, {"profiles": ["calm"]})

    await own.ask("POST", HERE, {"profile": "flaky-api+calm"}, 422)

    shown = await own.ask("GET", HERE)
    assert ([each["name"] for each in shown["profiles"]], shown["revision"]) == (["calm"], 1)


@pytest.mark.parametrize("name", ["mine/fails", "mine"])
async def test_what_is_off_cannot_be_fired(own: Owned, name: str) -> None:
    await own.ask("PUT", HERE, {"profiles": [{"profile": "mine", "rules": [FAILS]}]})
    await own.ask("PATCH", HERE, {"name": name, "enabled": False})

    refused = await own.ask("POST", f"{HERE}/fire", {"rule": "mine/fails"}, 422)

    assert (refused["detail"], refused["hint"]) == ("mine/fails is off, and would not fire", "turn it on first")


@pytest.mark.parametrize("name", ["mine/fails", "mine"])
async def test_what_is_over_is_shown_as_off(own: Owned, name: str) -> None:
    await own.ask("PUT", HERE, {"profiles": [{"profile": "mine", "rules": [FAILS]}]})
    soon = await own.ask("PATCH", HERE, {"name": name, "expires_in": "10s"})
    await own.ask("POST", "/episodes/default/clock/advance", {"by": "10s"})
    later = await own.ask("GET", HERE)

    for shown, lasts in ((soon, True), (later, False)):
        profile = shown["profiles"][0]
        assert (profile if name == "mine" else profile["rules"][0])["enabled"] is lasts


@pytest.mark.parametrize("kind", ["deadlock_victim", "disk_full", "tool_error", "http_status", "rpc_error"])
def test_what_happened_all_the_same_is_in_doubt_and_not_sent_again(kind: str) -> None:
    rules = [{"name": phase, "fault": kind, "phase": phase} for phase in ("before", "after")]

    before, after = profile_in({"profile": "x", "rules": rules}).rules

    assert before.recover == before.fault.recovery != IN_DOUBT
    assert after.recover == IN_DOUBT


async def test_what_came_after_the_client_had_left_did_not_reach_the_model() -> None:
    episode = opened({"on": "shop.*", "fault": "hang", "with": {"length": "90s"}})
    await Client(episode).call("shop", "read_query", {"query": "select 1"})
    entry = episode.ledger.entries[-1]
    expected = entry.rules[0]["ends_at"]

    episode.ledger.delivered(entry, GONE)

    assert (expected, entry.rules[0]["ends_at"]) == ("model", "client")


@pytest.mark.parametrize("kind", ["lost_write", "applied_twice"])
async def test_a_call_that_writes_nothing_can_neither_be_lost_nor_applied_twice(kind: str) -> None:
    episode = opened({"on": "*", "fault": kind, "budget": {"times": 1}})
    client = Client(episode)

    await client.call("shop", "read_query", {"query": "select * from orders"})
    read = episode.ledger.entries[-1]
    await client.call("shop", "write_query", {"query": "update orders set cents = cents + 1 where id = 1"})
    wrote = episode.ledger.entries[-1]

    assert (read.rules[0]["fired"], read.truth) == (False, "same")
    assert wrote.rules[0]["fired"]
