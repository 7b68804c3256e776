"""Which ports a stage listens on: those asked for, else those remembered, else quiet ones derived from its name."""

import errno
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from sandbox_server.carriers.http import App, Listener
from sandbox_server.carriers.limits import Limits
from sandbox_server.errors import Conflict

FIRST: Final = 20_000
COUNT: Final = 10_000
TRIES: Final = 64
"""Below the range from which systems take ports for outgoing connections, so that a port stays free overnight."""
_TAKEN: Final = (errno.EADDRINUSE, errno.EACCES)


@dataclass(frozen=True, slots=True)
class Wish:
    """A port that is wanted: asked for (None: not; 0: any), else remembered (0: not), else derived from a name."""

    asked: int | None
    remembered: int
    name: str
    purpose: str
    """What it is for, in a word for people."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A listener, and a warning when it is not where it was the last time."""

    listener: Listener
    warning: str | None = None


async def open_listener(app: App, address: str, wish: Wish, limits: Limits | None = None) -> Opened:
    """Listen for an application. Raises Conflict when the port that is asked for is taken."""
    make: Callable[[int], Listener] = lambda port: Listener(app, address, port, limits=limits)  # noqa: E731
    if wish.asked is not None:
        listener = await _started(make(wish.asked))
        if listener is None:
            raise Conflict(
                f"port {wish.asked} on {address} is taken by another program ({wish.purpose})",
                hint="stop that program, or give another port; 0 takes any free one",
            )
        return Opened(listener)
    if wish.remembered:
        listener = await _started(make(wish.remembered))
        return Opened(listener) if listener else await _elsewhere(make, wish)
    for port in candidates(wish.name):
        listener = await _started(make(port))
        if listener:
            return Opened(listener)
    return await _elsewhere(make, wish)


def candidates(name: str) -> Iterator[int]:
    """Ports for a name, always the same ones in the same order."""
    start = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "big")
    return (FIRST + (start + step) % COUNT for step in range(TRIES))


async def _elsewhere(make: Callable[[int], Listener], wish: Wish) -> Opened:
    listener = make(0)
    port = await listener.start()
    warning = f"port {wish.remembered} is taken by another program; {wish.purpose}: {port}, this time only"
    return Opened(listener, warning if wish.remembered else None)


async def _started(listener: Listener) -> Listener | None:
    try:
        await listener.start()
    except OSError as error:
        if error.errno in _TAKEN:
            return None
        words = f"cannot listen on {listener.host}: {error.strerror or error}"
        raise Conflict(words, hint="give another --host") from None
    return listener
