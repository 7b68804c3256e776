"""Episodes under their owner's hands: opening, reset, snapshots, restore, fork, clock, end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox_server.owned import Owned, owned
from tests.sandbox_server.plain import START_NS
from tests.sandbox_server.wire import modern, send
from worlds.clock import SECOND

pytestmark = pytest.mark.anyio
HERE = "/episodes/default"


@pytest.fixture
async def own() -> AsyncIterator[Owned]:
    async with owned() as opened:
        yield opened


async def test_a_reset_puts_the_first_state_back_and_says_so(own: Owned) -> None:
    first = (await own.ask("GET", HERE))["digest"]
    assert await own.sell(3) == "done"
    assert (await own.ask("GET", HERE))["digest"] != first

    for path in ("/reset", f"{HERE}/reset"):
        await own.sell(4)
        assert await own.ask("POST", path) == {"episode": "default", "step": 0, "digest": first}

    assert (await own.ask("GET", f"{HERE}/diff"))["total"] == 0
    assert await own.sell(3) == "done"


async def test_an_episode_says_where_it_is(own: Owned) -> None:
    shown = await own.ask("GET", HERE)

    assert shown["servers"] == {name: f"{own.agents.url}/agent-token/{name}/mcp" for name in ("files", "shop", "inbox")}
    assert shown["actors"]["clerk"]["servers"]["shop"] == f"{own.agents.url}/clerk-token/shop/mcp"
    assert (shown["world"], shown["seed"], shown["step"], shown["token"]) == ("desk", 1, 0, "agent-token")
    assert shown["digest"] == shown["first_digest"] == own.default.digest.hex()


async def test_snapshots_are_kept_and_restored(own: Owned) -> None:
    await own.sell(3)
    kept = await own.ask("POST", f"{HERE}/snapshots", {"label": "three"}, 201)
    await own.sell(4)

    assert kept | {"now": ""} == {"id": "snap_1", "label": "three", "step": 1, "digest": kept["digest"], "now": ""}
    assert await own.ask("GET", f"{HERE}/snapshots") == {"snapshots": [kept]}
    assert await own.ask("POST", f"{HERE}/restore", {"snapshot": "snap_1"}) == {
        "episode": "default", "step": 1, "digest": kept["digest"],
    }  # fmt: skip
    assert await own.sell(4) == "done"


async def test_any_past_step_can_be_gone_back_to(own: Owned) -> None:
    digests = [(await own.ask("GET", HERE))["digest"]]
    for number in (3, 4, 5):
        await own.sell(number)
        digests.append((await own.ask("GET", HERE))["digest"])

    for step in (2, 1, 0):
        answer = await own.ask("POST", f"{HERE}/restore", {"step": step})
        assert (answer["step"], answer["digest"]) == (step, digests[step])
    await own.ask("POST", f"{HERE}/restore", {"step": 3}, 404)


async def test_a_fork_continues_on_its_own(own: Owned) -> None:
    await own.sell(3)
    snapshot = await own.ask("POST", f"{HERE}/snapshots", {}, 201)
    await own.sell(4)
    now = (await own.ask("GET", HERE))["digest"]

    branches = [
        await own.ask("POST", f"{HERE}/fork", body, 201)
        for body in ({"step": 0}, {"snapshot": snapshot["id"]}, {"step": 1}, {}, None)
    ]

    first = own.default.first.content_digest().hex()
    assert [branch["digest"] for branch in branches] == [first, snapshot["digest"], snapshot["digest"], now, now]
    assert len({branch["token"] for branch in branches}) == 5
    assert await own.do("shop", "execute", {"sql": "delete from orders"}, branches[3]["token"]) == "done"
    assert (await own.ask("GET", HERE))["digest"] == now
    reset = await own.ask("POST", f"/episodes/{branches[1]['id']}/reset")
    assert reset["digest"] == snapshot["digest"]


async def test_an_archive_carries_a_state_to_another_stage(own: Owned) -> None:
    await own.sell(3)
    kept = await own.ask("POST", f"{HERE}/snapshots", {"label": "three"}, 201)
    archive = await own.client.get(f"{HERE}/snapshots/{kept['id']}/archive")
    assert archive.headers["content-type"] == "application/zip"

    async with owned() as other:
        taken = await other.ask(
            "POST", f"{HERE}/snapshots?label=from-afar", None, 201,
            content=archive.content, headers={"content-type": "application/zip"},
        )  # fmt: skip
        assert (taken["digest"], taken["label"]) == (kept["digest"], "from-afar")
        assert (await other.ask("POST", f"{HERE}/restore", {"snapshot": taken["id"]}))["digest"] == kept["digest"]
        assert (await other.ask("GET", f"{HERE}/diff"))["total"] == 1


@pytest.mark.parametrize("damage", ["cut", "flip", "foreign", "empty"])
async def test_a_bad_archive_is_refused_whole(own: Owned, damage: str) -> None:
    await own.ask("POST", f"{HERE}/snapshots", {}, 201)
    good = (await own.client.get(f"{HERE}/snapshots/snap_1/archive")).content
    middle = len(good) // 2
    bad = {
        "cut": good[:middle],
        "flip": good[:middle] + bytes([good[middle] ^ 255]) + good[middle + 1 :],
        "foreign": b"PK\5\6" + bytes(18),
        "empty": b"",
    }[damage]

    response = await own.client.post(f"{HERE}/snapshots", content=bad, headers={"content-type": "application/zip"})

    assert (response.status_code, response.json()["code"]) == (422, "archive")
    assert len((await own.ask("GET", f"{HERE}/snapshots"))["snapshots"]) == 1


async def test_episodes_are_opened_listed_and_ended(own: Owned) -> None:
    world = {"world": "note", "servers": {"pad": {"kind": "filesystem", "root": "/w", "tree": {"x": "y"}}}}
    refused = await own.ask("POST", "/episodes", {"world": {"world": "note"}}, 422)
    assert refused["code"] == "file"
    branch = await own.ask("POST", f"{HERE}/fork", {}, 201)
    assert [item["id"] for item in (await own.ask("GET", "/episodes"))["episodes"]] == ["default", branch["id"]]
    assert "servers" in world

    ended = await own.ask("DELETE", f"/episodes/{branch['id']}")

    assert ended["id"] == branch["id"]
    await own.ask("GET", f"/episodes/{branch['id']}", status=404)
    seen = await send(own.agents.port, f"/{branch['token']}/shop/mcp", *modern("tools/list"))
    assert seen.status == 404
    await own.ask("DELETE", "/episodes/default", status=409)


async def test_named_credentials_act_under_their_names(own: Owned) -> None:
    await own.do("files", "write", {"path": "/w/b.txt", "text": "by clerk"}, "clerk-token")

    (change,) = (await own.ask("GET", f"{HERE}/diff"))["changes"]
    assert (change["path"], change["actors"]) == ("files:/w/b.txt", ["clerk"])
    (entry,) = (await own.ask("GET", f"{HERE}/ledger"))["entries"]
    assert entry["actor"] == "clerk"
    assert "clerk-token" not in str(entry)


async def test_the_clock_is_shown_set_and_advanced(own: Owned) -> None:
    assert await own.ask("GET", f"{HERE}/clock") == {
        "now": "2026-03-02T09:00:00.000Z", "now_ns": START_NS, "mode": "virtual", "tick_ms": 1.0,
    }  # fmt: skip

    for by, seconds in ((1.5, 1.5), ("250ms", 0.25), ("20s", 20), ("2m", 120), ("1h", 3600), ("1d", 86400), (0, 0)):
        before = own.default.world.clock.now_ns
        await own.ask("POST", f"{HERE}/clock/advance", {"by": by})
        assert own.default.world.clock.now_ns - before == round(seconds * SECOND)
    later = await own.ask("PUT", f"{HERE}/clock", {"now": "2026-04-01T00:00:00Z", "mode": "real"})
    assert (later["now"] >= "2026-04-01T00:00:00.000Z", later["mode"]) == (True, "real")
    assert (await own.ask("PUT", f"{HERE}/clock", {"now": "2020-01-01"}, 409))["code"] == "conflict"
    for wrong in ("soon", -1, "400d", None, True):
        await own.ask("POST", f"{HERE}/clock/advance", {"by": wrong}, 422)


async def test_an_advanced_clock_is_part_of_the_present(own: Owned) -> None:
    await own.ask("POST", f"{HERE}/clock/advance", {"by": "1h"})

    branch = await own.ask("POST", f"{HERE}/fork", {}, 201)
    restored = await own.ask("POST", f"{HERE}/restore", {"step": 0})

    assert branch["clock"]["now"] == "2026-03-02T10:00:00.000Z"
    assert restored["step"] == 0
    assert (await own.ask("GET", f"{HERE}/clock"))["now"] == "2026-03-02T10:00:00.000Z"
    assert (await own.ask("POST", "/reset"))["digest"] == own.default.digest.hex()
    assert (await own.ask("GET", f"{HERE}/clock"))["now"] == "2026-03-02T09:00:00.000Z"


async def test_owners_acts_are_in_the_ledger(own: Owned) -> None:
    await own.ask("POST", "/reset")
    await own.ask("POST", f"{HERE}/snapshots", {"label": "x"}, 201)
    await own.ask("POST", f"{HERE}/restore", {"step": 0})
    await own.ask("POST", f"{HERE}/clock/advance", {"by": 1})
    await own.ask("PUT", f"{HERE}/clock", {"mode": "flowing"})

    entries = (await own.ask("GET", f"{HERE}/ledger"))["entries"]

    assert [(entry["kind"], entry["actor"], entry["tool"]) for entry in entries] == [
        ("act", "owner", name) for name in ("reset", "snapshot", "restore", "advance", "clock")
    ]


async def test_resets_under_load_always_lead_to_the_first_digest(own: Owned) -> None:
    first = own.default.digest.hex()
    ended = asyncio.Event()

    async def agent(start: int) -> int:
        number = start
        while not ended.is_set():
            assert await own.sell(number) in ("done", "Internal error")
            number += 1
        return number - start

    async def owner() -> set[str]:
        answers = [await own.ask("POST", "/reset") for _ in range(15)]
        return {str(answer["digest"]) for answer in answers}

    agents = [asyncio.ensure_future(agent(start)) for start in (1_000, 2_000, 3_000)]
    digests = await asyncio.gather(*(owner() for _ in range(3)))
    ended.set()
    calls = await asyncio.gather(*agents)

    assert set.union(*digests) == {first}
    assert all(calls)
    assert (await own.ask("POST", "/reset"))["digest"] == first
    whole: dict[str, Any] = await own.ask("GET", f"{HERE}/ledger?limit=10000")
    assert [entry["number"] for entry in whole["entries"]] == list(range(1, whole["total"] + 1))
