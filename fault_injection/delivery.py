"""How a reply travels, as data: carriers perform a delivery, they decide nothing."""

from dataclasses import dataclass
from typing import Literal

End = Literal["ok", "more", "fin", "rst", "exit"]
"""How a delivery ends: `ok` completes the answer; `more` says that another delivery continues it; `fin` closes the
connection early but politely; `rst` resets it; `exit` ends the process behind a stdio connection."""

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some bytes, sent in one piece, after a pause in nanoseconds on the world's clock."""

    data: bytes
    pause_ns: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One answer, or a piece of one.

    Over HTTP, `status` and `headers` (lower-case names) are sent with the first delivery of an answer; a carrier adds
    `content-length` only when it is absent, `end` is `ok` and the answer is complete in one delivery. Over stdio each
    chunk is written as it is (a line brings its own newline) and status and headers are ignored. No chunks and `ok`
    over stdio means silence.
    """

    chunks: tuple[Chunk, ...] = ()
    status: int = 200
    headers: Headers = ()
    end: End = "ok"
    pause_ns: int = 0
    """Nanoseconds on the world's clock before anything is sent."""

    @property
    def body(self) -> bytes:
        """All bytes of this delivery."""
        return b"".join(chunk.data for chunk in self.chunks)
