"""A Python SDK's client before servers on which something goes wrong: prints what its caller sees as one JSON line.

It runs on either generation of the SDK, by itself, so that each can live in an environment of its own. Its argument
lists cases: a client, a target (a URL, or a command as a list), and the seconds after which the caller gives up a call
and a connection.
"""

import asyncio
import importlib
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import anyio

STUCK_SECONDS = 200.0
PATIENT_SECONDS = 60.0
MODES = {"python-2 modern": "2026-07-28", "python-2 handshake": "legacy"}
Call = Callable[[str, dict[str, Any], float], Awaitable[Any]]


@asynccontextmanager
async def second(kind: str, target: Any, seconds: float) -> AsyncIterator[Call]:
    """A client of the second generation; without a handshake, nothing is to be waited for but what calls bring."""
    sdk = importlib.import_module("mcp")
    seconds = seconds if MODES[kind] == "legacy" else PATIENT_SECONDS
    if isinstance(target, list):
        target = sdk.StdioServerParameters(command=target[0], args=target[1:])
    async with sdk.Client(target, mode=MODES[kind], read_timeout_seconds=seconds) as client:
        yield lambda tool, given, seconds: client.call_tool(tool, given, read_timeout_seconds=seconds)


@asynccontextmanager
async def first(kind: str, target: Any, seconds: float) -> AsyncIterator[Call]:
    """A client of the first generation."""
    sdk = importlib.import_module("mcp")
    async with AsyncExitStack() as stack:
        if isinstance(target, list):
            params = sdk.StdioServerParameters(command=target[0], args=target[1:])
            streams = await stack.enter_async_context(importlib.import_module("mcp.client.stdio").stdio_client(params))
        else:
            http = importlib.import_module("mcp.client.streamable_http")
            streams = await stack.enter_async_context(http.streamablehttp_client(target))
        session = await stack.enter_async_context(sdk.ClientSession(streams[0], streams[1], timedelta(seconds=seconds)))
        await session.initialize()
        yield lambda tool, given, seconds: session.call_tool(tool, given, timedelta(seconds=seconds))


def named(error: BaseException) -> str:
    """The error's class, and its code where it has one; groups by what they hold."""
    if isinstance(error, BaseExceptionGroup):
        return f"group of {', '.join(sorted({named(each) for each in error.exceptions}))}"
    code = getattr(getattr(error, "error", error), "code", None)
    return type(error).__name__ + (f" {code}" if isinstance(code, int) else "")


def shown(result: Any) -> str:
    """What a result tells the caller."""
    failed = getattr(result, "is_error", None) or getattr(result, "isError", None)
    text = result.content[0].text if result.content else ""
    return ("error: " if failed else "") + (text if len(text) < 200 else f"{len(text)} letters")


async def seen(call: Call, tool: str, given: dict[str, Any], into: dict[str, Any], name: str, seconds: float) -> None:
    """One call's fate under a name."""
    try:
        into[name] = shown(await call(tool, given, seconds))
    except Exception as error:
        into[name], into[f"{name}_message"] = named(error), str(error)[:400]
    except BaseException as error:
        into[name] = named(error)
        raise


async def tried(kind: str, target: Any, seconds: float, connecting: float) -> dict[str, Any]:
    """The call that is hit, one beside it, and one after it."""
    told: dict[str, Any] = {}
    try:
        async with (second if kind in MODES else first)(kind, target, connecting) as call:
            async with anyio.create_task_group() as group:
                group.start_soon(seen, call, "noop", {"x": "beside"}, told, "beside", PATIENT_SECONDS)
                group.start_soon(seen, call, "write", {"key": "k", "text": "v"}, told, "call", seconds)
            await seen(call, "read", {"key": "other"}, told, "after", PATIENT_SECONDS)
    except BaseException as error:
        told["client"] = named(error)
    return told


async def main() -> None:
    """All cases at once; none waits for another."""

    async def case(*given: Any) -> Any:
        try:
            return await asyncio.wait_for(tried(*given), STUCK_SECONDS)
        except TimeoutError:
            return {"client": "stuck"}

    print(json.dumps(await asyncio.gather(*(case(*given) for given in json.loads(sys.argv[1])))))


if __name__ == "__main__":
    asyncio.run(main())
