"""An episode of thousands of steps keeps no other one waiting, and remembers each of them at the cost of its change."""

import asyncio
import gc
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sandbox_server import attic, freeing
from sandbox_server.call import Call
from sandbox_server.directing.taking import take_in
from sandbox_server.episode import Episode
from sandbox_server.history import History
from sandbox_server.path import walk
from sandbox_server.presentation import present
from sandbox_server.stage import Stage
from tests.pace import undisturbed
from worlds.blobs import MemoryBlobs
from worlds.world import World
from worlds.worldfile import plan_world
from worlds.yamlfile import Document

pytestmark = pytest.mark.anyio

FILES = 300
FEW = 10
CHANGE_BYTES_MAX = 12_000
"""What one changed file or row may come to: names, marks, digests, two pages of 4 KB; the list of files is 45 KB."""
WORLD: dict[str, Any] = {
    "soundstage": 1,
    "world": "long",
    "servers": {
        "files": {
            "kind": "filesystem",
            "root": "/workspace",
            "tree": {f"notes/{number}.txt": f"note {number}\n" for number in range(FILES)},
        },
        "shop": {"kind": "sql", "imitates": "sqlite", "schema": "CREATE TABLE orders (id INTEGER PRIMARY KEY, n INT);"},
    },
}


class Watched(MemoryBlobs):
    """Blobs that know which threads put them, and how many bytes since they were last asked."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: set[int] = set()
        self.bytes = 0

    def put(self, data: bytes) -> str:
        self.threads.add(threading.get_ident())
        self.bytes += len(data)
        return super().put(data)


def opened(blobs: MemoryBlobs, *, kept_max: int = 3) -> Episode:
    """An episode whose older states go into some blobs."""
    episode = Stage().open(present(plan_world(Document("long", WORLD), Path())))
    episode.history = History(kept_max=kept_max, spill=lambda: blobs)
    episode.history.keep(0, episode.first)
    return episode


async def change(episode: Episode, number: int) -> bytes:
    """Make a call that changes a file or a row; returns the digest after it."""
    if number % 2:
        call = Call("shop", "write_query", {"query": f"INSERT INTO orders VALUES ({number}, 1)"})
    else:
        text = {"path": f"/workspace/notes/{number % 7}.txt", "content": f"version {number}"}
        call = Call("files", "write_file", text)
    outcome = await walk(episode, call)
    assert outcome.entry is not None
    assert not outcome.reply.failed
    return outcome.entry.digest_after


async def test_old_states_are_written_down_beside_the_thread_that_serves() -> None:
    blobs = Watched()
    episode = opened(blobs)

    for number in range(10):
        await change(episode, number)

    assert blobs.threads
    assert threading.get_ident() not in blobs.threads


async def test_an_old_state_costs_what_it_changed() -> None:
    blobs = Watched()
    episode = opened(blobs)
    for number in range(5):
        await change(episode, number)

    costs = []
    for number in range(5, 25):
        before = blobs.bytes
        await change(episode, number)
        costs.append(blobs.bytes - before)

    assert max(costs) <= CHANGE_BYTES_MAX
    assert min(costs) > 0


async def test_every_state_of_a_long_chain_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attic, "CHAIN_MAX", 4)
    episode = opened(MemoryBlobs())
    digests = [episode.digest, *[await change(episode, number) for number in range(15)]]

    forwards = [content(episode.history.at(step)) for step in range(16)]
    backwards = [content(episode.history.at(step)) for step in reversed(range(16))]

    assert forwards == digests
    assert backwards[::-1] == digests


async def test_what_comes_after_a_restored_state_comes_back_too() -> None:
    episode = opened(MemoryBlobs())
    for number in range(12):
        await change(episode, number)

    await episode.restore(step=4)
    digests = [await change(episode, number) for number in range(30, 42)]

    assert [content(episode.history.at(step)) for step in range(5, 17)] == digests
    assert episode.history.known() == "0-16"


async def test_what_an_agent_leaves_in_its_folder_makes_room_as_calls_do() -> None:
    episode = opened(MemoryBlobs())

    for number in range(6):
        await take_in(episode, "files", [{"do": "write", "path": "notes/1.txt", "text": f"version {number}"}])

    assert not episode.history.is_full
    assert episode.history.known() == "0-6"


class Held(MemoryBlobs):
    """Blobs into which nothing goes until somebody lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = threading.Event(), threading.Event()

    def put(self, data: bytes) -> str:
        self.begun.set()
        assert self.go_on.wait(60)
        return super().put(data)


async def test_a_caller_who_leaves_while_states_are_put_away_keeps_no_other_one_waiting() -> None:
    blobs = Held()
    episode = opened(blobs)
    digests = [episode.digest, *[await change(episode, number) for number in range(2)]]
    gone = asyncio.create_task(change(episode, 2))
    await asyncio.to_thread(blobs.begun.wait, 60)

    gone.cancel()
    await asyncio.wait((gone,))
    blobs.go_on.set()
    digests += [episode.digest, *[await change(episode, number) for number in range(3, 8)]]

    assert gone.cancelled()
    assert [entry.digest_after for entry in episode.ledger.entries] == digests[1:]
    assert [content(episode.history.at(step)) for step in range(9)] == digests


async def test_no_answer_is_lost_where_an_old_state_cannot_be_put_away(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(MemoryBlobs):
        def put(self, data: bytes) -> str:
            raise ValueError("broken")

    episode = opened(Broken())

    digests = [await change(episode, number) for number in range(6)]

    assert episode.history.known() == "4-6"
    assert [content(episode.history.at(step)) for step in range(4, 7)] == digests[3:]
    assert "steps from 0 on could not be kept" in caplog.text


def content(world: World) -> bytes:
    """The digest of a world, computed from nothing."""
    for part in world.parts.values():
        assert part.recomputed() == (part.digest(), part.marks_digest())
    return world.content_digest()


async def many_calls(episode: Episode) -> None:
    """Four portions of calls that change nothing; each leaves a world."""
    for _ in range(4 * freeing.PORTION):
        await walk(episode, Call("files", "list_allowed_directories", {}))


def worlds() -> int:
    """How many there are in this process."""
    return sum(type(each) is World for each in gc.get_objects())


async def falling(before: int) -> list[int]:
    """How many worlds there are in each turn of the loop, until all but a few that are in use were let go."""
    counts = [before, worlds()]
    async with asyncio.timeout(60):
        while counts[-1] > before - 4 * freeing.PORTION + FEW:
            await asyncio.sleep(0)
            counts.append(worlds())
    return counts


async def test_what_an_episode_leaves_is_freed_in_portions() -> None:
    stage = Stage()
    with undisturbed():
        episode = stage.open(present(plan_world(Document("long", WORLD), Path())), id="long")
        await many_calls(episode)
        before = worlds()

        del episode
        stage.close("long")
        counts = await falling(before)

    assert max(old - new for old, new in pairwise(counts)) <= freeing.PORTION + FEW


async def test_what_a_reset_forgets_is_freed_in_portions() -> None:
    with undisturbed():
        episode = opened(MemoryBlobs(), kept_max=4_096)
        await many_calls(episode)
        before = worlds()

        await episode.reset()
        counts = await falling(before)

    assert max(old - new for old, new in pairwise(counts)) <= freeing.PORTION + FEW


async def test_a_fork_still_has_its_past_when_the_episode_that_it_comes_from_has_ended() -> None:
    stage = Stage()
    source = stage.open(present(plan_world(Document("long", WORLD), Path())), id="source")
    digests = [await change(source, number) for number in range(4)]
    branch = stage.fork(source, step=3)

    stage.close("source")
    await asyncio.sleep(0)

    assert branch.past is not None
    history, last = branch.past
    assert [content(history.at(step)) for step in range(1, last + 1)] == digests[:last]
