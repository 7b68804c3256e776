"""The gate before an episode's servers: lets as many calls through as the limit allows, and none after the end."""

import anyio

from sandbox_server.call import Call, Reply
from sandbox_server.hooks import Proceed

_CLOSED = -32000


class Gate:
    """A call hook that counts; the call beyond the limit waits until the episode is over."""

    def __init__(self, calls_max: int) -> None:
        self.calls_max = calls_max
        self.calls = 0
        self.exceeded = anyio.Event()
        self._shut = anyio.Event()

    async def __call__(self, call: Call, proceed: Proceed) -> Reply:
        """Let a call through, or hold it."""
        if self.calls >= self.calls_max or self._shut.is_set():
            self.exceeded.set()
            await self._shut.wait()
            return Reply.refused(_CLOSED, "Connection closed")
        self.calls += 1
        return await proceed(call)

    def shut(self) -> None:
        """Let nobody through any more; who waits is sent away."""
        self._shut.set()
