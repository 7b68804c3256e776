"""The places on a call's path where something may intervene. All empty by default, and then free."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fault_injection.delivery import Delivery
from sandbox_server.arrival import Arrival
from sandbox_server.call import Call, Reply
from sandbox_server.family import Site
from sandbox_server.ledger import Entry

Proceed = Callable[[Call], Awaitable[Reply]]
Apply = Callable[[Call, Site], Awaitable[Reply]]

RequestHook = Callable[[Arrival], Awaitable[Delivery | None]]
"""Before parsing: a delivery ends the path there, None lets it go on."""
CallHook = Callable[[Call, Proceed], Awaitable[Reply]]
"""Around the whole call, before arguments are checked; may change the call, or answer without proceeding."""
StateHook = Callable[[Call, Site, Apply], Awaitable[Reply]]
"""Around the effect, inside its atomicity and its lock."""
ReplyHook = Callable[[Call, Reply], Reply]
"""After the effect: what the agent is told."""
DeliveryHook = Callable[[Call, Delivery], Delivery]
"""Last: how the answer travels."""
BatchHook = Callable[[Sequence[tuple[Call, Entry]], Delivery], Delivery]
"""The same for the calls of a batch (2025-03-26), whose answers travel together."""

EntryHook = Callable[[Call, Entry], None]
"""Before the ledger keeps an entry: what it should say beside what the path knows."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What intervenes in one episode, outermost first."""

    request: tuple[RequestHook, ...] = ()
    call: tuple[CallHook, ...] = ()
    state: tuple[StateHook, ...] = ()
    reply: tuple[ReplyHook, ...] = ()
    entry: tuple[EntryHook, ...] = ()
    delivery: tuple[DeliveryHook, ...] = ()
    inside: tuple[DeliveryHook, ...] = ()
    """How one answer looks inside of a batch."""
    batch: tuple[BatchHook, ...] = ()
    asked: tuple[CallHook, ...] = ()
    """Around requests that call no tool."""


NO_HOOKS = Hooks()
