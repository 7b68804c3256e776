"""Where a person hands in the answer of an agent that they attached: by HTTP on loopback, or in the terminal."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import anyio
import orjson

from sandbox_server.carriers.http import Listener
from worlds import host

ANSWER_BYTES_MAX: Final = 1024 * 1024
_TYPED_BYTES_MAX: Final = 65_536


class Counter:
    """Takes one answer; an ASGI application that knows one unguessable path."""

    def __init__(self, shown: dict[str, Any]) -> None:
        """`shown` is what a GET of the path tells: the task and the servers."""
        self.path = f"/{host.secret()}"
        self.answer: str | None = None
        self.handed_in = anyio.Event()
        self._shown = shown

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["path"] != self.path or any(name == b"origin" for name, _ in scope["headers"]):
            await _respond(send, 404, {"error": "nothing is here"})
        elif scope["method"] == "GET":
            await _respond(send, 200, self._shown)
        elif scope["method"] != "POST":
            await _respond(send, 405, {"error": "GET shows the task, POST hands in the answer"})
        else:
            await self._take(await _body(receive), send)

    async def _take(self, body: bytes | None, send: Any) -> None:
        if body is None:
            await _respond(send, 413, {"error": f"an answer has at most {ANSWER_BYTES_MAX} bytes"})
        elif self.handed_in.is_set():
            await _respond(send, 409, {"error": "an answer was handed in before"})
        else:
            await _respond(send, 200, {"done": True})
            self.hand_in(_answer_of(body))

    def hand_in(self, answer: str) -> None:
        """Take an answer; an empty one is none."""
        self.answer = answer.strip() or None
        self.handed_in.set()


@asynccontextmanager
async def opened_counter(counter: Counter) -> AsyncIterator[str]:
    """The URL at which a counter takes its answer, for as long as it is open."""
    async with Listener(counter, grace_seconds=0.5) as listener:
        yield f"{listener.url}{counter.path}"


async def typed(counter: Counter) -> None:
    """Hand in the next line that somebody types; never where stdin is no terminal."""
    if not has_terminal():
        return
    await anyio.wait_readable(sys.stdin)
    counter.hand_in(os.read(sys.stdin.fileno(), _TYPED_BYTES_MAX).decode("utf-8", "replace"))


def has_terminal() -> bool:
    """Whether somebody can type here."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


def _answer_of(body: bytes) -> str:
    """The text of a body: what stands under `answer` in a JSON object, else the body itself."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace")
    told = data.get("answer") if isinstance(data, dict) else None
    return told if isinstance(told, str) else body.decode("utf-8", "replace")


async def _body(receive: Any) -> bytes | None:
    """The whole body of a request; None when it is too long."""
    body = b""
    while True:
        message: dict[str, Any] = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > ANSWER_BYTES_MAX:
            return None
        if not message.get("more_body"):
            return body


async def _respond(send: Any, status: int, content: dict[str, Any]) -> None:
    body = orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
