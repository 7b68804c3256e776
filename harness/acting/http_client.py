"""The harness's own client over HTTP: one request for each call, in the generation without sessions (2026-07-28).

A lost connection is opened again. A request is repeated when the server cannot have heard it, or when hearing it twice
does no harm: lists, and tools that call themselves read-only or idempotent. Of any other call that was lost it says
that nobody knows whether it was carried out.
"""

import base64
import itertools
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Final, Self

import anyio
import orjson

from harness.acting.client import Answer
from harness.acting.fate import FateUnknown
from harness.acting.http_line import HttpLine, LineBroken, Response
from harness.errors import HarnessError
from harness.recording.step_log import encoded
from harness.version import own_version
from sandbox_server.call import ABSENT, Reply, RpcError
from sandbox_server.errors import NotFound
from sandbox_server.surface import MODERN_VERSION

ATTEMPTS_MAX: Final = 5
PAUSE_SECONDS: Final = 0.05
_META: Final = "io.modelcontextprotocol"


class HttpClient:
    """Calls servers by their URLs. Use as an asynchronous context manager; calls of one server go one by one."""

    def __init__(self, urls: Mapping[str, str], *, name: str = "client") -> None:
        """`name` is what servers are told of the caller."""
        self._lines = {server: HttpLine(url) for server, url in urls.items()}
        self._turns = {server: anyio.Lock() for server in urls}
        self._tools: dict[str, list[Mapping[str, Any]]] = {}
        self._numbers = itertools.count(1)
        self._meta = {
            f"{_META}/protocolVersion": MODERN_VERSION,
            f"{_META}/clientInfo": {"name": name, "version": own_version()},
            f"{_META}/clientCapabilities": {},
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in self._lines.values():
            await line.close()

    async def tools(self, server: str) -> list[Mapping[str, Any]]:
        """The tools of a server, all pages, asked for once. Raises NotFound, LineBroken, HarnessError."""
        if server not in self._tools:
            found: list[Mapping[str, Any]] = []
            cursor: dict[str, Any] = {}
            while True:
                reply = await self._request(server, "tools/list", cursor, harmless=True)
                if reply.result is None:
                    raise HarnessError(f"{server} does not list its tools: {reply.error}")
                found += reply.result.get("tools", [])
                if not reply.result.get("nextCursor"):
                    break
                cursor = {"cursor": reply.result["nextCursor"]}
            self._tools[server] = found
        return self._tools[server]

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any] | None = None) -> Answer:
        """Call a tool; what it refuses is an answer. Raises NotFound, LineBroken, and FateUnknown."""
        params = {"name": tool, "arguments": dict(arguments or {})}
        return Answer(await self._request(server, "tools/call", params, harmless=False))

    async def _request(self, server: str, method: str, params: Mapping[str, Any], *, harmless: bool) -> Reply:
        if server not in self._lines:
            raise NotFound(f"there is no server {server!r}", hint=f"known: {', '.join(self._lines)}")
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                async with self._turns[server]:
                    return await self._once(self._lines[server], method, params)
            except LineBroken as broken:
                again = not broken.sent or harmless or await self._is_harmless(server, params["name"])
                if not again:
                    raise FateUnknown(
                        f"{server}.{params['name']}: {broken.message}; whether the call was carried out is not known",
                        hint="look at the state before calling again",
                    ) from None
                if attempt == ATTEMPTS_MAX:
                    raise
            await anyio.sleep(PAUSE_SECONDS * 2**attempt)
        raise AssertionError("every attempt returns or raises")

    async def _once(self, line: HttpLine, method: str, params: Mapping[str, Any]) -> Reply:
        number = next(self._numbers)
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": {**params, "_meta": self._meta}}
        headers = [
            ("content-type", "application/json"), ("accept", "application/json, text/event-stream"),
            ("mcp-protocol-version", MODERN_VERSION), ("mcp-method", method),
            *([("mcp-name", _safe(params["name"]))] if method == "tools/call" else []),
        ]  # fmt: skip
        response = await line.post(headers, encoded(message).rstrip(b"\n"))
        async for value in _messages(response):
            if isinstance(value, dict) and value.get("id") in (number, None) and not value.get("method"):
                reply = _reply(value)
                async for _ in response.body:  # so that the line can be used again
                    pass
                return reply
        raise LineBroken(f"an answer without a message (status {response.status})", sent=True)

    async def _is_harmless(self, server: str, tool: str) -> bool:
        """Whether a tool says of itself that calling it twice does no harm."""
        try:
            listed = await self.tools(server)
        except HarnessError:
            return False
        hints = next((each.get("annotations") or {} for each in listed if each.get("name") == tool), {})
        return bool(hints.get("readOnlyHint") or hints.get("idempotentHint"))


async def _messages(response: Response) -> AsyncIterator[Any]:
    """The messages of an answer: one as JSON, or those of a stream."""
    if response.content_type != "text/event-stream":
        yield _parsed(b"".join([piece async for piece in response.body]))
        return
    rest, data = b"", []
    async for piece in response.body:
        *lines, rest = (rest + piece).split(b"\n")
        for line in (line.rstrip(b"\r") for line in lines):
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
            elif not line and data:
                yield _parsed(b"\n".join(data))
                data = []


def _parsed(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None


def _reply(message: Mapping[str, Any]) -> Reply:
    error = message.get("error")
    if isinstance(error, dict):
        return Reply(error=RpcError(error.get("code", 0), str(error.get("message", "")), error.get("data", ABSENT)))
    return Reply(result=message.get("result"))


def _safe(text: str) -> str:
    """A text as a header can say it."""
    if text.isascii() and text.isprintable() and text == text.strip():
        return text
    return f"=?base64?{base64.b64encode(text.encode('utf-8', 'replace')).decode()}?="
