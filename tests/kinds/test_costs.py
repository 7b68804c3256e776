"""What a call, a check and a diff cost on large servers made of records: what changed, never what is there."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from harness.acting.client import Client
from sandbox_server.episode import Episode
from sandbox_server.families.mail import desk
from sandbox_server.presentation import Presentation, present
from sandbox_server.stage import Stage
from tests.kinds.town import KINDS, write_town
from tests.pace import slowness, undisturbed
from worlds.query.views import views
from worlds.records import base
from worlds.worldfile import plan_world
from worlds.yamlfile import Document

MANY = 4_000
HELD_S = 0.1
"""CPU seconds for which the loop may be held at most; what else the machine does counts for nothing."""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Presentation:
    """The town, with a few thousand things on each server that is made of records."""
    folder = tmp_path_factory.mktemp("town")
    written = write_town(folder)
    servers = written["servers"]
    servers["inbox"]["messages"] += [
        {"from": f"p{number}@example.test", "subject": f"No. {number}", "folder": "archive" if number % 3 else "inbox"}
        for number in range(MANY)
    ]
    servers["billing"]["data"]["charges"] += [
        {"id": f"ch_x{number}", "cents": number, "refunded": 0} for number in range(MANY)
    ]
    servers["desk"]["tables"]["loans"] |= {f"x{number}": {"reader": "Bo", "days": number} for number in range(MANY)}
    servers["customer"]["messages"] += [{"author": "user", "text": f"No. {number}"} for number in range(MANY)]
    return present(plan_world(Document("town", written), folder))


@pytest.fixture
def episode(large: Presentation) -> Iterator[Episode]:
    opened = Stage().open(large)
    yield opened
    opened.close()


@pytest.mark.parametrize("server", ["billing", "inbox", "customer", "desk"])
def test_a_first_write_looks_at_nothing_but_what_it_writes(
    episode: Episode, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, each = episode.first, KINDS[server]
    for name in ("marks_sum", "content_hash"):
        monkeypatch.setattr(base, name, lambda *_: pytest.fail("the whole store was summed"))
    answer = asyncio.run(Client(episode).call(server, *each.write))
    changes = [change.path for change in episode.world.diff(first)]

    assert not answer.failed and 0 < len(changes) <= 2


@pytest.mark.parametrize("server", ["billing", "inbox", "customer", "desk"])
def test_checks_after_a_change_read_what_changed(
    episode: Episode, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    each = KINDS[server]
    asked = f"select (select count(*) from {each.table}) - (select count(*) from before.{each.table})"
    assert views(episode.world, episode.first).query(asked).rows[0][0] == 0
    asyncio.run(Client(episode).call(server, *each.write))
    part: Any = type(episode.world.parts[server])
    monkeypatch.setattr(part, "relation_rows", lambda *_: pytest.fail("a whole table was read"))

    assert views(episode.world.fork(), episode.first).query(asked).rows[0][0] == 1


async def _held(episode: Episode, server: str, tool: str, arguments: dict[str, Any]) -> float:
    """For how many seconds at most nobody else had a turn while a call was answered."""
    worst, done = 0.0, asyncio.Event()

    async def beat() -> None:
        nonlocal worst
        while not done.is_set():
            begun = time.process_time()
            await asyncio.sleep(0)
            worst = max(worst, time.process_time() - begun)

    beating = asyncio.create_task(beat())
    await asyncio.sleep(0.01)
    worst = 0.0
    answer = await Client(episode).call(server, tool, arguments)
    done.set()
    await beating
    assert not answer.failed, answer.text
    return worst


@pytest.mark.parametrize(
    ("server", "tool", "arguments"),
    [
        ("inbox", "search_messages", {"query": "nothing that is anywhere"}),
        ("inbox", "search_messages", {"query": "from:nobody OR -subject:No"}),
        ("inbox", "list_folders", {}),
        ("inbox", "list_messages", {"folder": "archive", "limit": 100}),
        ("billing", "list_charges", {}),
        ("customer", "get_conversation", {"limit": 200}),
    ],
)
def test_slow_calls_let_others_have_their_turns(
    episode: Episode, server: str, tool: str, arguments: dict[str, Any]
) -> None:
    with undisturbed():
        held_s = asyncio.run(_held(episode, server, tool, arguments))

    assert held_s < HELD_S * slowness()


@pytest.mark.parametrize("sorted_max", [10, 100_000])
def test_pages_of_large_and_small_folders_are_alike(
    episode: Episode, sorted_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "_SORTED_MAX", sorted_max)
    client, seen, cursor = Client(episode), [], None
    while True:
        arguments = {"folder": "inbox", "limit": 100, **({"cursor": cursor} if cursor else {})}
        page = asyncio.run(client.call("inbox", "list_messages", arguments)).data
        seen += [message["subject"] for message in page["messages"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    numbers = [int(subject.removeprefix("No. ")) for subject in seen if subject.startswith("No. ")]
    counts = asyncio.run(client.call("inbox", "list_folders", {})).data["folders"]

    assert numbers == [number for number in reversed(range(MANY)) if number % 3 == 0]
    assert next(each["messages"] for each in counts if each["name"] == "inbox") == len(seen) == len(numbers) + 1
    assert next(each["unread"] for each in counts if each["name"] == "inbox") == len(seen)


def test_both_digests_agree_with_their_witnesses(large: Presentation) -> None:
    for name in ("billing", "inbox", "customer", "desk"):
        part = large.world.parts[name]
        assert (part.digest(), part.marks_digest()) == part.recomputed()
