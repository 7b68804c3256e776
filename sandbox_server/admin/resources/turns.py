"""Calls that wait for a person's words: what is pending, live or at once, and the words that answer it."""

from collections.abc import AsyncIterator
from typing import Any

import anyio
import orjson
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from sandbox_server.admin.control import Control
from sandbox_server.admin.model import Model
from sandbox_server.admin.operation import Asked, operation
from sandbox_server.episode import Episode
from sandbox_server.turns import Pending, Words, speak
from worlds.clock import show_time
from worlds.parts.user.conversation import TEXT_MAX

EVENTS = "text/event-stream"
HEARTBEAT_S = 15.0


class PendingTurn(Model):
    """A message of the agent that waits for a reply."""

    id: str = Field(description="The message's id, which names the turn.")
    server: str = Field(description="The conversation.")
    text: str = Field(description="What the agent wrote.")
    since: str = Field(description="Since when it waits, in world time.")


class PendingTurns(Model):
    """Every message that waits, the oldest first."""

    turns: list[PendingTurn] = Field(description="What waits.")


class SpokenWords(Model):
    """What a person says to a message."""

    id: str | None = Field(None, description="The message that it answers; none: the person speaks unasked.")
    server: str | None = Field(None, description="The conversation, where the person speaks unasked.")
    text: str = Field("", description="The words; empty: nothing is said.", max_length=TEXT_MAX)
    closes: bool = Field(False, description="Whether the person leaves the conversation with this.")
    waits: bool = Field(False, description="Whether more is still to be said before the agent gets its reply.")


class Spoken(Model):
    """What became of words."""

    entry: int = Field(description="The number of the ledger's entry in which they stand.")
    at: str = Field(description="World time at which they were said.")


@operation(
    "GET", "/episodes/{id}/turns", answer=PendingTurns, refusals=(404,),
    media={EVENTS: "An event `turns` with the same object whenever something begins or ends to wait, and `end` when it "
                   "is over."},
)  # fmt: skip
async def get_turns(asked: Asked) -> PendingTurns | Response:
    """Show which messages wait for a reply, at once or live as server-sent events.

    From the first such request on, messages wait for words from outside.
    """
    episode = asked.episode
    episode.turns.attended = True
    if asked.accepts(EVENTS):
        events = _events(asked.control, episode)
        return StreamingResponse(events, media_type=EVENTS, headers={"cache-control": "no-store"})
    return _pending(episode)


@operation("POST", "/episodes/{id}/turns", answer=Spoken, body=SpokenWords, refusals=(404, 409, 422))
async def post_turn(asked: Asked) -> Spoken:
    """Let a person say something: in answer to a message that waits, or unasked."""
    episode, body = asked.episode, asked.body
    server = (
        episode.turns.conversation(episode.world, body.server)
        if body.id is None
        else episode.turns.pending(body.id).server
    )
    entry = await speak(episode, server, Words(body.text, closes=body.closes, answers=body.id is not None))
    if body.id is not None and not body.waits:
        episode.turns.answered(body.id)
    return Spoken(entry=entry.number, at=show_time(entry.told_ns))


def _pending(episode: Episode) -> PendingTurns:
    return PendingTurns(turns=[_turn(pending) for pending, _ in episode.turns.waiting.values()])


def _turn(pending: Pending) -> PendingTurn:
    return PendingTurn(
        id=pending.message, server=pending.server, text=pending.text, since=show_time(pending.since_ns)
    )  # fmt: skip


async def _events(control: Control, episode: Episode) -> AsyncIterator[bytes]:
    """What waits, whenever that changes; wakes at least at every heartbeat."""
    news = anyio.Event()

    def wake() -> None:
        news.set()

    episode.turns.watchers.add(wake)
    try:
        shown: Any = None
        while not control.stopping.is_set() and control.stage.episodes.get(episode.id) is episode:
            news = anyio.Event()
            now = _pending(episode).model_dump()
            yield b"event: turns\ndata: " + orjson.dumps(now) + b"\n\n" if now != shown else b": still here\n\n"
            shown = now
            with anyio.move_on_after(HEARTBEAT_S):
                await news.wait()
        yield b"event: end\ndata: {}\n\n"
    finally:
        episode.turns.watchers.discard(wake)
