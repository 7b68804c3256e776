"""What a driver is: sessions of one framework, and the loop that plays episodes with them when it is told to.

A driver reads one order per line from standard input and answers each with one line, so that drivers take turns.
Only the standard library is used, because this is imported in every peer's own environment.
"""

import asyncio
import http.client
import itertools
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final, Protocol

from benchmarks.measure import cpu_seconds, resident_bytes
from benchmarks.players.desk import ten_calls

READY_SECONDS_MAX: Final = 120.0
ROOT: Final = Path(__file__).parents[2]
WARM_UP: Final = 10
"""Episodes that are open before memory is looked at: they pay for what all share."""


class Session(Protocol):
    """One episode as its agent and whoever directs it see it."""

    async def connect(self) -> None:
        """Reach the server, and learn its tools where they can be listed."""

    async def reset(self) -> None:
        """Put the world into its first state."""

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        """One tool call: the text of its answer. Raises when the tool fails."""

    async def close(self) -> None:
        """Let go of the episode and of the connection."""


@dataclass(frozen=True, slots=True)
class Player:
    """A framework that is ready to be played with."""

    pid: int
    """The process that serves; this one's own where all happens in it."""
    session: Callable[[str], Session]


@dataclass(slots=True)
class Turn:
    """What some episodes came to; times of single operations in milliseconds of wall time."""

    episodes: int = 0
    errors: int = 0
    crosstalk: int = 0
    wall_s: float = 0.0
    server_cpu_s: float = 0.0
    client_cpu_s: float = 0.0
    connect_ms: list[float] = field(default_factory=list)
    reset_ms: list[float] = field(default_factory=list)
    call_ms: list[float] = field(default_factory=list)
    teardown_ms: list[float] = field(default_factory=list)
    first_error: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What it costs to keep episodes open, and whether each kept its own state."""

    episodes: int
    kept: int
    bytes_each: float


@dataclass(slots=True)
class Resets:
    """What it costs to put a world that was written to back into its first state; per reset, writing left out."""

    resets: int
    wall_ms: float
    cpu_ms: float
    """Of the processes that serve and direct."""


_tags = itertools.count(1)


def new_tag() -> str:
    """A name for an episode that no other one of this driver has."""
    return f"e{os.getpid()}x{next(_tags)}"


async def timed(work: Any, spent_ms: list[float]) -> Any:
    """What an awaitable gives; adds how long that took."""
    began = time.monotonic()
    result = await work
    spent_ms.append((time.monotonic() - began) * 1e3)
    return result


async def play(session: Session, tag: str, turn: Turn) -> None:
    """One episode from connecting to teardown."""
    await timed(session.connect(), turn.connect_ms)
    try:
        await timed(session.reset(), turn.reset_ms)
        for step in ten_calls(tag):
            answer = await timed(session.call(step.tool, step.arguments), turn.call_ms)
            turn.crosstalk += step.holds not in answer
    finally:
        await timed(session.close(), turn.teardown_ms)


async def take_turn(player: Player, seconds: float, parallel: int) -> Turn:
    """Play episodes for a while, some at a time; those that were begun are finished."""
    turn = Turn()
    server, client, began = cpu_seconds(player.pid), time.process_time(), time.monotonic()

    async def go_on() -> None:
        while True:
            tag = new_tag()
            try:
                await play(player.session(tag), tag, turn)
            except Exception as error:
                turn.errors += 1
                turn.first_error = turn.first_error or repr(error)[:300]
            turn.episodes += 1
            if time.monotonic() - began >= seconds:
                return

    await asyncio.gather(*(go_on() for _ in range(parallel)))
    turn.wall_s = time.monotonic() - began
    turn.client_cpu_s = time.process_time() - client
    turn.server_cpu_s = cpu_seconds(player.pid) - server if player.pid != os.getpid() else 0.0
    return turn


async def hold(player: Player, count: int) -> Held:
    """Keep episodes open at once, each with something of its own written, then ask each for it. Every episode has a
    task of its own, as some clients have to be left where they were entered."""
    spare = [await Keeper.open(player) for _ in range(WARM_UP)]
    before = resident_bytes(player.pid)
    keepers = [await Keeper.open(player) for _ in range(count)]
    each = (resident_bytes(player.pid) - before) / count
    kept = [await keeper.leave() for keeper in keepers]
    for keeper in spare:
        await keeper.leave()
    return Held(count, sum(kept), each)


async def reset_often(player: Player, count: int) -> Resets:
    """Write to one episode's world and reset it, again and again."""
    tag, wall_ms, cpu_s = new_tag(), list[float](), list[float]()
    session = player.session(tag)
    await session.connect()
    await session.reset()
    for number in range(count):
        await session.call("write", {"path": "notes/1.txt", "text": f"change {number}"})
        before = _cpu_seconds(player)
        await timed(session.reset(), wall_ms)
        cpu_s.append(_cpu_seconds(player) - before)
    whole = "note 1." in await session.call("read", {"path": "notes/1.txt"})
    await session.close()
    if not whole:
        raise RuntimeError("a reset left a change behind")
    return Resets(count, median(wall_ms), median(cpu_s) * 1e3)


def _cpu_seconds(player: Player) -> float:
    return time.process_time() + (cpu_seconds(player.pid) if player.pid != os.getpid() else 0.0)


ORDERS: Final[dict[str, Callable[..., Awaitable[Any]]]] = {"turn": take_turn, "hold": hold, "resets": reset_often}
"""What a driver can be told to do."""


@dataclass(slots=True)
class Keeper:
    """An episode that stays open until it is told to end."""

    opened: asyncio.Event
    over: asyncio.Event
    task: "asyncio.Task[bool]"

    @classmethod
    async def open(cls, player: Player) -> "Keeper":
        """Open an episode and write into it. Raises what went wrong with it."""
        opened, over = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(_keep(player, opened, over))
        entered = asyncio.create_task(opened.wait())
        await asyncio.wait([entered, task], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            entered.cancel()
            task.result()
        return cls(opened, over, task)

    async def leave(self) -> bool:
        """End the episode; whether it still had what was written."""
        self.over.set()
        return await self.task


async def _keep(player: Player, opened: asyncio.Event, over: asyncio.Event) -> bool:
    tag = new_tag()
    session = player.session(tag)
    await session.connect()
    await session.reset()
    await session.call("write", {"path": "own.txt", "text": f"mine is {tag}"})
    opened.set()
    await over.wait()
    kept = f"mine is {tag}" in await session.call("read", {"path": "own.txt"})
    await session.close()
    return kept


async def obey(opened: AbstractAsyncContextManager[Player]) -> None:
    """Do what the lines of standard input say until there are no more."""
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a framework prints is not an answer
    logging.disable(logging.WARNING)
    async with opened as player:
        print(json.dumps({"pid": player.pid}), file=told, flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            order = json.loads(line)
            done = await ORDERS[order.pop("do")](player, **order)
            print(json.dumps(asdict(done)), file=told, flush=True)


@contextmanager
def served(module: str) -> Iterator[tuple[int, int]]:
    """(process, port) of a server that a module starts when it is given the word `serve`."""
    command = [sys.executable, "-m", module, "serve"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline())
        _await_answer(port)
        yield process.pid, port
    finally:
        process.kill()
        process.wait(10)


def _await_answer(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READY_SECONDS_MAX)
        try:
            connection.request("GET", "/is-it-there")
            connection.getresponse().read()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        finally:
            connection.close()
