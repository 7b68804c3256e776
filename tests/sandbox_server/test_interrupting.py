"""An owner who resets or ends an episode waits for no statement: it is killed, and recorded as that."""

import asyncio
from pathlib import Path

import pytest

from sandbox_server.call import Call
from sandbox_server.episode import Episode
from sandbox_server.errors import Ended
from sandbox_server.path import Outcome, walk
from sandbox_server.presentation import Presentation, present
from sandbox_server.stage import Stage
from worlds.worldfile import plan_world
from worlds.yamlfile import Document

pytestmark = pytest.mark.anyio
SECONDS_MAX = 60.0
"""Against tests that hang; that work was ended and did not end is seen in the ledger's notes."""
ENDLESS = "SELECT count(*) FROM (WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i FROM c)"
CALLS = {
    "sqlite": Call("shop", "read_query", {"query": ENDLESS}),
    "duckdb": Call("warehouse", "execute_query", {"sql": ENDLESS}),
}
LINES, OTHERS = (
    "\n".join(f"line {number**power % base}" for number in range(20_000)) for power, base in ((1, 7), (2, 11))
)
TREE = {"lines.txt": LINES} | {f"{'a' * 90}{number}.txt": "" for number in range(300)}
SERVERS = {
    "shop": {"kind": "sql", "imitates": "sqlite", "schema": "CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (1);"},
    "warehouse": {"kind": "sql", "imitates": "motherduck", "schema": "CREATE TABLE t AS SELECT 1 AS i;"},
    "files": {"kind": "filesystem", "root": "/workspace", "tree": TREE},
}
FILE_CALLS = {
    "edits": Call(
        "files", "edit_file", {"path": "/workspace/lines.txt", "edits": [{"oldText": LINES, "newText": OTHERS}]}
    ),
    "patterns": Call("files", "search_files", {"path": "/workspace", "pattern": "*(*(*(*(a*)*)*)*)b" * 2_500}),
}


@pytest.fixture(scope="module")
def presentation() -> Presentation:
    return present(plan_world(Document("test", {"soundstage": 1, "world": "test", "servers": SERVERS}), Path()))


async def begun(episode: Episode, call: Call) -> "asyncio.Task[Outcome]":
    """A call that has its turn."""
    task = asyncio.create_task(walk(episode, call))
    await asyncio.sleep(0)
    assert episode.turn.locked()
    return task


@pytest.mark.parametrize("engine", CALLS)
async def test_a_reset_kills_the_statement_in_progress(engine: str, presentation: Presentation) -> None:
    stage = Stage()
    episode = stage.open(presentation)
    first = episode.digest.hex()
    running = await begun(episode, CALLS[engine])
    waiting = asyncio.create_task(walk(episode, CALLS[engine]))

    assert await asyncio.wait_for(episode.reset(), SECONDS_MAX) == first
    outcome = await asyncio.wait_for(running, SECONDS_MAX)
    assert "nterrupt" in str(outcome.reply.result)
    assert outcome.entry is not None
    assert outcome.entry.notes == {"decided": "killed"}
    assert [entry.tool for entry in episode.ledger.entries] == [CALLS[engine].tool, "reset"]

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    after = Call("shop", "read_query", {"query": "SELECT i FROM t"})
    told = await asyncio.wait_for(walk(episode, after), SECONDS_MAX)
    assert "[{'i': 1}]" in str(told.reply.result)
    stage.close_all()


@pytest.mark.parametrize("engine", CALLS)
async def test_a_database_goes_on_after_its_statement_was_ended(engine: str, presentation: Presentation) -> None:
    stage = Stage()
    episode = stage.open(presentation)
    call = CALLS[engine]
    running = await begun(episode, call)
    await asyncio.wait_for(episode.reset(), SECONDS_MAX)
    await running
    (argument,) = call.arguments

    told = await asyncio.wait_for(walk(episode, Call(call.server, call.tool, {argument: "SELECT i + 41 FROM t"})), 60)

    assert "42" in str(told.reply.result)
    assert episode.digest == episode.first.content_digest()
    stage.close_all()


@pytest.mark.parametrize("work", FILE_CALLS)
@pytest.mark.parametrize("turns", [0, 1, 20])
async def test_a_reset_ends_long_work_on_files(work: str, turns: int, presentation: Presentation) -> None:
    stage = Stage()
    episode = stage.open(presentation)
    first = episode.digest.hex()
    running = await begun(episode, FILE_CALLS[work])
    for _ in range(turns):
        await asyncio.sleep(0)
    assert not running.done()

    assert await asyncio.wait_for(episode.reset(), SECONDS_MAX) == first
    outcome = await running
    assert outcome.entry is not None
    assert outcome.entry.notes["broke"].startswith("Interrupted")
    assert [entry.kind for entry in episode.ledger.entries] == ["call", "act"]

    read = await walk(episode, Call("files", "read_text_file", {"path": "/workspace/lines.txt", "head": 1}))
    assert "line 0" in str(read.reply.result)
    stage.close_all()


@pytest.mark.parametrize("work", [*FILE_CALLS, *CALLS])
async def test_the_end_of_an_episode_ends_what_takes_long(work: str, presentation: Presentation) -> None:
    call = FILE_CALLS.get(work) or CALLS[work]
    stage = Stage()
    episode = stage.open(presentation)
    running = await begun(episode, call)

    async with asyncio.timeout(SECONDS_MAX), episode.seized():
        stage.close(episode.id)
    with pytest.raises(Ended):
        await walk(episode, call)
    outcome = await running
    assert outcome.entry is not None
    assert outcome.entry.notes.keys() == {"broke" if work in FILE_CALLS else "decided"}
