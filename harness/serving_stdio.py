"""`soundstage serve --stdio`: one server and its own world in this process, the protocol on stdin and stdout."""

import asyncio
from dataclasses import replace

from sandbox_server.carriers.streams import Taken, standard_streams

STREAMS = Taken()
"""Reserved before anything else is imported that might print."""

from harness.finder import Served, find_served  # noqa: E402 - stdout is reserved first
from sandbox_server.carriers.stdio import serve_stdio  # noqa: E402
from sandbox_server.connection import Connection  # noqa: E402
from sandbox_server.errors import NotFound  # noqa: E402
from sandbox_server.stage import Stage  # noqa: E402
from worlds.clock import Mode  # noqa: E402


def serve_alone(reference: str, server: str, *, seed: int | None, clock: Mode) -> int:
    """Serve one server of a world until its client leaves; returns the exit status. Raises WorldError, StageError."""
    try:
        return asyncio.run(_serve(find_served(reference), server, seed, clock))
    except KeyboardInterrupt:
        return 130


async def _serve(served: Served, server: str, seed: int | None, clock: Mode) -> int:
    presentation = served.found.present(served.found.seed if seed is None else seed)
    if server not in presentation.servers:
        raise NotFound(f"there is no server {server!r}", hint=f"known: {', '.join(presentation.servers)}")
    world = presentation.world.fork()
    world.clock.restore(replace(world.clock.state(), mode=clock))
    stage = Stage()
    episode = stage.open(presentation, world=world)
    try:
        async with standard_streams(STREAMS) as (reader, writer):
            return await serve_stdio(Connection(episode, server), reader, writer)
    finally:
        stage.close_all()
