"""Follows an episode on a stage: takes in what happens there, in order and once, and lets people here answer."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final, TypeVar

import anyio
from anyio.abc import TaskGroup

from harness.engine import PlaceLost
from harness.errors import one_error
from harness.remote.admin import Admin
from harness.remote.shadow import Shadow
from harness.users.answering import Player
from sandbox_server.directing.gate import Limit
from sandbox_server.errors import NotFound
from sandbox_server.turns import Pending
from worlds.errors import Problem

T = TypeVar("T")
WAIT_S: Final = 10.0
"""How long a stage keeps a question for news."""
GRACE_S: Final = 20.0
"""How much longer an answer may take before the stage is taken for dead."""


class Follower:
    """One episode's feed, from its first record to its last."""

    def __init__(self, admin: Admin, id: str, shadow: Shadow) -> None:
        self.players: Mapping[str, Player] = {}
        self.limit: Limit | None = None
        self.lost: PlaceLost | None = None
        self._admin = admin
        self._path = f"/episodes/{id}"
        self._shadow = shadow
        self.grace_s = GRACE_S
        self._seen = 0
        self._news = anyio.Event()
        self._scope = anyio.CancelScope()
        self._turns: dict[str, anyio.CancelScope] = {}

    async def follow(self, group: TaskGroup) -> None:
        """Follow until stopped, or until the stage is lost, which whoever waits is told."""
        try:
            with self._scope:
                while True:
                    await self._read(group)
        except PlaceLost as lost:
            self._lose(lost)
        except Problem as error:
            self._lose(PlaceLost(f"the episode cannot be followed any more: {error.message}"))
        except (KeyError, TypeError, ValueError) as error:
            self._lose(PlaceLost(f"the stage says what cannot be understood: {error!r}"))

    def stop(self) -> None:
        """Follow no more."""
        self._scope.cancel()

    async def reached(self, number: int) -> None:
        """Wait until a record was taken in. Raises PlaceLost."""
        while self._seen < number:
            await self._next()

    async def exceeded(self) -> Limit:
        """Wait until a limit is exceeded. Raises PlaceLost."""
        while self.limit is None:
            await self._next()
        return self.limit

    async def meanwhile(self, work: Callable[[], Awaitable[T]]) -> T:
        """What some work comes to, as long as the stage is there. Raises PlaceLost."""
        done: list[T] = []
        with one_error():
            async with anyio.create_task_group() as group:
                group.start_soon(self._give_up, group.cancel_scope)
                done.append(await work())
                group.cancel_scope.cancel()
        if not done:
            assert self.lost is not None
            raise self.lost
        return done[0]

    async def _give_up(self, scope: anyio.CancelScope) -> None:
        """Cancel when the stage is lost."""
        while self.lost is None:
            await self._news.wait()
        scope.cancel()

    async def _next(self) -> None:
        """Wait for something new. Raises PlaceLost."""
        if self.lost is not None:
            raise self.lost
        await self._news.wait()

    async def _read(self, group: TaskGroup) -> None:
        query = f"?after={self._seen}&wait_s={WAIT_S}"
        told = await self._admin.ask("GET", f"{self._path}/feed{query}", wait_s=WAIT_S + self.grace_s)
        for record in told["records"]:
            if record["n"] > self._seen:
                self._take(record, group)
                self._seen = record["n"]
        if told["records"]:
            self._tell()
        if told["over"]:
            raise PlaceLost("the episode was ended on its stage")

    def _take(self, record: Mapping[str, Any], group: TaskGroup) -> None:
        kind = record["record"]
        if kind == "entry":
            with suppress(OSError):  # the recorder knows, and so does whoever asks it
                self._shadow.take(record["entry"], record["state"])
        elif kind == "turn":
            self._shadow.look(record["state"])
            pending = Pending(
                record["server"], record["id"], record["text"], record["since_ns"], record["timeout_ns"]
            )  # fmt: skip
            group.start_soon(self._answer, pending)
        elif kind == "dropped" and record["id"] in self._turns:
            self._turns[record["id"]].cancel()
        elif kind == "limit":
            self.limit = record["why"]

    async def _answer(self, pending: Pending) -> None:
        """Let a person here answer, and then the call there go on."""
        broke = ""
        with anyio.CancelScope() as scope:
            self._turns[pending.message] = scope
            try:
                await self.players[pending.server].answer(self._shadow, pending)
            except PlaceLost:
                return
            except Exception as error:  # a person who cannot answer must not pass for a failing agent
                broke = f"{type(error).__name__}: {error}"
            with suppress(NotFound, PlaceLost):
                await self._admin.ask("POST", f"{self._path}/turns/{pending.message}/end", {"broke": broke})
        self._turns.pop(pending.message, None)

    def _lose(self, lost: PlaceLost) -> None:
        self.lost = lost
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = anyio.Event()
