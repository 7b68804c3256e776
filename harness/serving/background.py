"""One event loop in a thread of its own, for callers that are not asynchronous (or are, in a loop of their own)."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Background:
    """A daemon thread with an event loop; starts when first used, ends with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Make a coroutine and run it in the loop's thread; returns what it returns and raises what it raises."""
        return asyncio.run_coroutine_threadsafe(make(), self._started()).result()

    def do(self, work: Callable[[], T]) -> T:
        """Run a plain function in the loop's thread."""

        async def wrapped() -> T:
            return work()

        return self.run(wrapped)

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="episodes", daemon=True).start()
            return self._loop
