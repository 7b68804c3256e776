"""Both generations over stdio: a line in, lines out; the first request decides which generation a line speaks."""

from collections.abc import AsyncIterator
from typing import Final

from fault_injection.delivery import Chunk, Delivery
from sandbox_server import requests
from sandbox_server.arrival import Arrival
from sandbox_server.call import Era, Reply
from sandbox_server.connection import Connection, Message
from sandbox_server.dispatch import framing, methods, modern
from sandbox_server.dispatch.deliveries import SILENCE
from sandbox_server.dispatch.messages import Unparsable, kind_of, params_of, read
from sandbox_server.dispatch.subscription import Subscription, unasked
from sandbox_server.manner import Manner
from sandbox_server.path import Outcome
from sandbox_server.surface import MODERN_VERSION

_HANDSHAKE_ONLY: Final = (
    "this connection serves the handshake protocol era; "
    "requests carrying the 2026-07-28 envelope are not accepted on it"
)


async def take(arrival: Arrival, line: Connection) -> Delivery | AsyncIterator[Delivery]:
    """Answer one line."""
    manner = line.server.surface.manner
    try:
        message = read(arrival, lenient=True)
    except Unparsable:
        message = None
    kind = kind_of(message, lenient_ids=manner.lenient_ids)
    if kind == "response":
        line.answered(message)
    if kind == "notification":
        _noted(line, message)
    if kind == "invalid" and manner.broken_line is not None:
        return written(framing.notices(manner, [dict(manner.broken_line)]))
    return await request(arrival, line, manner, message) if kind == "request" else SILENCE


async def request(
    arrival: Arrival, line: Connection, manner: Manner, message: Message
) -> Delivery | AsyncIterator[Delivery]:
    """Answer a request in the generation of its line."""
    if line.era is None:
        line.era = _opened(line, message)
        line.dress = unasked if line.era == "modern" else None
    if line.era == "modern":
        return await _modern(arrival, line, manner, message)
    return await _handshake(arrival, line, manner, message)


def written(messages: list[bytes]) -> Delivery:
    """Messages as lines."""
    return Delivery(tuple(Chunk(data + b"\n") for data in messages))


def _opened(line: Connection, message: Message) -> Era | None:
    """The generation that a first request opens.

    `server/discover` opens nothing on a server that does not speak 2026-07-28: its client is about to shake hands.
    """
    if not modern.has_envelope(message) or message["method"] == "initialize":
        return "handshake" if message["method"] == "initialize" else None
    return "modern" if line.server.surface.modern or message["method"] != "server/discover" else None


async def _handshake(arrival: Arrival, line: Connection, manner: Manner, message: Message) -> Delivery:
    if message["method"] == "initialize":
        answer = await requests.answered(line, message, "handshake", "", lambda held: _shaken(line, message, held=held))
    elif line.version is None and manner.waits_for_hello and message["method"] != "ping":
        answer = _too_early(line, manner, message)
    elif line.server.surface.modern and modern.has_envelope(message):
        answer = Outcome(Reply.refused(-32600, _HANDSHAKE_ONLY))
    else:
        answer = await methods.answer(
            line, message, "handshake", line.version or line.server.surface.handshake_versions[-1]
        )
    before = framing.notices(manner, answer.outbox)
    delivery = written([*before, framing.framed(line, message["id"], answer)])
    return framing.leaving(line, arrival, answer, delivery)


async def _shaken(line: Connection, message: Message, *, held: bool) -> Outcome:
    return methods.initialize(line, line.server.surface.manner, message.get("params"), held=held)


async def _modern(
    arrival: Arrival, line: Connection, manner: Manner, message: Message
) -> Delivery | AsyncIterator[Delivery]:
    if message["method"] == "initialize":
        requested = params_of(message).get("protocolVersion")
        answer = Outcome(modern.unsupported(requested))
    elif refused := modern.unfit(message):
        answer = Outcome(refused)
    elif message["method"] == "subscriptions/listen" and (wish := Subscription.wanted(message)):
        return await requests.opened(line, message, "modern", MODERN_VERSION, lambda: _listen(line, manner, wish))
    else:
        answer = await methods.answer(line, message, "modern", MODERN_VERSION)
    told = modern.announce(line, answer.outbox)
    body = modern.encoded(line, message["id"], answer)
    return framing.leaving(line, arrival, answer, written([*framing.notices(manner, told), body]))


async def _listen(line: Connection, manner: Manner, subscription: Subscription) -> AsyncIterator[Delivery]:
    """The changes that were asked for, until the client cancels the request or the episode ends."""
    heard = subscription.line(line)
    heard.listen()
    line.streams[subscription.id] = heard
    try:
        yield written(framing.notices(manner, [subscription.acknowledgement]))
        while (message := await heard.next()) is not None:
            yield written(framing.notices(manner, [message]))
    finally:
        line.streams.pop(subscription.id, None)
        heard.deafen()


def _too_early(line: Connection, manner: Manner, message: Message) -> Outcome:
    """A request before the handshake; a server that speaks neither generation yet does not know the method."""
    if message["method"] == "server/discover":
        return Outcome(line.server.surface.fingerprint.unknown_method("server/discover"))
    return Outcome(manner.bad_hello(None))


def _noted(line: Connection, message: Message) -> None:
    """A notification: only the end of a subscription means something."""
    if message["method"] == "notifications/cancelled":
        heard = line.streams.get(params_of(message).get("requestId"))
        if heard is not None:
            heard.close()
