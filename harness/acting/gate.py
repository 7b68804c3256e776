"""The gate before an episode's servers: lets as many calls through as the limits allow, and none after the end."""

from collections.abc import Callable
from typing import Any, Literal

import anyio

from sandbox_server.call import Call, Reply
from sandbox_server.hooks import Proceed

_CLOSED = -32000


class Gate:
    """A call hook that counts; the call beyond a limit waits until the episode is over."""

    def __init__(self, calls_max: int, same_max: int | None = None, digest: Callable[[], bytes] = lambda: b"") -> None:
        """`same_max` is how often the same call that changes nothing may be made in a row; `digest` says what is."""
        self.calls_max = calls_max
        self.same_max = same_max
        self.calls = 0
        self.exceeded = anyio.Event()
        self.why: Literal["steps", "same_call"] = "steps"
        """Which limit was exceeded, if one was."""
        self._digest = digest
        self._last: Any = None
        self._repeats = 0
        self._shut = anyio.Event()

    async def __call__(self, call: Call, proceed: Proceed) -> Reply:
        """Let a call through, or hold it."""
        if self._shut.is_set() or self._beyond(call):
            self.exceeded.set()
            await self._shut.wait()
            return Reply.refused(_CLOSED, "Connection closed")
        self.calls += 1
        before = self._digest()
        reply = await proceed(call)
        if self._digest() != before:
            self._last, self._repeats = None, 0
        return reply

    def shut(self) -> None:
        """Let nobody through any more; who waits is sent away."""
        self._shut.set()

    def _beyond(self, call: Call) -> bool:
        """Whether a call is one too many; counts how often it came in a row."""
        if self.exceeded.is_set() or self.calls >= self.calls_max:
            return True
        asked = (call.server, call.tool, call.arguments)
        self._repeats = self._repeats + 1 if asked == self._last else 1
        self._last = asked
        if self.same_max is not None and self._repeats > self.same_max:
            self.why = "same_call"
            return True
        return False
