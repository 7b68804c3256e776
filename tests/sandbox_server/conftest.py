"""What tests of servers share: the event loop, and a stage that listens."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from sandbox_server.carriers.http import serve_agents
from sandbox_server.episode import Episode
from sandbox_server.hooks import NO_HOOKS, Hooks
from sandbox_server.stage import Stage
from tests.sandbox_server.plain import presentation, surfaces
from tests.sandbox_server.served import Served
from worlds.clock import Mode


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start serving the plain world; everything stops with the test."""
    async with AsyncExitStack() as stack:

        async def start(
            surface: str = "python", *, hooks: Hooks = NO_HOOKS, mode: Mode = "virtual", **options: Any
        ) -> Served:
            stage = Stage()
            episode: Episode = stage.open(
                presentation(surfaces()[surface], mode=mode), token="token", hooks=hooks, id="ep"
            )
            listener = await stack.enter_async_context(serve_agents(stage, **options))
            return Served(stage, episode, listener)

        yield start
