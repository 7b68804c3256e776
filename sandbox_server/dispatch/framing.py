"""Replies as messages, and messages as deliveries of one line's transport."""

from collections.abc import Iterable
from typing import Any

from fault_injection.delivery import Delivery
from sandbox_server.arrival import Arrival
from sandbox_server.connection import Connection, Message
from sandbox_server.dispatch.messages import encode
from sandbox_server.dispatch.methods import Answer
from sandbox_server.manner import Manner


def notices(manner: Manner, messages: Iterable[Message]) -> list[bytes]:
    """Notifications as bytes."""
    return [encode(manner.notice(message)) for message in messages]


def framed(line: Connection, request_id: Any, answer: Answer) -> bytes:
    """The message that answers a request, as bytes."""
    return encode(line.server.surface.fingerprint.frame(request_id, answer.reply))


def hooked(line: Connection, arrival: Arrival, answer: Answer, delivery: Delivery) -> Delivery:
    """The delivery of an answer after the hooks."""
    if answer.entry is not None:
        arrival.entries += (answer.entry,)
    if answer.call is not None:
        for hook in line.episode.hooks.delivery:
            delivery = hook(answer.call, delivery)
    return delivery
