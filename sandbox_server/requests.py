"""The path of requests that call no tool, where rules may be about them: what is answered, what the ledger keeps."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import orjson

from fault_injection.delivery import Delivery
from sandbox_server.call import Call, Era, Reply
from sandbox_server.connection import Connection, Message
from sandbox_server.dispatch import deliveries
from sandbox_server.dispatch.messages import encode
from sandbox_server.hooks import Hooks
from sandbox_server.ledger import Entry
from sandbox_server.path import Outcome

Answer = Callable[[bool], Awaitable[Outcome]]
"""Answers a request; told whether whoever asks writes the ledger's entry himself."""
Stream = Delivery | AsyncIterator[Delivery]
_NUMBERS: Final = count(1)


@dataclass(slots=True)
class _Request:
    """One request on its way through the hooks."""

    line: Connection
    call: Call
    hooks: Hooks
    answer: Answer
    arrived_ns: int = 0
    true: Outcome | None = None
    """What it was answered; None while it is kept from the server."""
    entry: Entry | None = field(default=None)

    async def enter(self, call: Call, index: int = 0) -> Reply:
        """Through the hooks, outermost first."""
        if index == len(self.hooks.asked):
            self.true = await self.answer(True)
            return _opened(self.true.reply)
        return await self.hooks.asked[index](call, lambda inner: self.enter(inner, index + 1))

    def note(self, reply: Reply) -> None:
        """Keep an entry if there is anything to tell, or if the request is always told of."""
        episode, own = self.line.episode, self.true.entry if self.true else None
        entry = own or self._made(reply)
        entry.told = reply
        for note in self.hooks.entry:
            note(self.call, entry)
        if own is not None or entry.rules:
            entry.number = episode.ledger.next_number
            episode.ledger.write(entry)
            self.entry = entry

    def _made(self, reply: Reply) -> Entry:
        episode, call = self.line.episode, self.call
        return Entry(
            0, "request", call.actor, call.server, call.method, call.arguments, told=reply,
            digest_before=episode.digest, digest_after=episode.digest, arrived_ns=self.arrived_ns,
            told_ns=episode.world.clock.now_ns, version=call.version,
        )  # fmt: skip


async def answered(line: Connection, message: Message, era: Era, version: str, answer: Answer) -> Outcome:
    """What a request comes to. Where no rule is about requests, that is what is answered, and costs nothing."""
    hooks = line.episode.hooks
    if not hooks.asked:
        return await answer(False)
    request = _request(line, message, era, version, answer)
    reply = await request.enter(request.call)
    request.note(reply)
    outbox = request.true.outbox if request.true else ()
    return Outcome(reply, request.entry, outbox, hooks=hooks, asked=request.call)


async def opened(line: Connection, message: Message, era: Era, version: str, stream: Callable[[], Stream]) -> Stream:
    """A stream that is asked for; or, where a rule keeps it from the server, what travels instead."""
    hooks = line.episode.hooks
    if not hooks.asked:
        return stream()

    async def answer(_: bool) -> Outcome:
        return Outcome(Reply({}))

    request = _request(line, message, era, version, answer)
    reply = await request.enter(request.call)
    request.note(reply)
    if request.true is not None:
        return stream()
    frame = line.server.surface.fingerprint.frame(message.get("id"), reply)
    delivery = deliveries.body(line, encode(frame)) if line.transport == "http" else deliveries.line([frame])
    for hook in hooks.delivery:
        delivery = hook(request.call, delivery)
    return delivery


def _request(line: Connection, message: Message, era: Era, version: str, answer: Answer) -> _Request:
    params = message.get("params")
    call = Call(
        line.server_name, "", params if isinstance(params, dict) else {}, line.actor, -next(_NUMBERS), era, version,
        message.get("id"), transport=line.transport, method=message["method"],
    )  # fmt: skip
    return _Request(line, call, line.episode.hooks, answer, line.episode.world.clock.now_ns)


def _opened(reply: Reply) -> Reply:
    """The reply with its result as data, where it was encoded ahead: rules look into it, and the ledger keeps it."""
    result: Any = reply.result
    return Reply(orjson.loads(orjson.dumps(result))) if isinstance(result, orjson.Fragment) else reply
