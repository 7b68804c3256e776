"""Work in threads that may be left behind: one that never returns keeps neither an episode nor this process alive."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

import anyio.to_thread

_Given = ParamSpec("_Given")
_T = TypeVar("_T")
_here = threading.local()


def is_left_behind() -> bool:
    """Whether nobody waits any more for what this thread does."""
    left: threading.Event | None = getattr(_here, "left", None)
    return left is not None and left.is_set()


async def run_aside(function: Callable[_Given, _T], *given: _Given.args, **named: _Given.kwargs) -> _T:
    """What a function returns or raises, called in a thread of its own.

    Cancelling leaves the thread to itself, and so does the end of this process: unlike the threads that anyio keeps,
    which Python waits for at its end.
    """
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    found: list[_T] = []
    raised: list[BaseException] = []

    left = threading.Event()

    def work() -> None:
        _here.left = left
        try:
            found.append(function(*given, **named))
        except BaseException as error:  # told to whoever waits
            raised.append(error)
        with suppress(RuntimeError):  # the loop has ended, and nobody waits
            loop.call_soon_threadsafe(ended.set)

    try:
        await _until(ended, threading.Thread(target=work, name="aside", daemon=True))
    finally:
        left.set()
    if raised:
        raise raised[0]
    return found[0]


async def _until(ended: asyncio.Event, thread: threading.Thread) -> None:
    """Run a thread, not more of them at a time than anyio has of its own."""
    async with anyio.to_thread.current_default_thread_limiter():
        thread.start()
        await ended.wait()
