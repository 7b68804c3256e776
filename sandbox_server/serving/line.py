"""A relay's line to a stage: one HTTP stream of frames, and one connection that lines are posted over.

The exchange is small and both ends are ours, so that a bare socket does: importing an HTTP library would take longer
than everything else a relay does at its start.
"""

import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Final

from sandbox_server.errors import StageError
from sandbox_server.serving.whereabouts import Whereabouts

CONNECT_S: Final = 3.0
ANSWER_S: Final = 60.0
_HEAD_BYTES: Final = 5
_CREATED: Final = (200, 204)


class Broken(StageError):
    """The stage does not answer, or does not know the line any more."""

    code = "broken"
    status = 503


class Line:
    """One open line. Frames are read by one thread, posts are made by another."""

    def __init__(self, where: Whereabouts, server: str) -> None:
        """Raises Broken when nobody answers there, or nobody who has this server."""
        self._where = where
        self._path = f"/{where.secret}/{server}"
        self._posting: Exchange | None = None
        self._stream = Exchange(where)
        self._stream.ask("POST", self._path)
        self._stream.wait(None)
        self._bytes = _Unchunked(self._stream.replies)
        kind, id = self._frame()
        if kind != b"O":
            raise Broken("the stage opens no line")
        self._path += f"/{id.decode()}"

    def frames(self) -> Iterator[tuple[bytes, bytes]]:
        """Output (`D`) and the end of the server's process (`X`), until the line breaks. Raises Broken."""
        while True:
            yield self._frame()

    def post(self, data: bytes) -> None:
        """Send input. Raises Broken."""
        self._exchange("POST", data)

    def end(self) -> None:
        """Say that the input has ended. Raises Broken."""
        self._exchange("DELETE", b"")

    def close(self) -> None:
        """Leave."""
        self._stream.close()
        if self._posting is not None:
            self._posting.close()

    def _exchange(self, verb: str, data: bytes) -> None:
        if self._posting is None:
            self._posting = Exchange(self._where)
        self._posting.ask(verb, self._path, data)

    def _frame(self) -> tuple[bytes, bytes]:
        head = self._bytes.read(_HEAD_BYTES)
        return head[:1], self._bytes.read(int.from_bytes(head[1:], "big"))


class Exchange:
    """HTTP over one connection."""

    def __init__(self, where: Whereabouts) -> None:
        """Raises Broken when nobody listens there."""
        try:
            self._socket = socket.create_connection((where.address, where.port), CONNECT_S)
        except OSError as error:
            raise Broken(str(error)) from None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = where.address
        self.replies: IO[bytes] = self._socket.makefile("rb")
        self.wait(ANSWER_S)

    def wait(self, seconds: float | None) -> None:
        """How long to wait for an answer from now on; None: for ever."""
        self._socket.settimeout(seconds)

    def ask(self, verb: str, path: str, data: bytes = b"") -> None:
        """One request, and the head of its answer. Raises Broken for everything but success."""
        head = f"{verb} {path} HTTP/1.1\r\nhost: {self._host}\r\ncontent-length: {len(data)}\r\n\r\n"
        try:
            self._socket.sendall(head.encode() + data)
            status = int(self.replies.readline().split(b" ")[1])
            while self.replies.readline().strip():
                pass
        except (OSError, ValueError, IndexError) as error:
            raise Broken(str(error)) from None
        if status not in _CREATED:
            raise Broken(f"status {status}")

    def close(self) -> None:
        """Leave."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class _Unchunked:
    """The bytes of a chunked body."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Exactly so many bytes. Raises Broken when the body ends before."""
        pieces, missing = [], size
        while missing:
            self._rest = self._rest or self._chunk()
            piece, self._rest = self._rest[:missing], self._rest[missing:]
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def _chunk(self) -> bytes:
        try:
            size = int(self._source.readline().strip() or b"0", 16)
            chunk = self._source.read(size)
            self._source.readline()
        except (OSError, ValueError) as error:
            raise Broken(str(error)) from None
        if not size or len(chunk) < size:
            raise Broken("the stage has ended the line")
        return chunk
