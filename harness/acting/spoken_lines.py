"""The lines that a command writes, one by one as they come."""

from collections import deque

import anyio

from harness.acting.process import Tail

LINE_BYTES_MAX = 4 * 1024 * 1024
"""A longer line is cut; a command that writes without line breaks fills no memory."""


class Lines(Tail):
    """An output of which each whole line is handed to whoever waits for it; blank ones are nobody's."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[bytes] = deque()
        self._rest = bytearray()
        self._news = anyio.Event()
        self._over = False

    def add(self, data: bytes) -> None:
        """Take in some more."""
        super().add(data)
        self._rest += data
        *lines, rest = bytes(self._rest).split(b"\n")
        self._rest = bytearray(rest[:LINE_BYTES_MAX])
        self._waiting.extend(line for line in lines if line.strip())
        self._wake()

    def finish(self) -> None:
        """Note that nothing more will come."""
        self._over = True
        self._wake()

    async def next(self) -> bytes | None:
        """The next line; None once there is none any more."""
        while not self._waiting:
            if self._over:
                return None
            await self._news.wait()
        return self._waiting.popleft()

    def _wake(self) -> None:
        news, self._news = self._news, anyio.Event()
        news.set()
