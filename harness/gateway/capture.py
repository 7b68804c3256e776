"""Bodies as they pass: kept up to a bound, unpacked, and split into a stream's events."""

import json
import zlib
from collections.abc import Iterator
from typing import Any, Final

CAPTURE_BYTES_MAX: Final = 16 * 1024 * 1024
"""What is kept of one body; the rest passes, but is not recorded."""
READABLE: Final = ("gzip", "deflate", "identity")
"""Encodings of bodies that can be read here."""
_UNPACKED_AT_ONCE: Final = 1024 * 1024


class Capture:
    """The beginning of a body, and its length."""

    def __init__(self, limit: int = CAPTURE_BYTES_MAX) -> None:
        self.total_bytes = 0
        self._limit = limit
        self._kept = bytearray()

    def add(self, data: bytes) -> None:
        """Take in some more."""
        self.total_bytes += len(data)
        self._kept += data[: max(0, self._limit - len(self._kept))]

    @property
    def lost_bytes(self) -> int:
        """How many bytes are not kept."""
        return self.total_bytes - len(self._kept)

    def value(self) -> Any:
        """The body as JSON, or as text where it is none; None when there is none."""
        if not self._kept:
            return None
        try:
            return json.loads(self._kept)
        except ValueError:
            return self._kept.decode("utf-8", "replace")


class Unpacker:
    """Unpacks a body piece by piece; what cannot be unpacked gives nothing."""

    def __init__(self, encoding: str) -> None:
        self.readable = encoding in ("", *READABLE)
        kinds = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
        self._unpack = zlib.decompressobj(kinds[encoding]) if encoding in kinds else None

    def unpacked(self, data: bytes) -> Iterator[bytes]:
        """The next pieces of the body, none of them large."""
        if not self.readable:
            return
        if self._unpack is None:
            yield data
            return
        try:
            while data:
                yield self._unpack.decompress(data, _UNPACKED_AT_ONCE)
                data = self._unpack.unconsumed_tail
        except zlib.error:
            self.readable = False


class Events:
    """Splits a server-sent stream into the JSON of its events; `[DONE]` is None."""

    def __init__(self, limit: int = CAPTURE_BYTES_MAX) -> None:
        self._rest = bytearray()
        self._data: list[bytes] = []
        self._room = limit
        self._limit = limit
        self._skipping = False

    def read(self, data: bytes) -> Iterator[Any]:
        """The events that end within this piece."""
        self._rest += data
        if b"\n" not in data and len(self._rest) <= self._limit:
            return
        lines = bytes(self._rest).split(b"\n")
        self._rest = bytearray(lines.pop())
        if len(self._rest) > self._limit:
            self._rest.clear()  # no endpoint writes such a line: what it says is not recorded
            self._skipping = True
        for line in lines:
            yield from self._line(line.removesuffix(b"\r"))

    def _line(self, line: bytes) -> Iterator[Any]:
        if self._skipping:
            self._skipping = False
        elif line.startswith(b"data:"):
            self._room -= len(line)
            if self._room >= 0:
                self._data.append(line[5:].removeprefix(b" "))
        elif not line and self._data:
            whole, self._data, self._room = b"\n".join(self._data), [], self._limit
            yield from _parsed(whole)


def _parsed(data: bytes) -> Iterator[Any]:
    if data.strip() == b"[DONE]":
        yield None
        return
    try:
        yield json.loads(data)
    except ValueError:  # not ours to judge: it passes as it came
        return
