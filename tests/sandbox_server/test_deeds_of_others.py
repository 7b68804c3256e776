"""What others do to the world under an agent: refused where it can never be done, and felt where it is done."""

from pathlib import Path
from typing import Any

import pytest

from fault_injection.profile import find_profiles, inline_profile
from harness.acting.client import Client
from sandbox_server.episode import Episode
from sandbox_server.faults.fitting import Unfit
from sandbox_server.presentation import present
from sandbox_server.stage import Stage
from worlds.worldfile import plan_world
from worlds.yamlfile import parse_yaml

pytestmark = pytest.mark.anyio

WORLD = """
soundstage: 1
world: desk
servers:
  files: {kind: filesystem, root: /w, tree: {a.txt: one}}
  shop:
    kind: sql
    imitates: sqlite
    schema: "create table orders (id integer primary key, name text, cents integer);"
    rows: {orders: [[1, Ida, 950], [2, Bo, 300]]}
"""
UPDATE = "update orders set cents = cents + 1 where id = 1"

IMPOSSIBLE = [
    ({"server": "zz", "do": "append"}, "there is no server 'zz'"),
    ({"server": "shop", "do": "dance"}, "a database has no operation 'dance'"),
    ({"server": "shop", "do": "update", "with": {"tabel": "orders"}}, "update: got tabel"),
    ({"server": "shop", "do": "execute", "with": {"sql": "update oders set cents = 1"}}, "no such table: oders"),
    ({"server": "files", "do": "append", "with": {"pth": "/w/a.txt"}}, "append: path"),
    ({"do": "append", "with": {"path": "a.txt", "text": "x"}}, "a database has no operation 'append'"),
]


def opened(*rules: dict[str, Any]) -> Episode:
    episode = Stage().open(present(plan_world(parse_yaml(WORLD, "desk.yaml"), Path())))
    episode.faults.put([inline_profile(list(rules))])
    return episode


@pytest.mark.parametrize(("kind", "key"), [("concurrent_actor", "do"), ("interruption", "event")])
@pytest.mark.parametrize(("deed", "words"), IMPOSSIBLE)
async def test_what_nobody_could_ever_do_is_refused_when_the_rule_is_loaded(
    kind: str, key: str, deed: dict[str, Any], words: str
) -> None:
    with pytest.raises(Unfit, match=words):
        opened({"on": "shop.*", "fault": kind, "with": {key: deed}})


async def test_what_can_only_be_done_later_is_taken() -> None:
    deed = {"server": "files", "do": "append", "with": {"path": "/w/not-yet/b.txt", "text": "more"}}
    removed = {"server": "files", "do": "remove", "with": {"path": "/w/report.txt"}}

    episode = opened(
        {"name": "a", "on": "shop.*", "fault": "interruption", "with": {"event": deed}},
        {"name": "b", "on": "*", "fault": "concurrent_actor", "with": {"do": removed}},
        {"name": "c", "on": "*", "fault": "interruption", "with": {"event": {**deed, "server": None}}},
    )

    assert [rule.name for rule in episode.faults.profiles[0].rules] == ["a", "b", "c"]


async def test_somebody_else_changes_the_row_that_the_agent_is_about_to_change() -> None:
    episode = opened({"on": "shop.*", "works": "write", "fault": "concurrent_actor"})

    await Client(episode).call("shop", "write_query", {"query": UPDATE})

    entry = episode.ledger.entries[-1]
    theirs, ours = entry.changes
    assert (theirs.path, theirs.actors) == ("shop.orders[1]", ("fault",))
    assert (ours.path, ours.actors) == ("shop.orders[1]", ("agent",))
    assert theirs.after["cents"] != 950 and ours.after["cents"] == theirs.after["cents"] + 1
    assert entry.rules[0]["fired"]


async def test_the_profile_about_a_world_that_moves_moves_a_database_too() -> None:
    episode = opened()
    episode.faults.put(find_profiles("shifting-ground"))
    episode.faults.fire("shifting-ground/somebody-else")

    await Client(episode).call("shop", "write_query", {"query": UPDATE})

    assert [change.actors for change in episode.ledger.entries[-1].changes] == [("fault",), ("agent",)]


@pytest.mark.parametrize("text", ["x" * 5_000, "ä" * 70_000])
async def test_a_large_file_is_written_in_part_like_a_small_one(text: str) -> None:
    episode = opened({"on": "files.*", "fault": "partial_write", "with": {"share": 0.25}})

    await Client(episode).call("files", "write_file", {"path": "/w/a.txt", "content": text})

    part: Any = episode.world.parts["files"]
    data = text.encode()
    assert part.read("/w/a.txt") == data[: len(data) // 4]
    assert episode.ledger.entries[-1].rules[0]["fired"]


async def test_nobody_touches_what_a_call_only_reads_or_adds() -> None:
    episode = opened({"on": "shop.*", "fault": "concurrent_actor"})
    client = Client(episode)

    await client.call("shop", "read_query", {"query": "select * from orders"})
    await client.call("shop", "write_query", {"query": "insert into orders values (3, 'Cy', 1)"})

    for entry in episode.ledger.entries[-2:]:
        assert (entry.rules[0]["fired"], entry.rules[0]["suppressed"]) == (False, "there was nothing to do it to")
