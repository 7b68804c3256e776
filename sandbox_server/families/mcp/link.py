"""A connection to a real server: raw messages over the SDK's transports, in a thread with an event loop of its own.

Results are handed on as they came, without going through the SDK's models, which would drop what they do not know.
"""

import asyncio
import atexit
import json
import threading
from concurrent.futures import Future
from contextlib import AsyncExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from sandbox_server.call import ABSENT, Reply
from sandbox_server.errors import StageError
from worlds import host
from worlds.parts.mcp import OutsideSettings

_OFFER: Final = {
    "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "mcp-client", "version": "1.0.0"},
}  # fmt: skip
_CLOSED: Final = Reply.refused(-32000, "Connection closed")
_START_SECONDS: Final = 30.0


class Link:
    """One real server. Thread-safe; connects again when it was lost."""

    def __init__(self, settings: OutsideSettings, folder: Path) -> None:
        """Connect, shake hands, and ask for the tools. Raises StageError."""
        if find_spec("mcp") is None:
            raise StageError(
                "no real server is reached from here: the MCP SDK is not installed",
                hint="serve this world where it is: pip install mcp",
            )
        self.settings = settings
        self.folder = folder
        self.hello: dict[str, Any] = {}
        self.tools: list[dict[str, Any]] = []
        self._loop = asyncio.new_event_loop()
        self._wires: _Wires | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="outside", daemon=True)
        self._thread.start()
        atexit.register(self.close)
        try:
            self._sync(self._connected())
        except Exception as error:
            self.close()
            raise StageError(f"the real server cannot be reached: {_said(error)}", hint=self._hint()) from None

    async def ask(self, method: str, params: Any) -> Reply:
        """What the server answers to a request, as it came."""
        future = asyncio.run_coroutine_threadsafe(self._asked(method, params), self._loop)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """End the connection, and a process that was started for it."""
        if self._loop.is_closed():
            return
        self._sync(self._dropped())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_START_SECONDS)
        self._loop.close()
        atexit.unregister(self.close)

    def _sync(self, work: Any) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(_START_SECONDS)

    def _hint(self) -> str:
        return f"url: {self.settings.url}" if self.settings.url else f"command: {' '.join(self.settings.words)}"

    async def _asked(self, method: str, params: Any) -> Reply:
        try:
            wires = await self._connected()
            return await asyncio.wait_for(wires.ask(method, params), self.settings.timeout_s)
        except TimeoutError:
            return Reply.refused(-32001, "Request timed out")
        except (OSError, ConnectionError, StageError):
            return _CLOSED

    async def _connected(self) -> "_Wires":
        """The connection, made anew where there is none."""
        if self._wires is None or self._wires.lost:
            await self._dropped()
            self._wires = wires = _Wires(self.settings, self.folder)
            await wires.open()
            await self._greet(wires)
        return self._wires

    async def _greet(self, wires: "_Wires") -> None:
        """The handshake, and the list of tools. Raises StageError."""
        try:
            hello = await wires.ask("initialize", _OFFER)
            if hello.result is None:
                raise StageError(f"it ends the handshake: {hello.error.message if hello.error else 'no result'}")
            await wires.tell("notifications/initialized")
            self.hello, self.tools = hello.result, await _all_tools(wires)
        except BaseException:
            await self._dropped()
            raise

    async def _dropped(self) -> None:
        if self._wires is not None:
            await self._wires.close()
            self._wires = None


class _Wires:
    """The two streams of one connection, and who waits for what. Lives in the thread's loop."""

    def __init__(self, settings: OutsideSettings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self.lost = False
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._next = 0
        self._trace = None if settings.trace is None else folder / settings.trace
        self._open: asyncio.Future[None] | None = None
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._write: Any = None

    async def open(self) -> None:
        """Connect. Raises whatever the transport raises."""
        self._open = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._live())
        await self._open

    async def close(self) -> None:
        """Disconnect."""
        self._closing.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=10)

    async def ask(self, method: str, params: Any) -> Reply:
        """Send a request and wait for its answer."""
        if self.lost:
            return _CLOSED
        self._next += 1
        number = self._next
        waiting: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        body = {} if params is ABSENT or params is None else {"params": params}
        try:
            await self._send({"jsonrpc": "2.0", "id": number, "method": method, **body})
            return await waiting
        finally:
            self._waiting.pop(number, None)

    async def tell(self, method: str) -> None:
        """Send a notification."""
        await self._send({"jsonrpc": "2.0", "method": method})

    async def _send(self, message: dict[str, Any]) -> None:
        from mcp.shared.message import SessionMessage
        from mcp_types import jsonrpc_message_adapter

        self._keep("sent", message)
        await self._write.send(SessionMessage(jsonrpc_message_adapter.validate_python(message)))

    async def _live(self) -> None:
        """One task opens, reads and closes: the transports want it so."""
        assert self._open is not None
        try:
            async with AsyncExitStack() as stack:
                read, self._write = await _transport(self.settings, self.folder, stack)
                self._open.set_result(None)
                reader = asyncio.create_task(self._read(read))
                closing = asyncio.create_task(self._closing.wait())
                await asyncio.wait({reader, closing}, return_when=asyncio.FIRST_COMPLETED)
                reader.cancel()
                closing.cancel()
                self._end()
        except Exception as error:
            if not self._open.done():
                self._open.set_exception(error)
        finally:
            self._end()

    def _end(self) -> None:
        self.lost = True
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result(_CLOSED)

    async def _read(self, read: Any) -> None:
        async for item in read:
            if isinstance(item, Exception):
                continue
            message = item.message.model_dump(by_alias=True, mode="json", exclude_unset=True)
            self._keep("received", message)
            await self._take(message)

    async def _take(self, message: dict[str, Any]) -> None:
        waiting = self._waiting.get(message.get("id", 0))
        if "method" in message:
            if "id" in message:
                await self._send(_own_answer(message))
        elif waiting is not None and not waiting.done():
            waiting.set_result(_reply(message))

    def _keep(self, way: str, message: dict[str, Any]) -> None:
        """Append to the trace; only file modes for the owner, since it may hold secrets."""
        if self._trace is not None:
            line = json.dumps({"ns": host.wall_ns(), way: message}, ensure_ascii=False)
            self._trace.touch(mode=0o600)
            with self._trace.open("a", encoding="utf-8") as out:
                out.write(f"{line}\n")


async def _transport(settings: OutsideSettings, folder: Path, stack: AsyncExitStack) -> Any:
    """The SDK's streams; the SDK is slow to import and wanted by nobody else who serves."""
    if settings.url is not None:
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        timeout = httpx2.Timeout(30, read=settings.timeout_s)
        client = await stack.enter_async_context(httpx2.AsyncClient(headers=dict(settings.headers), timeout=timeout))
        return await stack.enter_async_context(streamable_http_client(settings.url, http_client=client))
    from mcp.client.stdio import StdioServerParameters, stdio_client

    command, *words = settings.words
    parameters = StdioServerParameters(command=command, args=words, env=dict(settings.env) or None, cwd=folder)
    return await stack.enter_async_context(stdio_client(parameters))


async def _all_tools(wires: _Wires) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        page = (await wires.ask("tools/list", cursor)).result or {}
        found += page.get("tools", [])
        if not page.get("nextCursor"):
            return found
        cursor = {"cursor": page["nextCursor"]}


def _reply(message: dict[str, Any]) -> Reply:
    error = message.get("error")
    if error is None:
        return Reply(message["result"])
    return Reply.refused(error["code"], error["message"], error.get("data", ABSENT))


def _own_answer(message: dict[str, Any]) -> dict[str, Any]:
    """What a server that asks its client something is answered: it is there, and can do nothing more."""
    head = {"jsonrpc": "2.0", "id": message["id"]}
    if message["method"] == "ping":
        return {**head, "result": {}}
    return {**head, "error": {"code": -32601, "message": "Method not found"}}


def _said(error: BaseException) -> str:
    """The innermost message of a group of errors."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, StageError):
        return error.message
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
