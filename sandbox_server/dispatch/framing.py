"""Replies as messages, and what every answer goes through before it leaves."""

from collections.abc import Iterable, Sequence
from typing import Any

from fault_injection.bodies import is_stream, values_of
from fault_injection.delivery import Delivery
from sandbox_server.arrival import Arrival
from sandbox_server.connection import Connection, Message
from sandbox_server.dispatch.messages import encode
from sandbox_server.manner import Manner
from sandbox_server.path import Outcome


def notices(manner: Manner, messages: Iterable[Message]) -> list[bytes]:
    """Notifications as bytes."""
    return [encode(manner.notice(message)) for message in messages]


def framed(line: Connection, request_id: Any, outcome: Outcome) -> bytes:
    """The message that answers a request of the handshake era, as bytes."""
    return encode(line.server.surface.fingerprint.frame(request_id, outcome.shown))


def leaving(line: Connection, arrival: Arrival, outcome: Outcome, delivery: Delivery) -> Delivery:
    """A delivery after the hooks; from here on the arrival knows which entry of the ledger it led to."""
    if outcome.entry is not None:
        arrival.entries += (outcome.entry,)
    if (subject := outcome.subject) is not None:
        for hook in outcome.hooks.delivery:
            delivery = hook(subject, delivery)
    return delivery


def inside(line: Connection, outcome: Outcome, delivery: Delivery) -> bytes:
    """One answer of a batch, as bytes, from how it would travel alone."""
    travels = delivery
    if (subject := outcome.subject) is not None:
        for hook in line.episode.hooks.inside:
            travels = hook(subject, travels)
    if is_stream(travels) and not is_stream(delivery):
        return values_of(travels.chunks)
    return travels.body


def leaving_together(line: Connection, arrival: Arrival, outcomes: Sequence[Outcome], delivery: Delivery) -> Delivery:
    """The same as `leaving` for a batch: what happens to its answers on their way happens to all of them."""
    arrival.entries += tuple(outcome.entry for outcome in outcomes if outcome.entry is not None)
    calls = [(each.subject, each.entry) for each in outcomes if each.subject is not None and each.entry is not None]
    for hook in line.episode.hooks.batch if calls else ():
        delivery = hook(calls, delivery)
    return delivery
