"""Directing an episode from elsewhere: following it, acting and speaking in people's names, and ending it."""

from typing import Any

import anyio
from pydantic import Field
from starlette.responses import Response

from sandbox_server.admin.model import JsonObject, Model
from sandbox_server.admin.operation import JSON, Asked, operation
from sandbox_server.directing.by_hand import do_by_hand
from sandbox_server.directing.directed import Directed
from sandbox_server.directing.feed import encoded
from sandbox_server.directing.stand_in import end_turn
from sandbox_server.directing.taking import take_in
from sandbox_server.inside import call_inside, is_lost
from sandbox_server.turns import Words, speak_slowly
from worlds.agenda import Wish
from worlds.errors import UnknownName
from worlds.parts.user.conversation import TEXT_MAX

WAIT_S_MAX = 30.0
SAID_AS = "said_as"
"""The note of words in which the director's own name for them stands."""
FILES_BYTES_MAX = 512 << 20


class FeedQuery(Model):
    """From where on to follow."""

    after: int = Field(0, ge=0, description="The last record that was received: it and all before are let go.")
    wait_s: float = Field(10.0, ge=0, le=WAIT_S_MAX, description="How long to wait for a record if there is none yet.")


class Records(Model):
    """What happened, in order."""

    records: list[JsonObject] = Field(
        description="Each with its number `n` and its kind `record`: `entry` (of the ledger, with the state that a "
        "call led to), `turn` (a message waits), `dropped` (it does not any more), `limit` (a limit is exceeded)."
    )
    over: bool = Field(description="Whether the episode is gone.")


class Referred(Model):
    """A directive that may be sent again."""

    reference: str = Field(
        min_length=1, max_length=100,
        description="The director's name for it: what is sent again under the same one is not carried out again.",
    )  # fmt: skip


class DirectedCall(Referred):
    """A call in somebody's name."""

    actor: str = Field("agent", description="Who calls.")
    server: str = Field(description="The server.")
    tool: str = Field(description="The tool.")
    arguments: JsonObject = Field(default_factory=dict, description="Its arguments.")
    meanwhile: bool = Field(False, description="Whether a message of the agent's waits for whoever calls.")


class Called(Model):
    """What a call came to."""

    reply: JsonObject | None = Field(description="`result` or `error`; null where a fault keeps the answer back.")
    last: int = Field(description="The number of the newest record of the feed.")


class Later(Model):
    """Something that happens in a conversation by itself."""

    after_ns: int = Field(ge=0, lt=1 << 62, description="How long after what is said, in the world's time.")
    operation: str = Field(description="The operation on the conversation.")
    arguments: JsonObject = Field(description="With what.")
    actor: str = Field(description="In whose name.")


class DirectedWords(Referred):
    """What a person says."""

    server: str = Field(description="The conversation.")
    actor: str = Field("user", description="Who speaks.")
    text: str = Field("", description="The words; empty: nothing is said.", max_length=TEXT_MAX)
    closes: bool = Field(False, description="Whether the person leaves the conversation with this.")
    answers: bool = Field(True, description="Whether a waiting call shows it.")
    pause_ns: int = Field(0, ge=0, description="How much of the world's time passes first.")
    soon: list[Later] = Field(default_factory=list, max_length=16, description="What is to happen a little later.")


class Newest(Model):
    """How far the feed has come."""

    last: int = Field(description="The number of its newest record.")


class EndedTurn(Model):
    """How a turn ended."""

    broke: str = Field("", max_length=10_000, description="Why the person could not be played; empty: all went well.")


class Passing(Referred):
    """Time that passes because the agent waits."""

    by_ns: int = Field(ge=0, lt=1 << 62, description="Nanoseconds of the world's time.")


class FileWork(Referred):
    """What an agent made of its working directory."""

    server: str = Field(description="The server whose files they are.")
    operations: list[JsonObject] = Field(description="Operations on files, in their order.")
    notes: list[str] = Field(default_factory=list, description="What was left out, in words.")


class DirectedDeed(Referred):
    """Something that no tool does."""

    server: str = Field(description="The server whose part it is done to.")
    operation: str = Field(description="The operation, as events name it.")
    arguments: JsonObject = Field(default_factory=dict, description="Its arguments.")


class Done(Newest):
    """What a deed left."""

    digest: str = Field(description="The digest of the state after it: the one before where it was refused.")


class Finished(Model):
    """What was left behind."""

    unanswered: list[list[Any]] = Field(description="Calls that a fault kept waiting at the end, and their arrivals.")
    state: JsonObject = Field(description="The last state, as what leads to it from the last one of the feed.")
    last: int = Field(description="The number of the last record that counts.")


@operation("GET", "/episodes/{id}/feed", answer=Records, query=FeedQuery, refusals=(404,))
async def get_feed(asked: Asked) -> Response:
    """Follow a directed episode: what happened after a record, as soon as there is something."""
    directed, query, stopping = _directed(asked), asked.query, asked.control.stopping
    async with anyio.create_task_group() as group:
        group.start_soon(_end_with, stopping, directed)
        found = await directed.read(query.after, query.wait_s)
        group.cancel_scope.cancel()
    return Response(found, media_type=JSON)


@operation("POST", "/episodes/{id}/calls", answer=Called, body=DirectedCall, refusals=(404,))
async def make_call(asked: Asked) -> Response:
    """Call a tool in an actor's name, as a client inside of the stage does."""
    episode, body, directed = asked.episode, asked.body, _directed(asked)

    async def call() -> dict[str, Any]:
        calling = call_inside(episode, body.server, body.tool, body.arguments, body.actor)
        outcome = await (episode.waits.aside(calling) if body.meanwhile else calling)
        return {"reply": None if is_lost(outcome) else outcome.reply.to_json(), "last": directed.feed.last}

    return _told(await directed.once(body.reference, call))


@operation("POST", "/episodes/{id}/words", answer=Newest, body=DirectedWords, refusals=(404, 409))
async def say_words(asked: Asked) -> Response:
    """Let a person speak, after the time that this takes."""
    episode, body, directed = asked.episode, asked.body, _directed(asked)
    server = episode.turns.conversation(episode.world, body.server)
    soon = [Wish(each.after_ns, "", each.operation, each.arguments, each.actor) for each in body.soon]
    words = Words(body.text, closes=body.closes, notes={SAID_AS: body.reference}, answers=body.answers)

    async def say() -> dict[str, Any]:
        await speak_slowly(episode, server, words, body.actor, soon, body.pause_ns)
        return {"last": directed.feed.last}

    return _told(await directed.once(body.reference, say))


@operation("POST", "/episodes/{id}/turns/{turn}/end", answer=Newest, body=EndedTurn, refusals=(404,))
async def end_directed_turn(asked: Asked) -> Newest:
    """Let the call go on that waits for a person."""
    directed = _directed(asked)
    end_turn(asked.episode, asked.path["turn"], asked.body.broke)
    return Newest(last=directed.feed.last)


@operation("POST", "/episodes/{id}/passing", answer=Newest, body=Passing, refusals=(404,))
async def pass_clock_time(asked: Asked) -> Response:
    """Let simulated time pass as an agent's wait does; nothing is noted, unlike `clock/advance`."""
    episode, body, directed = asked.episode, asked.body, _directed(asked)

    async def advance() -> dict[str, Any]:
        episode.world.clock.advance(body.by_ns)
        return {"last": directed.feed.last}

    return _told(await directed.once(body.reference, advance))


@operation(
    "POST", "/episodes/{id}/files", answer=Newest, body=FileWork, refusals=(404,), body_bytes_max=FILES_BYTES_MAX,
)  # fmt: skip
async def take_in_files(asked: Asked) -> Response:
    """Take in what an agent made of its working directory, as one step in its name."""
    episode, body, directed = asked.episode, asked.body, _directed(asked)
    if episode.world.kinds.get(body.server) != "filesystem":
        raise UnknownName(f"{body.server!r} holds no files")

    async def work() -> dict[str, Any]:
        await take_in(episode, body.server, body.operations, body.notes)
        return {"last": directed.feed.last}

    return _told(await directed.once(body.reference, work))


@operation("POST", "/episodes/{id}/deeds", answer=Done, body=DirectedDeed, refusals=(404,))
async def do_deed(asked: Asked) -> Response:
    """Do something to a server's part in the agent's name, past its tools; what the part refuses has no effect."""
    episode, body, directed = asked.episode, asked.body, _directed(asked)
    if body.server not in episode.world.parts:
        raise UnknownName(f"there is no server {body.server!r}")

    async def deed() -> dict[str, Any]:
        digest = await do_by_hand(episode, body.server, body.operation, body.arguments)
        return {"digest": digest, "last": directed.feed.last}

    return _told(await directed.once(body.reference, deed))


@operation("POST", "/episodes/{id}/finish", answer=Finished, refusals=(404,))
async def finish_episode(asked: Asked) -> Response:
    """Let nothing more happen in a directed episode, and tell how it ends; asking again tells the same."""
    directed = _directed(asked)
    return _told(await directed.once("(finish)", directed.finish))


async def _end_with(stopping: anyio.Event, directed: Directed) -> None:
    """Let nobody wait for news of a stage that is about to end."""
    await stopping.wait()
    directed.end()


def _directed(asked: Asked) -> Directed:
    return asked.control.directing.directed(asked.episode)


def _told(answer: dict[str, Any]) -> Response:
    return Response(encoded(answer), media_type=JSON)
