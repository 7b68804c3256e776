"""How a reply travels, as data: carriers perform a delivery, they decide nothing.

Nobody changes a delivery; `Final` says so to the type checker, because frozen dataclasses are slow to make and these
are made for every call.
"""

from dataclasses import dataclass
from typing import Final, Literal

End = Literal["ok", "more", "fin", "rst", "exit"]
"""How a delivery ends: `ok` completes the answer; `more` says that another delivery continues it; `fin` closes the
connection early but politely; `rst` resets it; `exit` ends the process behind a stdio connection."""

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(slots=True, unsafe_hash=True)
class Chunk:
    """Some bytes, sent in one piece, after a pause in nanoseconds on the world's clock."""

    data: Final[bytes]
    pause_ns: Final[int] = 0


@dataclass(slots=True, unsafe_hash=True)
class Delivery:
    """One answer, or a piece of one.

    Over HTTP, `status` and `headers` (lower-case names) are sent with the first delivery of an answer; a carrier adds
    `content-length` only when it is absent, `end` is `ok` and the answer is complete in one delivery. Over stdio each
    chunk is written as it is (a line brings its own newline) and status and headers are ignored. No chunks and `ok`
    over stdio means silence. No chunks and `fin`, `rst` or `exit` end the connection before any byte, head included; a
    first chunk, even an empty one, brings the head with it. A `content-length` that does not fit what is sent is sent
    all the same, and the connection ends after it.
    """

    chunks: Final[tuple[Chunk, ...]] = ()
    status: Final[int] = 200
    headers: Final[Headers] = ()
    end: Final[End] = "ok"
    pause_ns: Final[int] = 0
    """Nanoseconds on the world's clock before anything is sent."""

    @property
    def body(self) -> bytes:
        """All bytes of this delivery."""
        return b"".join(chunk.data for chunk in self.chunks)
