"""Data inside of a page: compressed blocks that a browser inflates when they are needed, texts stored once."""

import base64
import gzip
from dataclasses import dataclass, field
from typing import IO, Any, Final

import orjson

from worlds.digest import content_hash

BLOCK_BYTES: Final = 192_000
"""How much goes into one block before it is compressed."""
SHORT_MAX: Final = 120
"""Texts up to this length stand where they are used."""
TEXT_MAX: Final = 16_000
"""Of a longer text only the beginning is kept, and how much is missing."""


def packed(value: Any) -> bytes:
    """A JSON value, compressed, in letters that mean nothing to HTML."""
    return base64.b64encode(gzip.compress(orjson.dumps(value), 6, mtime=0))


@dataclass(slots=True)
class Blocks:
    """Writes one sequence of values in blocks; a block's element has an id of `prefix` and its number."""

    file: IO[bytes]
    prefix: str
    starts: list[int] = field(default_factory=list)
    """The place of each block's first value in the sequence."""
    count: int = 0
    written_bytes: int = 0
    _waiting: list[bytes] = field(default_factory=list)
    _waiting_bytes: int = 0

    def add(self, value: Any) -> int:
        """Add a value; returns its place in the sequence."""
        encoded = orjson.dumps(value)
        self._waiting.append(encoded)
        self._waiting_bytes += len(encoded)
        self.count += 1
        if self._waiting_bytes >= BLOCK_BYTES:
            self.flush()
        return self.count - 1

    def flush(self) -> None:
        """Write what waits."""
        if not self._waiting:
            return
        body = base64.b64encode(gzip.compress(b"[" + b",".join(self._waiting) + b"]", 6, mtime=0))
        element = element_of(f"{self.prefix}{len(self.starts)}", body)
        self.starts.append(self.count - len(self._waiting))
        self.file.write(element)
        self.written_bytes += len(element)
        self._waiting, self._waiting_bytes = [], 0


@dataclass(slots=True)
class Texts:
    """Keeps each long text once; the rest of the data refers to it by its place."""

    blocks: Blocks
    _places: dict[bytes, int] = field(default_factory=dict)

    def kept(self, text: str) -> Any:
        """A short text itself, or where a long one lies."""
        if len(text) <= SHORT_MAX:
            return text
        if len(text) > TEXT_MAX:
            text = f"{text[:TEXT_MAX]}… ({len(text) - TEXT_MAX:,} more characters are in the record)"
        key = content_hash(text.encode())[:16]
        if key not in self._places:
            self._places[key] = self.blocks.add(text)
        return {"t": self._places[key]}


def element_of(name: str, body: bytes) -> bytes:
    """An element that holds data, which no browser runs."""
    return b'<script type="application/octet-stream" id="%s">%s</script>\n' % (name.encode(), body)
