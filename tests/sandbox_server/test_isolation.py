"""A thousand episodes side by side: nothing of one is ever seen in another."""

import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from sandbox_server.call import Call
from sandbox_server.episode import Episode
from sandbox_server.path import walk
from sandbox_server.presentation import Presentation, present
from sandbox_server.stage import Stage
from worlds.worldfile import plan_world
from worlds.yamlfile import Document

EPISODES = 1_000
WORLD: dict[str, Any] = {
    "soundstage": 1,
    "world": "canaries",
    "servers": {
        "files": {"kind": "filesystem", "root": "/workspace", "tree": {"a.txt": "one\n"}},
        "shop": {
            "kind": "sql",
            "imitates": "sqlite",
            "schema": "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT UNIQUE);",
        },
    },
}


@pytest.fixture(scope="module")
def presentation() -> Presentation:
    return present(plan_world(Document("canaries", WORLD), Path()))


async def say(episode: Episode, server: str, tool: str, **arguments: Any) -> str:
    outcome = await walk(episode, Call(server, tool, arguments))
    return json.dumps(outcome.reply.to_json(), ensure_ascii=False)


def canary(number: int) -> str:
    return f"canary-{number:04d}-{number * 7919 % 10007}"


async def plant(episode: Episode, mark: str) -> None:
    await say(episode, "files", "write_file", path=f"/workspace/{mark}.txt", content=mark)
    await say(episode, "shop", "write_query", query=f"INSERT INTO t (v) VALUES ('{mark}')")
    await say(episode, "shop", "append_insight", insight=mark)


LOOKS: list[tuple[str, str, dict[str, Any]]] = [
    ("files", "directory_tree", {"path": "/workspace"}),
    ("files", "search_files", {"path": "/workspace", "pattern": "**"}),
    ("files", "read_multiple_files", {"paths": ["/workspace/nothing", "/workspace/a.txt"]}),
    ("files", "read_text_file", {"path": "/etc/passwd"}),
    ("shop", "read_query", {"query": "SELECT * FROM t"}),
    ("shop", "read_query", {"query": "SELECT nothing FROM t"}),
    ("shop", "write_query", {"query": "INSERT INTO t (id, v) VALUES (1, 'twice')"}),
    ("shop", "list_tables", {}),
]


@pytest.mark.anyio
async def test_no_canary_is_ever_seen_in_another_episode(presentation: Presentation) -> None:
    stage = Stage()
    episodes = [stage.open(presentation) for _ in range(EPISODES)]
    async with anyio.create_task_group() as group:
        for number, episode in enumerate(episodes):
            group.start_soon(plant, episode, canary(number))

    for number, episode in enumerate(episodes):
        seen = "".join([await say(episode, server, tool, **arguments) for server, tool, arguments in LOOKS])
        memo = await episode.servers["shop"].request(
            "resources/read", {"uri": "memo://insights"}, site_of(episode, "shop")
        )
        seen += json.dumps(memo.to_json() if memo else None)
        assert seen.count("canary-") == seen.count(canary(number)) >= 4
    stage.close_all()


def site_of(episode: Episode, server: str) -> Any:
    from sandbox_server.family import Site
    from worlds.chance import NOBODY

    return Site(episode.world, episode.world.parts[server], NOBODY)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
async def test_a_credential_leads_to_its_own_episode_only(presentation: Presentation) -> None:
    stage = Stage()
    one, two = stage.open(presentation), stage.open(presentation)
    tokens = {token: episode for episode in (one, two) for token in episode.credentials}

    assert len(tokens) == 2
    for token, episode in tokens.items():
        admission = stage.admission(token)
        assert admission is not None
        assert admission.episode is episode
    stage.close(one.id)
    assert [stage.admission(token) is None for token in tokens] == [True, False]
    stage.close_all()


@pytest.mark.anyio
async def test_seeded_episodes_repeat_to_the_byte_with_64_in_flight_and_after_a_restore(
    presentation: Presentation,
) -> None:
    stage = Stage()
    gate = anyio.CapacityLimiter(64)
    wanted: list[str] = []

    async def play(episode: Episode) -> list[str]:
        seen = []
        for server, tool, arguments in [*LOOKS, *LOOKS[4:]]:
            seen.append(await say(episode, server, tool, **arguments))
            seen.append(episode.world.state_digest().hex())
        return seen

    async def repeat() -> None:
        async with gate:
            episode = stage.open(presentation)
            assert await play(episode) == wanted
            await episode.restore(step=0)
            assert await play(episode) == wanted
            stage.close(episode.id)

    wanted += await play(stage.open(presentation))
    async with anyio.create_task_group() as group:
        for _ in range(1_000):
            group.start_soon(repeat)
