"""The handshake era over HTTP (2024-11-05 to 2025-11-25): sessions, batches, the standing stream.

Which refusal comes first, and in which words, is the imitated SDK's manner.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final

from fault_injection.delivery import Chunk, Delivery
from sandbox_server import requests
from sandbox_server.arrival import Arrival
from sandbox_server.connection import Connection, Message
from sandbox_server.dispatch import deliveries, framing, methods
from sandbox_server.dispatch.deliveries import refuse
from sandbox_server.dispatch.door import Door
from sandbox_server.dispatch.messages import Kind, Unparsable, kind_of, read
from sandbox_server.manner import Manner
from sandbox_server.path import Outcome

BATCH_MAX: Final = 100
BATCH_VERSION: Final = "2025-03-26"
"""The one version in which every server must take batches."""
DEFAULT_VERSION: Final = "2025-03-26"
"""What a request without a version header speaks, by the specification."""


async def post(door: Door, arrival: Arrival, url: Connection) -> Delivery:
    """Answer a POST."""
    surface = url.server.surface
    manner = surface.manner
    session = arrival.header(b"mcp-session-id")
    line = url.episode.sessions.find(session, url) if session else None
    if session and line is None and "session" in manner.checks:
        return refuse(url, manner, "unknown_session")
    at = line or url
    if reason := door.judge(manner, surface.answers, arrival):
        return refused_at_door(at, manner, reason, arrival)
    if arrival.cut_at:
        return refuse(at, manner, "too_large", limit=arrival.cut_at)
    try:
        value = read(arrival, lenient=manner.replaces_bad_text)
    except Unparsable as error:
        return refuse(at, manner, "unparsable", detail=error)
    return await take(arrival, url, line, value)


async def take(arrival: Arrival, url: Connection, line: Connection | None, value: Any) -> Delivery:
    """Answer a parsed body."""
    manner = url.server.surface.manner
    at = line or url
    batch = isinstance(value, list)
    messages: list[Any] = value if batch else [value]
    if batch and len(messages) > BATCH_MAX:
        return refuse(at, manner, "long_batch", limit=BATCH_MAX, detail="the batch is too long")
    kinds = [kind_of(message, lenient_ids=manner.lenient_ids) for message in messages]
    if "invalid" in kinds or (batch and not _takes_batch(manner, line, arrival, messages)):
        return refuse(at, manner, "invalid", detail="not a JSON-RPC message")
    if any(_is_hello(manner, message, kind) for message, kind in zip(messages, kinds, strict=True)):
        return await hello(arrival, url, line, manner, messages)
    if refusal := _without_session(arrival, url, line, manner):
        return refusal
    assert line is not None
    return await exchange(arrival, line, manner, messages, kinds)


async def hello(
    arrival: Arrival, url: Connection, line: Connection | None, manner: Manner, messages: list[Message]
) -> Delivery:
    """Open a session, or shake hands again in one."""
    if len(messages) > 1:
        return refuse(line or url, manner, "mixed_batch", detail="initialize stands alone")
    if line is not None and not manner.reinitialize:
        return refuse(line, manner, "initialized")
    at = line or url

    async def shake(held: bool) -> Outcome:
        nonlocal at
        at = line or url.episode.sessions.open(url, hyphens=manner.session_hyphens)
        return methods.initialize(at, manner, messages[0].get("params"), held=held)

    answer = await requests.answered(at, messages[0], "handshake", DEFAULT_VERSION, shake)
    delivery = _shown(at, manner, [framing.framed(at, messages[0]["id"], answer)], [])
    return framing.leaving(at, arrival, answer, delivery)


async def exchange(
    arrival: Arrival, line: Connection, manner: Manner, messages: list[Message], kinds: list[Kind]
) -> Delivery:
    """Answer the only request of a POST."""
    if len(messages) == 1 and kinds[0] == "request":
        return shown(arrival, line, messages[0]["id"], await _answer(line, manner, messages[0]))
    return await mixed(arrival, line, manner, messages, kinds)


def shown(arrival: Arrival, line: Connection, request_id: Any, outcome: Outcome) -> Delivery:
    """The delivery of an answer, with what was told before it."""
    manner = line.server.surface.manner
    before = _sent_before(line, manner, outcome) if outcome.outbox else []
    delivery = _shown(line, manner, [framing.framed(line, request_id, outcome)], before)
    return framing.leaving(line, arrival, outcome, delivery)


async def mixed(
    arrival: Arrival, line: Connection, manner: Manner, messages: list[Message], kinds: list[Kind]
) -> Delivery:
    """Answer the requests of a batch in their order and take note of everything else."""
    outcomes: list[Outcome] = []
    bodies: list[bytes] = []
    before: list[bytes] = []
    for message, kind in zip(messages, kinds, strict=True):
        if kind == "response":
            line.answered(message)
        if kind == "request":
            answer = await _answer(line, manner, message)
            outcomes.append(answer)
            before += _sent_before(line, manner, answer)
            alone = _shown(line, manner, [framing.framed(line, message["id"], answer)], [])
            bodies.append(framing.inside(line, answer, alone))
    if not bodies:
        return deliveries.receipt(line, manner)
    return framing.leaving_together(line, arrival, outcomes, _gathered(line, manner, bodies, before))


async def stream(line: Connection, manner: Manner) -> AsyncIterator[Delivery]:
    """The standing stream of a session: what the server says unasked, until either side ends it."""
    if line.listening:
        yield refuse(line, manner, "stream_taken")
        return
    line.listen()
    try:
        yield Delivery((), 200, deliveries.stream_head(line, manner), "more")
        while (message := await line.next()) is not None:
            (data,) = framing.notices(manner, [message])
            yield deliveries.stream_piece(deliveries.event(data, manner.event_end))
        yield deliveries.stream_piece(b"", "ok")
    finally:
        line.deafen()


def get(door: Door, arrival: Arrival, url: Connection) -> Delivery | AsyncIterator[Delivery]:
    """Open the standing stream."""
    manner = url.server.surface.manner
    session = arrival.header(b"mcp-session-id")
    line = url.episode.sessions.find(session, url) if session else None
    if session and line is None and "session" in manner.checks:
        return refuse(url, manner, "unknown_session")
    if reason := door.stranger(arrival):
        return refused_at_door(line or url, manner, reason, arrival)
    if not manner.accepts(arrival.header(b"accept") or "")[1]:
        return refuse(line or url, manner, "accept_stream")
    if refusal := _without_session(arrival, url, line, manner):
        return refusal
    assert line is not None
    return stream(line, manner)


def delete(door: Door, arrival: Arrival, url: Connection) -> Delivery:
    """End a session at its client's wish."""
    manner = url.server.surface.manner
    session = arrival.header(b"mcp-session-id")
    line = url.episode.sessions.find(session, url) if session else None
    if reason := door.stranger(arrival):
        return refused_at_door(line or url, manner, reason, arrival)
    if refusal := _without_session(arrival, url, line, manner):
        return refusal
    assert line is not None
    url.episode.sessions.drop(line)
    return deliveries.receipt(line, manner, 200)


def refused_at_door(line: Connection, manner: Manner, reason: Any, arrival: Arrival) -> Delivery:
    """A refusal that may name the header that was wrong."""
    return refuse(line, manner, reason, host=arrival.header(b"host"), origin=arrival.header(b"origin"))


def _is_hello(manner: Manner, message: Message, kind: Kind) -> bool:
    """Whether a message opens a session; a manner without a second chance takes only a sound `initialize` for one."""
    if kind != "request" or message["method"] != "initialize":
        return False
    return manner.reinitialize or methods.is_hello(message.get("params"))


def _takes_batch(manner: Manner, line: Connection | None, arrival: Arrival, messages: list[Any]) -> bool:
    version = arrival.header(b"mcp-protocol-version") or (line.version if line else None) or DEFAULT_VERSION
    return manner.batches or (version == BATCH_VERSION and bool(messages))


def _without_session(arrival: Arrival, url: Connection, line: Connection | None, manner: Manner) -> Delivery | None:
    """The refusal of a request that is in no session, or names a version that is not spoken."""
    if line is None:
        named = arrival.header(b"mcp-session-id")
        return refuse(url, manner, "unknown_session" if named else "missing_session")
    version = arrival.header(b"mcp-protocol-version")
    versions = url.server.surface.handshake_versions
    if version is None or version in versions:
        return None
    oldest, newest = ", ".join(versions), ", ".join(reversed(versions))
    return refuse(line, manner, "unsupported_version", version=version, oldest_first=oldest, newest_first=newest)


async def _answer(line: Connection, manner: Manner, message: Message) -> Outcome:
    if message["method"] == "initialize":
        return Outcome(manner.bad_hello(message.get("params")))
    if line.version is None and manner.waits_for_hello and message["method"] != "ping":
        return Outcome(manner.bad_hello(None))
    return await methods.answer(line, message, "handshake", line.version or DEFAULT_VERSION)


def _sent_before(line: Connection, manner: Manner, answer: Outcome) -> list[bytes]:
    """What goes ahead of a reply in its own stream; where answers are JSON it takes the standing stream."""
    if line.server.surface.answers == "sse":
        return framing.notices(manner, answer.outbox)
    for message in answer.outbox:
        line.notify(message)
    return []


def _gathered(line: Connection, manner: Manner, shown: list[bytes], before: list[bytes]) -> Delivery:
    """Answers, each as it would be shown alone, in one delivery."""
    if line.server.surface.answers == "json":
        return deliveries.body(line, shown[0] if len(shown) == 1 else b"[" + b",".join(shown) + b"]")
    ahead = deliveries.events(line, manner, before)
    return replace(ahead, chunks=(*ahead.chunks, *map(Chunk, shown)))


def _shown(line: Connection, manner: Manner, bodies: list[bytes], before: list[bytes]) -> Delivery:
    if line.server.surface.answers == "json":
        return deliveries.body(line, bodies[0])
    return deliveries.events(line, manner, [*before, *bodies])
