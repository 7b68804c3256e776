"""What is closed is forgotten at once, so that a stage need not wait for the garbage collector."""

import asyncio
import gc
import weakref

import pytest

from tests.sandbox_server.conftest import Serve
from tests.sandbox_server.wire import modern, rpc

pytestmark = pytest.mark.anyio


async def test_a_closed_episode_is_gone_without_a_collection(serve: Serve) -> None:
    served = await serve()
    episode = served.stage.open(served.episode.presentation, token="second", id="second")
    path = "/second/plain/mcp"
    await served.send(*modern("tools/call", {"name": "write", "arguments": {"key": "k", "text": "v"}}), path=path)
    await served.send(*modern("tools/list"), path=path)
    await served.send(rpc("initialize", {}), path=path)
    async with asyncio.timeout(60):
        while served.listener.wires.open:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
    gone = weakref.ref(episode)
    gc.collect()
    gc.disable()
    try:
        served.stage.close("second")
        del episode
        for _ in range(10):
            await asyncio.sleep(0)

        assert gone() is None
    finally:
        gc.enable()
