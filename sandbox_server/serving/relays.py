"""The stage's end of relays: lines of distant standard streams, performed over the agents' listener.

A relay opens a stream with `POST /<secret>/<server>` and is sent frames: one letter, four bytes of length, and data.
`O` opens with the line's id, `D` is output as it is, `X` carries the exit status of a server whose process is made to
end. What it reads it sends with `POST /<secret>/<server>/<id>`; `DELETE` there says that its input has ended. The
secret is new with every stage and no agent's URL holds it: to everybody else these paths do not exist.
"""

import asyncio
from typing import Any, Final

from sandbox_server.carriers.agents import Agents
from sandbox_server.carriers.stdio import serve_stdio
from sandbox_server.connection import Connection
from sandbox_server.dispatcher import Dispatcher
from sandbox_server.stage import Stage
from worlds import host

WAITING_MAX: Final = 64
BODY_BYTES_MAX: Final = 16 << 20
OPENED, DATA, EXITED = b"O", b"D", b"X"


def frame(kind: bytes, data: bytes) -> bytes:
    """One frame."""
    return kind + len(data).to_bytes(4, "big") + data


class Relays:
    """An ASGI application that serves relays, in front of the one that serves everybody else."""

    def __init__(self, app: Agents, stage: Stage, secret: str, episode: str) -> None:
        self.app = app
        self.find, self.begin, self.end, self.finish, self.stop = app.find, app.begin, app.end, app.finish, app.stop
        self.stage = stage
        self.episode = episode
        self._prefix = f"/{secret}/"
        self._dispatcher = Dispatcher(None)
        self._lines: dict[str, _Line] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith(self._prefix):
            await self.app(scope, receive, send)
            return
        server, _, id = scope["path"][len(self._prefix) :].partition("/")
        if not id and scope["method"] == "POST" and self._knows(server):
            await self._stream(server, receive, send)
        elif id in self._lines and scope["method"] in ("POST", "DELETE"):
            await self._feed(self._lines[id], scope["method"], receive, send)
        else:
            await _answer(send, 404)

    def takes(self, path: str) -> bool:
        """Whether requests to a path may come on the lane: all but those of relays."""
        return not path.startswith(self._prefix) and self.app.takes(path)

    def close(self) -> None:
        """End every stream; relays then look for the next stage."""
        for line in self._lines.values():
            line.gone.set()

    def _knows(self, server: str) -> bool:
        episode = self.stage.episodes.get(self.episode)
        return episode is not None and server in episode.servers

    async def _stream(self, server: str, receive: Any, send: Any) -> None:
        line = _Line(send)
        id = host.secret()
        self._lines[id] = line
        leaving = asyncio.ensure_future(_departure(receive, line.gone))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"no-store")]})
            await line.put(OPENED, id.encode())
            await self._serve(server, line)
        finally:
            leaving.cancel()
            del self._lines[id]
        await send({"type": "http.response.body", "body": b""})

    async def _serve(self, server: str, line: "_Line") -> None:
        """Serve until the relay's input ends, the server's process is made to end, or one of the two sides leaves."""
        connection = Connection(self.stage.episode(self.episode), server)
        serving = asyncio.ensure_future(serve_stdio(connection, line, line, dispatcher=self._dispatcher))
        gone = asyncio.ensure_future(line.gone.wait())
        try:
            await asyncio.wait([serving, gone], return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                await line.put(EXITED, b"%d" % serving.result())
        finally:
            gone.cancel()
            serving.cancel()
            await asyncio.wait([serving])

    async def _feed(self, line: "_Line", verb: str, receive: Any, send: Any) -> None:
        data, more = b"", verb == "POST"
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            data += message.get("body", b"")
            more = message.get("more_body", False)
            if len(data) > BODY_BYTES_MAX:
                await _answer(send, 413)
                return
        if data or verb == "DELETE":
            await line.waiting.put(data)
        await _answer(send, 204)


class _Line:
    """One relay's standard streams: reads what was posted, writes frames."""

    def __init__(self, send: Any) -> None:
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue(WAITING_MAX)
        self.gone = asyncio.Event()
        self._send = send
        self._written = b""

    async def read(self, n: int, /) -> bytes:
        """What was posted next; b"" at the end."""
        return await self.waiting.get()

    def write(self, data: bytes, /) -> None:
        """Take some output."""
        self._written += data

    async def drain(self) -> None:
        """Send what was taken."""
        data, self._written = self._written, b""
        if data:
            await self.put(DATA, data)

    async def put(self, kind: bytes, data: bytes) -> None:
        """Send one frame."""
        await self._send({"type": "http.response.body", "body": frame(kind, data), "more_body": True})


async def _departure(receive: Any, gone: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()


async def _answer(send: Any, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
