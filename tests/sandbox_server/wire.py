"""A raw HTTP client for tests: it writes bytes and says what came back, however broken."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SECONDS_MAX = 60.0
MODERN = "2026-07-28"
META = {"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {}}
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
Header = str | list[str] | None


@dataclass
class Seen:
    """One answer as it came off the wire."""

    raw: bytes
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    reset: bool = False

    @property
    def json(self) -> Any:
        """The JSON body, or the last message of an event stream."""
        if self.headers.get("content-type", "").startswith("text/event-stream"):
            return self.events[-1]
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        """The messages of an event stream."""
        lines = self.body.decode().splitlines()
        return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


def rpc(method: str, params: Any = None, id: Any = 1, **more: Any) -> bytes:
    """A request as bytes; an id of `...` makes a notification."""
    message = {"jsonrpc": "2.0", "id": id, "method": method, "params": params, **more}
    return json.dumps({key: value for key, value in message.items() if value is not None and value is not ...}).encode()


def modern(method: str, params: Mapping[str, Any] | None = None, id: Any = 1) -> tuple[bytes, dict[str, Header]]:
    """The body and the headers of a 2026-07-28 request."""
    given = {**(params or {}), "_meta": META}
    headers: dict[str, Header] = {"mcp-protocol-version": MODERN, "mcp-method": method}
    if "name" in given:
        headers["mcp-name"] = str(given["name"])
    return rpc(method, given, id), headers


def request_bytes(
    port: int, path: str, body: bytes = b"", headers: Mapping[str, Header] | None = None, method: str = "POST"
) -> bytes:
    """A whole request; a header of None is left out, one that is a list is repeated."""
    given: dict[str, Header] = {
        "host": f"127.0.0.1:{port}",
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "content-length": str(len(body)),
        **(headers or {}),
    }
    lines = [f"{method} {path} HTTP/1.1"]
    for name, value in given.items():
        lines += [f"{name}: {each}" for each in (value if isinstance(value, list) else [value]) if each is not None]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def send(
    port: int, path: str, body: bytes = b"", headers: Mapping[str, Header] | None = None, method: str = "POST"
) -> Seen:
    """One request on a connection of its own, read until its answer is whole or the connection ends."""
    data = request_bytes(port, path, body, {"connection": "close", **(headers or {})}, method)
    return await exchange(port, data, whole=True)


async def exchange(port: int, data: bytes, *, whole: bool = False) -> Seen:
    """Write some bytes and read until the other side ends the connection, or (`whole`) until an answer is complete."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received, reset = bytearray(), False
    try:
        async with asyncio.timeout(SECONDS_MAX):
            writer.write(data)
            while piece := await reader.read(65_536):
                received += piece
                if whole and is_whole(bytes(received)):
                    break
    except ConnectionResetError:
        reset = True
    finally:
        writer.close()
    return parsed(bytes(received), reset=reset)


def parsed(raw: bytes, *, reset: bool = False) -> Seen:
    """What some bytes say as an HTTP answer."""
    head, separator, body = raw.partition(b"\r\n\r\n")
    if not separator:
        return Seen(raw, reset=reset)
    first, *lines = head.decode().split("\r\n")
    headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines}
    if headers.get("transfer-encoding") == "chunked":
        body = dechunked(body)
    return Seen(raw, int(first.split()[1]), headers, body, reset)


def is_whole(raw: bytes) -> bool:
    """Whether some bytes are a complete answer."""
    head, separator, body = raw.partition(b"\r\n\r\n")
    if not separator or b"transfer-encoding: chunked" in head.lower():
        return body.endswith(b"0\r\n\r\n")
    return len(body) == int(parsed(raw).headers.get("content-length", -1))


def dechunked(data: bytes) -> bytes:
    """A chunked body, as far as it came."""
    whole = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        length = int(size or b"0", 16)
        whole, data = whole + data[:length], data[length + 2 :]
    return whole


class Session:
    """A client of the handshake era at one URL."""

    def __init__(self, port: int, path: str) -> None:
        self.port, self.path = port, path
        self.headers: dict[str, Header] = {}
        self.hello: Any = None

    async def open(self, version: str = "2025-11-25") -> "Session":
        """Shake hands."""
        seen = await send(self.port, self.path, rpc("initialize", {**HELLO, "protocolVersion": version}, 0))
        self.hello = seen.json
        self.headers = {"mcp-session-id": seen.headers["mcp-session-id"], "mcp-protocol-version": version}
        await self.send(rpc("notifications/initialized", id=...))
        return self

    async def send(self, body: bytes, headers: Mapping[str, Header] | None = None, method: str = "POST") -> Seen:
        """One request of the session."""
        return await send(self.port, self.path, body, {**self.headers, **(headers or {})}, method)

    async def call(self, tool: str, **arguments: Any) -> Seen:
        """One tool call."""
        return await self.send(rpc("tools/call", {"name": tool, "arguments": arguments}))
