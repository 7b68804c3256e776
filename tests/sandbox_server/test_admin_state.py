"""What an owner can see of an episode: files, tables, SQL, differences, the ledger, now and at every step."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.sandbox_server.owned import Owned, owned

pytestmark = pytest.mark.anyio
HERE = "/episodes/default"


@pytest.fixture
async def own() -> AsyncIterator[Owned]:
    async with owned() as opened:
        yield opened


async def rows(own: Owned, sql: str, **more: Any) -> Any:
    return (await own.ask("POST", f"{HERE}/query", {"sql": sql, **more}))["rows"]


async def test_the_state_says_what_each_part_shows(own: Owned) -> None:
    state = await own.ask("GET", f"{HERE}/state")

    assert [(part["name"], part["kind"], part["shows"]) for part in state["parts"]] == [
        ("files", "filesystem", ["files", "tables"]), ("shop", "sql", ["tables"]),
        ("inbox", "mail", ["resources", "tables"]),
    ]  # fmt: skip
    tables = {part["name"]: [table["name"] for table in part["tables"]] for part in state["parts"]}
    assert tables == {"files": ["files"], "shop": ["orders"], "inbox": ["contacts", "folders", "messages", "people"]}
    assert (state["world"], state["digest"]) == ("desk", own.default.digest.hex())


async def test_files_are_shown_as_they_are_and_were(own: Owned) -> None:
    await own.do("files", "write", {"path": "/w/a.txt", "text": "two"})

    root = await own.ask("GET", f"{HERE}/state/files/files")
    assert [entry["name"] for entry in root["entries"]] == ["a.txt", "d", "l"]
    assert (await own.ask("GET", f"{HERE}/state/files/files/w/a.txt"))["text"] == "two"
    assert (await own.ask("GET", f"{HERE}/state/files/files/w/a.txt?at=first"))["text"] == "one"
    assert (await own.ask("GET", f"{HERE}/state/files/files/w/a.txt?at=0"))["text"] == "one"
    assert (await own.ask("GET", f"{HERE}/state/files/files/w/l"))["target"] == "a.txt"
    assert (await own.ask("GET", f"{HERE}/state/files/files/w/d/b.bin"))["base64"] == "/w=="
    raw = await own.client.get(f"{HERE}/state/files/files/w/d/b.bin", headers={"accept": "application/octet-stream"})
    assert raw.content == b"\xff"


async def test_tables_are_shown_in_key_order_and_in_pages(own: Owned) -> None:
    await own.sell(-3)

    assert (await own.ask("GET", f"{HERE}/state/tables/shop"))["tables"][0]["key"] == ["id"]
    page = await own.ask("GET", f"{HERE}/state/tables/shop/orders?limit=2")
    assert (page["rows"], page["cut"]) == ([[-3, "new", 1.0], [1, "Ida", 9.5]], True)
    rest = await own.ask("GET", f"{HERE}/state/tables/shop/Orders?limit=2&offset=2")
    assert (rest["rows"], rest["cut"]) == ([[2, "Bo", 3.0]], False)
    first = await own.ask("GET", f"{HERE}/state/tables/shop/orders?at=first")
    assert [row[0] for row in first["rows"]] == [1, 2]


async def test_a_query_sees_everything_beside_what_was_there_at_first(own: Owned) -> None:
    await own.sell(3)
    await own.do("files", "write", {"path": "/w/a.txt", "text": "two"})

    answer = await own.ask("POST", f"{HERE}/query", {
        "sql": "select o.id, o.total, f.text, b.text as old from shop.orders o, files.files f, before.files.files b "
               "where o.id = ? and f.path = $2 and b.path = f.path".replace("?", "$1"),
        "params": [3, "/w/a.txt"],
    })  # fmt: skip
    assert answer == {
        "columns": [
            {"name": "id", "type": "BIGINT"}, {"name": "total", "type": "DOUBLE"},
            {"name": "text", "type": "VARCHAR"}, {"name": "old", "type": "VARCHAR"},
        ],
        "rows": [[3, 1.0, "two", "one"]],
        "cut": False,
    }  # fmt: skip
    assert await rows(own, "select count(*) from before.shop.orders") == [[2]]


async def test_before_stays_right_through_changes_resets_and_restores(own: Owned) -> None:
    counts = "select (select count(*) from shop.orders), (select count(*) from before.shop.orders)"
    seen = [await rows(own, counts)]
    for act in ("sell", "sell", "restore", "sell", "reset"):
        if act == "sell":
            assert await own.sell(100 + len(seen)) == "done"
        elif act == "restore":
            await own.ask("POST", f"{HERE}/restore", {"step": 1})
        else:
            await own.ask("POST", "/reset")
        seen.append(await rows(own, counts))

    assert seen == [[[2, 2]], [[3, 2]], [[4, 2]], [[3, 2]], [[4, 2]], [[2, 2]]]


async def test_a_query_can_look_at_past_steps_and_snapshots(own: Owned) -> None:
    await own.sell(3)
    await own.ask("POST", f"{HERE}/snapshots", {}, 201)
    await own.sell(4)
    count = "select count(*) from shop.orders"

    found = [await rows(own, count, at=at) for at in (0, 1, 2, "1", "snap_1", "first", "now", None)]

    assert [answer[0][0] for answer in found] == [2, 3, 4, 3, 3, 2, 4, 4]
    await own.ask("POST", f"{HERE}/query", {"sql": count, "at": 9}, 404)


async def test_values_without_a_place_in_json_are_texts(own: Owned) -> None:
    sql = """select 'x'::blob, date '2026-01-02', timestamp '2026-01-02 03:04:05', 1.5::decimal(4,2), 'inf'::double,
             170141183460469231731687303715884105727::hugeint, [1, 2], {'a': date '2026-01-02'}, null, true"""

    assert await rows(own, sql) == [[
        {"base64": "eA=="}, "2026-01-02", "2026-01-02T03:04:05", "1.50", "inf",
        "170141183460469231731687303715884105727", [1, 2], {"a": "2026-01-02"}, None, True,
    ]]  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "code", "kind"),
    [
        ("delete from shop.orders", "query", "Refused"),
        ("select 1; select 2", "query", "Refused"),
        ("select * from read_text('/etc/passwd')", "query", "Permission"),
        ("copy (select 1) to '/tmp/x'", "query", "Refused"),
        ("set lock_configuration = false", "query", "Refused"),
        ("select * from shop.never", "query", "Catalog"),
        ("selec", "query", "Parser"),
        ("select count(*) from range(100000000000) a, range(1000) b", "query_limit", "Timeout"),
    ],
)
async def test_a_query_that_cannot_be_answered_is_a_problem(own: Owned, sql: str, code: str, kind: str) -> None:
    wait_s = 0.7 if kind == "Timeout" else 60
    problem = await own.ask("POST", f"{HERE}/query", {"sql": sql, "wait_s": wait_s}, 400)

    assert (problem["code"], problem["kind"]) == (code, kind)


async def test_a_dropped_table_is_a_problem_of_its_own(own: Owned) -> None:
    await own.do("shop", "execute", {"sql": "drop table orders"})

    assert (await own.ask("POST", f"{HERE}/query", {"sql": "select * from shop.orders"}, 400))["code"] == "schema_gone"


async def test_differences_can_be_had_between_any_two_states(own: Owned) -> None:
    await own.sell(3)
    await own.ask("POST", f"{HERE}/snapshots", {}, 201)
    await own.sell(4)
    await own.do("files", "remove", {"path": "/w/a.txt"}, "clerk-token")

    async def paths(query: str) -> list[tuple[str, str, list[str]]]:
        changes = (await own.ask("GET", f"{HERE}/diff{query}"))["changes"]
        return [(change["path"], change["kind"], change["actors"]) for change in changes]

    a, three, four = ("files:/w/a.txt", "removed", ["clerk"]), ("shop.orders[3]", "added", ["agent"]), (
        "shop.orders[4]", "added", ["agent"],
    )  # fmt: skip
    assert await paths("") == [a, three, four]
    assert await paths("?from=snap_1") == [a, four]
    assert await paths("?from=1&to=2") == [four]
    assert await paths("?from=0&to=snap_1") == [three]
    assert await paths("?from=now") == []
    cut = await own.ask("GET", f"{HERE}/diff?limit=1")
    assert (cut["total"], len(cut["changes"])) == (3, 1)


async def test_the_ledger_comes_in_pages_and_shows_no_secret(own: Owned) -> None:
    for number in range(10, 15):
        await own.sell(number)
    await own.do("files", "write", {"path": "/w/agent-token", "text": "my token is agent-token"})

    first = await own.ask("GET", f"{HERE}/ledger?limit=4")
    rest = await own.ask("GET", f"{HERE}/ledger?after={first['next']}&limit=4")

    assert [entry["number"] for entry in first["entries"] + rest["entries"]] == [1, 2, 3, 4, 5, 6]
    assert (first["next"], rest["next"], rest["total"]) == (4, None, 6)
    assert "agent-token" not in str(rest)
    entry = first["entries"][0]
    assert (entry["server"], entry["tool"], entry["actor"], entry["effect"]) == ("shop", "do", "agent", 1)
    assert entry["changes"][0]["path"] == "shop.orders[10]"
    assert entry["digest_after"] == first["entries"][1]["digest_before"] != entry["digest_before"]


async def median_s(own: Owned, first: int) -> float:
    """How long one of thirty calls takes."""
    waits = []
    for number in range(first, first + 30):
        began = time.perf_counter()
        assert await own.sell(number) == "done"
        waits.append(time.perf_counter() - began)
    return sorted(waits)[len(waits) // 2]


async def test_calls_do_not_wait_for_a_long_query(own: Owned, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes until it is told that its time is over, however slow the machine is."""
    bounds: list[threading.Timer] = []

    class Bound(threading.Timer):
        def __init__(self, seconds: float, end: Callable[..., Any], given: tuple[Any, ...]) -> None:
            super().__init__(seconds, end, given)
            bounds.append(self)

    usual_s = await median_s(own, 100)
    monkeypatch.setattr(threading, "Timer", Bound)
    endless = "select count(*) from range(100000000000) a, range(1000) b"
    slow = asyncio.ensure_future(own.ask("POST", f"{HERE}/query", {"sql": endless, "wait_s": 60}, 400))
    async with asyncio.timeout(60):
        while not bounds:  # noqa: ASYNC110 - nobody tells that it has begun
            await asyncio.sleep(0)
        busy_s = await median_s(own, 200)

    assert not slow.done()
    assert busy_s < 20 * usual_s
    while not slow.done():
        for bound in bounds:
            if not bound.finished.is_set():
                bound.function(*bound.args)
        await asyncio.sleep(0)
    assert (await slow)["kind"] == "Timeout"
