"""What a process that serves waits for: a signal that asks it to end."""

import asyncio
import signal
from collections.abc import Callable
from typing import Any


def stop_signal() -> "asyncio.Future[Any]":
    """The first signal that asks to stop; a second one is obeyed at once, as if nobody had looked for it."""
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[Any] = loop.create_future()

    def stop(number: int) -> None:
        signal.signal(number, signal.SIG_DFL)
        if not stopped.done():
            stopped.set_result(number)

    for name in ("SIGINT", "SIGTERM"):
        number = getattr(signal, name)
        try:
            loop.add_signal_handler(number, stop, number)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda received, _: loop.call_soon_threadsafe(stop, received))
    return stopped


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it exists; elsewhere what Python has."""
    try:
        import uvloop  # not on every platform
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
