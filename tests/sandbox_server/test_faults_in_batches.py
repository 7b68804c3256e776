"""Faults on the way of answers that travel together: batches of 2025-03-26, on raw sockets, beside the ledger."""

import json
from typing import Any, Final

import pytest

from fault_injection.fault import Delivering, faults
from fault_injection.profile import inline_profile
from sandbox_server.ledger import Entry
from tests.sandbox_server.conftest import Serve
from tests.sandbox_server.plain import START_NS, PlainPart
from tests.sandbox_server.served import Served, still_serves
from tests.sandbox_server.wire import Seen, rpc
from worlds.clock import SECOND

pytestmark = pytest.mark.anyio

SURFACES: Final = ("python", "json", "typescript")
WHOLE: Final = [
    name for name, kind in faults if issubclass(kind, Delivering) and "http" in kind.transports and not kind.own
]
OWN: Final = [name for name, kind in faults if issubclass(kind, Delivering) and kind.own]


async def batch(serve: Serve, surface: str, *rules: dict[str, Any], keys: str = "abc") -> tuple[Served, Seen]:
    """Writes in one batch, under rules."""
    served = await serve(surface)
    session = await served.session("2025-03-26")
    served.episode.faults.put([inline_profile(list(rules))])
    writes = [
        rpc("tools/call", {"name": "write", "arguments": {"key": key, "text": key}}, number)
        for number, key in enumerate(keys, 11)
    ]
    return served, await session.send(b"[%b]" % b",".join(writes))


def at_b(fault: str, **more: Any) -> dict[str, Any]:
    """A rule about the second write."""
    return {"name": "hit", "on": "plain.write", "where": {"key": "b"}, "fault": fault, **more}


def calls(served: Served) -> list[Entry]:
    """The ledger's calls."""
    return [entry for entry in served.episode.ledger.entries if entry.kind == "call"]


def held(served: Served) -> str:
    """The keys that were written."""
    part = served.episode.world.parts["plain"]
    assert isinstance(part, PlainPart)
    return "".join(sorted(part.texts))


def answers(seen: Seen) -> list[Any]:
    """The messages of a batch's answer."""
    if seen.headers["content-type"].startswith("text/event-stream"):
        return seen.events
    found: list[Any] = json.loads(seen.body)
    return found


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(("kind", "reset"), [("reset", True), ("closed", False), ("lost_answer", False)])
async def test_a_lost_connection_takes_every_answer_with_it(serve: Serve, surface: str, kind: str, reset: bool) -> None:
    served, seen = await batch(serve, surface, at_b(kind, phase="after"))

    assert (seen.raw, seen.reset, held(served)) == (b"", reset, "abc")
    assert [entry.delivered for entry in calls(served)] == ["rst" if reset else "fin"] * 3
    assert [entry.told is None for entry in calls(served)] == [False, True, False]
    assert [bool(entry.notes.get("wire")) for entry in calls(served)] == [False, True, False]
    assert await still_serves(served)


@pytest.mark.parametrize("surface", SURFACES)
async def test_a_status_stands_in_place_of_all_answers_and_the_ledger_says_so(serve: Serve, surface: str) -> None:
    served, seen = await batch(serve, surface, at_b("http_status", **{"with": {"status": 503}}))

    assert (seen.status, held(served)) == (503, "ac")
    assert [entry.delivered for entry in calls(served)] == ["lost", "ok", "lost"]
    assert calls(served)[1].told is None and calls(served)[1].notes["wire"]["status"] == 503


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("kind", WHOLE)
async def test_every_kind_takes_effect_on_the_way_of_a_batch(serve: Serve, surface: str, kind: str) -> None:
    untouched, usual = await batch(serve, surface)
    served, seen = await batch(serve, surface, at_b(kind))
    hit = calls(served)[1]
    later = served.episode.world.clock.now_ns - untouched.episode.world.clock.now_ns

    assert hit.rules[0]["fired"] and hit.notes["wire"] and (hit.told is None) is not faults.get(kind).arrives  # type: ignore[attr-defined]
    assert seen.raw != usual.raw or later > SECOND
    assert await still_serves(served)


@pytest.mark.parametrize("surface", SURFACES)
async def test_what_is_slow_keeps_all_answers_and_is_slow(serve: Serve, surface: str) -> None:
    slow = {"with": {"length": "7s"}}
    served, seen = await batch(serve, surface, at_b("slow_body", **slow))

    assert [each["id"] for each in answers(seen)] == [11, 12, 13]
    assert START_NS + 6.9 * SECOND < served.episode.world.clock.now_ns < START_NS + 7.2 * SECOND
    assert [entry.delivered for entry in calls(served)] == ["ok"] * 3


@pytest.mark.parametrize("surface", SURFACES)
async def test_a_wrong_id_stands_in_one_message_only(serve: Serve, surface: str) -> None:
    served, seen = await batch(serve, surface, at_b("wrong_id"))

    assert [each["id"] for each in answers(seen)] == [11, 1_012, 13]
    assert [entry.delivered for entry in calls(served)] == ["ok"] * 3


async def test_an_event_that_is_garbled_or_comes_twice_leaves_the_others_alone(serve: Serve) -> None:
    _, garbled = await batch(serve, "python", at_b("garbled_stream"))
    _, twice = await batch(serve, "python", at_b("duplicate_answer"))
    lines = [line for line in garbled.body.split(b"\n") if line.startswith(b"data: ")]

    assert [_is_json(line.removeprefix(b"data: ")) for line in lines] == [True, False, True]
    assert [each["id"] for each in answers(twice)] == [11, 12, 12, 13]
    _, twice = await batch(serve, "json", at_b("duplicate_answer"))
    assert [each["id"] for each in answers(twice)] == [11, 12, 12, 13]


async def test_the_first_that_loses_the_answers_decides_and_what_comes_after_has_no_say(serve: Serve) -> None:
    wall = {"name": "wall", "on": "plain.write", "where": {"key": "c"}, "fault": "http_status"}
    slow = {"name": "slow", "on": "plain.write", "where": {"key": "a"}, "fault": "slow_head"}
    served, seen = await batch(serve, "json", wall, at_b("wrong_type"), slow)

    assert (seen.status, seen.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert [entry.delivered for entry in calls(served)] == ["lost", "ok", "lost"]


async def test_failures_in_words_stand_beside_other_answers(serve: Serve) -> None:
    served, seen = await batch(serve, "json", at_b("tool_error"))

    assert [each["result"]["isError"] for each in answers(seen)] == [False, True, False]
    assert held(served) == "ac"


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def test_kinds_that_concern_one_message_are_known() -> None:
    assert OWN == ["duplicate_answer", "garbled_stream", "wrong_id"]
