"""One kept-alive HTTP/1.1 connection to a server: small, and exact about how far a request came."""

import select
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import anyio
import h11
from anyio.abc import SocketAttribute, SocketStream
from anyio.streams.tls import TLSStream

from harness.errors import HarnessError

CHUNK_BYTES: Final = 65_536
BODY_BYTES_MAX: Final = 64 * 1024**2
CONNECT_SECONDS_MAX: Final = 10.0
_BROKEN: Final = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, OSError, ssl.SSLError)
Headers = Sequence[tuple[str, str]]


class LineBroken(HarnessError):
    """A connection that ended before its answer was there; `sent` tells whether the server may have heard."""

    code = "line_broken"

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class AnswerTooLong(LineBroken):
    """An answer that goes on beyond what is taken: the other side was there, and said too much."""


@dataclass(frozen=True, slots=True)
class Response:
    """The head of an answer, and its body as it comes."""

    status: int
    content_type: str
    body: AsyncIterator[bytes]


class HttpLine:
    """A connection that opens when it is needed and again when it was lost."""

    def __init__(self, url: str, *, body_bytes_max: int = BODY_BYTES_MAX) -> None:
        """`body_bytes_max` is how long an answer may be."""
        self._body_bytes_max = body_bytes_max
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._tls = parts.scheme == "https"
        self._port = parts.port or (443 if self._tls else 80)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._named = parts.netloc.rpartition("@")[2]
        self._stream: SocketStream | TLSStream | None = None
        self._parser = h11.Connection(h11.CLIENT)

    async def post(self, headers: Headers, body: bytes) -> Response:
        """Post to the URL and read the head of the answer. Raises LineBroken."""
        return await self.ask("POST", self._target, headers, body)

    async def ask(self, verb: str, target: str, headers: Headers, body: bytes) -> Response:
        """Send a request and read the head of the answer. Raises LineBroken."""
        stream = await self._ready()
        head = [("host", self._named), ("content-length", str(len(body))), *headers]
        try:
            request = h11.Request(method=verb, target=target, headers=head)
            data = self._parser.send(request) or b""
            data += self._parser.send(h11.Data(body)) or b""
            await stream.send(data + (self._parser.send(h11.EndOfMessage()) or b""))
            answer = await self._event(stream)
            while isinstance(answer, h11.InformationalResponse):
                answer = await self._event(stream)
        except (*_BROKEN, h11.ProtocolError) as error:
            await self.close()
            raise LineBroken(f"the connection was lost: {_words(error)}", sent=True) from None
        assert isinstance(answer, h11.Response)
        kind = dict(answer.headers).get(b"content-type", b"").decode("latin-1")
        return Response(answer.status_code, kind.partition(";")[0].strip().lower(), self._body(stream))

    async def close(self) -> None:
        """Hang up; the next request opens a new connection."""
        stream, self._stream = self._stream, None
        if stream is not None:
            with suppress(*_BROKEN), anyio.CancelScope(shield=True):
                await anyio.aclose_forcefully(stream)

    async def _ready(self) -> SocketStream | TLSStream:
        """The open connection, or a new one. Raises LineBroken: then nothing was sent."""
        if self._stream is not None and not _hung_up(self._stream):
            with suppress(h11.ProtocolError):
                self._parser.start_next_cycle()
                return self._stream
        await self.close()
        self._parser = h11.Connection(h11.CLIENT)
        try:
            with anyio.fail_after(CONNECT_SECONDS_MAX):
                if self._tls:
                    self._stream = await anyio.connect_tcp(
                        self._host, self._port, tls=True, tls_standard_compatible=False
                    )
                else:
                    self._stream = await anyio.connect_tcp(self._host, self._port)
        except (*_BROKEN, TimeoutError) as error:
            raise LineBroken(f"{self._named} does not answer: {_words(error)}", sent=False) from None
        return self._stream

    async def _body(self, stream: SocketStream | TLSStream) -> AsyncIterator[bytes]:
        """The pieces of the body. Raises LineBroken."""
        total = 0
        try:
            while isinstance(event := await self._event(stream), h11.Data):
                total += len(event.data)
                if total > self._body_bytes_max:
                    await self.close()
                    raise AnswerTooLong(f"an answer of more than {self._body_bytes_max} bytes", sent=True)
                yield bytes(event.data)
        except (*_BROKEN, h11.ProtocolError) as error:
            await self.close()
            raise LineBroken(f"the connection was lost: {_words(error)}", sent=True) from None

    async def _event(self, stream: SocketStream | TLSStream) -> object:
        event = self._parser.next_event()
        while event is h11.NEED_DATA:
            try:
                self._parser.receive_data(await stream.receive(CHUNK_BYTES))
            except anyio.EndOfStream:
                return self._at_the_end()
            event = self._parser.next_event()
        return event

    def _at_the_end(self) -> object:
        """What the end of the connection ends: an answer whose length nobody told, or else nothing that was whole."""
        with suppress(h11.ProtocolError):
            self._parser.receive_data(b"")
            if not isinstance(event := self._parser.next_event(), h11.ConnectionClosed):
                return event
        raise OSError("the server hung up")


def _hung_up(stream: SocketStream | TLSStream) -> bool:
    """Whether an idle connection has ended, or says what nobody asked for: then nothing need be risked on it."""
    file = stream.extra(SocketAttribute.raw_socket).fileno()
    if file < 0:
        return True
    if not hasattr(select, "poll"):
        return bool(select.select([file], [], [], 0)[0])
    poll = select.poll()
    poll.register(file, select.POLLIN)
    return bool(poll.poll(0))


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
