"""Thousands of open episodes in one serving process, each with a state of its own, and what one of them costs."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final

import uvloop

from benchmarks.calls import modern_call
from benchmarks.measure import RawClient, Row, cpu_seconds, request, resident_bytes
from benchmarks.scripts import WORLD
from benchmarks.stage import Running, stage

COUNTS: Final = (1_000, 10_000)
"""The must and the aim."""
HANDS: Final = 16
"""Connections that all episodes share: an episode is known by its URL, not by its connection."""
MUST_BYTES: Final = 1 << 20
AIM_BYTES: Final = 256 << 10
INSERT: Final = "INSERT INTO orders VALUES (5001, 3, {number}, 'episode {number}')"
ASK: Final = "SELECT note, total FROM orders WHERE id >= 5001"


@dataclass(frozen=True, slots=True)
class Crowd:
    """What a number of episodes that were open at once came to."""

    episodes: int
    own: int
    """Episodes that found exactly what they had written, in files and rows, after all had written."""
    bytes_each: float
    cpu_ms_each: float
    """Of the server, to open one and make its four calls."""


async def crowd(running: Running, count: int) -> Crowd:
    """Open episodes, let each write, then ask each; connections are shared by all."""
    hands = [await Hand(running).__aenter__() for _ in range(HANDS)]
    await shared(hands, 64, opened_and_written)
    before, cpu = resident_bytes(running.pid), cpu_seconds(running.pid)
    episodes = await shared(hands, count, opened_and_written)
    each = (resident_bytes(running.pid) - before) / count
    own = await shared(hands, count, lambda hand, number: keeps_its_own(hand, episodes[number], number))
    spent = (cpu_seconds(running.pid) - cpu) / count
    await shared(hands, count, lambda hand, number: hand.end(episodes[number]))
    for hand in hands:
        await hand.__aexit__()
    return Crowd(count, sum(own), each, spent * 1e3)


class Hand:
    """One agent's connection and one owner's, used for one episode after the other."""

    def __init__(self, running: Running) -> None:
        self._agent = RawClient("127.0.0.1", running.port)
        self._admin = RawClient("127.0.0.1", running.admin_port)
        self._headers = [("authorization", f"Bearer {running.token}")]

    async def __aenter__(self) -> "Hand":
        await self._agent.__aenter__()
        await self._admin.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._agent.__aexit__()
        await self._admin.__aexit__()

    async def open(self) -> dict[str, str]:
        """The URLs' paths of a fork of the first state, and its id."""
        told = await self._admin.send(request("/admin/v1/episodes/default/fork", b"{}", self._headers))
        opened = json.loads(told)
        return {"id": opened["id"], **{n: "/" + url.split("/", 3)[3] for n, url in opened["servers"].items()}}

    async def end(self, episode: dict[str, str]) -> None:
        """End an episode."""
        message = request(f"/admin/v1/episodes/{episode['id']}", b"{}", self._headers)
        await self._admin.send(b"DELETE" + message.removeprefix(b"POST"))

    async def call(self, path: str, tool: str, arguments: dict[str, Any]) -> str:
        """The text of a call's answer. Raises KeyError when it is no result."""
        answer = json.loads(await self._agent.send(modern_call(path, tool, arguments)))
        return str(answer["result"]["content"][0]["text"])


async def shared(hands: list[Hand], count: int, work: Any) -> list[Any]:
    """What a piece of work gives for each number, done by all hands."""
    results: list[Any] = [None] * count
    numbers = iter(range(count))

    async def go_on(hand: Hand) -> None:
        for number in numbers:
            results[number] = await work(hand, number)

    await asyncio.gather(*map(go_on, hands))
    return results


async def opened_and_written(hand: Hand, number: int) -> dict[str, str]:
    """An episode that wrote a file and a row."""
    episode = await hand.open()
    content = f"episode {number}"
    await hand.call(episode["files"], "write_file", {"path": "/workspace/notes/1.txt", "content": content})
    await hand.call(episode["shop"], "write_query", {"query": INSERT.format(number=number)})
    return episode


async def keeps_its_own(hand: Hand, episode: dict[str, str], number: int) -> bool:
    """Whether an episode holds its own file and its own row and no other episode's."""
    text = await hand.call(episode["files"], "read_text_file", {"path": "/workspace/notes/1.txt"})
    rows = await hand.call(episode["shop"], "read_query", {"query": ASK})
    return text == f"episode {number}" and rows.count("episode") == 1 and f"'episode {number}'" in rows


def rows() -> list[Row]:
    """The rows of the report."""
    result = []
    for count in COUNTS:
        with stage(WORLD) as running:
            found = uvloop.run(crowd(running, count))
        whole = found.own == count
        result += [
            Row(f"{count:,} live episodes in one process: each kept its own file and row", f"{found.own:,}",
                f"{found.cpu_ms_each:.2f} ms CPU of the server each", found.own / count, "all of them", whole),
            Row(f"memory of each of {count:,} open episodes", f"{found.bytes_each / 1024:,.0f} KB", "",
                None, "<= 1 MB (aim 256 KB)", found.bytes_each <= MUST_BYTES),
        ]  # fmt: skip
    return result
