"""The plain world over the standard streams of a process: what stdio tests start."""

import asyncio
import os
import sys

from sandbox_server.carriers.stdio import serve_stdio
from sandbox_server.carriers.streams import standard_streams
from sandbox_server.connection import Connection
from sandbox_server.stage import Stage
from tests.sandbox_server.plain import presentation, surfaces


async def main(surface: str) -> int:
    episode = Stage().open(presentation(surfaces()[surface]), token="token")
    async with standard_streams() as (reader, writer):
        print("printed by accident")
        os.write(1, b"written by accident\n")
        return await serve_stdio(Connection(episode, "plain"), reader, writer)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
