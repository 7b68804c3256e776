"""What happens in an episode, in order, kept until whoever follows it has it: a lost connection loses nothing."""

import asyncio
import json
from collections import deque
from contextlib import suppress
from typing import Any, Final

import orjson

from sandbox_server.directing.traces import Traces, entry_to_wire
from sandbox_server.episode import Episode
from sandbox_server.ledger import Entry
from sandbox_server.turns import SAYS, Pending
from worlds.world import World

BATCH_MAX: Final = 256
BATCH_BYTES_MAX: Final = 8 << 20


class Feed:
    """A sink of one episode's ledger whose records are numbered from 1."""

    def __init__(self) -> None:
        self.last = 0
        """The number of the newest record."""
        self.is_over = False
        self._episode: Episode | None = None
        self._traces: Traces | None = None
        self._records: deque[tuple[int, bytes]] = deque()
        self._news = asyncio.Event()

    def follow(self, episode: Episode, traces: Traces) -> None:
        """Tell what happens from now on."""
        self._episode, self._traces = episode, traces

    def write(self, entry: Entry) -> None:
        """Keep an entry, and of a call's the state after it, as a recorder here would."""
        self._put({"record": "entry", "entry": entry_to_wire(entry), "state": self._state(entry)})

    def turn(self, pending: Pending) -> None:
        """Tell that a message waits for its answer, and how the world looks meanwhile."""
        self._put({
            "record": "turn", "id": pending.message, "server": pending.server, "text": pending.text,
            "since_ns": pending.since_ns, "timeout_ns": pending.timeout_ns, "state": self._look(),
        })  # fmt: skip

    def dropped(self, message: str) -> None:
        """Tell that nobody waits for an answer to a message any more."""
        self._put({"record": "dropped", "id": message})

    def limit(self, why: str) -> None:
        """Tell that a limit is exceeded."""
        self._put({"record": "limit", "why": why})

    def final(self, world: World) -> dict[str, Any]:
        """The last state; `new` says whether it holds other things than the last one that was told."""
        assert self._traces is not None
        return {"new": self._traces.differs(world), **self._traces.beside(world)}

    def end(self) -> None:
        """Tell that the episode is gone."""
        self.is_over = True
        self._news.set()

    async def after(self, number: int, wait_s: float) -> bytes:
        """The records after a number, at least one if it comes in time; those up to the number are let go."""
        while self._records and self._records[0][0] <= number:
            self._records.popleft()
        if not self._records and not self.is_over:
            self._news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), wait_s)
        return b'{"records":[' + b",".join(self._batch()) + b'],"over":' + (b"true}" if self.is_over else b"false}")

    def _batch(self) -> list[bytes]:
        batch: list[bytes] = []
        size = 0
        for _, record in self._records:
            if len(batch) >= BATCH_MAX or (batch and size + len(record) > BATCH_BYTES_MAX):
                break
            batch.append(record)
            size += len(record)
        return batch

    def _put(self, record: dict[str, Any]) -> None:
        self.last += 1
        self._records.append((self.last, encoded({"n": self.last, **record})))
        self._news.set()

    def _state(self, entry: Entry) -> dict[str, Any] | None:
        """The state after a call, if there is a new one; after words always: what is remembered goes with it."""
        if entry.kind != "call" or not (entry.effect or entry.changes):
            return None
        assert self._episode is not None and self._traces is not None
        world = self._episode.history.at(entry.effect) if entry.effect else self._episode.parked
        return self._traces.after(world, always=entry.tool == SAYS)

    def _look(self) -> dict[str, Any]:
        assert self._episode is not None and self._traces is not None
        return self._traces.beside(self._episode.parked)


def encoded(value: Any) -> bytes:
    """JSON in one line; half characters and very long integers, which agents may send, are kept too."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        return json.dumps(value, default=str, separators=(",", ":")).encode()
